"""Streams without brokerage: logs, runners, clock, settings. Knows bytes and keys, never a place or a child."""
