"""Verification, checkpoints, comparisons and exports."""
