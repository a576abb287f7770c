"""The commands, a module a group: each parses, calls one function of the desk, and prints."""
