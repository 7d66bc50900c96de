"""The only contract between services: frozen models per event version. Import its modules, not this file."""
