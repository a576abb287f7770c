"""The password or the token, read when it is needed and kept nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

from ptce_workflow.base.errors import PtceError
from ptce_workflow.base.words import _
from ptce_workflow.mail.settings import MailSettings


async def secret(settings: MailSettings) -> str:
    """The password, or the token that the command of the settings prints.

    *Raises* PtceError when there is none to be had; what a command printed is never told.
    """
    if settings.token_command is not None:
        return await _printed(settings.token_command, settings.command_timeout_s)
    if settings.password_file is not None:
        return _in_file(settings.password_file)
    return _in_environment(settings.password_env or "")


def _in_environment(name: str) -> str:
    if value := os.environ.get(name):
        return value
    raise PtceError(
        _("The environment variable {name} holds no password.").format(name=name),
        mend=_("Set it where the program is started."),
    )


def _in_file(name: str) -> str:
    try:
        text = Path(name).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PtceError(
            _("The password file {file} cannot be read.").format(file=name), reason
        ) from error
    # The line end is the editor's; blanks may be the password's.
    if password := text.rstrip("\r\n"):
        return password
    raise PtceError(_("The password file {file} is empty.").format(file=name))


async def _printed(command: tuple[str, ...], timeout_s: float) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        raise PtceError(
            _("The command {name} that should print a token cannot be run.").format(
                name=command[0]
            ),
            error.strerror or "",
        ) from error
    try:
        printed, _nothing = await asyncio.wait_for(process.communicate(), timeout_s)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    token = printed.decode("ascii", "replace").strip()
    if process.returncode == 0 and token and token.isascii() and token.isprintable():
        return token
    raise PtceError(
        _("The command {name} printed no token.").format(name=command[0]),
        _("It ended with code {code}.").format(code=process.returncode),
    )
