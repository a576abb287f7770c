"""What a mail says, and when it leaves."""
