"""Scripted acts: each makes one thing happen that ordinary weeks may leave out. All in homes that are made up."""
