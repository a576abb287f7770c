"""Panels: figures, ranks, the cut, grids, sign-in sheets, agendas."""
