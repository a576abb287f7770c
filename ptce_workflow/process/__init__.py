"""Floor 0, pure: what a contest folder means."""
