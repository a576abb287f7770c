"""What a person should look at in candidatures: doubtful answers, and names met before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ptce_workflow.app.contest import Contest
from ptce_workflow.base.text import alike
from ptce_workflow.base.words import _
from ptce_workflow.process.process import Process, named
from ptce_workflow.process.rules.case import Case, by_ref

_NAMESAKES = 3


def doubts(process: Process, case: Case, before: Case | None = None) -> Iterator[str]:
    """Sentences on the answers to look at, among those that were changed."""
    for sheet, asked in process.definition.sheets.items():
        told = {} if asked.is_panel or asked.of_contest else asked.fields
        for name, field in told.items():
            value = case.answer(f"{sheet}.{name}", field)
            is_new = before is None or before.answer(f"{sheet}.{name}", field) != value
            for doubt in field.doubts(value) if value is not None and is_new else ():
                yield _("{ref}, {label}: {doubt}").format(
                    ref=case.ref, label=field.label, doubt=doubt
                )


def remarks(contest: Contest, cases: Sequence[Case]) -> list[str]:
    """Sentences on new candidatures without an address, or of a name met before; none decides.

    They are compared with those of earlier candidatures, and of the known structures that the
    folder asks for. A candidature without a name or an address is the twin of no other.
    """
    # What compares names takes longer to load than most acts.
    from ptce_workflow.base.structures import Names, known_names

    found: list[str] = []
    later = {case.ref for case in cases}
    with contest.looking() as act:
        names = Names((row.ref, row.name or "") for row in act.unit.briefs(act.contest))
        listed = act.process.definition.config.contest.known
        for case in cases:
            later.discard(case.ref)
            contact = act.process.definition.config.contest.contact_field
            if contact and contact not in case.given:
                told = _(
                    "{ref} has no address: not even its acknowledgement can leave. "
                    "Give it: `{command}`."
                )
                command = f"ptce record {case.ref} {contact.replace('.', ' ')}=…"
                found.append(told.format(ref=case.ref, command=command))
            own = name_and_address(act.process, case)
            told = _("{ref}: a known PTCE has a close name: “{name}” ({territory}; {status}).")
            found += [
                told.format(ref=case.ref, name=one.name, territory=one.territory, status=one.status)
                for one in (known_names(listed).like(own[0]) if listed else ())
            ]
            refs = [ref for ref in names.like(own[0]) if ref != case.ref and ref not in later]
            others = act.load(sorted(refs, key=by_ref)[:_NAMESAKES])
            twins = [
                one for one in others if all(own) and name_and_address(act.process, one) == own
            ]
            if twins:
                told = _(
                    "{ref} has the same name and the same address as {earlier}: is it one too many?"
                )
                found.append(told.format(ref=case.ref, earlier=twins[0].ref))
                continue
            told = _("{ref} has a name close to that of {earlier}: is it the same collective?")
            found += [
                told.format(ref=case.ref, earlier=named(act.process, other)) for other in others
            ]
    return found


def name_and_address(process: Process, case: Case) -> tuple[str, str]:
    """The name and the address of the contact, as they are compared."""
    asked = process.definition.config.contest
    name, address = (
        case.private.get(field or "") for field in (asked.name_field, asked.contact_field)
    )
    return alike(str(name or "")), alike(str(address or ""))
