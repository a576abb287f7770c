"""The process that a folder declares: its definition, how it is read, its normal form."""
