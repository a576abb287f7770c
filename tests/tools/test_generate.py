"""What is generated is what the tool would write now."""

from tools.generate import stale


def test_every_generated_module_is_up_to_date() -> None:
    """`python tools/generate.py` would change nothing."""
    assert sorted(stale()) == [], "stale: run `make generate`"
