"""Streams without brokerage: logs, runners, clock, settings. Knows bytes and keys, no place and no child."""
