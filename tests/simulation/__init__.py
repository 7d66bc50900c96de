"""Looks for the schedule of messages, crashes and wrong clocks that breaks a promise; README.md says how."""
