"""Team-facing page and API over a read model that can be thrown away."""
