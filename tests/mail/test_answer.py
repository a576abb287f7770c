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
    (SmtpStep.SENDER, smtp.SMTPSenderRefused(451, "4.3.0 later", "a"), AnswerKind.DOWN),
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
    (SmtpStep.CONTENT, smtp.SMTPDataError(421, "shutting down"), AnswerKind.DOWN),
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


ALL, ONE, LATER = "all, once two are refused so", "this mail", "this mail, for a while"
LESS, PERSON = "all, for a minute", "all, until a person acts"
RCPT, DATA, DOT = SmtpStep.RECIPIENT, SmtpStep.DATA, SmtpStep.CONTENT
SAID_BY_SERVERS = [
    # Quotas, reputation and accounts: Microsoft, OVH, Google, cPanel, Zimbra, SES, Postfix, Exim.
    (DOT, ALL, "550 5.1.90 Your message can't be sent because you've reached your daily limit"),
    (DOT, ALL, "550 5.7.501 Access denied, spam abuse detected"),
    (DOT, ALL, "550 5.7.502 Access denied, banned sender"),
    (DOT, ALL, "550 5.7.705 Access denied, tenant has exceeded threshold"),
    (DOT, ALL, "550 5.7.708 Access denied, traffic not accepted from this IP"),
    (DOT, ALL, "550 5.7.750 Service unavailable. Client blocked from sending"),
    (DOT, ALL, "550 5.7.509 Access denied, sending domain does not pass DMARC verification"),
    (DOT, ALL, "550 5.7.515 Access denied, sending domain does not meet the required level"),
    (DOT, ALL, "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException"),
    (DOT, ALL, "550 5.4.5 Daily user sending limit exceeded"),
    (DOT, ALL, "550 5.4.5 Daily SMTP relay limit exceeded for user"),
    (DOT, ALL, "550 Domain cress.example has exceeded the max emails per hour (61/60 (101%))"),
    (DOT, ALL, "554 Throttling failure: Daily message quota exceeded"),
    (DOT, ALL, "554 5.7.1 Sending limit exceeded for this account"),
    (DOT, ALL, "550 5.7.1 Quota d'envoi atteint pour ce compte"),
    (DOT, ALL, "554 5.7.1 Message blocked: account suspended"),
    (DOT, ALL, "554 5.7.1 spam"),
    (DOT, ALL, "552 5.2.2 quota of the sender exceeded"),
    (DATA, ALL, "550 5.7.1 Your account was suspended"),
    (DATA, ALL, "550 5.1.90 Your message can't be sent"),
    (DATA, ALL, "554 5.5.1 Error: no valid recipients"),
    (RCPT, ALL, "554 5.7.1 <b@c.example>: Recipient address rejected: Policy Rejection- Quota"),
    (RCPT, ALL, "550 5.7.1 OFR_506"),
    (RCPT, ALL, "550 5.7.1 Service unavailable; client [192.0.2.7] blocked using a list"),
    (RCPT, ALL, "554 5.7.1 Messages from 192.0.2.7 weren't sent, part of their network is blocked"),
    (RCPT, ALL, "550 5.4.5 Daily sending quota exceeded"),
    (RCPT, ALL, "550 5.7.1 blocked"),
    (RCPT, ALL, "550 rejected for policy reasons"),
    # The recipient alone.
    (RCPT, ONE, "550 5.1.1 <b@c.example>: User unknown in virtual mailbox table"),
    (RCPT, ONE, "550 5.1.2 no such domain"),
    (RCPT, ONE, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found"),
    (RCPT, ONE, "550 5.2.1 mailbox disabled"),
    (RCPT, ONE, "552 5.2.2 mailbox full"),
    (RCPT, ONE, "552 5.3.4 message too big for this recipient"),
    (RCPT, ONE, "550 No such user here"),
    (RCPT, ONE, "550 Unrouteable address"),
    (RCPT, ONE, "550 5.7.1 RESOLVER.RST.AuthenticationRequired; authentication required"),
    (RCPT, ONE, "550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized"),
    (RCPT, ONE, "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup"),
    (DOT, ONE, "550 5.1.1 nobody here"),
    (DOT, ONE, "550 5.7.124 sender not in the list of allowed senders"),
    (DOT, ONE, "550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized"),
    # A while, for this mail.
    (RCPT, LATER, "450 4.2.0 <b@c.example>: Recipient address rejected: Greylisted"),
    (RCPT, LATER, "451 4.7.1 Greylisting in action, please come back in 300 seconds"),
    (RCPT, LATER, "452 4.2.2 The recipient is over quota"),
    (RCPT, LATER, "452 mailbox over quota"),
    (RCPT, LATER, "450 4.2.1 The user you are trying to contact receives mail at too high a rate"),
    (RCPT, LATER, "450 4.1.2 <b@c.example>: Recipient address rejected: Domain not found"),
    (DOT, LATER, "451 4.3.0 temporary failure"),
    (DOT, LATER, "452 4.3.1 Insufficient system storage"),
    # Less from all of us.
    (SmtpStep.CONNECT, LESS, "421 4.7.0 too many connections from 192.0.2.7"),
    (SmtpStep.AUTH, LESS, "432 4.3.2 Concurrent connections limit exceeded"),
    (SmtpStep.AUTH, LESS, "454 4.7.0 Temporary authentication failure"),
    (SmtpStep.SENDER, LESS, "450 4.7.1 Error: too much mail from 192.0.2.7"),
    (SmtpStep.SENDER, LESS, "451 4.3.0 not now"),
    (RCPT, LESS, "450 4.7.1 Error: too much mail from 192.0.2.7"),
    (RCPT, LESS, "451 4.7.500 Server busy. Please try again later from 192.0.2.7"),
    (RCPT, LESS, "450 4.7.1 <b@c.example>: Recipient address rejected: rate limit"),
    (RCPT, LESS, "421 4.7.28 unusual rate of mail"),
    (DOT, LESS, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"),
    (DOT, LESS, "450 4.7.3 Organization queue quota exceeded"),
    (DOT, LESS, "454 Throttling failure: Maximum sending rate exceeded"),
    (DOT, LESS, "421 4.3.2 shutting down"),
    # A person: the password, the right to send.
    (SmtpStep.AUTH, PERSON, "535 5.7.139 Authentication unsuccessful, basic is disabled"),
    (SmtpStep.AUTH, PERSON, "534 5.7.9 Application-specific password required"),
    (SmtpStep.AUTH, PERSON, "432 4.7.12 A password transition is needed"),
    (SmtpStep.SENDER, PERSON, "550 5.7.30 Basic authentication is not supported"),
    (RCPT, PERSON, "553 5.7.1 <a@b.example>: Sender address rejected: not owned by user"),
    (RCPT, PERSON, "554 5.7.1 <b@c.example>: Relay access denied"),
    (DOT, PERSON, "554 5.2.252 SendAsDenied; not allowed to send as"),
    (DOT, PERSON, "550 5.7.60 Client does not have permissions to send as this sender"),
]
KINDS = {
    ALL: (AnswerKind.REFUSED, True),
    ONE: (AnswerKind.REFUSED, False),
    LATER: (AnswerKind.LATER, False),
    LESS: (AnswerKind.DOWN, False),
    PERSON: (AnswerKind.LOCKED, False),
}


@pytest.mark.parametrize(("stage", "waits", "said"), SAID_BY_SERVERS)
def test_whom_an_answer_concerns(stage: SmtpStep, waits: str, said: str) -> None:
    code, _blank, words = said.partition(" ")
    error = smtp.SMTPResponseException(int(code), words)
    answer = classify(error, stage)
    assert (answer.kind, answer.of_all) == KINDS[waits]
    # From a server that has let us in, no word costs more than one mail.
    welcomed = classify(error, stage, welcome=True)
    assert (welcomed.kind, welcomed.of_all) in (KINDS[waits], KINDS[ALL])
    assert bool(answer.refusal) is answer.of_all


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("554 5.7.1 <a@b.fr>: quota (1 of 2)", "554 5.7.1 <c@d.fr>: Quota (3 of 4)", True),
        ("550 no a@b.fr [host7.x] id 4XyZ", "550 no c@d.fr [host8.x] id 5AbC", True),
        ("554 5.7.1 quota", "554 5.7.2 quota", False),
        ("554 5.7.1 quota", "550 5.7.1 quota", False),
        ("554 5.7.1 quota", "554 5.7.1 spam", False),
    ],
)
def test_refusals_are_compared_without_addresses_and_numbers(
    one: str, other: str, same: bool
) -> None:
    said = [text.partition(" ") for text in (one, other)]
    errors = [smtp.SMTPDataError(int(code), words) for code, _blank, words in said]
    first, second = (classify(error, DOT).refusal for error in errors)
    assert (first == second) is same


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
