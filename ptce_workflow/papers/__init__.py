"""Floor 3: files that leave, laid out as people read them, and files that come in, as values."""
