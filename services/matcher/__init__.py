"""Decides: both rule books, the fit of needs and places, and the workers around them."""
