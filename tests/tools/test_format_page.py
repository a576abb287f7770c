"""The page on the format: someone who knows it alone can write another contest."""

import re
import subprocess
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

import ptce_workflow.process.model.definition as definition
import ptce_workflow.process.model.sheets as sheets
from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.words import speaking
from ptce_workflow.process.calendar import parse_instant
from ptce_workflow.process.check import check
from ptce_workflow.process.fields import field_types
from ptce_workflow.process.letters.letter import FILTERS
from ptce_workflow.process.letters.variables import NAMES
from ptce_workflow.process.model.base import Model, Rule
from ptce_workflow.process.model.definition import (
    Document,
    Identity,
    Limit,
    Results,
    Total,
)
from ptce_workflow.process.model.folder import process_hash
from ptce_workflow.process.model.notification import MailHours, Notification
from ptce_workflow.process.model.sheets import Institution, Sitting
from ptce_workflow.process.model.validation import kind_of, validated
from ptce_workflow.process.process import Process
from tests.process.contests import with_rule
from tools.docs import ROOT, page

FILE = re.compile(r"^\*\*`(?P<path>[a-z_/.]+)`\*\*\n\n```\w+\n(?P<text>.*?)^```$", re.M | re.S)
CELLS = re.compile(r"^\| `(?P<cell>.+?)` \| (?P<rest>.*) \|$", re.M)
LANGUAGES = ("fr", "en")


PAGES: Mapping[str, str] = {language: page("format.md", language) for language in LANGUAGES}


def section(text: str, start: str, end: str) -> str:
    """What stands between two marks of the page."""
    return text.partition(start)[2].partition(end)[0]


def first_cells(text: str) -> list[str]:
    """What the rows of the tables show first, as code."""
    return [found["cell"].replace("\\|", "|") for found in CELLS.finditer(text)]


def example(language: str) -> dict[str, bytes]:
    """The files of the complete contest, as a reader would copy them."""
    return {found["path"]: found["text"].encode() for found in FILE.finditer(PAGES[language])}


def block(language: str, start: str) -> str:
    """The one piece of TOML of the page that begins so."""
    (found,) = re.findall(rf"^```toml\n({start}\n.*?)^```$", PAGES[language], re.M | re.S)
    return str(found)


JARDINS = read_folder(ROOT / "contests" / "jardins")


def jardins(path: str, text: str) -> dict[str, bytes]:
    """The worked example with something added to one of its files."""
    return {**JARDINS, path: JARDINS.get(path, b"") + text.encode()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_complete_contest_of_the_page_has_no_fault(language: str) -> None:
    """The page quotes every file of the worked example, which `check` accepts as it stands."""
    assert example(language) == {path: text.strip() + b"\n" for path, text in JARDINS.items()}
    assert check(example(language)) == ()


def test_nothing_of_the_french_page_is_in_english() -> None:
    def prose(language: str) -> set[str]:
        text = re.sub(r"```.*?```|`[^`\n]*`|\{[^}\n]*\}", "", PAGES[language], flags=re.S)
        cells = (cell.strip() for cell in re.split(r"[|\n]", text))
        return {cell for cell in cells if len(re.findall(r"[^\W\d_]+", cell)) >= 3}

    assert len(prose("fr")) > 200
    assert prose("fr") & prose("en") == set()


def every_model() -> list[type[Model]]:
    """The tables of a folder, each with its keys."""
    return [
        *(
            Identity,
            Institution,
            Limit,
            definition.Date,
            definition.Request,
            definition.RequestAnswer,
        ),
        *(Total, definition.State, definition.Transition, Rule),
        *(Sitting, sheets.Order, Notification, MailHours, sheets.Sheet),
        *(Document, Results),
        *field_types().values(),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_the_models_is_on_the_page(language: str) -> None:
    shown = set(first_cells(PAGES[language]))
    keys = {name.rstrip("_") for model in every_model() for name in model.keys}
    assert keys - {"type"} <= shown
    told = section(PAGES[language], "file by file" if language == "en" else "fichier par", "## P")
    assert not re.findall(r"^\| `[a-z_]+` \|.*\|  \|$", told, re.M)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_example_of_a_key_reads(language: str) -> None:
    examples = re.findall(r"\| `([a-z_]+ = [^|`]+)` \|$", PAGES[language], re.M)
    assert len(examples) > 20
    for written in examples:
        tomllib.loads(written)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_kind_of_value_is_left_unnamed(language: str) -> None:
    with speaking(language):
        unnamed = kind_of(bytes)
    assert unnamed not in PAGES[language]


def test_the_examples_of_instants_read() -> None:
    shown = section(PAGES["en"], "Units:", "Days, working days")
    examples = first_cells(shown)
    assert len(examples) >= 6
    for written in examples:
        parse_instant(tomllib.loads(f"at = {written}")["at"])


def folder_of_the_page(condition: str) -> dict[str, bytes]:
    """The small contest with the names that the page uses, and one condition of the page."""
    files = with_rule(condition)
    dossier = files["sheets/dossier.toml"].decode()
    dossier = dossier.replace(
        "columns.age =",
        'columns.ess = { type = "boolean", required = true, label = "x" }\n'
        'columns.signed_on = { type = "date", label = "x" }\ncolumns.age =',
    ).replace("options.food =", 'options.care = "x"\noptions.food =')
    config = files["config.toml"].decode() + (
        '[limits.ceiling]\nlabel = "x"\nvalue = 5000.0\n'
        'choice = "x"\n'
        '[limits.town]\nlabel = "x"\nzone = "commune 34142"\n'
        'choice = "x"\n'
        '[limits.region]\nlabel = "x"\nzone = "region 76"\n'
        'choice = "x"\n'
    )
    dossier += '[fields.open_to_all]\ntype = "boolean"\nlabel = "x"\n'
    return {**files, "sheets/dossier.toml": dossier.encode(), "config.toml": config.encode()}


CONDITIONS = section(PAGES["en"], "## How a condition is written", "## Holds, fails")
REFUSED = section(PAGES["en"], "## What is refused", "## Computed fields")


@pytest.mark.parametrize("condition", first_cells(CONDITIONS))
def test_the_conditions_of_the_page_are_accepted(condition: str) -> None:
    with speaking("en"):
        faults = {finding.what for finding in check(folder_of_the_page(condition))}
    assert faults <= {"This condition is written twice."}


@pytest.mark.parametrize("condition", first_cells(REFUSED))
def test_the_refused_conditions_of_the_page_are_refused(condition: str) -> None:
    assert check(folder_of_the_page(condition))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_of_the_page_gives_a_letter(language: str) -> None:
    start = '+++\nlabel = "Demande reçue"\n'
    template = start + section(PAGES[language], f"```markdown\n{start}", "```")
    assert "{{ receipt.at }}" in template
    assert check(jardins("notifications/receipt.md", template)) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_panel_and_the_sitting_of_the_page_have_no_fault(language: str) -> None:
    panel, sitting = block(language, "# sheets/marks.toml"), block(language, "# config.toml")
    order = JARDINS["sheets/marks.toml"].decode().partition("[order]")[2]
    order = order.replace("marks.sharing", "marks.water")
    config = JARDINS["config.toml"].decode().partition("[sittings")[0] + sitting
    files = {"sheets/marks.toml": f"{panel}\n[order]{order}", "config.toml": config}
    assert check({**JARDINS, **{path: text.encode() for path, text in files.items()}}) == ()


def test_the_conditions_on_sittings_stand() -> None:
    chapter = section(PAGES["en"], "Quorum and majority", "## States and transitions")
    assert '`in_order = "marks"`' in chapter
    ordered = b'[transitions.grant]\nin_order = "marks"\nchoice = "x"\n'
    for condition in first_cells(chapter):
        rule = f'tried = {{ says = "x", when = \'{condition}\', choice = "x" }}\n'
        files = {
            **JARDINS,
            "states/scored.toml": JARDINS["states/scored.toml"]
            .replace(b"quorum = {", b"floor = {")
            .replace(b"grant.quorum", b"grant.floor")
            .replace(b"[transitions.grant]\n", ordered)
            + rule.encode(),
        }
        assert ordered in files["states/scored.toml"]
        faults = {finding.what for finding in check(files)}
        assert faults <= {"Cette condition est écrite deux fois."}, condition


def test_every_clause_has_a_mechanism_that_stands() -> None:
    rows = section(PAGES["fr"], "## Quel mécanisme", "## Documents").splitlines()
    shown = [row.rpartition("|")[0].rpartition(" | ")[2] for row in rows if row.startswith("| «")]
    assert len(shown) > 20
    known = {key.rstrip("_") for model in every_model() for key in model.keys} | {"when"}
    for cell in shown:
        for written in re.findall(r"`([^`]+)`", cell):
            assert tomllib.loads(written.replace("\\|", "|")).keys() <= known, written


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_and_filter_of_templates_is_on_the_page(language: str) -> None:
    shown = PAGES[language]
    assert set(NAMES) <= set(first_cells(shown))
    assert all(f"`{name}`" in shown for name in FILTERS)


def test_what_is_said_to_be_erasable_is() -> None:
    rows = section(PAGES["en"], "| type of field |", "This is all").splitlines()
    said: dict[str, bool] = {}
    for row in rows[2:]:
        if row.strip():
            types, kept = row.split(" | ")[:2]
            assert not set(re.findall(r"`(\w+)`", types)) & set(said)
            said |= dict.fromkeys(re.findall(r"`(\w+)`", types), kept == "erasable")
    fields = _one_of_each()
    assert said == {type_: field.erasable for type_, field in fields.items()}


def _one_of_each() -> dict[str, Any]:
    text = "x"
    extra: dict[str, dict[str, Any]] = {
        "option": {"options": {"a": text}},
        "options": {"options": {"a": text}},
        "table": {"columns": {"a": {"type": "text", "label": text}}},
        "score": {"scale": {"from": 0, "to": 5}},
    }
    fields: dict[str, Any] = {}
    for type_ in field_types():
        asked = {"type": type_, "label": text, **extra.get(type_, {})}
        sheet = validated(sheets.Sheet, {"label": text, "by": ["desk"], "fields": {"x": asked}})
        fields[type_] = sheet.fields["x"]
    return fields


def test_every_name_that_rules_read_is_on_the_page() -> None:
    shown = set(first_cells(section(PAGES["en"], "This is all that", "## How a condition")))
    roots = {re.split(r"[.`]", name)[0] for name in shown}
    roots -= {"<sheet>", "<panel>", "<request>", "asked"}
    process = Process.load(with_rule("true"))
    sheets = set(process.definition.sheets)
    assert roots == {name.partition(".")[0] for name in process.scope.variables} - sheets


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_recipe_of_the_hash_gives_the_hash(language: str) -> None:
    (recipe,) = re.findall(r"^```sh\n(.*?)\n```$", PAGES[language], re.M)
    done = subprocess.run(
        ["sh", "-c", recipe], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[0] == process_hash(read_folder(ROOT))


def test_the_page_has_one_title_and_its_headings_are_unique() -> None:
    titles = re.findall(r"^(#+ .+)$", re.sub(r"```.*?```", "", PAGES["en"], flags=re.S), re.M)
    assert [title for title in titles if title.startswith("# ")] == ["# The contest folder"]
    assert len(titles) == len(set(titles))
