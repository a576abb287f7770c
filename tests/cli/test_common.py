"""The options that may stand anywhere on the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.base.errors import Misuse
from ptce_workflow.cli.parameters import VALUED, Common, refuse, split

PLAIN = st.from_regex(r"[a-z][a-z0-9=./-]*", fullmatch=True)
VALUE = st.from_regex(r"[A-Za-z0-9/._][A-Za-z0-9/._-]*", fullmatch=True)
NAMES = [option.opts[0] for option in VALUED]
SAID = st.one_of(
    st.tuples(st.sampled_from(NAMES), VALUE),
    st.tuples(st.sampled_from(NAMES), VALUE).map(lambda pair: ("=".join(pair),)),
    st.sampled_from([("--json",), ("--version",)]),
)


@given(st.lists(PLAIN, max_size=6), st.lists(st.tuples(SAID, st.integers(0, 6)), max_size=5))
def test_they_may_stand_anywhere(words: list[str], said: list[tuple[tuple[str, ...], int]]) -> None:
    line: list[tuple[str, ...]] = [(word,) for word in words]
    for option, place in said:
        line.insert(min(place, len(line)), option)
    common, rest = split([word for part in line for word in part])
    assert rest == tuple(words)
    assert "" not in (common.contest, common.actor, common.language)
    assert common.json == any(option == ("--json",) for option, _place in said)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["list", "--contest", "a", "--contest", "b"], Common(contest="b")),
        (["--as=P-001", "list", "--lang", "en"], Common(actor="P-001", language="en")),
        (["list", "--json"], Common(json=True)),
        (["list", "--contest"], Common(contest="")),
        (["list", "--contest", "--json"], Common(contest="", json=True)),
        (["list", "--as="], Common(actor="")),
        (["list", "--as", ""], Common(actor="")),
        (["list", "--as", "--lang", "en"], Common(actor="", language="en")),
    ],
)
def test_what_they_say(words: list[str], expected: Common) -> None:
    """The last one of each counts; one without its value is empty."""
    assert split(words)[0] == expected


def test_two_dashes_end_them() -> None:
    """After `--` every word is kept, so that a value may look like an option."""
    assert split(["record", "--", "--json"]) == (Common(), ("record", "--", "--json"))


@pytest.mark.parametrize("common", [Common(actor=""), Common(language="de")])
def test_what_cannot_be_meant_is_refused(common: Common) -> None:
    with pytest.raises(Misuse) as refused:
        refuse(common, None)
    assert refused.value.mend


def test_nothing_said_is_nothing_refused() -> None:
    refuse(Common(), None)
