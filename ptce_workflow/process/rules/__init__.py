"""Rules: what they read, how they are compiled and judged, totals."""
