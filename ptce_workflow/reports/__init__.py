"""What commands show, by subject."""
