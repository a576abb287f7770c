"""The jury's acts: who steps aside, grids out and in, the ranking, the sitting and its minutes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rehearsal.cast import (
    ABSENT_SEAT,
    BELOW,
    CHAIR,
    CORRECTED_SEAT,
    ELEVENTH,
    FIRST,
    FOUND_LATER,
    GRIDS,
    LATE_SEAT,
    LINKED_SEAT,
    PAPERS,
    SCORED,
    SEATS,
    TABLE_SEAT,
    TENTH,
    ZONE,
)
from rehearsal.hands import fill_grid
from rehearsal.stage import Stage, read

EXPLAINED_UNDER = 1.5
"""As the grid has it: a mark below it is refused without a comment."""
AGENDA = "agenda.toml"
BY_MAIL = tuple(seat for seat in SEATS if seat not in (LATE_SEAT, TABLE_SEAT))
"""The institutions that fill in the grid that came with their invitation, and send it back."""
_AT_NOON = datetime(2024, 3, 28, 12, tzinfo=ZONE)
_AT_NINE = datetime(2024, 3, 29, 9, tzinfo=ZONE)

_AGENDA = """# {title}
present = [{present}]
chair = "{chair}"

[orders.tenth]
refs = ["{tenth}", "{eleventh}"]
ayes = ["sgar", "cress"]
noes = ["dreets", "region"]
reason = "{order}"

[deviations.{found_later}]
transition = "wait_list"
ayes = ["region"]
noes = ["sgar", "cress", "dreets", "coorace"]
reason = "{deviation}"

[reasons]
{below} = "{declined}"
"""


def grids(stage: Stage) -> None:
    """One institution steps aside from a dossier; invitations leave, each with its grid."""
    stage.at("jury_called")
    stage.show("jury", "conflicts")
    linked = stage.said("reason_linked")
    ref = stage.refs[ELEVENTH]
    stage.show("jury", "declare", ref, "--institution", LINKED_SEAT, "--links", linked)
    stage.show("jury", "recuse", ref, LINKED_SEAT, "--reason", linked)
    stage.do("mail", "release", "--notification", "jury_invitation", "--yes")
    stage.show("convene")
    stage.do("mail", "release", "--notification", "jury_convocation", "--yes")
    (stage.folder / GRIDS).mkdir()
    stage.show("jury", "grid", "--institution", TABLE_SEAT, "-o", grid_of(TABLE_SEAT))


def marks(stage: Stage) -> None:
    """Grids come back by mail, one of them twice; the institution without a grid is late."""
    stage.at("scoring")
    # The others declare in their grid that they have no link.
    stage.show("jury", "declare", "--none", "--as", LATE_SEAT)
    for seat in BY_MAIL:
        given = answers_of(stage, seat)
        if seat == CORRECTED_SEAT:
            given[stage.refs[FIRST]][0] = 2
        grid = stage.folder / grid_of(seat)
        grid.write_bytes(stage.attached(f"{seat}@cra.example", ".xlsx"))
        fill_grid(grid, given)
    stage.read_grids(BY_MAIL, _AT_NOON)
    fill_grid(stage.folder / grid_of(TABLE_SEAT), answers_of(stage, TABLE_SEAT))
    stage.do("jury", "grid", "--import", grid_of(TABLE_SEAT), "--yes", "--as", TABLE_SEAT)
    stage.at("corrected")
    fill_grid(stage.folder / grid_of(CORRECTED_SEAT), answers_of(stage, CORRECTED_SEAT))
    stage.read_grids([CORRECTED_SEAT], _AT_NINE, show=True)
    stage.at("late_sheets")
    names = [*criteria(stage), "comment"]
    for ref, answers in answers_of(stage, LATE_SEAT).items():
        pairs = [f"{name}={answer}" for name, answer in zip(names, answers, strict=False)]
        play = stage.show if ref == stage.refs[TENTH] else stage.do
        play("jury", "score", ref, LATE_SEAT, *pairs, "--as", LATE_SEAT)


def ranking(stage: Stage) -> None:
    """The scores are closed, and the ranking is known: two share the tenth rank."""
    stage.at("ranking")
    stage.do("advance", *stage.named(SCORED), "close_scoring")
    stage.show("jury", "rank")
    (stage.folder / PAPERS).mkdir()
    stage.do("jury", "rank", "-o", f"{PAPERS}/ranking.html")


def deliberation(stage: Stage) -> None:
    """The jury meets: a tie stands in its way, a vote parts it, the minutes tell of it."""
    stage.at("no_quorum")
    stage.show("deliberate", "--present", "sgar,cress", "--chair", CHAIR, "--yes", expect=1)
    stage.show("convene", "--at", "11/04/2024 10:00")
    stage.do("mail", "release", "--notification", "jury_convocation", "--yes")
    stage.show("tick")
    stage.at("deliberation")
    present = [seat for seat in SEATS if seat != ABSENT_SEAT]
    names = ",".join(present)
    stage.show("deliberate", "--present", names, "--chair", CHAIR, "--yes", expect=1)
    agenda = _AGENDA.format(
        title=stage.said("agenda"),
        present=", ".join(f'"{seat}"' for seat in present),
        chair=CHAIR,
        tenth=stage.refs[TENTH],
        eleventh=stage.refs[ELEVENTH],
        found_later=stage.refs[FOUND_LATER],
        below=stage.refs[BELOW],
        order=stage.said("reason_order"),
        deviation=stage.said("reason_deviation"),
        declined=stage.said("reason_declined"),
    )
    (stage.folder / AGENDA).write_text(agenda, encoding="utf-8")
    stage.at("vote")
    stage.show("deliberate", "--agenda", AGENDA, "--yes")
    stage.show("minutes", "-o", f"{PAPERS}/minutes.docx")
    stage.do("minutes", "-o", f"{PAPERS}/minutes.html")


def grid_of(seat: str) -> str:
    """The file of an institution's grid, as one names it in the folder of the contest."""
    return f"{GRIDS}/{seat}.csv" if seat == TABLE_SEAT else f"{GRIDS}/{seat}.xlsx"


def criteria(stage: Stage) -> list[str]:
    """The criteria of the panel, in the order of its grid."""
    with stage.contest() as contest:
        return list(contest.process.definition.sheets["cra"].criteria)


def answers_of(stage: Stage, seat: str) -> dict[str, list[Any]]:
    """What an institution gives each dossier: its marks, and a comment where one is asked for."""
    found = {}
    for stem, given in read("scores.toml").items():
        if seat in given and int(stem[:2]) in stage.refs:
            low = [mark for mark in given[seat] if mark != "-" and mark < EXPLAINED_UNDER]
            comment = [stage.said("comment")] if low else []
            found[stage.refs[int(stem[:2])]] = [*given[seat], *comment]
    return found
