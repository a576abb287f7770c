"""The settings of mail on this machine: the tables `[mail]` and `[receipt]`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    StrictInt,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ptce_workflow.base.errors import Finding, Misuse, shown
from ptce_workflow.base.words import N_, _, n_
from ptce_workflow.mail.message import Mailbox, read_mailbox
from ptce_workflow.process.model.validation import STRICT, from_validation

S = TypeVar("S", bound=BaseModel)

_SECRETS = ("password_env", "password_file", "token_command", "token_file")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9_.:-]*[a-z0-9])?|::1")
# A star stands for what is under a name, or for the end of an address: "*example.org" would take
# "badexample.org" in.
_HOSTS = re.compile(r"(?:\*\.)?[a-z0-9_][a-z0-9_.:-]*(?:(?<=:)\*)?")
_OWN_WORDS = "own_words"
# What a round asks of the server beside opening and the message itself, at worst: RSET of the
# message before, MAIL and RCPT on a connection that turns out lost, then MAIL, RCPT, DATA anew.
_COMMANDS = 6
_MARGIN_S = 60
_LONGEST_S = 3600


def _fault(what: str, why: str = "", mend: str = "") -> PydanticCustomError:
    context = {"what": what, "why": why, "mend": mend}
    return PydanticCustomError(_OWN_WORDS, "{what}", context)


def _mailbox(value: Any) -> Any:
    if isinstance(value, Mailbox):
        return value
    try:
        return read_mailbox(value)
    except (ValueError, TypeError, AttributeError):
        what = _('"{text}" is not an e-mail address.').format(text=shown(str(value)))
        why = _("Only unaccented letters, digits and signs are understood by every mail server.")
        mend = _("For example: {example}.").format(example='"Concours <contact@collectif.example>"')
        raise _fault(what, why, mend) from None


def _authority(value: str) -> str:
    if value.startswith("https://"):
        return value
    raise _fault(_('"{text}" does not begin with https://.').format(text=shown(value)))


def _server(pattern: re.Pattern[str], example: str) -> AfterValidator:
    def read(value: str) -> str:
        if len(value) <= 253 and pattern.fullmatch(value.lower()):
            return value.lower()
        what = _('"{text}" is not the name of a server.').format(text=shown(value))
        raise _fault(what, mend=_("For example: {example}.").format(example=example))

    return AfterValidator(read)


def _seconds(value: Any) -> float:
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if number and 0 < value <= _LONGEST_S:
        return float(value)
    what = _('"{value}" is not a number of seconds that can be waited.')
    what = what.format(value=shown(str(value)))
    why = _("It is more than {least} and at most {most}.").format(least=0, most=_LONGEST_S)
    raise _fault(what, why)


def _network(value: Any) -> Network:
    try:
        return ip_network(str(value), strict=False)
    except ValueError:
        what = _('"{text}" is not a range of addresses.').format(text=shown(str(value)))
        mend = _("For example: {example}.").format(example='"192.0.2.0/28", "2001:db8::/32"')
        raise _fault(what, mend=mend) from None


Network = IPv4Network | IPv6Network
Server = Annotated[str, _server(_HOST, "smtp.collectif.example")]
Servers = tuple[Annotated[str, _server(_HOSTS, '"mx.collectif.example", "*.example"')], ...]
Seconds = Annotated[float, BeforeValidator(_seconds)]
Sender = Annotated[Mailbox, BeforeValidator(_mailbox)]
Word = Annotated[str, Field(min_length=1, max_length=1000)]
Authority = Annotated[Word, AfterValidator(_authority)]
Rate = Annotated[StrictInt, Field(ge=0, le=100_000)]


class ServerSettings(BaseModel):
    """How to reach a mail server and to sign in; where the secret is, never the secret itself.

    What each key says stands in `local.example.toml`; a description is shown where one is missing.
    """

    model_config = STRICT
    ports: ClassVar[Mapping[str, int]]

    host: Server = Field(
        description=N_("the name of the mail server"), examples=['"smtp.collectif.example"']
    )
    port: Annotated[StrictInt, Field(ge=1, le=65535)] = 0
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Word | None = None
    password_env: Word | None = None
    password_file: Word | None = None
    token_command: Annotated[tuple[Word, ...], Field(min_length=1)] | None = None
    # The token of Microsoft, kept by `ptce mail login`; the application that is registered there;
    # where one signs in, which ends with the organisation.
    token_file: Word | None = None
    client_id: Word | None = None
    authority: Authority = "https://login.microsoftonline.com/organizations"
    connect_timeout_s: Seconds = 30.0
    command_timeout_s: Seconds = 60.0
    ca_file: Word | None = None

    @model_validator(mode="before")
    @classmethod
    def _port_by_security(cls, table: Any) -> Any:
        if not isinstance(table, Mapping) or "port" in table:
            return table
        security = table.get("security", cls.model_fields["security"].default)
        return {**table, "port": cls.ports.get(security, 25) if isinstance(security, str) else 25}

    @model_validator(mode="after")
    def _keys_agree(self) -> Self:
        given = {name: value for name, value in self if value is not None}
        for _key, what, why, mend in _disagreements(given):
            raise _fault(what, why, mend)
        return self

    @property
    def has_token(self) -> bool:
        return self.token_command is not None or self.token_file is not None


class MailSettings(ServerSettings):
    """The server that mails leave by, who writes, and how fast."""

    ports = {"starttls": 587, "tls": 465, "none": 25}

    sender: Sender = Field(
        description=N_("who writes: an address, or a name and an address"),
        examples=['"Concours <contact@collectif.example>"'],
    )
    reply_to: Sender | None = None
    rehearsal_to: Sender | None = None
    for_real: bool = False
    per_minute: Rate = 25
    per_hour: Rate = 0
    per_day: Rate = 0
    connections: Annotated[StrictInt, Field(ge=1, le=10)] = 1
    per_connection: Annotated[StrictInt, Field(ge=1, le=1000)] = 50
    # RFC 5321 section 4.5.3.2.6 asks for ten minutes: whoever hangs up earlier sends again what
    # had arrived.
    data_timeout_s: Seconds = 600.0

    @property
    def kept_home(self) -> str:
        """The address to which the mails of a rehearsal go instead; "" where they go out."""
        return "" if self.for_real else (self.rehearsal_to or self.sender).address

    @property
    def rates(self) -> tuple[tuple[int, timedelta], ...]:
        """How many messages leave at most, and in how long, for each limit that is set."""
        spans = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))
        limits = zip((self.per_minute, self.per_hour, self.per_day), spans, strict=True)
        return tuple((most, span) for most, span in limits if most)

    @property
    def opening_s(self) -> float:
        """The seconds that connecting, encryption and signing in may take together."""
        return self.connect_timeout_s + self.command_timeout_s

    @property
    def lease_s(self) -> float:
        """The seconds for which a message is one courier's: longer than all it may wait for."""
        waits = self.opening_s + _COMMANDS * self.command_timeout_s + self.data_timeout_s
        return waits + _MARGIN_S


class MailboxSettings(ServerSettings):
    """A mailbox that is read by IMAP, and never changed."""

    ports = {"starttls": 143, "tls": 993, "none": 143}

    security: Literal["starttls", "tls", "none"] = Field(
        "tls", description=N_("how the connection is encrypted: tls or starttls")
    )
    user: Word = Field(description=N_("the name to sign in with"))
    folders: tuple[Word, ...] = Field(
        ("INBOX",),
        description=N_("the folders that are read; reports may lie in the one for junk"),
        min_length=1,
    )


class ReceiptSettings(BaseModel):
    """The mail servers whose word on the hour of an arrival is taken."""

    model_config = STRICT

    entry: Servers = Field(
        description=N_("the servers that take mail from outside, as they call themselves"),
        min_length=1,
    )
    # The servers behind them, up to the mailbox; the addresses of both, beside the machine's own.
    inner: Servers = ()
    networks: tuple[Annotated[Network, BeforeValidator(_network)], ...] = ()


def _read(model: type[S], name: str, table: Mapping[str, Any], file: str) -> S:
    """The settings that a table of a file gives. Raises: Misuse with every fault."""
    try:
        return model.model_validate(dict(table))
    except ValidationError as error:
        findings = sorted(_findings(error, model, name, table, file))
    count = len(findings)
    what = n_(
        "The mail settings have {count} fault.", "The mail settings have {count} faults.", count
    )
    raise Misuse(what, "\n".join(str(finding) for finding in findings))


read_settings = partial(_read, MailSettings, "mail")
read_mailbox_settings = partial(_read, MailboxSettings, "mailbox")
read_receipt = partial(_read, ReceiptSettings, "receipt")


def _findings(
    error: ValidationError, model: type[BaseModel], name: str, table: Mapping[str, Any], file: str
) -> Iterator[Finding]:
    own = {
        str(detail["loc"][0]): detail["ctx"]
        for detail in error.errors(include_url=False)
        if detail["type"] == _OWN_WORDS and detail["loc"]
    }
    for finding in from_validation(file, model, error):
        key = f"{name}.{finding.key}"
        if texts := own.get(finding.key.partition(".")[0]):
            yield Finding(file, key, **texts)
        elif finding.key:  # what lies between two keys is told below, once for each
            yield replace(finding, key=key)
    for key, what, why, mend in _disagreements(table):
        yield Finding(file, f"{name}.{key}", what, why, mend)


def _disagreements(given: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Every fault that lies between keys: the key to look at, what, why and how to mend it."""
    # Asked one by one, not the first alone: whoever mends the table reads all that is wrong.
    secrets = [name for name in _SECRETS if name in given]
    if given.get("security") == "none" and ("user" in given or secrets):
        why = _("The password would cross the network for anyone to read.")
        mend = _('Put security = "starttls" or "tls", or leave user and password out.')
        yield "security", _("Without encryption nobody signs in."), why, mend
    if "user" in given and not secrets:
        why = _("A user signs in with a password or a token.")
        mend = _("Add one of these keys: {names}.").format(names=", ".join(_SECRETS))
        yield "user", _("It is not said where the password is."), why, mend
    if secrets and "user" not in given:
        mend = _("Add the key {key}, or leave this one out.").format(key="user")
        yield secrets[0], _("It is not said which user signs in."), "", mend
    if "token_file" in given and "client_id" not in given:
        what = _("It is not said for which application Microsoft gives a token.")
        mend = _("Add the key {key}, or leave this one out.").format(key="client_id")
        yield "token_file", what, "", mend
    if len(secrets) > 1:
        mend = _("Keep one of these keys: {names}.").format(names=", ".join(secrets))
        yield secrets[1], _("There is more than one way to the password."), "", mend
