"""What may be seen by whom, as one table."""
