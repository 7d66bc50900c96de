"""Where the desk's ports meet the world."""
