"""Where the matcher meets files."""
