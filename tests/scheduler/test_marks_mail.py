"""The mail that tells an institution which marks were recorded in its name."""

from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import score
from ptce_workflow.app.people import enrol
from tests import mailing
from tests.mailing import bodies, cancelled, pass_at, reword
from tests.rehearsal import added, move
from tests.smtp import Server

begun, contest, folder, server = mailing.begun, mailing.contest, mailing.folder, mailing.server

TOML = """
to = "marked"
about = "contest"
panel = "cra"
at = [
  "date.submission + 4 working days at 09:00",
  "date.submission + 6 working days at 09:00",
  "date.submission + 8 working days at 09:00",
]
"""
WORDS = "{% for one in marks %}\n- {{ one.ref }}: {{ one.marks }}\n{% endfor %}\n\nTell us."


def test_marks_are_told_once(contest: Contest, server: Server) -> None:
    """Each hears of its own marks alone, again where they changed, and of none where none are."""
    for name in ("north", "south"):
        enrol(contest, name, ["jury"], institution=name, email=f"{name}@jury.example")
    refs = [added(contest), added(contest, name="Deux")]
    move(contest, "submit", *refs)
    reword(contest, "told_marks", WORDS, toml=TOML)
    score(contest, refs[1], "north", {"idea": 3.5, "method": 4})
    pass_at(contest, server, "2024-03-15T09:00")
    first = "- C-002: Idea 3.50, Method 4.00\n\nTell us."
    assert bodies(server, "told_marks") == [first]
    assert cancelled(contest).count(("told_marks", "empty")) == 1
    pass_at(contest, server, "2024-03-19T09:00")
    assert bodies(server, "told_marks") == [first]
    score(contest, refs[0], "north", {"idea": 2})
    score(contest, refs[1], "north", {"method": 1})
    pass_at(contest, server, "2024-03-21T09:00")
    again = "- C-001: Idea 2.00\n- C-002: Idea 3.50, Method 1.00\n\nTell us."
    assert bodies(server, "told_marks") == [first, again]
