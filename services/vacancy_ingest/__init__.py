"""Provider-facing: what providers and registers say becomes inputs of the log."""
