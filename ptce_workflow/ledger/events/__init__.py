"""The kinds of ledger lines, each a class."""
