"""Mails: planned, read, released, rendered, sent."""
