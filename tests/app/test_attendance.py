"""Who is at a sitting: persons and their institutions, who is heard, proxies, hours, dissent."""

from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from docx import Document

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.deliberation import deliberate
from ptce_workflow.app.jury.marks import recuse
from ptce_workflow.app.jury.sittings import sitting
from ptce_workflow.app.people import enrol, leave
from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.office.docx import to_docx
from ptce_workflow.process.panel import Deviation
from ptce_workflow.reports.sittings import minutes_of
from tests.rehearsal import attack, edit, last
from tests.voting import MEETING, agenda, called, clock, contest, english, frozen, states

__all__ = ["called", "clock", "contest", "english"]

ALLOWED = """advises = ["town"]
proxies = 1
dissent = true
rules.quorum = { says = "Three sit", when = "sitting.present >= 3", choice = "three" }
"""


@pytest.fixture
def meeting(contest: Contest, clock: SetClock) -> list[str]:
    """Three candidatures before a sitting that hears the town, takes proxies and dissent."""
    own = 'choice = "four voices may be even"\n'
    edit(contest, "config.toml", own, f"{own}{ALLOWED}")
    town = 'west = { label = "West" }\ntown = { label = "Town" }'
    edit(contest, "config.toml", 'west = { label = "West" }', town)
    adopt(contest, "Who may be there.")
    for name, seat in (("Nour Kaci", "north"), ("Eva Lopez", "east"), ("Tom Roy", "town")):
        enrol(contest, name, ["jury"], institution=seat)
    refs = frozen(contest, "5", "4", "3")
    clock.instant = MEETING
    return refs


def minutes(contest: Contest) -> str:
    """All that the minutes say."""
    paper = Document(BytesIO(to_docx(minutes_of(sitting(contest)))))
    cells = (cell.text for table in paper.tables for row in table.rows for cell in row.cells)
    return "\n".join((*(line.text for line in paper.paragraphs), *cells))


def test_the_minutes_name_persons_capacities_hours_and_dissent(
    contest: Contest, meeting: list[str]
) -> None:
    asked = agenda(
        *("P-002", "south", "east=P-003", "P-004"),
        chair="north",
        proxies={"west": "south"},
        dissent={"east": "Deux places, c’est trop peu."},
        opened=MEETING - timedelta(hours=2),
        closed=MEETING - timedelta(minutes=5),
        place="Mairie de Lodève",
    )
    assert deliberate(contest, asked).decided
    text = minutes(contest)
    for part in (
        "Present (3 of 4)",
        "Nour Kaci, for North",
        "West: voice borne by South",
        "Tom Roy, for Town",
        "Heard, without a voice",
        "Mairie de Lodève",
        "Tuesday 9 April 2024 at 12:30",
        "Tuesday 9 April 2024 at 14:25",
        "Eva Lopez, for East",
        "Deux places, c’est trop peu.",
        "Done at Mairie de Lodève, on Tuesday 9 April 2024.",
    ):
        assert part in text, part
    assert verify(contest).intact
    with attack(contest) as database:
        database.execute("DELETE FROM side WHERE n = ?", [last(contest).n])
    assert "Deux places" not in minutes(contest)


def test_a_voice_that_is_borne_counts(
    contest: Contest, meeting: list[str], clock: SetClock
) -> None:
    first = meeting[0]
    assert not deliberate(contest, agenda("north", "south"), dry_run=True).decided
    borne = {"west": "south"}
    voted = Deviation(first, "wait", "Déjà aidé.", ("south", "west"), ("north",))
    there = agenda("north", "south", proxies=borne, deviations=[voted])
    assert deliberate(contest, there, dry_run=True).ballots[0].carried
    recuse(contest, first, "south", "Elle le loge.")
    with pytest.raises(Misuse, match="steps aside"):
        deliberate(contest, there)
    alone = Deviation(first, "wait", "Déjà aidé.", ("west",), ())
    held = deliberate(contest, agenda("north", "east", "south", proxies=borne), dry_run=True)
    assert not held.decided, "of three that count for it, two are there"
    with pytest.raises(Misuse, match='"south" steps aside'):
        deliberate(contest, agenda("north", "east", "south", proxies=borne, deviations=[alone]))


def test_who_stood_in_the_way_of_the_better_ranked(
    contest: Contest, meeting: list[str], clock: SetClock
) -> None:
    edit(
        contest,
        "states/scored.toml",
        'when = "cra.total >= limit.floor"',
        'when = "cra.total < 500u"',
    )
    adopt(contest, "Nobody too good.")
    voted = Deviation(meeting[1], "decline", "Hors sujet.", ("north", "south", "east"))
    assert deliberate(contest, agenda(deviations=[voted])).decided
    assert states(contest) == dict(zip(meeting, ("declined", "declined", "selected"), strict=True))
    passed = sitting(contest).passed_over
    assert [one.case.ref for one in passed] == meeting[:2]
    found = {(one.case.ref, one.behind.ref): one.rules for one in passed}
    (by_rule, by_vote) = (found[ref, meeting[2]] for ref in meeting[:2])
    assert [rule.id for rule in by_rule] == ["good_enough"]
    assert by_vote == ()
    text = minutes(contest)
    assert "Ranked better, and not chosen" in text
    assert "Select, which C-003 got" in text
    assert "a vote, told above" in text


@pytest.mark.parametrize(
    ("present", "more", "told"),
    [
        (("P-009", "north"), {}, '"P-009" sits for no institution'),
        (("north=P-003", "south"), {}, "does not sit for that institution"),
        (("north", "south"), {"proxies": {"west": "east"}}, "bears no voice"),
        (("north", "south"), {"proxies": {"west": "south", "east": "south"}}, "Too many voices"),
        (("north",), {"dissent": {"west": "Non."}}, "No dissent of this institution"),
        (("north",), {"opened": MEETING + timedelta(hours=1)}, "cannot have begun"),
        (("north",), {"closed": MEETING + timedelta(hours=1)}, "cannot have ended"),
    ],
)
def test_who_or_what_cannot_be(
    contest: Contest,
    meeting: list[str],
    present: tuple[str, ...],
    more: Mapping[str, Any],
    told: str,
) -> None:
    with pytest.raises(Misuse, match=told):
        deliberate(contest, agenda(*present, **more))
    assert last(contest).type != "sitting_closed"


def test_who_has_left_sits_no_more(contest: Contest, meeting: list[str]) -> None:
    leave(contest, "P-002")
    with pytest.raises(Misuse, match="sits for no institution"):
        deliberate(contest, agenda("P-002", "south"))


def test_who_got_it_later_was_not_passed_over(contest: Contest, meeting: list[str]) -> None:
    voted = Deviation(meeting[2], "select", "Seul de sa vallée.", ("north", "south", "east"))
    assert deliberate(contest, agenda(deviations=[voted])).decided
    [one] = sitting(contest).passed_over
    assert (one.case.ref, one.behind.ref, one.rules) == (meeting[1], meeting[2], ())
