"""Every answer means one thing: the table, line by line."""

from __future__ import annotations

import ssl

import aiosmtplib as smtp
import pytest

from ptce_workflow.base.errors import PtceError
from ptce_workflow.mail.answer import Kind, Stage, classify

pytestmark = pytest.mark.usefixtures("in_english")


def caused(error: Exception, cause: BaseException) -> Exception:
    """An error raised from another."""
    error.__cause__ = cause
    return error


REPLIES = [
    (Stage.CONNECT, smtp.SMTPConnectResponseError(421, "too busy"), Kind.DOWN),
    (Stage.CONNECT, smtp.SMTPConnectResponseError(554, "no service"), Kind.DOWN),
    (Stage.CONNECT, smtp.SMTPConnectResponseError(554, "5.7.1 blocked"), Kind.LOCKED),
    (Stage.CONNECT, smtp.SMTPHeloError(550, "who?"), Kind.DOWN),
    (Stage.TLS, smtp.SMTPResponseException(454, "4.7.0 not now"), Kind.DOWN),
    (Stage.TLS, smtp.SMTPResponseException(502, "no"), Kind.LOCKED),
    (Stage.AUTH, smtp.SMTPAuthenticationError(535, "5.7.8 wrong"), Kind.LOCKED),
    (Stage.AUTH, smtp.SMTPAuthenticationError(432, "4.7.12 change it"), Kind.LOCKED),
    (Stage.AUTH, smtp.SMTPAuthenticationError(454, "4.7.0 directory down"), Kind.DOWN),
    (Stage.AUTH, smtp.SMTPAuthenticationError(504, "unknown mechanism"), Kind.LOCKED),
    (Stage.SENDER, smtp.SMTPSenderRefused(421, "bye", "a"), Kind.DOWN),
    (Stage.SENDER, smtp.SMTPSenderRefused(451, "4.3.0 later", "a"), Kind.LATER),
    (Stage.SENDER, smtp.SMTPSenderRefused(530, "5.7.0 sign in", "a"), Kind.LOCKED),
    (Stage.SENDER, smtp.SMTPSenderRefused(550, "5.7.1 not you", "a"), Kind.LOCKED),
    (Stage.SENDER, smtp.SMTPSenderRefused(553, "5.1.8 bad sender", "a"), Kind.LOCKED),
    (Stage.SENDER, smtp.SMTPSenderRefused(552, "5.3.4 too big", "a"), Kind.REFUSED),
    (Stage.RECIPIENT, smtp.SMTPRecipientRefused(450, "greylisted", "b"), Kind.LATER),
    (Stage.RECIPIENT, smtp.SMTPRecipientRefused(550, "5.1.1 unknown", "b"), Kind.REFUSED),
    (Stage.RECIPIENT, smtp.SMTPRecipientRefused(550, "5.7.1 blocked", "b"), Kind.REFUSED),
    (Stage.RECIPIENT, smtp.SMTPRecipientRefused(421, "bye", "b"), Kind.DOWN),
    (Stage.DATA, smtp.SMTPDataError(421, "bye"), Kind.DOWN),
    (Stage.DATA, smtp.SMTPDataError(451, "later"), Kind.LATER),
    (Stage.DATA, smtp.SMTPDataError(554, "no"), Kind.REFUSED),
    (Stage.CONTENT, smtp.SMTPDataError(421, "shutting down"), Kind.LATER),
    (Stage.CONTENT, smtp.SMTPDataError(452, "disk full"), Kind.LATER),
    (Stage.CONTENT, smtp.SMTPDataError(554, "5.7.1 spam"), Kind.REFUSED),
    (Stage.CONTENT, smtp.SMTPDataError(550, "5.7.60 not as this sender"), Kind.LOCKED),
    (Stage.CONTENT, smtp.SMTPDataError(554, "5.2.252 SendAsDenied; x"), Kind.LOCKED),
]


@pytest.mark.parametrize(("stage", "error", "kind"), REPLIES)
def test_a_reply_is_judged_by_its_code_and_its_stage(
    stage: Stage, error: smtp.SMTPResponseException, kind: Kind
) -> None:
    """What the server said is kept, with its code."""
    answer = classify(error, stage)
    assert (answer.kind, answer.code, answer.said) == (kind, error.code, error.message)


GONE = smtp.SMTPServerDisconnected("Connection lost")
SILENT = smtp.SMTPReadTimeoutError("Timed out")
BABBLE = smtp.SMTPResponseException(-1, "Malformed SMTP response line: HTTP/1.1")
UNTRUSTED = ssl.SSLCertVerificationError(1, "certificate verify failed")
UNTRUSTED.verify_message = "self-signed certificate"
CUT = ssl.SSLEOFError(8, "EOF occurred")
FAILURES = [
    (Stage.CONNECT, smtp.SMTPConnectTimeoutError("Timed out"), Kind.DOWN),
    (Stage.CONNECT, caused(smtp.SMTPConnectError("x"), OSError(111, "refused")), Kind.DOWN),
    (Stage.CONNECT, caused(smtp.SMTPConnectError("x"), UNTRUSTED), Kind.LOCKED),
    (Stage.CONNECT, caused(smtp.SMTPConnectError("x"), CUT), Kind.DOWN),
    (Stage.CONNECT, FileNotFoundError(2, "no such authority"), Kind.LOCKED),
    (Stage.CONNECT, BABBLE, Kind.DOWN),
    (Stage.TLS, UNTRUSTED, Kind.LOCKED),
    (Stage.TLS, ssl.SSLError(1, "wrong version number"), Kind.LOCKED),
    (Stage.TLS, CUT, Kind.DOWN),
    (Stage.TLS, PtceError("no STARTTLS"), Kind.LOCKED),
    (Stage.TLS, smtp.SMTPTimeoutError("Timed out"), Kind.DOWN),
    (Stage.AUTH, PtceError("no password"), Kind.LOCKED),
    (Stage.AUTH, TimeoutError(), Kind.DOWN),
    *(
        (stage, error, Kind.DOWN)
        for stage in (Stage.AUTH, Stage.SENDER, Stage.RECIPIENT, Stage.DATA)
        for error in (GONE, SILENT, BABBLE)
    ),
    *((Stage.CONTENT, error, Kind.UNKNOWN) for error in (GONE, SILENT, BABBLE, TimeoutError())),
    (Stage.CONTENT, smtp.SMTPDataError(354, "what?"), Kind.UNKNOWN),
    (Stage.CONTENT, ValueError("a fault of ours"), Kind.UNKNOWN),
    (Stage.CONTENT, PtceError("a fault of ours"), Kind.UNKNOWN),
    (Stage.SENDER, UnicodeEncodeError("ascii", "é", 0, 1, "no"), Kind.UNFIT),
    (Stage.RECIPIENT, smtp.SMTPNotSupported("SMTPUTF8"), Kind.UNFIT),
    (Stage.DATA, ValueError("not in CRLF"), Kind.UNFIT),
    (Stage.RECIPIENT, smtp.SMTPRecipientsRefused([]), Kind.UNFIT),
]


@pytest.mark.parametrize(("stage", "error", "kind"), FAILURES)
def test_a_failure_is_judged_by_its_stage(stage: Stage, error: Exception, kind: Kind) -> None:
    """Nobody spoke, so there is no code; what happened is said in words."""
    answer = classify(error, stage)
    assert (answer.kind, answer.code) == (kind, None)
    assert answer.said


def test_the_refusal_of_all_recipients_has_its_code_inside() -> None:
    """The error itself has none: greylisting was missed for it elsewhere."""
    one = smtp.SMTPRecipientRefused(450, "4.2.0 greylisted", "b@c.example")
    answer = classify(smtp.SMTPRecipientsRefused([one]), Stage.RECIPIENT)
    assert (answer.kind, answer.code, answer.said) == (Kind.LATER, 450, "4.2.0 greylisted")


def test_what_a_server_says_becomes_one_safe_line() -> None:
    """Line ends, direction marks, escape sequences and endless speeches stay outside."""
    said = "5.1.1 no\r\nsuch \x1b[2Juser\u202e\udcff " + "x" * 1000
    answer = classify(smtp.SMTPRecipientRefused(550, said, "b"), Stage.RECIPIENT)
    assert answer.said.startswith("5.1.1 no such [2Juser ")
    assert len(answer.said) <= 300
    answer.said.encode()


def test_failures_are_told_in_words() -> None:
    """As the desk reads them."""
    said = {
        "The connection was lost.": (GONE, Stage.SENDER),
        "The server did not answer in time.": (SILENT, Stage.CONTENT),
        "The server's certificate is not accepted: self-signed certificate.": (
            UNTRUSTED,
            Stage.TLS,
        ),
        "No connection came about: Connection refused.": (FAILURES[1][1], Stage.CONNECT),
        "ValueError: x": (ValueError("x"), Stage.DATA),
    }
    assert {classify(*where).said: where for where in said.values()} == said
