"""A folder of the first edition written as one of the second: `ptce migrate`.

What the tables mean is worked out by `conversion`, as for the processes still in force; here they
are put as people write them now, in the files of the second edition, with their comments.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from msgspec import Struct
from msgspec.structs import replace

from ptce_workflow.base.errors import Finding, FolderFaults, Misuse
from ptce_workflow.base.words import LANGUAGES, _
from ptce_workflow.process.check import check
from ptce_workflow.process.check.remarks import stamp
from ptce_workflow.process.first_edition.conversion import converted, is_first
from ptce_workflow.process.first_edition.rewriting import Notes, Path, page_of_two, toml_of
from ptce_workflow.process.model.catalogues import Catalogue
from ptce_workflow.process.model.definition import ANY, ENDS, Definition
from ptce_workflow.process.model.folder import (
    LAYOUTS,
    Files,
    catalogue_file,
    layout_file,
    mail_file,
    state_file,
)
from ptce_workflow.process.model.reading import read_definition, tables_of
from ptce_workflow.process.model.shared import Part
from ptce_workflow.process.model.translating import refreshed, spoken

Table = dict[str, Any]
_LIFTED = ("scale", "comment_in", "comment_under", "comment_over")
_REASONS = ("source", "choice")
_ASKED = re.compile(r"""\brules\(\s*["']([a-z0-9_.]+)["']""")
_RECEIVED_AT = re.compile(r"\breceived_at\b")
_PRINTED = re.compile(r"\{\{\s*received_at[^}]*\}\}")
_IN_TIME = re.compile(r"\s*received_at\s*<=\s*(date\.\w+)\s*$")
_FIRST_KEYS = ("label", "on", "to", "about")


class Migration(Struct, frozen=True):
    """The files of the second edition; what a person must look at, and the faults that remain."""

    files: Files
    told: tuple[Finding, ...]
    faults: tuple[Finding, ...]


def migrated(files: Files) -> Migration | None:
    """A folder as one of the second edition; None for one that is of it already.

    *Raises* FolderFaults for a folder that does not read, Misuse for one of which half is of the
    second edition.
    """
    definition, faults = read_definition(files)
    if definition is None:
        parts = tables_of(files)
        if not is_first(parts) and is_first(part for part in parts if part.kind != "config"):
            raise _half_done(faults[0])
        raise FolderFaults(faults)
    if definition.edition != 1:
        return None
    return _Migration(files, definition).made()


def _half_done(first: Finding) -> Misuse:
    return Misuse(
        _("One part of this folder is of the first edition, another of the second."),
        _("The title of the contest is of the second; what is not, first of all: {place}.").format(
            place=f"{first.file}:{first.line}"
        ),
        _(
            "Write title.fr and title.en: `ptce migrate` then does the rest. Or finish by hand: "
            "`ptce check` tells what is left, with its new form."
        ),
    )


class _Migration:
    """Writes one part after the other, and gathers what a person must look at."""

    def __init__(self, files: Files, definition: Definition) -> None:
        self.before = files
        self.definition = definition
        self.language = definition.config.contest.language
        self.sheet = definition.contact_sheet or ""
        self.files: dict[str, bytes] = {}
        self.told: list[Finding] = []
        self.borrowed: dict[str, set[str]] = {}

    def made(self) -> Migration:
        parts = tuple(self._lists(part) for part in tables_of(self.before))
        put = converted(parts)
        ends: list[Part] = []
        together = ENDS not in self.definition.states
        for part in put.parts:
            if part.kind == "notification":
                self._mail(part)
            elif together and part.kind == "state" and _is_end(part.table):
                ends.append(part)
            else:
                self._write(part.file, *self._part(part))
        if ends:
            self._ends(ends)
        for catalogue in put.catalogues:
            self._catalogue(catalogue)
        self._layouts()
        return Migration(self.files, tuple(sorted(set(self.told))), check(self.files))

    def _write(self, file: str, table: Table, notes: Notes, moved: Mapping[Path, Path]) -> None:
        self.files[file] = toml_of(table, notes, moved).encode()

    def _tell(self, file: str, key: str, what: str, why: str, mend: str = "") -> None:
        self.told.append(Finding(file, key, what, why, mend))

    # --- Tables ---------------------------------------------------------------------------------

    def _lists(self, part: Part) -> Part:
        """A part whose transitions name the rules of others in a list."""
        transitions = part.table.get("transitions")
        if part.kind not in ("state", "gate") or not isinstance(transitions, dict):
            return part
        put: Table = {}
        for name, one in transitions.items():
            rules = one.get("rules", {})
            same = {rule: own["same_as"] for rule, own in rules.items() if "same_as" in own}
            for rule in same:
                self.borrowed.setdefault(rule, set()).add(f"{part.name}.{name}")
            kept = {rule: own for rule, own in rules.items() if rule not in same}
            put[name] = {
                **{key: value for key, value in one.items() if key != "rules"},
                **({"same_as": list(dict.fromkeys(same.values()))} if same else {}),
                **({"rules": kept} if kept else {}),
            }
        return replace(part, table=part.table | {"transitions": put})

    def _part(self, part: Part) -> tuple[Table, Notes, Mapping[Path, Path]]:
        notes = Notes.of(self.before[part.file].decode())
        match part.kind:
            case "sheet":
                return _sheet(part.table), notes, {("mean",): ()}
            case "state" | "gate":
                return self._holder(part), notes, {}
        return part.table, notes, {}

    def _holder(self, part: Part) -> Table:
        transitions = part.table.get("transitions")
        if not transitions:
            return part.table
        put: Table = {}
        until = self._receipt(part, transitions)
        for name, one in transitions.items():
            origins = one.get("from", []) if part.name == ANY else [part.name]
            decided = any(self.definition.is_decided(origin, name) for origin in origins)
            usual = [] if decided or "at" in one else ["desk"]
            left_out = one.get("by", []) == usual
            gone = {"receives", *(("by",) if left_out else ())}
            put[name] = {key: self._received(one[key]) for key in one if key not in gone}
        table = part.table | {"transitions": put}
        if until and self.sheet in table.get("open", ()):
            opened = [f"{one} until {until}" if one == self.sheet else one for one in table["open"]]
            table["open"] = opened
        return table

    def _receipt(self, part: Part, transitions: Table) -> str:
        """The instant until which what a transition of this state receives is in time, or "".

        What marked a receipt together with a move is an act of its own now; a person is told.
        """
        until = ""
        for name, one in transitions.items():
            if not one.get("receives"):
                continue
            rules = (str(rule.get("when", "")) for rule in one.get("rules", {}).values())
            until = next((found[1] for rule in rules if (found := _IN_TIME.match(rule))), until)
            self._tell(
                part.file,
                f"transitions.{name}",
                _("This transition no longer marks that the dossier arrived."),
                _("What arrives is received by an act of its own, complete or not."),
                _(
                    "Type `ptce receive REF {sheet}` before it; a mail may acknowledge it: {on}"
                ).format(sheet=self.sheet, on=f'on = "received.{self.sheet}"'),
            )
        return until

    def _received(self, value: Any) -> Any:
        """What a table or a text says of the receipt, by its name of the second edition."""
        if isinstance(value, dict):
            return {key: self._received(one) for key, one in value.items()}
        if isinstance(value, str):
            return _RECEIVED_AT.sub(f"received.{self.sheet}", value)
        return value

    def _ends(self, ends: Sequence[Part]) -> None:
        """The states that nothing leaves, together in one file."""
        notes, table = Notes(), {}
        for part in ends:
            own = Notes.of(self.before[part.file].decode(), (part.name,))
            notes.texts |= own.texts
            notes.above |= own.above
            notes.beside |= own.beside
            notes.order += own.order
            if own.last:
                notes.last += own.last
            table[part.name] = {key: one for key, one in part.table.items() if key != "ends"}
        self._write(state_file(ENDS), table, notes, {})

    # --- Mails ----------------------------------------------------------------------------------

    def _mail(self, part: Part) -> None:
        texts: dict[str, str] = {}
        language: str
        for language in LANGUAGES:
            text, told = page_of_two(part.name, language, self.before)
            guarded = rf"{{% if received.{self.sheet} is defined %}}\g<0>{{% else %}}…{{% endif %}}"
            texts[language] = self._received(_PRINTED.sub(guarded, text))
            self.told += told
        usual = {"to": "contact", "uncertain": "resend"}
        mail = self._received(part.table)
        table = {key: one for key, one in mail.items() if usual.get(key) != one}
        heading = texts[self.language].split("\n", 1)[0].removeprefix("# ")
        if table.get("label") == heading:
            del table["label"]
        if "on" in table and len(table["on"]) == 1:
            table["on"] = table["on"][0]
        first = {key: table[key] for key in _FIRST_KEYS if key in table}
        notes = Notes.of(self.before[part.file].decode())
        keys = toml_of(first | table, notes) if table else ""
        own = f"+++\n{keys}+++\n{texts[self.language]}"
        self.files[mail_file(part.name)] = own.encode()
        self._borrowed_rules(mail_file(part.name), texts[self.language])
        for language, text in texts.items():
            # What says the same in both languages is no translation of the other.
            if text != texts[self.language]:
                line, file = f'+++ of = "{stamp(own.encode())}" +++', mail_file(part.name, language)
                self.files[file] = f"{line}\n{text}".encode()
                self._borrowed_rules(file, text)

    def _borrowed_rules(self, file: str, text: str) -> None:
        """Tells of rules that a text looks for by a name that is a whole one now."""
        asked = set(_ASKED.findall(text))
        why = _("A rule that stands elsewhere has its whole name now: state.transition.rule.")
        for rule, borrowers in self.borrowed.items():
            if f'"{rule}"' in text and (not asked or asked & borrowers):
                what = _('This text names a rule "{name}".').format(name=rule)
                self._tell(file, "", what, why, _("Where that one is meant, write its whole name."))

    def _layouts(self) -> None:
        """Layouts of one's own are left behind: the program has one, for text and page alike."""
        for layout in LAYOUTS:
            if layout_file(layout) in self.before:
                self._tell(
                    layout_file(layout),
                    "",
                    _("This layout is left behind."),
                    _("The program has one: greeting, signature, colours, dark and light."),
                    _(
                        "What else it said belongs in each mail, or in `[organiser]` and "
                        "`[service]`."
                    ),
                )

    # --- The other language ---------------------------------------------------------------------

    def _catalogue(self, catalogue: Catalogue) -> None:
        definition, _faults = read_definition(self.files)
        if definition is None:
            return
        known = Catalog()
        said: dict[str, dict[str, str]] = {}
        for name, text in spoken(definition):
            if words := catalogue.find(name, text.phrase):
                said.setdefault(text.phrase, {})[name] = words
        for phrase, names in said.items():
            ((usual, _times),) = Counter(names.values()).most_common(1)
            known.add(phrase, usual)
            for name, words in names.items():
                if words != usual:
                    known.add(phrase, words, context=name)
        stream = BytesIO()
        write_po(stream, known)
        content = refreshed(definition, catalogue.language, stream.getvalue())
        self.files[catalogue_file(catalogue.language)] = content


def _is_end(table: Table) -> bool:
    return table.get("ends") is True and not table.get("transitions")


def _sheet(sheet: Table) -> Table:
    """A sheet without what goes without saying; its panel says once what all criteria say."""
    fields = {name: _field(one) for name, one in sheet["fields"].items()}
    put = {key: one for key, one in sheet.items() if key != "fields"}
    criteria = [one for one in fields.values() if one.get("type") == "score"]
    usual = ["jury", "desk"] if sheet.get("members") else ["desk"]
    if put.get("by") == usual:
        del put["by"]
    if sheet.get("members") and criteria:
        _lift(put, criteria)
        if "no_opinion" in put:
            for one in criteria:
                if one.get("no_opinion") is True:
                    del one["no_opinion"]
    order = {key: put.pop(key) for key in ("order",) if key in put}
    return {**put, **order, "fields": fields}


def _lift(panel: Table, criteria: Sequence[Table]) -> None:
    """Moves what all criteria of a panel say alike to the panel.

    A panel that says something for them says why: where it has no reason, it takes theirs; where
    they have none in common, they go on saying it themselves.
    """
    first, *others = criteria
    alike = {k: v for k, v in first.items() if others and all(one.get(k) == v for one in others)}
    lifted = {key: alike[key] for key in _LIFTED if key in alike}
    told = alike if panel.keys().isdisjoint(_REASONS) else panel
    reasons = {key: told[key] for key in _REASONS if key in told}
    if lifted and reasons:
        panel |= lifted | reasons
        for one in criteria:
            for key in lifted:
                del one[key]


def _field(field: Table) -> Table:
    put = {key: one for key, one in field.items() if not (key == "required" and one is True)}
    if isinstance(columns := put.get("columns"), dict):
        put["columns"] = {name: _field(one) for name, one in columns.items()}
    return put
