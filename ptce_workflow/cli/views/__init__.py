"""The output of commands: for people at a keyboard, and for programs (`--json`)."""
