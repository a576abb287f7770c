"""Floor 3: what goes out on paper, as a page, or as a workbook to fill in."""
