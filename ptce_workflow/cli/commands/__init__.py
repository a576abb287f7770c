"""The commands, a module a group: each parses, asks one thing of the contest, and prints."""
