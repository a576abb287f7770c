"""The words around the key tables of the format's page: how a contest folder is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ptce_workflow.base.words import _
from ptce_workflow.process.check.reserved import CEL_WORDS, MACHINE_PREFIXES, MACHINE_WORDS, ROOTS
from ptce_workflow.process.format_example import EXAMPLE
from ptce_workflow.process.format_letters import notifications
from ptce_workflow.process.format_panels import panels
from ptce_workflow.process.format_rules import conditions
from ptce_workflow.process.instant import Unit
from ptce_workflow.process.markdown import apart, table
from ptce_workflow.process.model import by_type
from ptce_workflow.process.panel import FIGURES, RECORDED
from ptce_workflow.process.questions import Column

HASH_RECIPE = (
    "find config.toml states sheets notifications -type f"
    " | LC_ALL=C sort | xargs sha256sum | sha256sum"
)


def opening() -> Iterator[str]:
    """The lines before the tables of keys, in the language in force."""
    yield from apart(
        "# " + _("The contest folder"),
        _(
            "This page tells all that is needed to write a contest; nobody has to read the "
            "program. It is written from the definitions by which the program itself reads a "
            "folder: `make docs` writes it again."
        ),
        *_places(),
        *_everywhere(),
        *_instants(),
        "## " + _("The keys, file by file"),
    )


def closing() -> Iterator[str]:
    """The lines after the tables of keys, in the language in force."""
    yield from apart(
        *_columns(),
        *panels(),
        *_states(),
        *conditions(),
        *notifications(),
        *_papers(),
        *_hash(),
        *_example(),
    )


def _places() -> Iterator[str]:
    yield "## " + _("Four questions, four places")
    yield _("A contest is a folder of TOML files. Each place in it answers one question:")
    yield table(
        (_("question"), _("place")),
        (_("Who, when, how many?"), "`config.toml`"),
        (_("What is asked?"), _("`sheets/<sheet>.toml`, one file for each sheet")),
        (
            _("Where may one go, and under which rules?"),
            _("`states/<state>.toml`, one file for each state, with the ways out of it"),
        ),
        (_("Who is told?"), _("`notifications/<name>/`, one folder for each mail, or none at all")),
    )
    yield _(
        "No other file belongs in these places: every byte there counts in the hash of the "
        "process. Beside them you may keep what you like."
    )
    yield _(
        "`ptce check` reads the folder and tells every fault at once: the file, the key, what is "
        "wrong, why, and how to mend it. A folder with a fault is never adopted."
    )


def _everywhere() -> Iterator[str]:
    yield "## " + _("What holds everywhere")
    yield _(
        "**Tables have names.** A field, a rule or a date is a table of its own, such as "
        "`[fields.budget]`, never an item of a list. Their order in the file is the order in "
        "which people see them, and means nothing else."
    )
    yield _(
        "**Names** begin with a small letter and hold small letters, digits and `_`, sixty at "
        "most. Rules and commands use them; people read the labels instead. The name of a state, "
        "a sheet or a notification is that of its file or folder."
    )
    yield _names_taken()
    yield _(
        "**Phrases** that people read are written in both languages: "
        '`label = { fr = "Brouillon", en = "Draft" }`, or `label.fr` and `label.en` on two '
        "lines. A missing translation is a fault."
    )
    yield _(
        "**`source` or `choice`.** Every rule, limit, date, sitting, mark and ranking key says on "
        "what it rests. `source` cites the rulebook: the section and the paragraph. `choice` owns "
        "up to a decision of the organiser, and says why. Both may stand together; one of them "
        "must. Transitions and other fields may have them too."
    )
    yield _(
        "**Numbers** take a point (`value = 1.5`) and are never rounded. **Hours** are those of "
        "the contest's zone, and never say a zone of their own."
    )


def _names_taken() -> str:
    def listed(words: Sequence[str]) -> str:
        return ", ".join(f"`{word}`" for word in words)

    return _(
        "Some names are taken. By the language of conditions: {words}. By what rules read, for "
        "sheets: {roots}. By the figures of a panel, for its fields: {figures}. By the state "
        "machine, for transitions: {machine}, and whatever begins with {prefixes}. `start` and "
        "`any` are no states."
    ).format(
        words=listed(sorted(CEL_WORDS)),
        roots=listed(sorted(ROOTS)),
        figures=listed(tuple(dict.fromkeys((*FIGURES, *RECORDED)))),
        machine=listed(sorted(MACHINE_WORDS)),
        prefixes=listed(MACHINE_PREFIXES),
    )


def _instants() -> Iterator[str]:
    yield "## " + _("Instants")
    yield _(
        "Wherever an instant stands, it is written in one of two ways: a day and an hour "
        "without quotes, or a text that counts from something:"
    )
    yield "```\n<anchor> [+|- <number> <unit>] [at HH:MM]\n```"
    yield table(
        (_("anchor"), _("what it is")),
        ("`date.<name>`", _("a date of `config.toml`")),
        ("`entered.<state>`", _("the last time the candidature came into that state")),
        ("`sent.<notification>`", _("the last time that mail was sent to it")),
        ("`<sheet>.<field>`", _("what was answered to a field of type `date` or `datetime`")),
    )
    yield _("Units: {units}; the singular is understood too.").format(
        units=", ".join(f"`{unit}`" for unit in Unit)
    )
    yield table(
        (_("example"), _("meaning")),
        ("`2024-03-11T12:00:00`", _("noon on 11 March 2024, on the contest's clocks")),
        ('`"date.closing"`', _("the same instant as that date")),
        ('`"date.closing - 7 days at 09:00"`', _("seven days before, at nine in the morning")),
        (
            '`"date.closing + 3 working days at 18:00"`',
            _("three working days later; the first day is not counted"),
        ),
        (
            '`"entered.refused + 1 month"`',
            _("the same day of the next month at the same hour, or that month's last day"),
        ),
        ('`"date.sitting + 90 minutes"`', _("ninety minutes later")),
        ('`"dossier.first_meeting - 1 week"`', _("a week before the answer to that field")),
    )
    yield _(
        "Days, working days, weeks, months and years are counted on the calendar and keep the "
        "hour; minutes and hours are time that really passes. Working days leave out Saturdays, "
        "Sundays and the public holidays of the country named by `holidays`."
    )
    yield _(
        "An instant that hangs on a candidature is unknown until its anchor has happened. An hour "
        "that does not exist or comes twice, when clocks change, is refused where a person wrote "
        "it. Dates that hang on one another in a circle are a fault."
    )
    yield _(
        "A date with `not_before` does not come before that one: where both stand still, `check` "
        "tells; one that hangs on a candidature is the later of the two."
    )


def _states() -> Iterator[str]:
    yield "## " + _("States and transitions")
    yield _(
        "A candidature stands in one state at a time and moves along transitions only. A "
        "transition is written in the file of the state that it leaves; two files are no states:"
    )
    yield table(
        (_("file"), _("what it holds")),
        ("`states/start.toml`", _("the ways in: the transitions that open a candidature")),
        (
            "`states/any.toml`",
            _("the transitions that leave several states, each naming them in `from`"),
        ),
    )
    yield _(
        "`by` names the roles that may make a transition: `desk`, `jury`, `auditor`. With `at`, "
        "time makes it by itself at that instant, provided that its rules hold then; it is tried "
        "once for each instant. One of the two keys is needed; both may stand together."
    )
    yield _(
        "All the rules of a transition are asked, always, and all must hold. `says` is the rule "
        "as people read it; a value of the folder or of the candidature in braces, as in "
        "`{date.closing}`, is replaced by what it is. A rule that stands elsewhere already is "
        'not copied but named: `same_as = "state.transition.rule"`, alone in its table.'
    )
    yield _(
        "`open` lists the sheets (`dossier`) or single fields (`dossier.contact`) that may be "
        "written in a state. `ends = true` says that the matter is decided there; ways out, such "
        "as an appeal, remain possible. `must_pass` lists states without which nobody may arrive: "
        "`check` looks for a way around on the graph, and shows it."
    )
    yield _(
        "`receives = true` marks the act that receives a dossier: from then on `received_at` is "
        "the instant of receipt that was given with it, or the instant of the act. "
        "`reason = true` asks for a reason. `freezes` names a panel whose means are recorded for "
        "good by this act."
    )
    yield _(
        "A candidature passes from one contest to another by a hand-over (`ptce hand-over`). The "
        "contest that gives it says from which states it may: `hands_over = true`. The contest "
        "that takes it has a way in with `carries`: the sheets or fields that come along, where "
        "both contests know them under the same name and type; the rules of that way in ask "
        'where it comes from, such as `origin.contest == "gardens-2024"`. It stays where it is '
        "in the first, and each ledger names the line of the other."
    )
    yield _(
        "A state that no transition leads to, or that nothing leaves although it does not say "
        "`ends = true`, is a fault."
    )


def _columns() -> Iterator[str]:
    yield "## " + _("Columns and scales")
    yield _(
        "A column of a table is written as a field is, and takes one of these types: {types}."
    ).format(types=", ".join(f"`{name}`" for name in by_type(Column)))
    yield _(
        "A scale goes `from` a mark `to` another by a `step`, which is 1 when it is left out; "
        "none has more than two decimals, and a step falls on the highest mark."
    )


def _papers() -> Iterator[str]:
    yield "## " + _("Documents and sign-in sheets")
    yield _(
        "The tables `[documents.<name>]` of `config.toml` say what is printed about a candidature. "
        "In their texts, braces may name what rules read, any field (`{dossier.name}`), "
        "`{candidature.ref}`, `{candidature.name}`, `{candidature.state}`, `{contest.title}`, and "
        "of an instant its day, its hour or the hour at which it ends (`{date.closing.day}`, "
        "`{date.closing.hour}`, `{date.closing.ends}`). What is not known shows as `…`."
    )
    yield _(
        "A field, or a column of a table, that names a date in `sign_in` is asked by the sign-in "
        "sheet of that date: a column in each row of its table, a field once for each candidature. "
        "The rows are those that `roster` lists; those recorded beside them stay. The sheet lists "
        "the candidatures that stand where all that it asks may be written."
    )


def _hash() -> Iterator[str]:
    yield "## " + _("The hash of a process")
    yield _(
        "A folder, once read, is a process, known by a hash of its bytes. Anyone can work it out "
        "again, in the folder:"
    )
    yield f"```sh\n{HASH_RECIPE}\n```"
    yield _(
        "A contest without notifications leaves that word out. One byte more anywhere, even in a "
        "comment, is another process: it takes effect only once it is adopted, with a reason "
        "(`ptce adopt`)."
    )


def _example() -> Iterator[str]:
    yield "## " + _("A complete contest")
    yield _(
        "Help for shared gardens: a sheet, three states. Copy these files into an empty folder, "
        "then type `ptce check` there, and `ptce init .` to begin."
    )
    for path, content in EXAMPLE.items():
        yield f"**`{path}`**"
        yield f"```toml\n{content.strip()}\n```"
