"""Mails: which there are, when they leave, in what words, and what becomes of them."""
