"""Dossiers handed over as files: read whole, or refused with the place that is wrong."""

import os
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.base.errors import Misuse
from ptce_workflow.office.files import LARGEST_MB
from ptce_workflow.office.forms.answer_file import attach_files, read_dossier
from ptce_workflow.process.model.sheets import Sheet
from ptce_workflow.process.model.validation import validated

pytestmark = pytest.mark.usefixtures("in_english")

TOML = """\
# Un dossier
[dossier]
collective_name = "Les Semeurs du Causse"
territory = ["Millau (12)", "EPCI 200067155"]
founded = 2019-03-01
met_at = 2024-02-01T18:30:00
share = 33.3
members = [
    { name = "La Ruche", ess = true },
    { name = "L’Atelier", ess = false },
]
"""
ANSWERS = {
    "dossier": {
        "collective_name": "Les Semeurs du Causse",
        "territory": ["Millau (12)", "EPCI 200067155"],
        "founded": date(2019, 3, 1),
        "met_at": datetime.fromisoformat("2024-02-01T18:30"),
        "share": Decimal("33.3"),
        "members": [{"name": "La Ruche", "ess": True}, {"name": "L’Atelier", "ess": False}],
    }
}


def written(folder: Path, content: str | bytes, name: str = "semeurs.toml") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(path: Path) -> Misuse:
    """How a file is refused; every error names it."""
    with pytest.raises(Misuse) as caught:
        read_dossier(path)
    assert path.name in caught.value.what
    return caught.value


def test_toml_is_read_by_sheet_and_field(tmp_path: Path) -> None:
    assert read_dossier(written(tmp_path, TOML)) == ANSWERS


def test_json_is_read_the_same(tmp_path: Path) -> None:
    text = '{"dossier": {"share": 33.30, "founded": "2019-03-01", "members": [{"ess": true}]}}'
    assert read_dossier(written(tmp_path, text, "semeurs.JSON")) == {
        "dossier": {"share": Decimal("33.30"), "founded": "2019-03-01", "members": [{"ess": True}]}
    }


@pytest.mark.parametrize("name", ["a.toml", "a.json"])
def test_a_byte_order_mark_is_passed_over(name: str, tmp_path: Path) -> None:
    text = "[d]\nx = 1\n" if name == "a.toml" else '{"d": {"x": 1}}'
    assert read_dossier(written(tmp_path, b"\xef\xbb\xbf" + text.encode(), name)) == {"d": {"x": 1}}


def test_ends_of_lines_of_any_machine_are_read(tmp_path: Path) -> None:
    assert read_dossier(written(tmp_path, TOML.replace("\n", "\r\n"))) == ANSWERS


@pytest.mark.parametrize(
    "end", ["members = [", 'name = "La Ru', "[dossier", 'x = """un', "x = { a = 1,"]
)
def test_a_truncated_file_says_where_it_ends(end: str, tmp_path: Path) -> None:
    error = refused(written(tmp_path, f"[dossier]\na = 1\n{end}"))
    assert "line 3" in error.what
    assert end[:5] in error.why


@pytest.mark.parametrize("line", ["x = nul", "x = 1 y = 2", "a = 2", "x = 01", 'x = "a\\z"'])
def test_a_line_that_is_no_toml_is_named(line: str, tmp_path: Path) -> None:
    error = refused(written(tmp_path, f"[dossier]\na = 1\n{line}\nb = 3\n"))
    assert "line 3, character" in error.what
    assert line in error.why


def test_a_key_that_stands_twice_at_the_end(tmp_path: Path) -> None:
    error = refused(written(tmp_path, "[dossier]\na = 1\na = 2"))
    assert "line 3, character" in error.what
    assert "a = 2" in error.why


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"dossier": {"a": 1}', "before everything is closed"),
        ('{"dossier":\n{"a": 1,}}', "line 2"),
        ("{'dossier': {}}", "line 1, character 2"),
        ('{"dossier": {"a": 1, "a": 2}}', '"a" stands twice'),
        ('{"dossier": {}, "dossier": {}}', '"dossier" stands twice'),
        ('{"dossier": {"a": NaN}}', '"NaN" is not a number'),
        ('{"dossier": {"a": -Infinity}}', '"-Infinity" is not a number'),
        (f'{{"dossier": {{"a": {"9" * 5000}}}}}', "too many digits"),
        (f'{{"dossier": {"[" * 100_000}1{"]" * 100_000}}}', "too deep"),
        ('[{"a": 1}]', "not laid out by sheets"),
        ('"dossier"', "not laid out by sheets"),
        ('{"dossier": 3, "b": [1]}', "dossier, b"),
        ('{"dossier": {}}', "no answer"),
        ("{}", "no answer"),
    ],
)
def test_json_that_cannot_be_read_says_why(text: str, told: str, tmp_path: Path) -> None:
    assert told in str(refused(written(tmp_path, text, "a.json")))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("# rien\n", "no answer"),
        ("[dossier]\n", "no answer"),
        ('name = "x"\n[dossier]\na = 1\n', "outside a sheet cannot be read: name"),
        ("[[dossier]]\na = 1\n", "outside a sheet"),
        ("[dossier]\na = " + "[" * 100_000, "too deep"),
        ("[dossier]\na = " + "9" * 5000, "cannot be read"),
        ("[dossier]\na = 2024-13-45T00:00:00\n", "line 2"),
        ("[dossier]\na = 1e99999999999999999999\n", "cannot be read"),
        ("[dossier]\na" + ".a" * 200_000 + " = 1\n", "line 2 holds a key of too many parts"),
        ("[dossier]\nb = { x" + ' . "y"' * 200_000 + " = 1 }\n", "too many parts"),
        ("[" + "a." * 200_000 + "a]\n", "line 1 holds a key of too many parts"),
    ],
)
def test_toml_that_cannot_be_read_says_why(text: str, told: str, tmp_path: Path) -> None:
    assert told.casefold() in str(refused(written(tmp_path, text))).casefold()


def test_many_points_in_a_text_are_no_key(tmp_path: Path) -> None:
    text = f'[d]\na = "{"." * 500}"\nb = "S.A.R.L. www.a.b.c.example"\nc = """\n{"x. " * 20}"""\n'
    assert set(read_dossier(written(tmp_path, text))["d"]) == {"a", "b", "c"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_another_encoding_than_utf_8_is_refused(encoding: str, tmp_path: Path) -> None:
    error = refused(written(tmp_path, '[d]\na = 1\nb = "é"\n'.encode(encoding)))
    if encoding == "cp1252":
        assert "line 3" in error.what
    if encoding in ("utf-16", "utf-32", "cp1252"):
        assert "UTF-8" in error.mend


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    os.truncate(path, 50 * 1024 * 1024)
    error = refused(path)
    assert "50 megabytes" in error.what
    assert "5 are accepted" in error.why


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "absent.toml").what
    (tmp_path / "folder.toml").mkdir()
    assert "no plain file" in refused(tmp_path / "folder.toml").what
    os.mkfifo(tmp_path / "pipe.json")
    assert "no plain file" in refused(tmp_path / "pipe.json").what
    assert ".toml or .json" in refused(written(tmp_path, "x", "dossier.docx")).mend
    assert "NUL" in refused(written(tmp_path, b"[d]\na = 1\0\n")).what
    assert refused(tmp_path / f"{'x' * 300}.toml").what


def test_a_file_that_may_not_be_opened_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, TOML)

    def closed(*_arguments: Any, **_options: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    assert "you are not allowed to" in refused(path).why


@given(st.binary(max_size=200), st.sampled_from(("a.toml", "a.json")))
def test_no_content_fails_in_another_way(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    path = written(tmp_path_factory.getbasetemp(), content, name)
    try:
        assert isinstance(read_dossier(path), dict)
    except Misuse as error:
        assert error.exit_code == 2  # noqa: PT017 - either outcome is right


# --- Attached files ----------------------------------------------------------------------------

LABEL = "x"
SHEETS = {
    "dossier": validated(
        Sheet,
        {
            "label": LABEL,
            "by": ["desk"],
            "fields": {
                "letter": {"type": "file", "label": LABEL, "max_mb": 1},
                "statutes": {"type": "file", "label": LABEL},
                "name": {"type": "text", "label": LABEL},
            },
        },
    )
}


def attached(folder: Path, **answers: Any) -> dict[str, Any]:
    """The answers of a dossier, with the content of its files."""
    return attach_files({"dossier": answers}, SHEETS, folder)["dossier"]


def test_a_path_becomes_a_name_and_a_content(tmp_path: Path) -> None:
    (tmp_path / "pieces").mkdir()
    written(tmp_path / "pieces", b"%PDF", "lettre.pdf")
    assert attached(tmp_path, letter="pieces/lettre.pdf", name="pieces/lettre.pdf") == {
        "letter": {"name": "lettre.pdf", "content": b"%PDF"},
        "name": "pieces/lettre.pdf",
    }
    assert attached(tmp_path, letter="", statutes=3) == {"letter": "", "statutes": 3}
    assert attach_files({"x": {"letter": "a"}}, SHEETS, tmp_path) == {"x": {"letter": "a"}}


def test_every_file_that_cannot_be_taken_is_told(tmp_path: Path) -> None:
    written(tmp_path, b"x" * (1024 * 1024 + 1), "large.pdf")
    with pytest.raises(Misuse, match="2 files") as caught:
        attached(tmp_path, letter="large.pdf", statutes="absent.pdf")
    assert "dossier.letter: The file has 2 megabytes." in caught.value.why
    assert "dossier.statutes: There is no such file." in caught.value.why


@pytest.mark.parametrize("path", ["../secret.pdf", "/etc/hostname", "link.pdf", "a\0b", "loop"])
def test_no_file_is_taken_from_outside_the_folder(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "dossier"
    folder.mkdir()
    written(tmp_path, b"x", "secret.pdf")
    (folder / "link.pdf").symlink_to(tmp_path / "secret.pdf")
    (folder / "loop").symlink_to(folder / "loop")
    with pytest.raises(Misuse, match="1 file "):
        attached(folder, letter=path)


def test_the_limit_of_a_dossier_is_five_megabytes() -> None:
    assert LARGEST_MB == 5
