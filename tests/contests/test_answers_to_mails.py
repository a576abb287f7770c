"""Whatever a mail asks of a collective, or offers it, there is a way to do in the contest."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.process.model.folder import mail_file
from ptce_workflow.process.model.notification import CONTACT, Notification
from ptce_workflow.process.process import Process

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (".", "contests/ami-permanent", "contests/aap-national")
ASKS = re.compile(r"(?i)répond|réponse à ce courriel|dites-(?:le-)?nous|envoyez|signalez")


def standing(process: Process, name: str, mail: Notification) -> Iterator[str]:
    """The states in which a candidature may stand when it reads a mail."""
    if mail.in_:
        yield from mail.in_
        return
    for state in ("start", *process.states):
        for edge in process.edges(state).values():
            if name in edge.mails:
                yield edge.to


def answerable(process: Process, state: str) -> bool:
    """True where an answer can move the candidature: a way out that people make."""
    return any(edge.roles or edge.decided for edge in process.edges(state).values())


@pytest.mark.parametrize("folder", FOLDERS)
def test_who_is_asked_for_an_answer_can_be_heard(folder: str) -> None:
    process = Process.load(read_folder(ROOT / folder))
    deaf = set()
    for name, mail in process.definition.notifications.items():
        text = process.files[mail_file(name, "")].decode().partition("\n# ")[2]
        if mail.to == CONTACT and ASKS.search(text):
            for state in standing(process, name, mail):
                if not answerable(process, state) and not process.definition.states[state].opens:
                    deaf.add((name, state))
    assert deaf == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_who_is_refused_can_be_heard(folder: str) -> None:
    """Every decision against a collective can be gone back on, as its mail says."""
    process = Process.load(read_folder(ROOT / folder))
    adverse = {
        edge.to
        for edge in process.every_edge()
        if edge.to and edge.transition.decision == "adverse" and not answerable(process, edge.to)
    }
    assert adverse == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_list_is_written_where_it_is_not_empty(folder: str) -> None:
    """A mail is also shown when it no longer serves: “what is missing: .” would say nothing."""
    joined = re.compile(r"\{\{ (\S+) \| join")
    guarded = re.compile(r"\{% if (\S+) %\}(?:(?!\{% (?:else|endif)).)*?\{\{ \1 \| join", re.DOTALL)
    for file in (ROOT / folder / "notifications").glob("*.md"):
        text = file.read_text("utf-8")
        assert guarded.findall(text) == joined.findall(text), file.name
