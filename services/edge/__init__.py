"""What the HTTP edges share: who asks, what they may see, how bytes become an input, how an answer is told."""
