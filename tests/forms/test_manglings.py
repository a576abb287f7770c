"""Forms that people filled in, each in their own way, come back as they were meant.

Sheets, answers and what is done to the paper are made at random from a seed. An answer is right,
or it is shown to a person with its words (flagged), or told to be missing though it is there
(missed); what is read as something else (wrong) is what must not be.
"""

import os
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest

from ptce_workflow.office.forms.blank import questionnaire
from ptce_workflow.office.forms.blocks import Box, FormLine
from ptce_workflow.office.forms.reader import read_form
from rehearsal.filling import boxes
from rehearsal.mailbox import the_blank, the_process
from tests.cases import thinned
from tests.forms.judging import Verdict, judged, mangled, saved_words
from tests.forms.made import made
from tests.forms.mangling import MANGLINGS, SURE
from tests.forms.routes import OFFICE, OPENED, ROUTES, saved, through_office

SHORT, LONG = 5, 18
LOST_AS_TEXT = {"struck_first_try", "tick_by_striking"}
"""A plain text knows no line through words: what is struck out comes back as words like any."""
OFFICE_ROUTES = (("docx",), ("odt", "docx"), ("odt",), ("doc", "docx"))


@pytest.mark.parametrize("change", thinned(MANGLINGS, 8))
def test_a_changed_form_is_read_as_it_was_meant(change: str) -> None:
    seed = [*MANGLINGS].index(change)
    form = made(seed % 4, SHORT)
    desk = mangled(form, change, seed)
    counted, told = judged(form, desk, ROUTES["direct"](desk.paper))
    assert counted["wrong"] == counted["missed"] == 0, told
    assert change not in SURE or counted["flagged"] == 0, told
    # On one of the ways through other programs.
    route = [*ROUTES][1 + seed % (len(ROUTES) - 1)]
    counted, told = judged(form, desk, ROUTES[route](desk.paper))
    if route != "as_text":
        assert counted["wrong"] == counted["missed"] == 0, told
    elif change not in LOST_AS_TEXT:
        assert counted["wrong"] == 0, told


def test_words_beside_all_questions_are_kept() -> None:
    form = made(3, SHORT)
    desk = mangled(form, "as_asked", 3)
    desk.paper.add_paragraph("Merci de nous rappeler avant jeudi.")
    _question, heading, _box = [*desk.boxes(answered=False)][2]
    heading.insert_paragraph_before("Voir aussi notre site, qui dit tout.")
    read = read_form("dossier.docx", ROUTES["direct"](desk.paper), form.process)
    assert saved_words(read, "Merci de nous rappeler avant jeudi.")
    assert saved_words(read, "Voir aussi notre site, qui dit tout.")


def test_a_form_that_is_as_asked_says_nothing_else() -> None:
    form = made(3, SHORT)
    desk = mangled(form, "as_asked", 3)
    first = desk.paper.paragraphs[0]
    first.text = f"[RÉPÉTITION] {first.text}"
    assert read_form("dossier.docx", ROUTES["direct"](desk.paper), form.process).outside == ()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Agriculture et alimentation, autre", ["food", "other"]),
        ("Agriculture et alimentations", ["food"]),
    ],
)
def test_a_short_label_behind_a_long_one_is_an_answer(typed: str, meant: list[str]) -> None:
    form = questionnaire(the_process(), "dossier", "fr")
    paper = docx.Document(BytesIO(the_blank()))
    [box] = [box for one, _at, box in boxes(paper, form) if one.name == "themes"]
    box.cell(0, 0).text = typed
    read = read_form("dossier.docx", ROUTES["direct"](paper), the_process())
    [answer] = [one for one in read.answers if one.name == "themes"]
    assert (answer.status, answer.value) == ("read", meant)


def test_a_table_within_a_box_of_an_odt_is_read_once() -> None:
    table = (
        "<table:table><table:table-row><table:table-cell>{}</table:table-cell></table:table-row>"
    )
    table += "</table:table>"
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table")
    )
    inner = table.format("<text:p>Les Cèdres</text:p>")
    body = f"<office:body><office:text>{table.format(inner)}</office:text></office:body>"
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr(
            "content.xml", f"<office:document-content{names}>{body}</office:document-content>"
        )
    [block] = OPENED["odt"](content.getvalue()).blocks
    assert block == Box((FormLine("Les Cèdres"),))


@pytest.mark.slow
def test_random_forms() -> None:
    """110 long forms, each changed in its way, by each route."""
    total: Counter[tuple[str, Verdict]] = Counter()
    lines = []
    for seed, change in zip(range(110), _again(), strict=False):
        form = made(1_000 + seed, LONG)
        desk = mangled(form, change, seed)
        for route in ROUTES:
            if route == "as_text" and change in LOST_AS_TEXT:
                continue
            counted, told = judged(form, desk, ROUTES[route](desk.paper))
            total.update({(route, verdict): count for verdict, count in counted.items()})
            lines += [f"{seed} {change} {route} {one}" for one in told]
    _tell("random", total, lines)
    wrong = [line for line in lines if " wrong " in line]
    assert not wrong, "\n".join(wrong)
    for route in ROUTES:
        asked = sum(total[route, verdict] for verdict in ("right", "flagged", "missed"))
        most = 0.2 if route == "as_text" else 0.02
        assert total[route, "flagged"] + total[route, "missed"] <= most * asked


@pytest.mark.slow
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kinds", OFFICE_ROUTES)
def test_forms_saved_by_libreoffice(kinds: tuple[str, ...], tmp_path: Path) -> None:
    forms = {name: (made(at, LONG), at) for at, name in enumerate(MANGLINGS)}
    desks = {name: mangled(form, name, at) for name, (form, at) in forms.items()}
    files = {f"{name}.docx": saved(desk.paper) for name, desk in desks.items()}
    total: Counter[tuple[str, Verdict]] = Counter()
    lines = []
    found = through_office(files, kinds, tmp_path)
    assert found.keys() == desks.keys()
    for name, content in found.items():
        counted, told = judged(forms[name][0], desks[name], OPENED[kinds[-1]](content))
        total.update({("office", verdict): count for verdict, count in counted.items()})
        lines += [f"{name} {one}" for one in told]
    _tell("-".join(kinds), total, lines)
    wrong = [line for line in lines if " wrong " in line]
    assert not wrong, "\n".join(wrong)
    asked = sum(total.values())
    assert total["office", "flagged"] + total["office", "missed"] <= 0.03 * asked


def _again() -> Iterator[str]:
    yield from (name for _time, name in product(range(1_000), MANGLINGS))


def _tell(name: str, total: Counter[tuple[str, Verdict]], lines: list[str]) -> None:
    """Writes the counts down where `FORM_COUNTS` names a folder, for who measures."""
    if folder := os.environ.get("FORM_COUNTS"):
        told = "\n".join([*(f"{key}: {count}" for key, count in sorted(total.items())), *lines])
        (Path(folder) / f"{name}.txt").write_text(told, "utf-8")
