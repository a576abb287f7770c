"""What the derived files of this folder hold, and how they are searched."""
