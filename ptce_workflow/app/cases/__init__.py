"""Candidatures: opened, written down, moved, explained, handed over."""
