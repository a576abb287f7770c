"""Forms for collectives: blank ones, and those that return."""
