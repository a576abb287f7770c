"""Floor 3: what time does."""
