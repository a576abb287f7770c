"""Addresses that every server understands, and no others."""

import pytest

from ptce_workflow.mail.message import Mailbox, is_address, is_domain, read_mailbox


@pytest.mark.parametrize(
    "address",
    ["a@b.example", "first.last+tag@sub.domain.example", "o'neil@x-y.example", "root@localhost"],
)
def test_plain_addresses_are_taken(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "é@b.example",
        "a@é.example",
        "a b@c.example",
        "a@b.example\r\nRCPT TO:<x@y.example>",
        "a@b.example\n",
        "a@b.example\x00",
        "<a@b.example>",
        '"a b"@c.example',
        "a..b@c.example",
        "a@-b.example",
        "a@b..example",
        "=?utf-8?q?x?=@b.example",
        f"{'a' * 65}@b.example",
        f"a@{'b.' * 126}example",
    ],
)
def test_no_other_is_one(address: str) -> None:
    assert not is_address(address)
    with pytest.raises(ValueError, match="not an address"):
        Mailbox("", address)


def test_a_mailbox_is_read_with_or_without_a_name() -> None:
    assert read_mailbox("a@b.example") == Mailbox("", "a@b.example")
    assert read_mailbox(" L’équipe <a@b.example> ") == Mailbox("L’équipe", "a@b.example")
    assert read_mailbox('"Name, Inc." <a@b.example>') == Mailbox("Name, Inc.", "a@b.example")
    assert str(read_mailbox("Desk <a@b.example>")) == "Desk <a@b.example>"
    assert str(read_mailbox("a@b.example")) == "a@b.example"


@pytest.mark.parametrize("text", ["", "Name", "<a@b.example", "Name <>", "A <a@b.x> <c@d.x>"])
def test_what_is_no_mailbox_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        read_mailbox(text)


def test_a_domain_is_ascii() -> None:
    """A domain may stand in a Message-ID."""
    assert is_domain("cress.example")
    assert not is_domain("é.example")
    assert not is_domain("b.example\r\n")
