"""Office documents, out and back."""
