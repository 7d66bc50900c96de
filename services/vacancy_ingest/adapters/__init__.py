"""Readers of the files in which registers and providers speak."""
