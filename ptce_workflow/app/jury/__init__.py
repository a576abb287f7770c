"""Use cases of the jury."""
