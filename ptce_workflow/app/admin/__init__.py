"""The contest itself: begun, adopted, its people, its clock, verified, kept."""
