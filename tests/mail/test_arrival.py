"""When a mail arrived: 25 stacks of lines, forged ones too, and the settings that are trusted."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.base.errors import Misuse
from ptce_workflow.mail.incoming import Incoming, MailArrival, hour_of, incoming
from ptce_workflow.mail.settings import ReceiptSettings, read_receipt

pytestmark = pytest.mark.usefixtures("in_english")

CASES = json.loads((Path(__file__).parent / "received-headers.json").read_text("utf-8"))["cases"]
LARGE = next(one for one in CASES if one["name"].startswith("large mail"))
CHAIN = "A mail server that is not among yours stands in front of yours."
SAID = {
    "": "",
    "no line of ours": "No mail server of yours wrote on it when it arrived.",
    "the chain of ours breaks off": CHAIN,
    "no line of an entry host": "No mail server of yours took it from outside.",
    "our clocks disagree": "Two mail servers of yours tell hours that cannot both be right.",
    "hour unreadable": "The server that took it from outside tells no hour that can be read.",
}
FOREIGN = SAID["no line of ours"]
OURS = {"entry": ["mx.desk.example"], "inner": ["store.desk.example"], "networks": ["192.0.2.0/28"]}


def stack(*lines: str, below: str = "") -> Incoming:
    head = "".join(f"Received: {line}\r\n" for line in lines)
    return incoming(f"{head}From: a@asso.example\r\n{below}\r\nBonjour".encode())


def trusted(case: dict[str, Any]) -> ReceiptSettings:
    """The settings of a case, as local.toml gives them."""
    return read_receipt({key: case[key] for key in ("entry", "inner", "networks")}, "local.toml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_hour_of_a_stack_of_lines(case: dict[str, Any]) -> None:
    found = hour_of(stack(*case["received"]), trusted(case), "entry")
    expected = case["expected"] and datetime.fromisoformat(case["expected"])
    assert (found.at, found.why) == (expected, SAID[case["remark"]])


def test_both_hours_are_told_and_the_folder_says_which_counts() -> None:
    mail = stack(*LARGE["received"])
    entry, delivery = (hour_of(mail, trusted(LARGE), which) for which in ("entry", "delivery"))
    assert (entry.entry, entry.delivery) == (delivery.entry, delivery.delivery)
    assert entry.at == entry.entry == datetime.fromisoformat("2024-03-11T10:59:40Z")
    assert delivery.at == delivery.delivery == datetime.fromisoformat("2024-03-11T11:08:41Z")


def test_no_hour_at_all_is_told() -> None:
    line = "from x ([198.51.100.7]) by mx.desk.example; hier"
    found = hour_of(stack(line), read_receipt(OURS, "x"), "delivery")
    assert (found.at, found.entry, found.delivery) == (None, None, None)
    assert found.why == SAID["hour unreadable"]


def test_what_the_sender_writes_proves_nothing() -> None:
    ours = (
        "from x (x [198.51.100.7]) by mx.desk.example with ESMTP; Mon, 11 Mar 2024 12:20:00 +0100"
    )
    early = ours.replace("12:20", "10:00")
    date = "Date: Sat, 14 Mar 2026 10:00:00 +0100\r\n"
    settings, late = read_receipt(OURS, "x"), datetime.fromisoformat("2024-03-11T11:20:00Z")
    assert hour_of(stack(ours, early, below=date), settings, "entry").at == late
    inner = f"Content-Type: message/rfc822\r\n\r\nReceived: {early}\r\nFrom: a@asso.example\r\n"
    assert hour_of(stack(below=date + inner), settings, "entry").why == FOREIGN


@pytest.mark.parametrize(
    "came",
    [
        "from [198.51.100.7] (helo=[127.0.0.1])",
        "from [127.0.0.1] ([198.51.100.7])",
        "from x (HELO [127.0.0.1]) (198.51.100.7)",
        "from x ([198.51.100.7] helo=[192.0.2.3])",
        "from x (x [198.51.100.7] (may be forged))",
        "from mx.desk.example (mx.desk.example [198.51.100.7] port=25 helo=mx.desk.example)",
    ],
)
def test_a_sender_who_gives_our_address_as_its_own_is_outside(came: str) -> None:
    """The lines that such a sender wrote below would else be believed."""
    real = f"{came} by mx.desk.example with esmtp; Mon, 11 Mar 2024 12:20:00 +0100"
    forged = "from y ([203.0.113.1]) by mx.desk.example; Mon, 11 Mar 2024 11:00:00 +0100"
    found = hour_of(stack(real, forged), read_receipt(OURS, "x"), "entry")
    assert found.at == datetime.fromisoformat("2024-03-11T11:20:00Z")


def test_lines_that_are_long_or_mean_are_read_at_once() -> None:
    lines = [
        "from " + "(" * 3_000,
        "from " + " by " * 800,
        "by x;" * 500,
        ";",
        "from x by y; " + "9" * 999,
    ]
    for line in lines:
        assert hour_of(stack(line), read_receipt(OURS, "x"), "entry").why == FOREIGN


def test_nothing_is_known_where_nothing_is_set() -> None:
    unset = hour_of(stack(), None, "entry")
    assert unset.at is None
    assert "local.toml" in unset.why
    assert hour_of(stack(), read_receipt(OURS, "x"), "entry") == MailArrival(None, why=FOREIGN)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"entry": []}, "receipt.entry"),
        ({"entry": "mx.desk.example"}, "receipt.entry"),
        ({"entry": ["*desk.example"]}, '"*desk.example" is not the name of a server'),
        ({"inner": ["*"]}, '"*" is not the name of a server'),
        ({"inner": ["mx desk"]}, '"mx desk" is not the name of a server'),
        ({"networks": ["192.0.2.0/33"]}, '"192.0.2.0/33" is not a range of addresses'),
        ({"networks": [True]}, '"True" is not a range of addresses'),
        ({"host": "x"}, "receipt.host"),
    ],
)
def test_a_fault_of_the_settings_is_told_with_its_key(change: dict[str, Any], told: str) -> None:
    with pytest.raises(Misuse) as refused:
        read_receipt({**OURS, **change}, "local.toml")
    assert told in str(refused.value)
    assert f"local.toml · receipt.{next(iter(change))}" in str(refused.value)
