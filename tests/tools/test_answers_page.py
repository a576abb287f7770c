"""The page on answers: every example is what the program reads, or refuses."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.words import speaking
from ptce_workflow.process.check import check
from ptce_workflow.process.fields import field_types
from tests.cli.lines import run
from tests.cli.posting import do
from tests.process.contests import REPOSITORY
from tests.test_readme import blocks, first_missing
from tools.docs import page
from tools.pages.answers import EXAMPLES, SHEET, fields, read

JARDINS = REPOSITORY / "contests" / "jardins"
LANGUAGES = ("fr", "en")
PAGES = {language: page("answers.md", language) for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_page_types_is_taken(
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "jardins"
    shutil.copytree(JARDINS, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PTCE_ACTOR", "anne")
    monkeypatch.setenv("PTCE_NOW", "2027-03-01T10:00:00+01:00")
    monkeypatch.setenv("PTCE_LANG", language)
    do("init", ".", "--rehearsal")
    (dossier,) = re.findall(r"```toml\n# tilleuls\.toml\n(.*?)```", PAGES[language], re.DOTALL)
    Path("tilleuls.toml").write_text(dossier)
    steps = [step for block in blocks(PAGES[language]) for step in block.steps]
    assert len(steps) == 6
    for step in steps:
        done = run(capsys, *shlex.split(step.command)[1:])
        assert done.code == 0, done.err
        assert first_missing(step.shown, done.out) == ""


def test_the_sheet_of_the_page_has_no_fault() -> None:
    files = {**read_folder(JARDINS), "sheets/more.toml": SHEET.encode()}
    files["states/draft.toml"] = files["states/draft.toml"].replace(
        b'open = ["dossier"]', b'open = ["dossier", "more"]'
    )
    assert check(files) == ()


def test_every_type_that_is_typed_has_examples() -> None:
    assert {field.type for field in fields().values()} == field_types().keys() - {"score"}
    assert set(EXAMPLES) == field_types().keys() - {"score", "file"}
    shown = {row.split("`")[1] for row in re.findall(r"^\| `.*", PAGES["fr"], re.MULTILINE)}
    with speaking("fr"):
        for type_, written in EXAMPLES.items():
            taken = {read(one, "fr")[0] for one in written}
            assert True in taken, type_
            assert len(shown.intersection(one.replace("\n", "⏎") for one in written)) == len(
                written
            )


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('budget = "1 500,50"', "1500,50"),
        ('kind = "ecole"', "école"),
        ('opened_on = "14/05/2024"', "mardi 14 mai 2024"),
        ('place = "Lodève ; Millau"', "Lodève (34), Millau (12)"),
    ],
)
def test_what_is_read_is_shown_so(written: str, told: str) -> None:
    with speaking("fr"):
        assert read(written, "fr") == (True, told)


def test_what_is_refused_says_why() -> None:
    with speaking("fr"):
        is_taken, told = read('siret = "732829320"', "fr")
    assert not is_taken
    assert "il en faut 14" in told
