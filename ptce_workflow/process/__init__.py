"""The rulebook: pure, no disk, no clock."""
