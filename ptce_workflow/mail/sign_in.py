"""Signing in to a mail server: a password, a token that a command prints, or one of Microsoft."""

from __future__ import annotations

import asyncio
import contextlib
import os
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _, one_line
from ptce_workflow.mail.settings import ServerSettings

if TYPE_CHECKING:
    from msal import PublicClientApplication

_SCOPES = [f"https://outlook.office.com/{name}" for name in ("SMTP.Send", "IMAP.AccessAsUser.All")]
_LONGEST_WORDS = 300


def xoauth2(user: str, token: str) -> str:
    """What a client answers where it signs in with a token (XOAUTH2), before base64."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


def spellings(user: str, word: str) -> tuple[str, ...]:
    """A password or a token, and the forms in which it goes to a server that may repeat it."""
    forms = (word, f"\0{user}\0{word}", xoauth2(user, word))
    return word, *(b64encode(text.encode()).decode() for text in forms)


def without(words: str, secrets: Sequence[str]) -> str:
    for text in secrets:
        words = words.replace(text, "…")
    return words


async def secret(settings: ServerSettings) -> str:
    """The password or the token to sign in with. Raises: PtceError."""
    if settings.token_command is not None:
        return await _printed(settings.token_command, settings.command_timeout_s)
    if settings.token_file is not None:
        return await asyncio.to_thread(_renewed, settings, settings.token_file)
    if (name := settings.password_file) is None:
        variable = settings.password_env or ""
        if value := os.environ.get(variable):
            return value
        what = _("The environment variable {name} holds no password.").format(name=variable)
        raise PtceError(what, mend=_("Set it where the program is started."))
    # The line end is the editor's; blanks may be the password's.
    if password := _content(name, _("The password file {file} cannot be read.")).rstrip("\r\n"):
        return password
    raise PtceError(_("The password file {file} is empty.").format(file=name))


def _content(file: str, otherwise: str, mend: str = "") -> str:
    try:
        return Path(file).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PtceError(otherwise.format(file=file), reason, mend) from error


async def _printed(command: tuple[str, ...], timeout_s: float) -> str:
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
        )
    except OSError as error:
        what = _("The command {name} that should print a token cannot be run.")
        raise PtceError(what.format(name=command[0]), error.strerror or "") from error
    try:
        printed, words = await asyncio.wait_for(process.communicate(), timeout_s)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    token = printed.decode("ascii", "replace").strip()
    if process.returncode == 0 and token and token.isascii() and token.isprintable():
        return token
    what = _("The command {name} printed no token.").format(name=command[0])
    why = _("It ended with code {code}.").format(code=process.returncode)
    # What it printed may be a token all the same, and its words may repeat it.
    told = without(words.decode("utf-8", "replace"), token.split())
    raise PtceError(what, " ".join((why, one_line(told, at_most=_LONGEST_WORDS))).rstrip())


def login(settings: ServerSettings, show: Callable[[str, str], None]) -> str:
    """Signs in at Microsoft, in a browser on any machine; the account.

    The tokens are kept in `token_file`. Raises: PtceError. Source: RFC 8628.
    """
    with _at_microsoft(settings, "") as client:
        flow = client.initiate_device_flow(_SCOPES)
        if "user_code" not in flow:
            _token(flow)
        show(flow["verification_uri"], flow["user_code"])
        _token(client.acquire_token_by_device_flow(flow))
        return str(client.get_accounts()[0]["username"])


def _renewed(settings: ServerSettings, file: str) -> str:
    kept = _content(file, _("The token file {file} cannot be read."), _again())
    with _at_microsoft(settings, kept) as client:
        account = next(iter(client.get_accounts()), None)
        return _token(client.acquire_token_silent_with_error(_SCOPES, account) or {})


@contextlib.contextmanager
def _at_microsoft(settings: ServerSettings, kept: str) -> Iterator[PublicClientApplication]:
    """A client of Microsoft with the tokens that are kept; new ones are kept after it."""
    try:
        # Imported here: it is an extra, and brings a client of HTTP.
        from msal import PublicClientApplication, SerializableTokenCache
    except ImportError as error:
        what = _("To sign in at Microsoft, the package msal is needed, which is not installed.")
        mend = _("Install it: {command}").format(command="pip install msal")
        raise PtceError(what, mend=mend) from error
    cache, file = SerializableTokenCache(), Path(settings.token_file or "").expanduser()
    try:
        with contextlib.suppress(ValueError):  # one that is damaged is as good as none
            cache.deserialize(kept)
        yield PublicClientApplication(
            settings.client_id,
            authority=settings.authority,
            token_cache=cache,
            instance_discovery=False,
            timeout=settings.command_timeout_s,
        )
    # What goes wrong on the network is an OSError too.
    except (OSError, ValueError, KeyError) as error:
        what = _("{url} does not answer as a service to sign in at.")
        why = one_line(str(error), at_most=_LONGEST_WORDS)
        raise PtceError(what.format(url=settings.authority), why) from error
    try:
        if cache.has_state_changed:
            # Its owner's alone from the beginning; a courier beside this one reads it whole.
            with NamedTemporaryFile(dir=file.parent, delete=False) as unfinished:
                unfinished.write(cache.serialize().encode())
            Path(unfinished.name).replace(file)
    except OSError as error:
        what = _("The token file {file} cannot be written.").format(file=file)
        raise PtceError(what, error.strerror or "") from error


def _token(answer: Mapping[str, Any]) -> str:
    if token := answer.get("access_token"):
        return str(token)
    what = _("Microsoft gives no token.")
    why = one_line(str(answer.get("error_description", "")), at_most=_LONGEST_WORDS)
    raise PtceError(what, why, _again())


def _again() -> str:
    return _("Sign in: {command}").format(command="ptce mail login")
