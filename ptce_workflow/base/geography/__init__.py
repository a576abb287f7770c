"""The zones of France: the derived files of this folder, and the search in them."""
