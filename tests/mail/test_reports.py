"""Mails that report of ours, or answer them: what is read of each, whoever wrote it."""

import pytest

from ptce_workflow.mail.incoming import DeliveryReport, Incoming, incoming

OURS = "<0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f@desk.example>"
GONE = "a@gone.example"
SAID = "550 5.1.1 nobody here by that name"
RETURNED = f"""Message-ID: {OURS}
References: <c-001.root@desk.example> {OURS}
X-PTCE-Line: 12 abcd
Date: Tue, 20 Feb 2024 10:01:00 +0000
Subject: Bonjour
"""
STATUS = f"""Reporting-MTA: dns; mx.example
Original-Envelope-Id: M-007.2

Original-Recipient: rfc822;A@gone.example
Final-Recipient: rfc822; alias@elsewhere.example
Action: failed (never)
Status: 5.1.1
Diagnostic-Code: smtp; {SAID}
"""


def report(
    status: str = STATUS,
    returned: str = RETURNED,
    *,
    kind: str = "message/delivery-status",
    copy: str = "message/rfc822",
    around: str = "multipart/report; report-type=delivery-status",
) -> bytes:
    """A report as a mail server writes it."""
    parts = [("text/plain", "Sorry."), (kind, status), (copy, returned)]
    body = "".join(f"--b\nContent-Type: {name}\n\n{text}\n" for name, text in parts)
    return (
        "From: MAILER-DAEMON@mx.example\nSubject: Undelivered\nAuto-Submitted: auto-replied\n"
        f"Content-Type: {around}; boundary=b\n\n{body}--b--\n"
    ).encode()


def read(content: bytes) -> Incoming:
    return incoming(content)


def test_a_report_tells_of_whom_and_what_it_returns() -> None:
    found = read(report())
    assert found.reports == (DeliveryReport("failed", (GONE, "alias@elsewhere.example"), SAID),)
    returned = found.returned
    assert returned.identifiers == (OURS, "<c-001.root@desk.example>")
    assert (returned.line, returned.envelope) == ("12 abcd", "M-007.2")
    assert returned.date == "Tue, 20 Feb 2024 10:01:00 +0000"
    assert found.is_automatic


@pytest.mark.parametrize("copy", ["text/rfc822-headers", "message/global-headers"])
def test_the_headers_alone_are_returned(copy: str) -> None:
    assert read(report(copy=copy)).returned.identifiers[0] == OURS


def test_an_identifier_that_was_rewritten_on_the_way() -> None:
    renamed = f"Message-ID: <new@outlook.example>\nX-Microsoft-Original-Message-ID: {OURS}\n"
    assert OURS in read(report(returned=renamed)).returned.identifiers


def test_a_status_that_is_encoded() -> None:
    from base64 import encodebytes

    coded = "Content-Transfer-Encoding: base64\n\n" + encodebytes(STATUS.encode()).decode()
    content = report("").replace(
        b"message/delivery-status\n\n", f"message/delivery-status\n{coded}".encode()
    )
    [one] = read(content).reports
    assert one.recipients[0] == GONE


def test_several_recipients() -> None:
    second = "\nFinal-Recipient: rfc822;b@gone.example\nAction: delayed\nStatus: 4.2.0\n"
    found = read(report(STATUS + second))
    assert [one.action for one in found.reports] == ["failed", "delayed"]
    assert found.reports[1] == DeliveryReport("delayed", ("b@gone.example",), "4.2.0")


@pytest.mark.parametrize(
    "content",
    [
        # Forwarded by a person, it is no report of a mail server.
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=o\n\n--o\n"
        b"Content-Type: message/rfc822\n\n" + report() + b"\n--o--\n",
        report(kind="message/disposition-notification"),
        report(around="multipart/mixed"),
        report("no header at all"),
        b"From: a@b.example\nContent-Type: multipart/report\n\nno boundary\n",
    ],
    ids=["forwarded", "read receipt", "not a report", "no status", "no boundary"],
)
def test_no_report(content: bytes) -> None:
    assert read(content).reports == ()


@pytest.mark.parametrize(
    ("header", "is_automatic"),
    [
        ("Auto-Submitted: auto-replied", True),
        ("Auto-Submitted: no", False),
        ("Precedence: bulk", True),
        ("X-Autoreply: yes", True),
        ("Return-Path: <>", True),
        ("Return-Path: <a@b.example>", False),
        ("X-Auto-Response-Suppress: All", False),
    ],
)
def test_who_wrote_it(header: str, is_automatic: bool) -> None:
    found = read(f"From: a@b.example\n{header}\n\nBonjour\n".encode())
    assert found.is_automatic is is_automatic


def test_the_mails_that_it_answers_the_last_one_first() -> None:
    found = read(
        b"From: a@b.example\nMessage-ID: <own@b.example>\nIn-Reply-To: <last@o.example>\n"
        b"References: <first@o.example>\n <last@o.example>\n\nBonjour\n"
    )
    assert found.identifiers == ("<own@b.example>", "<last@o.example>", "<first@o.example>")
