"""Who may see what, and how it is counted: standard library and the shared words only."""
