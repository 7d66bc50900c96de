"""Tells people, once, and reports back whether they were told."""
