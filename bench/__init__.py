"""Speed as ratios: each yardstick runs beside what it measures, in turn, in the same run."""
