"""Every answer means one thing: the table, line by line."""

import ssl

import aiosmtplib as smtp
import pytest

from ptce_workflow.base.errors import PtceError
from ptce_workflow.mail.dialogue import AnswerKind, SmtpStep, classify

pytestmark = pytest.mark.usefixtures("in_english")


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


REPLIES = [
    (SmtpStep.CONNECT, smtp.SMTPConnectResponseError(421, "too busy"), AnswerKind.DOWN),
    (SmtpStep.CONNECT, smtp.SMTPConnectResponseError(554, "no service"), AnswerKind.DOWN),
    (SmtpStep.CONNECT, smtp.SMTPConnectResponseError(554, "5.7.1 blocked"), AnswerKind.LOCKED),
    (SmtpStep.CONNECT, smtp.SMTPHeloError(550, "who?"), AnswerKind.DOWN),
    (SmtpStep.TLS, smtp.SMTPResponseException(454, "4.7.0 not now"), AnswerKind.DOWN),
    (SmtpStep.TLS, smtp.SMTPResponseException(502, "no"), AnswerKind.LOCKED),
    (SmtpStep.AUTH, smtp.SMTPAuthenticationError(535, "5.7.8 wrong"), AnswerKind.LOCKED),
    (SmtpStep.AUTH, smtp.SMTPAuthenticationError(432, "4.7.12 change it"), AnswerKind.LOCKED),
    (SmtpStep.AUTH, smtp.SMTPAuthenticationError(454, "4.7.0 directory down"), AnswerKind.DOWN),
    (SmtpStep.AUTH, smtp.SMTPAuthenticationError(504, "unknown mechanism"), AnswerKind.LOCKED),
    (SmtpStep.SENDER, smtp.SMTPSenderRefused(421, "bye", "a"), AnswerKind.DOWN),
    (SmtpStep.SENDER, smtp.SMTPSenderRefused(451, "4.3.0 later", "a"), AnswerKind.LATER),
    (SmtpStep.SENDER, smtp.SMTPSenderRefused(530, "5.7.0 sign in", "a"), AnswerKind.LOCKED),
    (SmtpStep.SENDER, smtp.SMTPSenderRefused(550, "5.7.1 not you", "a"), AnswerKind.LOCKED),
    (SmtpStep.SENDER, smtp.SMTPSenderRefused(553, "5.1.8 bad sender", "a"), AnswerKind.LOCKED),
    (SmtpStep.SENDER, smtp.SMTPSenderRefused(552, "5.3.4 too big", "a"), AnswerKind.REFUSED),
    (SmtpStep.SENDER, smtp.SMTPSenderRefused(554, "5.2.3 too big", "a"), AnswerKind.REFUSED),
    (SmtpStep.SENDER, smtp.SMTPSenderRefused(550, "not from here", "a"), AnswerKind.LOCKED),
    (SmtpStep.RECIPIENT, smtp.SMTPRecipientRefused(450, "greylisted", "b"), AnswerKind.LATER),
    (SmtpStep.RECIPIENT, smtp.SMTPRecipientRefused(550, "5.1.1 unknown", "b"), AnswerKind.REFUSED),
    (SmtpStep.RECIPIENT, smtp.SMTPRecipientRefused(550, "5.7.1 blocked", "b"), AnswerKind.REFUSED),
    (SmtpStep.RECIPIENT, smtp.SMTPRecipientRefused(421, "bye", "b"), AnswerKind.DOWN),
    (SmtpStep.DATA, smtp.SMTPDataError(421, "bye"), AnswerKind.DOWN),
    (SmtpStep.DATA, smtp.SMTPDataError(451, "later"), AnswerKind.LATER),
    (SmtpStep.DATA, smtp.SMTPDataError(554, "no"), AnswerKind.REFUSED),
    (SmtpStep.CONTENT, smtp.SMTPDataError(421, "shutting down"), AnswerKind.LATER),
    (SmtpStep.CONTENT, smtp.SMTPDataError(452, "disk full"), AnswerKind.LATER),
    (SmtpStep.CONTENT, smtp.SMTPDataError(554, "5.7.1 spam"), AnswerKind.REFUSED),
    (SmtpStep.CONTENT, smtp.SMTPDataError(550, "5.7.60 not as this sender"), AnswerKind.LOCKED),
    (SmtpStep.CONTENT, smtp.SMTPDataError(554, "5.2.252 SendAsDenied; x"), AnswerKind.LOCKED),
]


OF_US = [
    (553, "5.7.1 <a@cress.example>: Sender address rejected: not owned by user b"),
    (554, "5.7.1 <b@collectif.example>: Relay access denied"),
    (550, "relay not permitted"),
    (550, "5.7.1 <b@collectif.example>... Relaying denied"),
    (553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
    (550, "5.7.1 Authentication required"),
    (550, "SMTP AUTH is required for message submission on port 587"),
    (554, "5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied"),
    (504, "5.5.2 <x>: Helo command rejected: need fully-qualified hostname"),
    (550, "5.1.0 sender rejected"),
    (550, "5.7.23 SPF validation failed"),
    (550, "5.7.64 TenantAttribution; Access Denied"),
]
OF_THE_RECIPIENT = [
    (550, "5.1.1 <relay@collectif.example>: sender unknown"),
    (550, "<authentication@relay.example> User unknown"),
    (550, "5.2.1 mailbox disabled, not accepting relayed mail"),
    (550, "5.7.1 <b@collectif.example>: Recipient address rejected: Access denied"),
    (550, "5.7.133 the sender was not authenticated when sending to this group"),
    (550, "5.7.2 this list does not take that sender"),
]


def refused(code: int, said: str) -> smtp.SMTPRecipientRefused:
    return smtp.SMTPRecipientRefused(code, said, "b@collectif.example")


@pytest.mark.parametrize(("code", "said"), OF_US)
def test_who_refuses_us_at_a_recipient_refuses_all(code: int, said: str) -> None:
    assert classify(refused(code, said), SmtpStep.RECIPIENT).kind is AnswerKind.LOCKED


@pytest.mark.parametrize(("code", "said"), OF_THE_RECIPIENT)
def test_who_refuses_a_recipient_takes_others(code: int, said: str) -> None:
    assert classify(refused(code, said), SmtpStep.RECIPIENT).kind is AnswerKind.REFUSED


def test_who_has_let_us_in_refuses_the_recipient_alone() -> None:
    sender, relay = refused(550, "5.7.1 sender rejected"), refused(554, "5.7.1 relay denied")
    answer = classify(sender, SmtpStep.RECIPIENT, welcome=True)
    assert answer.kind is AnswerKind.REFUSED
    assert classify(relay, SmtpStep.RECIPIENT, welcome=True).kind is AnswerKind.LOCKED


@pytest.mark.parametrize(("stage", "error", "kind"), REPLIES)
def test_a_reply_is_judged_by_its_code_and_its_stage(
    stage: SmtpStep, error: smtp.SMTPResponseException, kind: AnswerKind
) -> None:
    answer = classify(error, stage)
    assert (answer.kind, answer.code, answer.said) == (kind, error.code, error.message)


GONE = smtp.SMTPServerDisconnected("Connection lost")
SILENT = smtp.SMTPReadTimeoutError("Timed out")
BABBLE = smtp.SMTPResponseException(-1, "Malformed SMTP response line: HTTP/1.1")
UNTRUSTED = ssl.SSLCertVerificationError(1, "certificate verify failed")
UNTRUSTED.verify_message = "self-signed certificate"
CUT = ssl.SSLEOFError(8, "EOF occurred")
FAILURES = [
    (SmtpStep.CONNECT, smtp.SMTPConnectTimeoutError("Timed out"), AnswerKind.DOWN),
    (
        SmtpStep.CONNECT,
        caused(smtp.SMTPConnectError("x"), OSError(111, "refused")),
        AnswerKind.DOWN,
    ),
    (SmtpStep.CONNECT, caused(smtp.SMTPConnectError("x"), UNTRUSTED), AnswerKind.LOCKED),
    (SmtpStep.CONNECT, caused(smtp.SMTPConnectError("x"), CUT), AnswerKind.DOWN),
    (SmtpStep.CONNECT, FileNotFoundError(2, "no such authority"), AnswerKind.LOCKED),
    (SmtpStep.CONNECT, BABBLE, AnswerKind.DOWN),
    (SmtpStep.TLS, UNTRUSTED, AnswerKind.LOCKED),
    (SmtpStep.TLS, ssl.SSLError(1, "wrong version number"), AnswerKind.LOCKED),
    (SmtpStep.TLS, CUT, AnswerKind.DOWN),
    (SmtpStep.TLS, PtceError("no STARTTLS"), AnswerKind.LOCKED),
    (SmtpStep.TLS, smtp.SMTPTimeoutError("Timed out"), AnswerKind.DOWN),
    (SmtpStep.AUTH, PtceError("no password"), AnswerKind.LOCKED),
    (SmtpStep.AUTH, TimeoutError(), AnswerKind.DOWN),
    *(
        (stage, error, AnswerKind.DOWN)
        for stage in (SmtpStep.AUTH, SmtpStep.SENDER, SmtpStep.RECIPIENT, SmtpStep.DATA)
        for error in (GONE, SILENT, BABBLE)
    ),
    *(
        (SmtpStep.CONTENT, error, AnswerKind.UNKNOWN)
        for error in (GONE, SILENT, BABBLE, TimeoutError())
    ),
    (SmtpStep.CONTENT, smtp.SMTPDataError(354, "what?"), AnswerKind.UNKNOWN),
    (SmtpStep.CONTENT, ValueError("a fault of ours"), AnswerKind.UNKNOWN),
    (SmtpStep.CONTENT, PtceError("a fault of ours"), AnswerKind.UNKNOWN),
    (SmtpStep.SENDER, UnicodeEncodeError("ascii", "é", 0, 1, "no"), AnswerKind.UNFIT),
    (SmtpStep.RECIPIENT, smtp.SMTPNotSupported("SMTPUTF8"), AnswerKind.UNFIT),
    (SmtpStep.DATA, ValueError("not in CRLF"), AnswerKind.UNFIT),
    (SmtpStep.RECIPIENT, smtp.SMTPRecipientsRefused([]), AnswerKind.UNFIT),
]


@pytest.mark.parametrize(("stage", "error", "kind"), FAILURES)
def test_a_failure_is_judged_by_its_stage(
    stage: SmtpStep, error: Exception, kind: AnswerKind
) -> None:
    answer = classify(error, stage)
    assert (answer.kind, answer.code) == (kind, None)
    assert answer.said


def test_the_refusal_of_all_recipients_has_its_code_inside() -> None:
    one = smtp.SMTPRecipientRefused(450, "4.2.0 greylisted", "b@c.example")
    answer = classify(smtp.SMTPRecipientsRefused([one]), SmtpStep.RECIPIENT)
    assert (answer.kind, answer.code, answer.said) == (AnswerKind.LATER, 450, "4.2.0 greylisted")


def test_what_a_server_says_becomes_one_safe_line() -> None:
    said = "5.1.1 no\r\nsuch \x1b[2Juser\u202e\udcff " + "x" * 1000
    answer = classify(smtp.SMTPRecipientRefused(550, said, "b"), SmtpStep.RECIPIENT)
    assert answer.said.startswith("5.1.1 no such [2Juser ")
    assert len(answer.said) <= 300
    answer.said.encode()


def test_failures_are_told_in_words() -> None:
    said = {
        "The connection was lost.": (GONE, SmtpStep.SENDER),
        "The server did not answer in time.": (SILENT, SmtpStep.CONTENT),
        "The server's certificate is not accepted: self-signed certificate.": (
            UNTRUSTED,
            SmtpStep.TLS,
        ),
        "No connection came about: Connection refused.": (FAILURES[1][1], SmtpStep.CONNECT),
        "ValueError: x": (ValueError("x"), SmtpStep.DATA),
    }
    assert {classify(*where).said: where for where in said.values()} == said
