"""The rehearsal: eighteen invented dossiers, and what plays the contest with them."""
