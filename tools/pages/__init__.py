"""The pages of docs/ filled in: sources in docs/src, holes filled from what the code declares."""
