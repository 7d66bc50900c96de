"""Who is told what, when and by which channel: standard library and the shared words only."""
