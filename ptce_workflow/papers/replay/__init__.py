"""The replay page: one file in HTML that shows a whole ledger and checks it."""
