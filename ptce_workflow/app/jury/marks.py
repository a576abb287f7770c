"""The marks of the panel: given and rectified; recusals and declared links."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from ptce_workflow.app.candidatures.history import Rectification, rectified
from ptce_workflow.app.candidatures.record import FactsRefused
from ptce_workflow.app.contest import Contest, atomic, context, judge
from ptce_workflow.app.projections import person_of
from ptce_workflow.app.refusals import reason_given, unknown_name, without_role
from ptce_workflow.app.transaction import Transaction, Words
from ptce_workflow.base.errors import Misuse, PtceError
from ptce_workflow.base.notation import from_text
from ptce_workflow.base.words import _, plain
from ptce_workflow.ledger.events import clauses
from ptce_workflow.ledger.events.base import Reason
from ptce_workflow.ledger.events.facts import Evidence
from ptce_workflow.ledger.events.panel import (
    Comments,
    InstitutionRecused,
    Links,
    LinksCleared,
    LinksDeclared,
    MarksMended,
    RecusalLifted,
    ScoresGiven,
    ScoresRectified,
    figures_aside,
    figures_at_once,
    speaks_for,
)
from ptce_workflow.process.candidature import (
    Candidature,
    by_ref,
    comment_name,
    links_name,
    with_marks,
)
from ptce_workflow.process.fields import FieldType, ScoreField, ValueRefused
from ptce_workflow.process.fields.base import Problem
from ptce_workflow.process.fields.scalars import NO_OPINION
from ptce_workflow.process.forms import bounds_of
from ptce_workflow.process.model.definition import Definition
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.panel import asked_of, linked
from ptce_workflow.process.process import Process, to_the_second

_OFTEN = (int, str, Decimal)
_NOTHING = ""
"""Stands for a mark that was not given; None is no opinion."""


@atomic
def score(
    tx: Transaction, ref: str, institution: str, marks: Mapping[str, Any], panel: str | None = None
) -> Candidature:
    (case,) = tx.load([ref])
    return tx.seen(give_marks(tx, case, institution, marks, panel))


def give_marks(
    tx: Transaction,
    case: Candidature,
    institution: str,
    marks: Mapping[str, Any],
    panel: str | None = None,
    evidence: Evidence | UnsetType = UNSET,
) -> Candidature:
    """Records the marks, and comments, that an institution gives a candidature in a panel.

    The panel is the one named, else the open one that has the fields. `marks` are answers by field;
    `-` stands for no opinion. What is recorded already and stays the same is not written again;
    when nothing changes, no line is.

    Raises: Misuse or FactsRefused for what cannot be read, PtceError when the panel is closed,
    the institution is not asked or steps aside, or the actor may not speak for it.
    """
    name, sheet = open_panel(tx.process, case, institution, marks, panel)
    words = _words(tx, sheet, case, institution)
    given = Given(tx, name, sheet, case, institution)
    given.take_all(marks)
    if not given.problems and (given.scores or given.comments):
        side = Comments(given.comments) if given.comments else None
        event = ScoresGiven(institution, name, given.scores, evidence)
        return tx.record(case.id, event, side, words)
    # Who may not give marks is not told what is wrong with them.
    judge(tx, case.id, ScoresGiven(institution, name, {}), {case.id: Comments({})}, words)
    if given.problems:
        raise FactsRefused(tuple(given.problems), tuple(given.astray))
    if not marks:
        raise Misuse(_("No mark was given."), mend=_("For example: {x}.").format(x="innovation=4"))
    return case


class Given:
    """Marks and comments read one after the other, and what is wrong with any of them."""

    def __init__(
        self, tx: Transaction, name: str, sheet: Sheet, case: Candidature, institution: str
    ) -> None:
        self._zone = tx.process.zone
        self._marks = tx.marks
        self._name, self._sheet, self._institution = name, sheet, institution
        self._before = case.scores.get(name, {}).get(institution, {})
        self._private = case.private
        self.scores: dict[str, int | None] = {}
        self.comments: dict[str, str] = {}
        self.problems: list[PtceError] = []
        self.astray: list[str] = []

    def _refuse(self, field_name: str, problem: PtceError) -> None:
        self.problems.append(problem)
        self.astray.append(field_name)

    def take_all(self, marks: Mapping[str, Any]) -> None:
        """Takes the answers of several fields, and notes the marks that lack an explanation."""
        for field_name, answer in marks.items():
            self.take(field_name, answer)
        for name, mark in self.scores.items():
            field = self._sheet.fields[name]
            if not isinstance(field, ScoreField) or field.comment_in is None or mark is None:
                continue
            comment = self.comments.get(field.comment_in) or self._comment(field.comment_in)
            if field.wants_comment(mark) and not comment:
                unexplained = Misuse(
                    _('The mark of "{name}" must be explained.').format(name=field.label),
                    _("A mark {bounds} needs a comment.").format(bounds=bounds_of(field)),
                    _('Add {field}="…".').format(field=field.comment_in),
                )
                self._refuse(field.comment_in, unexplained)

    def take(self, field_name: str, answer: Any) -> None:
        # A grid says the same few marks a thousand times; text and numbers are not the same.
        key = (self._name, field_name, type(answer), answer) if type(answer) in _OFTEN else None
        if key in self._marks:
            mark = self._marks[key]
            if self._before.get(field_name, _NOTHING) != mark:
                self.scores[field_name] = mark
            return
        field = self._sheet.fields.get(field_name)
        if field is None:
            what = _('There is no criterion "{name}".').format(name=field_name)
            self._refuse(field_name, unknown_name(what, field_name, self._sheet.fields))
            return
        try:
            value = self._read(field, answer)
        except ValueRefused as refused:
            self._refuse(field_name, refused)
            return
        if isinstance(field, ScoreField):
            if key is not None:
                self._marks[key] = value
            if self._before.get(field_name, _NOTHING) != value:
                self.scores[field_name] = value
        elif self._comment(field_name) != value:
            self.comments[field_name] = value

    def _read(self, field: FieldType, answer: Any) -> Any:
        if not isinstance(field, ScoreField) or answer != NO_OPINION:
            return field.parse(answer, zone=self._zone)
        if field.no_opinion:
            return None
        asked = Problem(
            _("An opinion is asked for."),
            mend=_("Give a mark, from {least} to {most}.").format(
                least=field.scale.from_, most=field.scale.to
            ),
        )
        raise ValueRefused(field.label.text, [asked])

    def _comment(self, field_name: str) -> str | None:
        return self._private.get(comment_name(self._name, field_name, self._institution))


@atomic
def rectify_marks(
    tx: Transaction,
    ref: str,
    institution: str,
    marks: Mapping[str, Any],
    panel: str | None = None,
    *,
    reason: str,
    evidence: Evidence,
) -> tuple[Candidature, tuple[Rectification, ...]]:
    """Mends marks that an institution gave, once no more can be given; what was mended.

    The figures that a sitting saw stay, and what it decided. What stays the same is not written.

    Raises: Misuse or FactsRefused for what cannot be read, PtceError where the panel mends none,
    or none any more, and for who may not speak for the institution.
    """
    (case,) = tx.load([ref])
    definition = tx.process.definition
    if panel is None:
        marked = [one for one, given in case.scores.items() if institution in given]
        panel = marked[0] if len(marked) == 1 else None
    name = panel_of(definition, institution, panel)
    sheet, before = definition.sheets[name], case.scores.get(name, {}).get(institution, {})
    given = Given(tx, name, sheet, case, institution)
    given.take_all(marks)
    if given.problems:
        raise FactsRefused(tuple(given.problems), tuple(given.astray))
    if not given.scores:
        return case, ()
    stood = {one: before[one] for one in given.scores if one in before}
    panels = figures_at_once(tx.process, name, with_marks(case, name, institution, given.scores))
    event = ScoresRectified(institution, name, given.scores, evidence, stood, panels)
    side = MarksMended(given.comments, reason)
    after = tx.record(case.id, event, side, _rectified_words(tx, case, event))
    corrections = rectified(tx.process, after, event, side, tx.now, after.version)
    return tx.seen(after), tuple(corrections)


def _rectified_words(tx: Transaction, case: Candidature, event: ScoresRectified) -> Words:
    process, name = tx.process, event.sheet
    return {
        **voice_words(tx, process.definition.sheets[name], case, event.institution),
        clauses.NOT_RECTIFIED: lambda _violation: PtceError(
            _("This panel has no mark mended once they are closed."),
            _("The folder says until when: `rectify_until` of the panel."),
            _("Write it in sheets/{name}.toml, and have it adopted: `ptce adopt`.").format(
                name=name
            ),
        ),
        clauses.RECTIFIED_LATE: lambda violation: PtceError(
            _("Marks of {ref} could be mended until {when}.").format(
                ref=case.ref, when=to_the_second(process, from_text(violation.why))
            ),
            _("What was decided stands."),
        ),
        clauses.STILL_OPEN: lambda _violation: PtceError(
            _("Marks of {ref} can still be written: none is to be mended.").format(ref=case.ref),
            mend=_("Leave out: {option}").format(option="--rectify, --reason, --evidence"),
        ),
    }


def open_panel(
    process: Process,
    case: Candidature,
    institution: str,
    fields: Collection[str],
    panel: str | None,
) -> tuple[str, Sheet]:
    """The panel named, that takes marks of a candidature and in which an institution sits.

    Without a name the one such panel; of several, the one that has all of some fields.

    Raises: PtceError where none is open, Misuse for who sits in none of them, or for several.
    """
    state = process.states[case.state]
    sheets = process.definition.sheets
    every = [name for name in state.opens if name in sheets and sheets[name].is_panel]
    named = panel and panel_name(process.definition, panel)
    open_ = [one for one in every if named in (None, one)]
    own = [name for name in open_ if institution in sheets[name].members]
    if len(own) > 1:
        having = [name for name in own if sheets[name].fields.keys() >= {*fields}]
        if len(having) != 1:
            text = _("Several panels are open, and the marks do not tell which one is meant.")
            raise _several(text, having or own)
        own = having
    if own:
        return own[0], sheets[own[0]]
    if open_:
        members = [member for name in open_ for member in sheets[name].members]
        what = _('"{name}" does not sit in this panel.').format(name=institution)
        raise unknown_name(what, institution, members)
    if every:
        what = _("{ref} takes no mark of this panel now.").format(ref=case.ref)
        raise PtceError(what, _("Open there: {names}.").format(names=", ".join(every)))
    what = _('{ref} stands in the state "{state}": no mark can be given.').format(
        ref=case.ref, state=state.label
    )
    why = _("The panel gives marks while its sheet is open.")
    raise PtceError(what, why, _("`ptce why {ref}` shows the ways out.").format(ref=case.ref))


def _words(tx: Transaction, sheet: Sheet, case: Candidature, institution: str) -> Words:
    names = {"name": institution, "ref": case.ref, "sentence": sheet.declares}
    command = f"ptce jury declare {case.ref} --none"
    if tx.actor.institution != institution:
        command += f" --institution {institution}"
    return {
        **voice_words(tx, sheet, case, institution),
        clauses.UNDECLARED: lambda _violation: PtceError(
            _('"{name}" has declared nothing about {ref} yet.').format(**names),
            _(
                "Before its first mark a member signs: “{sentence}” Or it says which links it has."
            ).format(**names),
            _("To sign it: {command}; or --links “…” in place of --none.").format(command=command),
        ),
    }


def voice_words(tx: Transaction, sheet: Sheet, case: Candidature, institution: str) -> Words:
    names = {"name": institution, "ref": case.ref, "person": tx.actor.pseudonym}
    recuse = f'ptce jury recuse {case.ref} {institution} --reason "…"'
    return {
        clauses.WRITER: lambda _violation: _without_voice(tx, sheet, institution),
        clauses.ASIDE: lambda _violation: PtceError(
            _('"{name}" has stepped aside from {ref}.').format(**names),
            _("Who has a conflict of interest neither scores nor counts."),
            _("`ptce jury recuse {ref} {name} --lift` takes it back, if it was an error.").format(
                **names
            ),
        ),
        clauses.LINKED: lambda _violation: PtceError(
            _('"{name}" has declared links with {ref}.').format(**names),
            _("Until that is settled it neither marks nor votes."),
            _(
                "It steps aside (`{recuse}`), or whoever presides finds no influence ({clear})."
            ).format(recuse=recuse, clear="--no-influence"),
        ),
        clauses.PERSON_ASIDE: lambda _violation: PtceError(
            _("{person} has stepped aside from {ref}.").format(**names),
            _("Another person of “{name}” may speak for it.").format(**names),
        ),
        clauses.NOT_ASKED: lambda _violation: PtceError(
            _('"{name}" is not asked about {ref}.').format(**names),
            _('The field "{field}" says who is.').format(field=sheet.assigned),
        ),
    }


def _without_voice(tx: Transaction, sheet: Sheet, institution: str) -> PtceError:
    return without_role(
        tx.actor,
        sheet.by,
        _('This person may not speak for "{institution}".').format(institution=institution),
    )


def may_speak(tx: Transaction, sheet: Sheet, institution: str) -> None:
    """Raises: PtceError for who may not give the marks of an institution."""
    if not speaks_for(sheet, institution, tx.actor.roles, tx.actor.institution):
        raise _without_voice(tx, sheet, institution)


def panel_name(definition: Definition, name: str | None) -> str:
    """The panel of that name, or the only one. Raises: Misuse."""
    panels = definition.panels
    if name is None and len(panels) == 1:
        return panels[0]
    if name in panels:
        return name
    if name is None and panels:
        raise _several(_("This contest has several panels."), panels)
    if name is None:
        raise Misuse(_("This contest has no panel."))
    raise unknown_name(_('"{name}" is not a panel.').format(name=name), name, panels)


def panel_of(definition: Definition, institution: str, name: str | None) -> str:
    """The panel of that name, or the only one of an institution. Raises: Misuse."""
    panels, seated = definition.panels, definition.seated
    if name is not None:
        chosen = panel_name(definition, name)
        if institution not in seated(chosen):
            what = _('"{name}" does not sit in this panel.').format(name=institution)
            raise unknown_name(what, institution, seated(chosen))
        return chosen
    own = [one for one in panels if institution in seated(one)]
    if len(own) == 1:
        return own[0]
    if own:
        raise _several(_('"{name}" sits in several panels.').format(name=institution), own)
    members = [member for one in panels for member in seated(one)]
    what = _('"{name}" sits in no panel.').format(name=institution)
    raise unknown_name(what, institution, members)


def _several(what: str, names: Sequence[str]) -> Misuse:
    return Misuse(what, mend=_("Name one: --panel {names}").format(names="|".join(names)))


_SHORTEST = 3


class Conflict(Struct, frozen=True):
    """A member's name found in a dossier: proposed, until a person confirms that it steps aside.

    `field` is where it was found, `text` what stands there, `name` which of its names it is. What
    the institution has declared by itself has neither field nor name.
    """

    panel: str
    case: Candidature
    institution: str
    field: str | None
    text: str | None
    name: str | None


def recuse(
    contest: Contest,
    ref: str,
    who: str,
    reason: str | None,
    *,
    lift: bool = False,
    panel: str | None = None,
) -> Candidature:
    """Has an institution step aside from a candidature, or one person of it; or come back.

    Its marks stay in the ledger and stop counting. Figures that were recorded are recorded anew; a
    rank that a sitting has recorded stays. Where a person steps aside, by pseudonym or login, the
    institution keeps its seat: others speak for it.

    Raises: Misuse for an unknown institution or a missing reason, PtceError for what is so
    already, what is decided, or an actor who may not speak for the institution.
    """
    text = reason_given(reason)
    with contest.acting() as tx:
        (case,) = tx.load([ref])
        # A word that names no institution is a pseudonym or a login.
        seats = tx.process.definition.config.institutions
        row = None if who in seats else tx.unit.person(tx.contest, who)
        person = None if row is None else person_of(row)
        institution = who if person is None else person.institution or who
        whose = who if person is None else person.pseudonym
        name = panel_of(tx.process.definition, institution, panel)
        figures = figures_aside(context(tx, case.id), name, whose, lifted=lift)
        kind = RecusalLifted if lift else InstitutionRecused
        side = Reason(text) if text else None
        words = _recusal_words(tx, case, whose, lift=lift)
        event = kind(institution, figures, name, UNSET if person is None else person.pseudonym)
        tx.record(case.id, event, side, words)
        tx.flush()
        return tx.seen(tx.cases[case.id])


def conflicts(contest: Contest, panel: str | None = None) -> tuple[Conflict, ...]:
    """The members with links who have not stepped aside, as far as shown. Raises: Misuse."""
    with contest.looking() as tx:
        process = tx.process
        chosen = panel_name(process.definition, panel)
        cases = map(tx.seen, tx.every_case())
        return tuple(one for case in cases for one in found_in(process, chosen, case))


def found_in(process: Process, name: str, case: Candidature) -> Iterator[Conflict]:
    """The conflicts that are declared or that a dossier shows, of members that would give marks."""
    definition = process.definition
    sheet = definition.sheets[name]
    if process.states[case.state].ends:
        return
    texts = [(field, text, plain(text)) for field, text in _texts(sheet.conflicts, case)]
    declared = case.declared.get(name, {})
    for institution in asked_of(name, sheet, case):
        declared_links = case.private.get(links_name(name, institution))
        if institution in linked(name, case) and (declared_links or name not in case.closed):
            yield Conflict(name, case, institution, None, declared_links, None)
            continue
        if isinstance(declared.get(institution), str):
            continue
        own = definition.config.institutions[institution]
        found = next(
            (
                Conflict(name, case, institution, field, text, called)
                for called in dict.fromkeys((*own.names, *own.label.spoken()))
                for field, text, plain in texts
                if _says(plain, called)
            ),
            None,
        )
        if found is not None:
            yield found


def _texts(paths: Iterable[str], case: Candidature) -> Iterator[tuple[str, str]]:
    """The texts in some fields, or columns of tables, as far as they were not erased."""
    for path in paths:
        sheet, field, *column = path.split(".")
        name = f"{sheet}.{field}"
        for value in (case.facts.get(name), case.private.get(name)):
            rows = value if column and isinstance(value, list) else ()
            cells = (row.get(column[0]) for row in rows if isinstance(row, dict))
            yield from ((path, text) for text in (value, *cells) if isinstance(text, str))


def _says(text: str, name: str) -> bool:
    """True where a plain text holds a name, as whole words, whatever its accents and capitals."""
    sought = plain(name)
    return len(sought) >= _SHORTEST and f" {sought} " in f" {text} "


def _recusal_words(tx: Transaction, case: Candidature, institution: str, *, lift: bool) -> Words:
    state = tx.process.states[case.state]
    so_already = _('"{name}" has stepped aside from {ref} already.')
    if lift:
        so_already = _('"{name}" has not stepped aside from {ref}.')
    return {
        clauses.WRITER: lambda _violation: without_role(
            tx.actor,
            ("desk",) if lift else ("desk", "jury"),
            _('This person may not speak for "{institution}".').format(institution=institution),
        ),
        clauses.DECIDED: lambda _violation: PtceError(
            _("{ref} is decided: {state}.").format(ref=case.ref, state=state.label),
            _("Who steps aside now would change nothing, and the ledger would say otherwise."),
        ),
        clauses.SO_ALREADY: lambda _violation: PtceError(
            so_already.format(name=institution, ref=case.ref)
        ),
        clauses.GROUND: lambda _violation: Misuse(
            _("Say why."),
            _("The ledger keeps on what ground an institution stepped aside, or came back."),
            _('Add --reason "…".'),
        ),
    }


def declare_links(
    contest: Contest,
    refs: Sequence[str] = (),
    *,
    links: str | None = None,
    reason: str | None = None,
    presides: str | None = None,
    institution: str | None = None,
    panel: str | None = None,
) -> tuple[str, str, tuple[Candidature, ...]]:
    """Records what an institution declares of some candidatures, else of all that it may mark.

    Without `links` it declares that it has none, and a `reason` says why where a dossier names it.
    Where an institution `presides`, that one finds that the links declared have no influence.
    Without references, those of which nothing is declared yet. The panel, the institution, and the
    candidatures as they are now.

    Raises: Misuse for an institution that is not named, a panel that asks for no declaration, or
    why there is no link where a dossier names it; PtceError for a declaration that comes after a
    mark, or by whoever may not speak for the institution.
    """
    text, why = reason_given(links), reason_given(reason)
    with contest.acting() as tx:
        own = institution or tx.actor.institution
        if own is None:
            mend = _("Name the institution: {option}.").format(option="--institution …")
            raise Misuse(_("It is not said who declares."), mend=mend)
        name = panel_of(tx.process.definition, own, panel)
        may_speak(tx, tx.process.definition.sheets[name], own)
        cases = tx.load(dict.fromkeys(refs)) if refs else list(_undeclared(tx, name, own))
        named = {
            one.id for one in cases if not (text or presides) and _is_named(tx, name, one, own)
        }
        if named and not why:
            raise _unexplained([one.ref for one in cases if one.id in named], own)
        for case in cases:
            event: LinksDeclared | LinksCleared = LinksDeclared(own, name, bool(text))
            words = text or (why if refs or case.id in named else "")
            side: Links | Reason | None = Links(words) if words else None
            if presides:
                event, side = LinksCleared(own, name, presides), Reason(why) if why else None
            elif refs and not text and case.declared.get(name, {}).get(own) is False:
                continue
            tx.record(case.id, event, side, _declaration_words(tx, name, case, own))
        tx.flush()
        return name, own, tuple(tx.cases.get(case.id, case) for case in cases)


def declare(
    tx: Transaction,
    panel: str,
    case: Candidature,
    institution: str,
    links: str,
    evidence: Evidence | UnsetType,
) -> Candidature:
    """Records the links that an institution has with a candidature, or that it has none.

    Raises: Misuse for none where the dossier names it; PtceError as `declare_links`.
    """
    if not links and _is_named(tx, panel, case, institution):
        raise _unexplained([case.ref], institution)
    side = Links(links) if links else None
    words = _declaration_words(tx, panel, case, institution)
    event = LinksDeclared(institution, panel, bool(links), evidence)
    return tx.record(case.id, event, side, words)


def _is_named(tx: Transaction, panel: str, case: Candidature, institution: str) -> bool:
    """True where a dossier names an institution that has not said yet that it has no link."""
    proposed = found_in(tx.process, panel, tx.seen(case))
    return case.declared.get(panel, {}).get(institution) is not False and any(
        one.institution == institution and one.field is not None for one in proposed
    )


def _unexplained(refs: Sequence[str], institution: str) -> Misuse:
    command = f'ptce jury declare {refs[0]} --none --institution {institution} --reason "…"'
    what = _('"{name}" is named in {refs}.').format(name=institution, refs=", ".join(refs))
    mend = _("Where it is named: {conflicts}. To say why: {command}").format(
        conflicts="ptce jury conflicts", command=command
    )
    return Misuse(what, _("Who says all the same that it has no link says why."), mend)


def _undeclared(tx: Transaction, name: str, institution: str) -> Iterable[Candidature]:
    """The candidatures that an institution may mark, and of which it has declared nothing."""
    sheet = tx.process.definition.sheets[name]
    if sheet.declares is None:
        raise not_asked(name)
    for case in sorted(tx.every_case(), key=lambda case: by_ref(case.ref)):
        institutions = {**case.declared.get(name, {}), **case.scores.get(name, {})}
        open_ = tx.process.is_open(name, case.state)
        if open_ and institution in asked_of(name, sheet, case) and institution not in institutions:
            yield case


def _declaration_words(tx: Transaction, name: str, case: Candidature, institution: str) -> Words:
    names = {"name": institution, "ref": case.ref, "state": tx.process.states[case.state].label}
    command = f'ptce jury recuse {case.ref} {institution} --reason "…"'
    return {
        **voice_words(tx, tx.process.definition.sheets[name], case, institution),
        clauses.NO_DECLARATION: lambda _violation: not_asked(name),
        clauses.LATE_DECLARATION: lambda _violation: PtceError(
            _('"{name}" has given marks to {ref} already.').format(**names),
            _("Links are declared before the first mark, or the declaration is worth nothing."),
            _("If there is one, it steps aside: {command}").format(command=command),
        ),
        clauses.REASON: lambda _violation: Misuse(_("Say why."), mend=_('Add --reason "…".')),
        clauses.CLOSED: lambda _violation: PtceError(
            _("{ref} is decided: {state}.").format(**names),
            _("A declaration comes before the first mark."),
        ),
    }


def not_asked(panel: str) -> Misuse:
    mend = _("The sheet of the panel says which sentence is signed: {key}.").format(
        key='declares = "…"'
    )
    return Misuse(_('The panel "{panel}" asks for no declaration.').format(panel=panel), mend=mend)
