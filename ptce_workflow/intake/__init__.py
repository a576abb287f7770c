"""Floor 3: files that come in, turned into values."""
