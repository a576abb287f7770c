"""Events by subject; see `base` for what one is, `codec` for how lines are read."""
