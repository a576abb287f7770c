"""`[receipt]` of config.toml: which hour of a mail counts, and on what that rests."""

import pytest

from ptce_workflow.base.words import use_language
from ptce_workflow.process.process import Process
from tests.process.contests import contest, only

CHOICE = 'choice = "the mailbox is what people see"\n'


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("", "entry"),
        (f"[receipt]\n{CHOICE}", "entry"),
        (f'[receipt]\nhour = "delivery"\n{CHOICE}', "delivery"),
    ],
)
def test_the_hour_that_counts(text: str, hour: str) -> None:
    """The beginning, unless the folder says otherwise."""
    process = Process.load(contest({"config.toml": text}))
    assert process.definition.config.receipt.hour == hour


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        ('hour = "delivery"\n', "receipt", "rests on nothing"),
        (f'hour = "date"\n{CHOICE}', "receipt.hour", '"date" is not one of the accepted words'),
        (f"hours = 1\n{CHOICE}", "receipt.hours", "is not a known key"),
    ],
)
def test_a_choice_that_is_none(text: str, key: str, told: str) -> None:
    use_language("en")
    fault = only(contest({"config.toml": f"[receipt]\n{text}"}))
    assert (fault.file, fault.key) == ("config.toml", key)
    assert told in fault.what
