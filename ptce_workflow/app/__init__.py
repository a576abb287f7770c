"""What can be asked of a contest."""
