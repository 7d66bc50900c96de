"""Streams without brokerage: a log, the runners that follow it, and the clock.

Knows bytes, keys, headers, positions and instants. Must not know what any of them mean.
"""
