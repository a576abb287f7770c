"""The tables of a contest folder."""
