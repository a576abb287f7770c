"""Time: passes, and the run that makes them."""
