"""Floor 1, pure: the append-only journal, its bytes, its replay."""
