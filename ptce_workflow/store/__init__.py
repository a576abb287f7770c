"""Floor 2: where the journal and its projections are kept."""
