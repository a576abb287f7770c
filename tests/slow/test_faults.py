"""The short form of the fault campaign: nothing is lost, nothing doubled, whatever is broken."""

import secrets
from pathlib import Path

import pytest

from faults.campaign import BASES, PARTS, SHORT, campaign


@pytest.mark.slow
@pytest.mark.parametrize("base", BASES)
def test_short_campaign(base: str, tmp_path: Path) -> None:
    """Every part of it; the seed makes it happen again (`make faults`)."""
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    broken = [one.told() for one in campaign(PARTS, [base], tmp_path, seed, SHORT) if not one.sound]
    assert broken == []
