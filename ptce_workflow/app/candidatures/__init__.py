"""Use cases about candidatures."""
