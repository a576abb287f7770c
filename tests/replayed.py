"""A replay page taken apart: its book, the lines of its ledger, and who stood where."""

import gzip
import json
import re
from base64 import b64decode
from typing import Any

from ptce_workflow.app.contest import Contest
from ptce_workflow.exports.replay_page import NameChoice, replay_page

Book = dict[str, Any]


def page_of(contest: Contest, names: NameChoice = NameChoice.PUBLIC) -> str:
    return replay_page(contest, names).content.decode()


def packed(page: str, name: str) -> bytes:
    """What an element of the page holds, unpacked."""
    [found] = re.findall(f'<script type="text/plain" id="{name}">([A-Za-z0-9+/=]*)</script>', page)
    return gzip.decompress(b64decode(found, validate=True))


def book_in(page: str) -> Book:
    book: Book = json.loads(packed(page, "book"))
    return book


def lines_in(page: str) -> list[Book]:
    """The lines of a page, each as JSON."""
    return [json.loads(line) for line in packed(page, "ledger").splitlines()]


def acted_in(book: Book, line: Book) -> dict[str, str]:
    """Who acted in a line, in each language."""
    found: dict[str, str] = book["who"][" ".join((line["actor"], *filter(None, [line.get("by")])))]
    return found


def stood(book: Book, lines: list[Book], at: str) -> dict[str, str]:
    """Where each candidature stood at an instant, by the lines alone, as the page reads them."""
    last = max((place for place, line in enumerate(lines) if line["at"] <= at), default=-1)
    states: dict[str, str] = {}
    for line in lines[: last + 1]:
        data = line["data"]
        if line["type"] == "candidature_opened" or (
            line["type"] == "transition_made" and "request" not in data
        ):
            states[line["case"]] = data["to"]
        for renamed in book["renamed"]:
            if renamed["n"] == line["n"]:
                states = {
                    id_: renamed["to"] if state == renamed["from"] else state
                    for id_, state in states.items()
                }
    return {case["ref"]: states[case["id"]] for case in book["cases"] if case["id"] in states}
