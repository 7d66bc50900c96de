"""The services and what composes them. A service never imports another; they meet in schemas."""
