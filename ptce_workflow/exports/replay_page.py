"""The page that replays a contest in a browser, and its check.

What each line tells is written here as `ptce history` tells it, in both languages.

Nothing is fetched, and the policy in its head lets nothing else run than this script: see
`docs/decisions/0217-one-page-that-replays.md`.
"""

from __future__ import annotations

import gzip
import re
import tomllib
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from hashlib import sha256
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from msgspec import Struct
from msgspec import json as msgspec_json
from msgspec.structs import replace

from ptce_workflow.app.as_of import ContestThen, stood
from ptce_workflow.app.audit.findings import KINDS, LEVEL_OF, LEVELS, Auditor
from ptce_workflow.app.audit.verify import VerifiedPage
from ptce_workflow.app.candidatures.decisions import RecordedDecision, register
from ptce_workflow.app.candidatures.history import Step, Whole, whole
from ptce_workflow.app.candidatures.why import PastActs
from ptce_workflow.app.jury.ranking import counted_apart, sitting_of, targets
from ptce_workflow.base import words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import from_text, to_text
from ptce_workflow.base.runtime import VERSION, data, pieces
from ptce_workflow.base.words import LANGUAGES, N_, _, language, n_, number, speaking
from ptce_workflow.exports.diagram import Layout, laid_out
from ptce_workflow.ledger.events.base import MODULES, UNSAID, Phrase, Side
from ptce_workflow.ledger.events.contest import ProcessAdopted
from ptce_workflow.ledger.events.facts import Facts, Mended
from ptce_workflow.ledger.events.mail import AboutMails
from ptce_workflow.ledger.events.sitting import DeviationDecided
from ptce_workflow.ledger.events.transition import Judged
from ptce_workflow.ledger.examine import Fault
from ptce_workflow.ledger.line import decode
from ptce_workflow.office.formats import escaped
from ptce_workflow.process.explain import ExplainedRule
from ptce_workflow.process.letters.message import ASKING, Stage, label_of
from ptce_workflow.process.markdown import NotThere, cited, works_of
from ptce_workflow.process.model.base import Text
from ptce_workflow.process.model.notification import CONTACT
from ptce_workflow.process.panel import order_keys
from ptce_workflow.process.process import Process, counted, institution_label
from ptce_workflow.reports.telling import Narrator, Parts, Telling, actor_text, entry_telling
from ptce_workflow.reports.why import act_data

if TYPE_CHECKING:
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.process.candidature import Candidature


T = TypeVar("T")
Book = dict[str, Any]


class NameChoice(StrEnum):
    ALL = "all"
    PUBLIC = "public"
    NONE = "none"


def _shown(side: Side, names: NameChoice, name_field: str) -> Side | None:
    """What is shown of a side row; of a public one the collective's name."""
    if names is NameChoice.ALL:
        return side
    if names is NameChoice.NONE or not isinstance(side, Facts) or name_field not in side.facts:
        return None
    seen = replace(side, facts=_only(side.facts, name_field))
    if isinstance(seen, Mended):
        return replace(seen, before=_only(seen.before, name_field), reason=UNSAID)
    return seen


def _only(facts: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {name: facts[name]} if name in facts else {}


GROUPS: Mapping[str, str] = {
    "move": N_("moves"),
    "refusal": N_("refusals"),
    "fact": N_("answers and arrivals"),
    "mark": N_("marks and the jury"),
    "sitting": N_("sittings and votes"),
    "mail": N_("mails"),
    "person": N_("people"),
    "rule": N_("rules"),
    "other": N_("other lines"),
    "first": N_("to look at first"),
}
"""The groups of lines by which a journal is filtered; a line may be in two."""

_OF_MODULE = {
    "transition": "move",
    "facts": "fact",
    "panel": "mark",
    "sitting": "sitting",
    "mail": "mail",
    "delivery": "mail",
    "erasure": "person",
    "contest": "rule",
}
_OF_KIND = {
    "transition_refused": "refusal",
    "contest_facts_recorded": "fact",
    "facts_carried": "fact",
    "person_enrolled": "person",
    "person_left": "person",
}


class PageMail(Struct):
    """A mail: its slot, the candidature that it is about, when it was due, what became of it."""

    name: str
    case: str | None
    notification: str
    recipient: str
    process: str
    due: str
    steps: list[tuple[int, str]] = []
    late: bool = False


class PageContents(Struct):
    """What a ledger amounts to, for the page.

    `findings` has the kind and the reason of each question that a line calls for; `acts` how each
    act was judged, by its line and in each language; `quotes` what their rules cite, by its place;
    `side` the side rows that are shown whole; `gone` the line of each that was erased.
    """

    lines: list[bytes] = []
    at: str = ""
    findings: dict[int, list[tuple[str, Phrase]]] = {}
    mails: dict[str, PageMail] = {}
    processes: dict[str, int] = {}
    acts: dict[int, dict[str, Book | None]] = {}
    quotes: dict[tuple[str, ...], int] = {}
    renamed: list[dict[str, Any]] = []
    side: list[dict[str, Any]] = []
    commitments: int = 0
    gone: list[int] = []


def group_of(kind: str) -> str:
    return _OF_KIND.get(kind) or _OF_MODULE.get(MODULES[kind], "other")


def contents_of(ledger: Whole, choice: NameChoice) -> PageContents:
    contents, auditor = PageContents(), Auditor()
    # Answers that may be erased are not there, unless all is shown.
    acts = PastActs(
        ledger.tx, lambda case: case if choice is NameChoice.ALL else case.but(private={})
    )
    for step in ledger.steps():
        if isinstance(step.line.data, Judged | DeviationDecided):
            _gather_act(contents, step, acts, choice)
        line, before = step.line, step.take()
        process = step.process
        contents.lines.append(step.content)
        contents.at = line.at
        contents.processes.setdefault(line.process, line.n)
        questions = list(auditor.looks(line, before, process, ledger.state))
        if questions:
            contents.findings[line.n] = questions
        if isinstance(line.data, AboutMails):
            _gather_mails(contents, step, ledger)
        elif isinstance(line.data, ProcessAdopted):
            names = line.data.states.items()
            contents.renamed += ({"n": line.n, "from": old, "to": new} for old, new in names)
        if line.pd:
            name_field = process.definition.config.contest.name_field
            contents.commitments += len(line.pd)
            contents.gone += [line.n] * (len(line.pd) - len(step.stored))
            contents.side += (
                {"n": row.n, "subject": row.subject, "salt": row.salt, "data": row.data}
                for row in step.stored
                # One of which nothing is left out: anyone can check it against its line.
                if _shown(step.sides[row.subject], choice, name_field) == step.sides[row.subject]
            )
    return contents


def _gather_act(contents: PageContents, step: Step, acts: PastActs, choice: NameChoice) -> None:
    """What `ptce why --past` tells of an act, but for its reason, which its line tells."""
    cite = partial(_cited, contents, step.process)
    whole = choice is NameChoice.ALL
    judged = both(lambda: act_data(act, cite, whole=whole) if (act := acts.of(step)) else None)
    if all(judged.values()):
        contents.acts[step.line.n] = judged


def _cited(contents: PageContents, process: Process, rule: ExplainedRule) -> int | None:
    """The place, among the quotes, of the passages of the rulebook that a rule cites."""
    try:
        passages = () if rule.source is None else cited(rule.source.phrase, works_of(process.files))
    except NotThere:
        return None
    quote = tuple(f"{one.name}\n{one.words}" for one in passages)
    return contents.quotes.setdefault(quote, len(contents.quotes)) if quote else None


def _gather_mails(contents: PageContents, step: Step, ledger: Whole) -> None:
    """The stage to which the line brings each mail that it tells of."""
    line = step.line
    for name in line.data.names():
        message = ledger.state.messages[name]
        mail = contents.mails.get(name)
        if mail is None:
            identity = line.case, *message.key[::2], line.process, message.due
            mail = contents.mails[name] = PageMail(name, *identity)
        if not mail.steps or mail.steps[-1][1] != message.stage:
            mail.steps.append((line.n, message.stage))
        questions = contents.findings.get(line.n, ())
        mail.late = mail.late or any(kind == "late_mail" for kind, _why in questions)


TROUBLE = {*ASKING, Stage.EXPIRED} - {Stage.HELD}
"""The stages that an auditor asks about: a mail that is held only waits to be read."""

Both = dict[str, str]
"""A text in each language."""


def both(made: Callable[[], T]) -> dict[str, T]:
    found: dict[str, T] = {}
    for spoken in words.LANGUAGES:
        with words.speaking(spoken):
            found[spoken] = made()
    return found


def _phrase(text: Text) -> Both:
    return {spoken: text.in_(spoken) for spoken in words.LANGUAGES}


def book_of(
    ledger: Whole,
    contents: PageContents,
    names: NameChoice,
    decisions: Sequence[RecordedDecision] = (),
) -> Book:
    process, cases = ledger.process, ledger.state.cases
    config = process.definition.config
    places = {id_: place for place, id_ in enumerate(cases)}
    return {
        "contest": {
            "id": ledger.contest,
            "title": _phrase(config.contest.title),
            "zone": config.contest.timezone,
            "name": config.contest.name_field,
            "rehearsal": ledger.rehearsal,
        },
        "made": {
            # Not the hour at which it is made: whoever makes it again makes the same bytes.
            "at": contents.at,
            "by": f"ptce {VERSION}",
            "lines": ledger.count,
            "head": ledger.head,
            "names": names.value,
            "says": both(lambda: [*_says(contents, names, panels=bool(process.definition.panels))]),
        },
        "language": words.language(),
        "words": {spoken: words_in(spoken) for spoken in words.LANGUAGES},
        **_graph(ledger, contents),
        "acts": contents.acts,
        "quotes": [*contents.quotes],
        "cases": [_case(case, ledger, names) for case in cases.values()],
        **_lines(ledger, contents, cases, names),
        "groups": [
            {"name": name, "label": both(partial(_, label))} for name, label in GROUPS.items()
        ],
        "group_of": {kind: group_of(kind) for kind in MODULES},
        "kinds": {kind: both(partial(_, heading)) for kind, heading in KINDS.items()},
        "levels": [
            {
                "label": both(partial(_, heading)),
                "kinds": [kind for kind in KINDS if LEVEL_OF[kind] == level],
                "folded": level == "routine",
            }
            for level, heading in LEVELS.items()
        ],
        **_mails(ledger, contents, places),
        # By their line: which are late depends on the instant that is shown.
        "decisions": [
            _decision(one, places) for one in sorted(decisions, key=lambda one: one.act.line)
        ],
        "panels": list(_panels(process)),
        "side": contents.side,
        "gone": contents.gone,
    }


def _says(contents: PageContents, names: NameChoice, *, panels: bool) -> Iterator[str]:
    """What was left out of a page, what of it can be checked, and that no erasure reaches it."""
    match names:
        case NameChoice.ALL:
            yield _("Nothing is left out: names, addresses, reasons and comments stand here.")
        case NameChoice.PUBLIC:
            yield _(
                "Left out: addresses, reasons, comments, and every answer that may be erased, but "
                "for the names of the collectives. People go by their pseudonym."
            )
        case NameChoice.NONE:
            yield _(
                "Left out: all that may be erased, the names of the collectives too. People go by "
                "their pseudonym."
            )
    opened, all_ = (
        words.number(count, words.language())
        for count in (len(contents.side), contents.commitments)
    )
    text = _("Fingerprints of erasable texts that can be compared here: {opened} of {all}.")
    yield text.format(opened=opened, all=all_)
    if contents.gone:
        yield n_(
            "{count} was erased before this page was made.",
            "{count} were erased before this page was made.",
            len(contents.gone),
        ).format(count=words.number(len(contents.gone), words.language()))
    if panels:
        yield _("Every mark stands here, those that are still closed to members of the panel too.")
    yield _(
        "What is erased later stays in every copy of this file: an erasure cannot reach a file "
        "that has left."
    )


def words_in(spoken: str) -> dict[str, str | list[str]]:
    return tomllib.loads((_BESIDE / f"{spoken}.toml").read_text("utf-8"))


def _graph(ledger: Whole, contents: PageContents) -> Book:
    """The states that any process had, how they are drawn, the dates, and the processes."""
    states: dict[str, Book] = {}
    for process in (ledger.process, *map(ledger.tx.process_of, reversed(contents.processes))):
        for name, state in process.states.items():
            label = _phrase(state.label)
            named = {"name": name, "label": label, "labels": [], "ends": state.ends}
            states.setdefault(name, named)["labels"].append(label)
    process = ledger.process
    dates = process.definition.config.dates
    fixed = sorted(process.dates.fixed.items(), key=lambda date: date[1])
    return {
        "states": list(states.values()),
        "renamed": contents.renamed,
        "layout": dict(zip(("wide", "tall"), map(_drawn, laid_out(process)), strict=True)),
        "dates": [
            {"name": name, "label": _phrase(dates[name].label), "at": to_text(at)}
            for name, at in fixed
        ],
        "processes": [{"hash": hash_, "from": n} for hash_, n in contents.processes.items()],
    }


def _drawn(layout: Layout) -> Book:
    arrows = [{"from": one.origin, "to": one.to, "path": one.path} for one in layout.arrows]
    size = {"width": layout.width, "height": layout.height}
    return {**size, "boxes": dict(layout.boxes), "arrows": arrows}


def _case(case: Candidature, ledger: Whole, names: NameChoice) -> Book:
    name_field = ledger.process.definition.config.contest.name_field
    name = case.private.get(name_field)
    shown = None if names is NameChoice.NONE else name
    erased = name is None and name_field in case.given
    return {"id": case.id, "ref": case.ref, "name": shown, "erased": erased}


def _lines(
    ledger: Whole, contents: PageContents, cases: Mapping[str, Candidature], names: NameChoice
) -> Book:
    """What each line tells, who acted, and what of it calls for a question; in each language."""
    sentences: dict[str, list[list[str]]] = {spoken: [] for spoken in words.LANGUAGES}
    parts: dict[str, Parts] = {}
    who: dict[str, Both] = {}
    places = {id_: place for place, id_ in enumerate(cases)}
    first: list[Book] = []
    for steps in pieces(ledger.steps(_("Telling the ledger"))):
        tellings: list[Telling] = []
        for step in steps:
            line, process = step.line, step.process
            name_field = process.definition.config.contest.name_field
            seen = {name: _shown(one, names, name_field) for name, one in step.sides.items()}
            one = ledger.entry(
                step, {name: side for name, side in seen.items() if side is not None}
            )
            actor = f"{line.actor} {line.by or ''}".strip()
            if actor not in who:
                who[actor] = both(partial(actor_text, one))
            case = cases.get(line.case or "")
            if case is None:
                tellings.append(Narrator(one, cases=cases).telling())
            else:
                kept_back = bool(step.sides) and names is not NameChoice.ALL
                by_case = parts.setdefault(line.case or "", {})
                tellings.append(entry_telling(one, case, by_case, kept_back=kept_back))
            for kind, why in contents.findings.get(line.n, ()):
                place = None if line.case is None else places[line.case]
                says = both(partial(_why, Narrator(one, cases=cases), why))
                first.append({"kind": kind, "n": line.n, "case": place, "why": says})
        for spoken in words.LANGUAGES:
            with words.speaking(spoken):
                sentences[spoken] += [say() for say in tellings]
    return {"told": sentences, "who": who, "look_first": first}


def _why(narrator: Narrator, why: Phrase) -> str:
    return " ".join(narrator.sentences(iter([why])))


def _mails(ledger: Whole, contents: PageContents, places: Mapping[str, int]) -> Book:
    stages = {stage: place for place, stage in enumerate(Stage)}
    mails = []
    for one in contents.mails.values():
        kind = ledger.tx.process_of(one.process).definition.mails.get(one.notification)
        label = dict.fromkeys(words.LANGUAGES, one.notification)
        mails.append(
            {
                "name": one.name,
                "label": label if kind is None else _phrase(kind.label),
                "case": None if one.case is None else places[one.case],
                "to": _reader(ledger, one.recipient),
                "due": one.due,
                "steps": [[n, stages[Stage(stage)]] for n, stage in one.steps],
                "late": one.late,
            }
        )
    stages_named = [
        {"name": stage.value, "label": both(partial(label_of, stage)), "trouble": stage in TROUBLE}
        for stage in Stage
    ]
    return {"mails": mails, "stages": stages_named}


def _decision(decision: RecordedDecision, places: Mapping[str, int]) -> Book:
    """When a decision was told: nothing of it that may be erased, or that no line tells."""
    act, told, sent = decision.act, decision.told_at, decision.sent
    return {
        "n": act.line,
        "case": places[act.case.id],
        "label": _phrase(decision.transition.label),
        "at": to_text(act.at),
        "told": None if told is None else to_text(told),
        "by": to_text(decision.tell_by),
        "owed": not (decision.settled or decision.unwritten),
        "mail": None if sent is None else sent.name,
    }


def _reader(ledger: Whole, recipient: str) -> Both:
    """Who reads a mail: the collective, or somebody enrolled by their pseudonym."""
    if recipient == CONTACT:
        return both(lambda: _("the collective"))
    person = ledger.state.people.get(recipient)
    if person is None or person.institution is None:
        return dict.fromkeys(words.LANGUAGES, recipient)
    institution, process = person.institution, ledger.process
    return both(lambda: f"{recipient} {institution_label(process, institution)}")


def _of_sitting(process: Process, panel: str) -> Book:
    """The states before the sitting of a panel, those to which it leads, and its first decision."""
    found = sitting_of(process, panel)
    if found is None:
        return {"before": [], "decided": [], "first": [], "apart": False}
    sitting = found[1]
    return {
        "before": list(sitting.in_),
        "decided": sorted(targets(process, sitting, sitting.decides)),
        "first": sorted(targets(process, sitting, sitting.decides[:1])),
        "apart": bool(counted_apart(process, sitting)),
    }


def _panels(process: Process) -> Iterator[Book]:
    definition = process.definition
    for name in definition.panels:
        sheet = definition.sheets[name]
        marks = [scale for scale in sheet.scales.values() if len(scale)]
        yield {
            "name": name,
            "label": _phrase(sheet.label),
            "scale": [min(one[0] for one in marks), max(one[-1] for one in marks)] if marks else [],
            "criteria": [
                {"name": one, "label": _phrase(sheet.fields[one].label)} for one in sheet.criteria
            ],
            "members": [
                {"name": one, "label": both(partial(institution_label, process, one))}
                for one in sheet.members
            ],
            "order": order_keys(sheet)[0][0],
            **_of_sitting(process, name),
        }


MOST_LINES = 300_000
"""A page of more would open as an empty one: the text of an element has its bound in browsers."""

_BESIDE = data("exports/replay")


class ReplayPage(NamedTuple):
    """A page that was made: its bytes, and what is to be said to whoever has it made."""

    content: bytes
    says: tuple[str, ...]


def replay_page(contest: Contest, names: NameChoice = NameChoice.PUBLIC) -> ReplayPage:
    """The page of a contest, in both languages. Raises: PtceError."""
    with whole(contest) as ledger:
        if ledger.count > MOST_LINES:
            what = _("The ledger has {count} lines; a page holds {most} at most.").format(
                count=words.number(ledger.count, words.language()),
                most=words.number(MOST_LINES, words.language()),
            )
            mend = _("`ptce list --at` and `ptce history` read ledgers of any length.")
            raise PtceError(what, _("Browsers would open a longer one, and show nothing."), mend)
        contents = contents_of(ledger, names)
        book = book_of(ledger, contents, names, register(contest))
        candidatures = counted(ledger.process, len(book["cases"]))
        content = html(book, b"".join(contents.lines), candidatures).encode()
        says = book["made"]["says"][words.own_language(words.language())]
        return ReplayPage(content, tuple(says))


def html(book: Book, ledger: bytes, candidatures: str) -> str:
    """The page of a book and the bytes of its ledger; `candidatures` says how many there are."""
    files = ("page.html", "page.js", "page.css")
    page, script, style = ((_BESIDE / name).read_text("utf-8") for name in files)
    script, style, spoken = script.strip(), style.strip(), words.language()
    made, texts = book["made"], book["words"][words.own_language(spoken)]
    shown = {
        "language": spoken,
        "policy": policy(script, style),
        "title": book["contest"]["title"][spoken],
        "over": texts["over"],
        "count": n_("{count} line", "{count} lines", made["lines"]),
        "candidatures": candidatures,
        "last": texts["head"],
        "head": made["head"],
        "alone": _("The rest is shown by a script of this file, which does not run here."),
        "waits": _("Reading the ledger"),
    }
    return page.format(
        **{name: escaped(text) for name, text in shown.items()},
        script=script,
        style=style,
        book=packed(msgspec_json.encode(book)),
        ledger=packed(ledger),
    )


def packed(content: bytes) -> str:
    """Data as it stands in the page: letters and digits, in which no markup can hide."""
    # As gzip itself does: what it takes twice the time for is a hundredth smaller.
    return b64encode(gzip.compress(content, 6, mtime=0)).decode()


def policy(script: str, style: str) -> str:
    """What the page may do: run this script, look by this style, and nothing else."""

    def digest(text: str) -> str:
        return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; script-src {digest(script)}; style-src {digest(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


_PACKED = re.compile(r'(<script type="text/plain" id="(book|ledger)">)([A-Za-z0-9+/=]*)(?=<)')
_SPOKEN = re.compile(r'<html lang="([a-z-]+)">')
_MOST_BYTES = 1 << 29
"""Of what is packed in a page: more is none of ours, and would fill the memory."""
_MOST_FAULTS, _MOST_SIGNS = 20, 60

PARTS = {
    "told": N_("what the line tells"),
    "acts": N_("how the line was judged"),
    "who": N_("who acted"),
    "cases": N_("the references and the names"),
    "look_first": N_("what is to be looked at first"),
    "": N_("the words and labels of the page"),
}
"""What the parts of a page are called, those that tell what happened by their names."""


class PageFile(NamedTuple):
    """A replay page, unpacked; `frame` is its text without what is packed, `written` its book."""

    frame: str
    spoken: str
    written: bytes
    book: Book
    ledger: list[bytes]
    names: NameChoice

    @classmethod
    def read(cls, file: str, content: bytes) -> PageFile:
        try:
            text = content.decode()
            packed = {name: _unpacked(data) for _start, name, data in _PACKED.findall(text)}
            book = msgspec_json.decode(packed["book"])
            names, _made_by = NameChoice(book["made"]["names"]), book["made"]["by"]
            [spoken] = {*_SPOKEN.findall(text)} & {*LANGUAGES}
            ledger = packed["ledger"].splitlines(keepends=True)
        except (ValueError, LookupError, TypeError, RecursionError, zlib.error) as error:
            what = _("{file} is no replay page.").format(file=file)
            why = _("What such a page carries is missing, or cannot be unpacked.")
            raise Misuse(what, why, _("`ptce replay --html FILE` makes one.")) from error
        return cls(_PACKED.sub(r"\1", text), spoken, packed["book"], book, ledger, names)


def _unpacked(data: str) -> bytes:
    unpacking = zlib.decompressobj(31)
    content = unpacking.decompress(b64decode(data, validate=True), _MOST_BYTES)
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError
    return content


def verify_page(contest: Contest, file: str, content: bytes) -> VerifiedPage:
    """How far a page goes along this ledger, and what of it differs. Raises: Misuse.

    It is made anew as of its last line, in its language, with the names that it shows.
    """
    page = PageFile.read(file, content)
    with contest.looking() as tx:
        ours = [row.line for row in islice(tx.unit.lines(contest.id), len(page.ledger))]
        later = tx.unit.contest(contest.id).head_n - len(ours)
    pairs = zip(page.ledger, ours, strict=False)
    shared = sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], pairs))
    if shared < len(page.ledger) or not shared:
        what = _("This line of the page is another in the ledger, or is not there.")
        why = _("The page is of another contest, or one of the two ledgers was written anew.")
        return VerifiedPage(file, len(page.ledger), shared, 0, (Fault(shared + 1, what, why),))
    at = from_text(decode(ours[-1]).at)
    then = stood(contest, at, ContestThen, shared) if later else contest
    with speaking(page.spoken):
        expected = PageFile.read(file, replay_page(then, page.names).content)
    return VerifiedPage(file, shared, shared, later, tuple(_faults(page, expected)))


def _faults(page: PageFile, expected: PageFile) -> Iterator[Fault]:
    """What of a page is not as the contest gives it: once for each part, and for each line."""
    if page.frame != expected.frame:
        what = _("Its script, its style or its first words are not those of the program.")
        made, here = (one.book["made"]["by"] for one in (page, expected))
        why = _("It says that it was made by {made}; this is {here}.").format(made=made, here=here)
        yield Fault(0, what, why if made != here else "")
    found: dict[tuple[Any, ...], tuple[Any, Any]] = {}
    for path, theirs, ours in _differing(page.book, expected.book):
        part, n = path[0] if path[0] in PARTS else "", _line_of(path)
        found.setdefault((part, n, () if n or not part else path[1:2]), (theirs, ours))
    for (part, n, _place), (theirs, ours) in islice(found.items(), _MOST_FAULTS):
        what = _("Not as the contest gives it: {part}.").format(part=_(PARTS[part]))
        why = _("The page: “{theirs}”. The contest: “{ours}”.")
        yield Fault(n, what, why.format(theirs=_as_text(theirs), ours=_as_text(ours)))
    if page.written != expected.written and not found:
        yield Fault(0, _("What it shows stands there in another order, or is written otherwise."))
    if len(found) > _MOST_FAULTS:
        more = len(found) - _MOST_FAULTS
        text = n_("{count} more difference", "{count} more differences", more)
        yield Fault(0, text.format(count=number(more, language())))


def _differing(
    theirs: Any, ours: Any, path: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    """Where two values differ, as deep as both have the same form."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        keys: Iterable[Any] = dict.fromkeys([*ours, *theirs])
        pairs = ((key, theirs.get(key), ours.get(key)) for key in keys)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        pairs = ((n, *pair) for n, pair in enumerate(zip(theirs, ours, strict=True)))
    else:
        if theirs != ours:
            yield path, theirs, ours
        return
    for key, one, other in pairs:
        yield from _differing(one, other, (*path, key))


def _line_of(path: tuple[Any, ...]) -> int:
    """The number of the line that a place in the book tells of; 0 for none."""
    match path:
        case ("told", _, int(k), *_):
            return k + 1
        case ("acts", str(n), *_):
            return int(n) if n.isdecimal() else 0
    return 0


def _as_text(value: Any) -> str:
    if isinstance(value, list | dict):
        return n_("{count} entry", "{count} entries", len(value)).format(count=len(value))
    text = "–" if value is None else str(value)
    return text if len(text) <= _MOST_SIGNS else f"{text[:_MOST_SIGNS]}…"
