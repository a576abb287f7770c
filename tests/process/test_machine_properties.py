"""No sequence of commands reaches a state but along a declared transition whose rules all held.

The processes are judged and decided as the program does it; what they should have answered is
read here from the TOML of the folder, by other means.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.app.locations import read_folder
from ptce_workflow.process.candidature import Candidature, RuleContext
from ptce_workflow.process.check import check
from ptce_workflow.process.fields import FieldType, OptionField, OptionsField, TableField
from ptce_workflow.process.process import Edge, Process
from ptce_workflow.process.rules import written_out
from tests.process.contests import NOW, REPOSITORY, candidature, contest, shipped

Files = Mapping[str, bytes]


class Reading:
    """The folder as TOML and nothing more: who may go where, if what holds."""

    def __init__(self, files: Files) -> None:
        self.states = {
            path.removeprefix("states/").removesuffix(".toml"): tomllib.loads(content.decode())
            for path, content in files.items()
            if path.startswith("states/")
        }
        self.states |= self.states.pop("ends", {})

    def transition(self, state: str, name: str) -> dict[str, Any] | None:
        """A transition out of a state, or None when the folder has no such thing."""
        own = self.states[state].get("transitions", {})
        shared = self.states.get("any", {}).get("transitions", {})
        if name in own:
            return dict(own[name])
        return dict(shared[name]) if state in shared.get(name, {}).get("from", ()) else None

    def conditions(self, transition: Mapping[str, Any]) -> dict[str, str]:
        """The conditions of a transition by place; each that stands elsewhere once, by its path."""
        found: dict[str, str] = {}
        for name, rule in transition.get("rules", {}).items():
            if "same_as" in rule:
                found |= self._named(rule["same_as"])
            else:
                found[name] = rule["when"]
        for path in transition.get("same_as", ()):
            found |= self._named(path)
        return found

    def _named(self, path: str) -> dict[str, str]:
        """What a path leads to: one rule, or all of a transition."""
        holder, name, *rule = path.split(".")
        transition = self.transition(holder, name) or self.states[holder]["transitions"][name]
        if rule:
            return {path: transition["rules"][rule[0]]["when"]}
        conditions = self.conditions(transition)
        return {one if "." in one else f"{path}.{one}": conditions[one] for one in conditions}

    def unless(self, transition: Mapping[str, Any]) -> list[str]:
        """The conditions of which one at least must fail."""
        return [one for path in transition.get("unless", ()) for one in self._named(path).values()]

    def names(self) -> set[str]:
        return {name for table in self.states.values() for name in table.get("transitions", {})}


def answer(process: Process, condition: str, case: Candidature, moment: RuleContext) -> object:
    """What one condition gives, compiled by itself, from the known values whose names it holds."""
    scope = process.scope
    plain = written_out(condition, process.definition.config.limits)
    names = tuple(name for name in scope.variables if name in plain)
    values = scope.values(names, case, moment)
    return scope.env.compile(plain).eval(data=values).value()


@dataclass(frozen=True, slots=True)
class Walk:
    """One candidature sent from command to command, each compared with what the folder says."""

    process: Process
    reading: Reading
    cases: st.SearchStrategy[Candidature]
    moments: st.SearchStrategy[RuleContext]
    draw: Callable[[st.SearchStrategy[Any]], Any]

    def go(self, steps: int) -> list[str]:
        """The states it goes through, from the start."""
        path = ["start"]
        for _step in range(steps):
            name = self.draw(self._commands(path[-1]))
            to = self._told(path, name)
            if to is not None:
                path.append(to)
        return path

    def _commands(self, state: str) -> st.SearchStrategy[str]:
        """Most often a way on from the present state, else any way, else one of no folder."""
        edges = self.process.edges(state)
        onward = [name for name, edge in edges.items() if not self.process.states[edge.to].ends]
        automatic = [f"{prefix}{to}" for to in self.process.states for prefix in ("to_", "may_")]
        others = [*sorted(self.reading.names()), *automatic, "trigger", ""]
        likely = [list(names) for names in (onward, onward, onward, edges) if names]
        return st.one_of([st.sampled_from(names) for names in (*likely, others)])

    def _told(self, path: list[str], name: str) -> str | None:
        state = path[-1]
        declared = self.reading.transition(state, name)
        edge = self.process.edges(state).get(name)
        assert (edge is None) == (declared is None)
        if edge is None or declared is None:
            return None
        case = self.draw(self.cases)
        case = case.but(state=state, entered=dict.fromkeys(path[1:], case.since))
        return judged(self.process, self.reading, edge, case, self.draw(self.moments))


def judged(
    process: Process, reading: Reading, edge: Edge, case: Candidature, moment: RuleContext
) -> str | None:
    """Where a transition leads, once found to be where the folder says."""
    declared = reading.transition(edge.origin, edge.name)
    assert declared is not None
    conditions = reading.conditions(declared).values()
    answers = [answer(process, when, case, moment) for when in conditions]
    if parts := [answer(process, when, case, moment) for when in reading.unless(declared)]:
        answers.append(False in parts)
    # What a sitting asks once, and the order of the ranks, are no rules of the transition's own.
    asked = (
        rule for name, rule in edge.rules.items() if name.startswith(("sittings.", "in_order"))
    )
    answers += [answer(process, rule.when or "", case, moment) for rule in asked]
    outcome = process.judge(edge, case, moment)
    assert len(outcome.verdicts) == len(answers)
    assert outcome.to == (declared["to"] if all(found is True for found in answers) else None)
    return outcome.to


# --- random facts --------------------------------------------------------------------------------

ZONES = st.sampled_from(
    [
        {"kind": "commune", "code": "12145", "departments": ["12"], "regions": ["76"]},
        {"kind": "commune", "code": "33063", "departments": ["33"], "regions": ["75"]},
    ]
)
SIMPLE: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "integer": st.integers(0, 3),
    "decimal": st.integers(0, 300),
    "date": st.just("2024-03-11"),
    "datetime": st.just("2024-03-11T11:00:00.000000Z"),
    "territory": st.lists(ZONES, min_size=1, max_size=2),
}


def answers_to(field: FieldType) -> st.SearchStrategy[Any] | None:
    """What may be recorded of a field in a ledger line; None for what may be erased."""
    match field:
        case OptionField():
            return st.sampled_from(sorted(field.options))
        case OptionsField():
            return st.lists(st.sampled_from(sorted(field.options)), unique=True, min_size=1)
        case TableField():
            return st.lists(_row(field), min_size=1, max_size=4)
    return SIMPLE.get(field.type)


def _row(table: TableField) -> st.SearchStrategy[dict[str, Any]]:
    columns = {name: answers_to(column) for name, column in table.columns.items()}
    required = {n: s for n, s in columns.items() if s is not None and table.columns[n].required}
    rest = {n: s for n, s in columns.items() if s is not None and n not in required}
    return st.fixed_dictionaries(required, optional=rest)


def moments(process: Process) -> st.SearchStrategy[RuleContext]:
    """Instants on and around every date of the contest, with few or many places taken."""
    instants = st.sampled_from(sorted(process.dates.fixed.values()))
    shifts = st.sampled_from([timedelta(), timedelta(seconds=1), timedelta(seconds=-1)])
    totals = st.fixed_dictionaries(
        {name: st.sampled_from([0, 1, 9, 10]) for name in process.definition.config.totals}
    )
    return st.builds(
        lambda instant, shift, totals: RuleContext(instant + shift, ("desk",), "", totals),
        instants,
        shifts,
        totals,
    )


def candidatures(process: Process, usual: Mapping[str, Any]) -> st.SearchStrategy[Candidature]:
    """Candidatures of which the usual is known, but for a few facts: others, or none."""
    sheets = process.definition.sheets
    fields = {
        f"{name}.{field_name}": field
        for name, sheet in sheets.items()
        for field_name, field in sheet.fields.items()
        if not sheet.is_panel and not field.is_computed
    }
    found = {name: answers_to(field) for name, field in fields.items()}
    others = {
        name: st.just(usual[name]) if name in usual else answers
        for name, answers in found.items()
        if answers is not None
    }
    some = st.sets(st.sampled_from(sorted(fields)), max_size=2)
    marks = {
        name: st.fixed_dictionaries(
            dict.fromkeys(
                sheet.members,
                st.fixed_dictionaries(dict.fromkeys(sheet.criteria, st.sampled_from([300, 100]))),
            )
        )
        for name, sheet in sheets.items()
        if sheet.is_panel
    }
    entered = {state: st.just(NOW + timedelta(days=30)) for state in process.states}
    random = {name: answers for name, answers in found.items() if answers is not None}
    return st.builds(
        lambda facts, changes, forgotten, scores, entered: candidature(
            facts={n: v for n, v in {**facts, **changes}.items() if n not in forgotten},
            given=frozenset(fields) - forgotten,
            scores=scores,
            entered=entered,
        ),
        st.fixed_dictionaries(others),
        st.sampled_from(sorted(random)).flatmap(
            lambda name: st.fixed_dictionaries({}, optional={name: random[name]})
        ),
        st.just(frozenset()) | some,
        st.fixed_dictionaries(marks),
        st.fixed_dictionaries({}, optional=entered),
    )


# --- the shipped contest -------------------------------------------------------------------------

SHIPPED = Process.load(shipped())
SHIPPED_READING = Reading(shipped())
SHIPPED_CASES = candidatures(
    SHIPPED,
    {
        **{f"review.{name}": True for name in SHIPPED.definition.sheets["review"].fields},
        **{f"ami.{name}": True for name in SHIPPED.definition.sheets["ami"].fields},
        "review.already_ptce": False,
        "dossier.territory": [
            {"kind": "commune", "code": "12145", "departments": ["12"], "regions": ["76"]}
        ],
        "dossier.members": [
            {"kind": "ess_enterprise", "ess": True},
            {"kind": "ess_enterprise", "ess": True},
            {"kind": "enterprise", "ess": False},
            {"kind": "local_authority", "ess": False},
        ],
        "attendance.structures": [{"session_1": "present", "session_2": "present"}],
    },
)


@pytest.mark.long
@given(st.data())
def test_no_sequence_escapes_the_shipped_contest(data: st.DataObject) -> None:
    walk = Walk(SHIPPED, SHIPPED_READING, SHIPPED_CASES, moments(SHIPPED), data.draw)
    path = walk.go(12)
    for place, state in enumerate(path):
        if state != "start":
            assert set(SHIPPED.states[state].must_pass) <= set(path[:place])


GARDENS = Process.load(read_folder(REPOSITORY / "contests" / "jardins"))


@given(st.sampled_from(list(GARDENS.every_edge())), candidatures(GARDENS, {}), moments(GARDENS))
def test_every_transition_of_the_worked_example_is_judged_as_written(
    edge: Edge, case: Candidature, moment: RuleContext
) -> None:
    judged(GARDENS, Reading(GARDENS.files), edge, case.but(state=edge.origin), moment)


@given(
    st.sampled_from([edge for edge in SHIPPED.every_edge() if edge.to]),
    SHIPPED_CASES,
    moments(SHIPPED),
)
def test_every_transition_of_the_shipped_contest_is_judged_as_written(
    edge: Edge, case: Candidature, moment: RuleContext
) -> None:
    judged(SHIPPED, SHIPPED_READING, edge, case.but(state=edge.origin), moment)


# --- random processes ----------------------------------------------------------------------------

STATES = ("draft", "submitted", "selected", "refused", "fifth")
CONDITIONS = (
    "dossier.organic",
    "!dossier.organic",
    "given.dossier",
    "dossier.plots > 1",
    'dossier.theme == "food" || dossier.organic',
    "total.taken < limit.places",
    "marks.lowest >= limit.floor",
    "now <= date.appeal",
)
EDGES = st.lists(
    st.tuples(
        st.sampled_from(STATES),
        st.sampled_from(STATES),
        st.lists(st.sampled_from(CONDITIONS), max_size=2, unique=True),
    ),
    max_size=8,
)


def built(edges: list[tuple[str, str, list[str]]], must_pass: str) -> dict[str, bytes]:
    """A process whose states are joined by these transitions, and no others."""
    states = dict.fromkeys(STATES, 'label = "x"\nmeaning = "x"\nends = true\n')
    states["fifth"] += f'must_pass = ["{must_pass}"]\n'
    for number, (origin, to, conditions) in enumerate(edges):
        states[origin] += f"[transitions.way_{number}]\nto = '{to}'\nby = ['desk']\nlabel = 'x'\n"
        for rule, condition in enumerate(conditions):
            states[origin] += (
                f"[transitions.way_{number}.rules.rule_{rule}]\nwhen = '''{condition}'''\n"
                "says = 'x'\nchoice = 'x'\n"
            )
    return contest(write={f"states/{state}.toml": toml for state, toml in states.items()})


def reached(edges: list[tuple[str, str, list[str]]], without: str = "") -> set[str]:
    """The states to which some path leads from the draft, one state being closed."""
    found = {"draft"} - {without}
    for _turn in STATES:
        found |= {to for origin, to, _rules in edges if origin in found and to != without}
    return found


@given(EDGES, st.sampled_from(STATES[:4]), st.data())
def test_no_sequence_escapes_a_random_process(
    edges: list[tuple[str, str, list[str]]], must_pass: str, data: st.DataObject
) -> None:
    """Any graph of states is kept to; and what `check` says of it is true of every walk."""
    files = built(edges, must_pass)
    process, reading = Process.load(files), Reading(files)
    walk = Walk(process, reading, candidatures(process, {}), moments(process), data.draw)
    path = walk.go(8)
    assert set(path[1:]) <= reached(edges)
    detour = any(finding.key == "must_pass" for finding in check(files))
    assert detour == ("fifth" in reached(edges, without=must_pass))
    if "fifth" in path and not detour:
        assert must_pass in path[: path.index("fifth")]


@given(EDGES)
def test_check_finds_exactly_the_states_that_nothing_leads_to(
    edges: list[tuple[str, str, list[str]]],
) -> None:
    files = built(edges, "draft")
    islands = {
        finding.file
        for finding in check(files)
        if finding.file.startswith("states/") and not finding.key
    }
    assert islands == {f"states/{state}.toml" for state in set(STATES) - reached(edges)}
