"""What the desk looks at: the list, all that is known of one, why it may move, what is next."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from ptce_workflow.app.adopt import adopt
from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import add_all
from ptce_workflow.app.candidatures.history import history
from ptce_workflow.app.candidatures.overview import Wanted, gather, holds_words, overview, show
from ptce_workflow.app.candidatures.why import why
from ptce_workflow.app.contest import Contest
from ptce_workflow.app.jury.marks import score
from ptce_workflow.app.jury.ranking import ranking
from ptce_workflow.app.locations import read_folder
from ptce_workflow.app.people import list_people
from ptce_workflow.app.retention.erase import erase
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.runtime import SetClock
from ptce_workflow.base.words import speaking
from ptce_workflow.exports.stats import Stats, stats_of, stats_report
from ptce_workflow.office.sheets import to_csv
from ptce_workflow.process.candidature import Candidature, RuleAnswer
from ptce_workflow.process.process import Process
from ptce_workflow.process.visibility import veiled
from ptce_workflow.reports.overview import in_order
from ptce_workflow.reports.telling import Parts, entry_telling
from tests.process.contests import REPOSITORY
from tests.rehearsal import (
    BEGINNING,
    LAPSE,
    SUBMISSION,
    added,
    edit,
    lines,
    move,
    opened,
    scored,
    submitted,
)


def test_overview(contest: Contest, clock: SetClock) -> None:
    """The list has every candidature; the funnel counts them, in the order of the process."""
    draft, sent, kept = added(contest), submitted(contest, name="Le Quai"), scored(contest)
    told = overview(contest)
    assert [(brief.ref, brief.name, brief.state) for brief in told.briefs] == [
        (draft, "Les Jardins", "draft"),
        (sent, "Le Quai", "submitted"),
        (kept, "Les Jardins", "scored"),
    ]
    assert list(told.funnel)[:4] == ["draft", "submitted", "scored", "selected"]
    assert {state: count for state, count in told.funnel.items() if count} == {
        "draft": 1,
        "submitted": 1,
        "scored": 1,
    }
    assert told.next_date == ("submission", SUBMISSION)
    assert told.briefs[0].next_date == SUBMISSION
    clock.instant = SUBMISSION + timedelta(microseconds=1)
    assert overview(contest).next_date == ("lapse", LAPSE)
    assert overview(contest).briefs[0].next_date == LAPSE


def test_history_tells_a_mark_that_replaces_another(contest: Contest) -> None:
    """Before and after, where it differs; a first mark, or the same again, by how many alone."""
    ref = submitted(contest)
    for given in ({"idea": "2", "method": "3"}, {"idea": "4", "method": "3"}):
        score(contest, ref, "north", given)
    parts: Parts = {}
    case = show(contest, ref).case
    with speaking("en"):
        tellings = [entry_telling(entry, case, parts)() for entry in history(contest, ref)]
    assert tellings[-2:] == [["North: 2 marks"], ["North: 1 mark", "Idea: 2.00 → 4.00"]]


def test_a_date_that_no_rule_reads(contest: Contest) -> None:
    close = 'when = "cra.voices == cra.expected"'
    edit(contest, "states/submitted.toml", close, f'{close[:-1]} // never by date.lapse"')
    adopt(contest, "Une remarque.")
    submitted(contest)
    assert overview(contest).briefs[0].next_date is None


def test_overview_of_a_state(contest: Contest) -> None:
    """The list may be of one state; a state that does not exist is told."""
    added(contest)
    ref = submitted(contest)
    assert [brief.ref for brief in overview(contest, Wanted(["submitted"])).briefs] == [ref]
    with pytest.raises(Misuse, match="no state") as told:
        overview(contest, Wanted(["submited"]))
    assert "submitted" in told.value.mend


def test_overview_of_what_is_wanted(contest: Contest, clock: SetClock) -> None:
    """By several states, by words of the dossier, by whom it waits for, by when it came there."""
    draft, sent = added(contest, amount=None), submitted(contest, name="Le Quai d’Été")
    clock.instant += timedelta(days=1)
    kept = scored(contest)

    def refs(**wanted: Any) -> list[str]:
        return [brief.ref for brief in overview(contest, Wanted(**wanted)).briefs]

    assert refs(states=["draft", "scored"]) == [draft, kept]
    assert refs(words="QUAI ete") == [sent]
    assert refs(words="quai truffe") == []
    assert refs(waiting="applicant") == [draft]
    assert refs(waiting="jury") == [sent]
    assert refs(since=clock.instant) == [kept]
    [brief] = overview(contest, Wanted(words="quai", fields=["dossier.amount"])).briefs
    assert list(brief.answers) == ["dossier.amount"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("06 12 34 56 78", True),
        ("+33 6 12 34 56 78", True),
        ("0033612345678", True),
        ("06.12.34", True),
        ("34 56 78", True),
        ("06 12 34 56 79", False),
        ("000000", False),
    ],
)
def test_a_candidature_is_found_by_its_telephone(typed: str, found: bool) -> None:
    """With the country or without it, grouped in any way, or a part of the number."""
    process = Process.load(read_folder(REPOSITORY))
    private = {"dossier.contact_phone": "+33612345678"}
    case = Candidature("a", "C-001", "draft", BEGINNING, 1, private=private)
    assert holds_words(process, case, typed) is found


def test_overview_in_the_order_of_a_column(contest: Contest, clock: SetClock) -> None:
    """A column of the list, or an answer; what waits for nobody comes last."""
    added(contest, name="Le Quai", theme="food")
    clock.instant += timedelta(days=1)
    submitted(contest, name="Les Étals", theme="care")
    clock.instant += timedelta(days=1)
    added(contest, name="Épices", theme="food")
    clock.instant += timedelta(days=1)
    move(contest, "submit", "C-001")

    def refs(column: str, *fields: str) -> list[str]:
        told = in_order(overview(contest, Wanted(fields=fields)), column)
        return [brief.ref[-1] for brief in told.briefs]

    assert refs("") == refs("ref") == ["1", "2", "3"]
    assert refs("name") == ["3", "1", "2"]
    assert refs("state") == ["3", "1", "2"]
    assert refs("since") == ["2", "3", "1"]
    assert refs("dossier.theme", "dossier.theme") == ["2", "1", "3"]
    move(contest, "withdraw", "C-001")
    assert refs("waiting") == ["2", "3", "1"]


def test_overview_of_nothing(contest: Contest) -> None:
    """A contest without candidatures has an empty list."""
    told = overview(contest)
    assert told.briefs == ()
    assert set(told.funnel.values()) == {0}


def test_overview_beyond_a_thousand(contest: Contest) -> None:
    add_all(contest, [("", {})] * 1001)
    assert [brief.ref for brief in overview(contest).briefs][-3:] == ["C-999", "C-1000", "C-1001"]


def test_why(contest: Contest) -> None:
    """Each way out, each rule: its answer, what it says, what was seen, and on what it rests."""
    ref = scored(contest, amount="300")
    told = why(contest, ref)
    assert [edge.name for edge in told.edges] == ["select", "decline", "withdraw"]
    select = told.edges[0]
    assert (select.to, select.allowed, select.label) == ("selected", True, "Select")
    place, good, _purse = select.rules
    assert place.says == "A place is left (0 of 2)"
    assert good.says == "The mean reaches 2.50"
    assert "4.00" in good.observed
    assert good.choice is not None
    assert good.source is None
    with speaking("fr"):
        assert why(contest, ref).edges[0].rules[1].says == "La moyenne atteint 2,50"


def test_why_unknown(contest: Contest) -> None:
    """A rule that cannot tell says what it lacks."""
    ref = added(contest, urgent=None)
    [lapse] = [edge for edge in why(contest, ref).edges if edge.name == "lapse"]
    assert lapse.at == LAPSE
    assert not lapse.allowed
    assert lapse.rules[0].answer is RuleAnswer.UNKNOWN
    assert lapse.rules[0].missing == ("dossier.urgent",)


def test_why_one(contest: Contest) -> None:
    """One way out may be asked for; one that leaves other states is told as `advance` does."""
    ref = added(contest)
    assert [edge.name for edge in why(contest, ref, "submit").edges] == ["submit"]
    with pytest.raises(PtceError, match='cannot take "select"'):
        why(contest, ref, "select")
    with pytest.raises(Misuse, match='No transition is called "submti"'):
        why(contest, ref, "submti")
    with pytest.raises(Misuse, match="C-002"):
        why(contest, "C-002")


def test_looking_writes_nothing(full: Contest) -> None:
    """Whoever looks leaves no trace; who is not enrolled does no more than verify."""
    before = lines(full)
    for ref in ("C-001", "C-004"):
        why(full, ref)
        show(full, ref)
        history(full, ref)
    overview(full)
    ranking(full)
    list_people(full)
    with opened(full.folder, SetClock(full.clock.now()), "zoe") as zoe:
        assert verify(zoe).intact
        with pytest.raises(PtceError, match="not enrolled"):
            list_people(zoe)
    assert lines(full) == before


def test_awaited(contest: Contest) -> None:
    """Whom each waits for: no way back, against it or with a reason is what comes next."""
    refs = {
        "ready": added(contest),
        "bare": added(contest, name=None, amount=None, urgent=None),
        "panel": submitted(contest),
        "weak": scored(contest, mark="1"),
        "gone": added(contest),
    }
    move(contest, "withdraw", refs["gone"])
    waits = {brief.ref: brief.awaited for brief in overview(contest).briefs}
    now = contest.clock.now()
    assert {
        key: one.text(contest.process, now) for key, ref in refs.items() if (one := waits[ref])
    } == {
        "ready": "Submit",
        "bare": "Dossier: 2 answers awaited",
        "panel": "marks: 0 institutions of 2",
        "weak": "Decline",
    }


def test_show(contest: Contest) -> None:
    """All that is recorded of one, and when time will act."""
    ref = added(contest)
    told = show(contest, ref)
    assert told.case.ref == ref
    assert told.due == {"lapse": LAPSE}
    with pytest.raises(Misuse, match="C-009"):
        show(contest, "C-009")


def figures(contest: Contest) -> Stats:
    return stats_of(gather(contest, contest.process.states))


def test_figures(contest: Contest, clock: SetClock) -> None:
    """States, those passed too, and answers; what is erased still counts, and rare ones merge."""
    for theme in ("food", "food", "food", "care"):
        added(contest, theme=theme, urgent=None)
    move(contest, "submit", "C-001", "C-002")
    move(contest, "withdraw", "C-001")
    clock.instant += timedelta(days=1)
    erase(contest, "C-001", reason="À sa demande.")
    told = figures(contest)
    assert (told.count, told.erased) == (4, 1)
    assert {one.name: one.count for one in told.states} == {
        "draft": 2,
        "submitted": 1,
        "withdrawn": 1,
    }
    reached = {one.name: one.count for one in told.reached}
    assert reached == {"draft": 4, "submitted": 2, "withdrawn": 1}
    (themes,) = told.answers
    assert (themes.field, themes.fewer, themes.unanswered) == ("dossier.theme", 1, 0)
    assert [(one.label, one.count) for one in themes.counts] == [("Food", 3)]


def test_rare_answers_are_figures_where_the_folder_publishes_them(contest: Contest) -> None:
    added(contest, theme="care", urgent=None)
    results = '[results]\nin = ["selected"]\nafter = "date.lapse"\nshows = ["dossier.theme"]\n\n'
    edit(contest, "config.toml", "[totals]", f"{results}[totals]")
    adopt(contest, "Ce qui se publie.")
    (themes,) = figures(contest).answers
    assert ([(one.label, one.count) for one in themes.counts], themes.fewer) == ([("Care", 1)], 0)


def test_figures_of_an_empty_contest(contest: Contest) -> None:
    found = gather(contest, contest.process.states)
    assert stats_of(found).answers == ()
    assert to_csv(stats_report(found, stats_of(found))) == "\ufeff".encode()


def test_whoever_may_not_read_a_sheet_is_told_no_figure_of_it(contest: Contest) -> None:
    added(contest)
    found = gather(contest, contest.process.states)
    hidden = replace(found, cases=tuple(veiled(case, ("dossier",), "") for case in found.cases))
    assert stats_of(hidden).answers == ()
