"""Says what happens in plain words, and what it came to. Knows rich and words; must not know how things are decided."""
