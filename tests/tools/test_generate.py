"""What is generated is what the tool would write now."""

from tools.generate import sections, stale


def test_every_generated_module_is_up_to_date() -> None:
    """`python tools/generate.py` would change nothing."""
    assert sorted(stale()) == [], "stale: run `make generate`"


def test_a_command_that_no_heading_names_comes_last_below_that_of_its_module() -> None:
    places = {"list": "record:list", "mail list": "mail:list", "new": "record:new"}
    ordered = {"Candidatures": ("list",), "Mail": ("mail list",)}
    assert sections(places, ordered) == {
        "Candidatures": {"list": "record:list", "new": "record:new"},
        "Mail": {"mail list": "mail:list"},
    }
