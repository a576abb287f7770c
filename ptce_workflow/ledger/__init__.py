"""Floor 1, pure: the lines that were written, their bytes, what they do, their law."""
