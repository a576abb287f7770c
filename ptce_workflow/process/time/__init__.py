"""Instants, calendars and working days."""
