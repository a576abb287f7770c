"""What commands print: for people at a keyboard, and for programs (`--json`)."""
