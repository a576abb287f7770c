"""Floor 2: where the ledger and its projections are kept."""
