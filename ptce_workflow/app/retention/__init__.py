"""Personal data, backups and restores."""
