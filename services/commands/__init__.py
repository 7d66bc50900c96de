"""The `hearth` command line, one small file for each group of commands. Imports late, so that help is quick."""
