"""The moves of the candidatures as an event log that programs of others mine: IEEE 1849, XES.

A trace is a candidature, an event one transition. Whoever acts is a pseudonym; nothing else of a
person, and no answer of a dossier, is in it.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ptce_workflow.app.cases.extract import Extract, ExtractRow
from ptce_workflow.base.encoding import from_text, to_text
from ptce_workflow.ledger.events.candidature import CandidatureOpened
from ptce_workflow.ledger.events.transition import TransitionMade
from ptce_workflow.papers.report import clean

_SITE = "http://www.xes-standard.org"
_EXTENSIONS = {
    "concept": "Concept",
    "time": "Time",
    "lifecycle": "Lifecycle",
    "org": "Organizational",
}
_ACTIVITY, _LABEL = "concept:name", "label"
_NO_TIME = "1970-01-01T00:00:00.000000Z"


def xes(found: Extract, language: str) -> bytes:
    """The event log of a contest, the traces by reference, the events as the ledger has them."""
    config = found.process.definition.config
    log = Element("log", {"xes.version": "1849-2023", "xes.features": "", "xmlns": f"{_SITE}/"})
    for prefix, name in _EXTENSIONS.items():
        uri = f"{_SITE}/{prefix}.xesext"
        SubElement(log, "extension", {"name": name, "prefix": prefix, "uri": uri})
    _put(SubElement(log, "global", {"scope": "trace"}), {_ACTIVITY: ""})
    everywhere = SubElement(log, "global", {"scope": "event"})
    _put(everywhere, {_ACTIVITY: "", _LABEL: "", "org:resource": "", "lifecycle:transition": ""})
    _date(everywhere, "time:timestamp", _NO_TIME)
    for name, key in (("Transition", _ACTIVITY), ("Label", _LABEL)):
        SubElement(log, "classifier", {"name": name, "keys": key})
    head, hash_ = found.head
    _put(log, {_ACTIVITY: config.contest.id, "title": config.contest.title.in_(language)})
    _put(log, {"ledger_lines": head, "ledger_head": hash_})
    moves: dict[str, list[ExtractRow]] = {case.ref: [] for case in found.cases}
    for row in found.rows:
        if isinstance(row.line.data, CandidatureOpened) or _is_move(row):
            moves[row.ref].append(row)
    for case in found.cases:
        trace = SubElement(log, "trace")
        state = found.process.states[case.state]
        _put(trace, {_ACTIVITY: case.ref, "state": case.state})
        SubElement(trace, "boolean", {"key": "ended", "value": str(state.ends).lower()})
        for row in moves[case.ref]:
            _event(SubElement(trace, "event"), found, row, language)
    indent(log)
    return bytes(tostring(log, encoding="utf-8", xml_declaration=True)) + b"\n"


def _is_move(row: ExtractRow) -> bool:
    """True for a transition that moves a candidature: an answer to a request does not."""
    return isinstance(row.line.data, TransitionMade) and not row.line.data.answers


def _event(event: Element, found: Extract, row: ExtractRow, language: str) -> None:
    line = row.line
    # As people read it today, so that it is the name of a task of `ptce diagram -o FILE.bpmn`.
    way = found.process.ways(line.data.holder).get(line.data.transition) or found.way(row)
    label = line.data.transition if way is None else way.transition.label.in_(language)
    _put(event, {_ACTIVITY: line.data.transition, _LABEL: label, "org:resource": line.actor})
    _put(event, {"lifecycle:transition": "complete"})
    _date(event, "time:timestamp", line.at)
    _put(event, {"from": line.data.holder, "to": line.data.to, "process": line.process})
    _put(event, {"ledger_line": line.n, "ledger_hash": row.hash})


def _put(element: Element, attributes: dict[str, str | int]) -> None:
    for key, value in attributes.items():
        kind = "int" if isinstance(value, int) else "string"
        SubElement(element, kind, {"key": key, "value": clean(str(value))})


def _date(element: Element, key: str, at: str) -> None:
    """An instant of the ledger, with the offset that readers of others expect."""
    value = to_text(from_text(at)).replace("Z", "+00:00")
    SubElement(element, "date", {"key": key, "value": value})
