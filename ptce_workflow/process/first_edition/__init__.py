"""The first edition of the contest folder, read for those that are still in force."""
