"""Below every floor: errors, words, the clock, instants as text, and geography."""
