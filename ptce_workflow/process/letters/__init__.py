"""Mails: to whom, when, and what they say."""
