"""Rules and values put in words."""
