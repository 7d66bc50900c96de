"""Tests, one folder per thing that they prove; tests/README.md lists the folders."""
