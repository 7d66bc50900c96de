"""The rules: standard library and the shared words only. No clock, no wire, no storage."""
