"""Time: passes, the courier, the runner."""
