"""What was recorded, and its rules."""
