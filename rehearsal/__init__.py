"""The rehearsal: sixteen invented dossiers, and what plays the contest with them."""
