"""The panel: marks, who steps aside, ranks, sittings."""
