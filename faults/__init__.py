"""The fault campaign: what is broken on purpose around the program, and what came of it."""
