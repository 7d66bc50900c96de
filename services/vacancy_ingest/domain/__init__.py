"""What a statement of a provider or register means: standard library and the shared words only."""
