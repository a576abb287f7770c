"""The schemas that editors read: what the program takes they take, what it refuses they refuse."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.words import speaking
from ptce_workflow.process.check import check
from ptce_workflow.process.fields import field_types
from ptce_workflow.process.markdown import page_of
from ptce_workflow.process.model.definition import Config
from ptce_workflow.process.model.folder import Files
from ptce_workflow.process.model.reading import part_of, schemas, written_schemas
from tests.cases import cases
from tests.process.contests import REPOSITORY

MODELS = ("minimal", "jardins", "blank/fr", "blank/en", "ami-permanent", "aap-national")
FOLDERS = (".", *(f"contests/{name}" for name in MODELS))


def _put(value: Any) -> Any:
    """A value of TOML as editors see it: days and hours are text."""
    if isinstance(value, dict):
        return {name: _put(one) for name, one in value.items()}
    if isinstance(value, list):
        return list(map(_put, value))
    return value.isoformat() if isinstance(value, date | time) else value


def _faults(files: Files) -> Iterator[tuple[str, str]]:
    known = schemas()
    for path, content in files.items():
        if path.endswith(".toml"):
            table = tomllib.loads(content.decode())
            part = part_of(path, table)
            kind: str = part.kind if part else ""
        elif path.startswith("notifications/") and path.count(".") == 1:
            table, kind = tomllib.loads(page_of(content.decode()).keys), "mail"
        else:
            continue
        assert kind in known, path
        for fault in jsonschema.Draft7Validator(known[kind]).iter_errors(_put(table)):
            yield path, ".".join(map(str, fault.absolute_path))


def _with(changes: Mapping[str, tuple[str, str]]) -> Files:
    files = dict(read_folder(REPOSITORY / "contests" / "blank" / "en"))
    for path, (old, new) in changes.items():
        text = files[path].decode()
        assert old in text, path
        files[path] = text.replace(old, new, 1).encode()
    return files


def test_a_schema_says_what_it_is_made_from() -> None:
    with speaking("en"):
        for path, content in written_schemas().items():
            assert content.startswith(b'{\n "$comment": "Written by `ptce schema` from '), path


def test_every_schema_is_one() -> None:
    for schema in schemas().values():
        jsonschema.Draft7Validator.check_schema(schema)


@pytest.mark.parametrize("folder", FOLDERS)
def test_shipped_folders_follow_the_schemas_that_they_name(folder: str) -> None:
    files = read_folder(REPOSITORY / folder)
    assert not list(_faults(files))
    for path, content in files.items():
        if path.endswith(".toml"):
            first = content.decode().split("\n")[0]
            named = (REPOSITORY / folder / path).parent / first.removeprefix("#:schema ")
            part = part_of(path, tomllib.loads(content.decode()))
            kind = part and part.kind
            assert first.startswith("#:schema ."), path
            assert named.stem == kind
            with speaking("fr"):
                assert json.loads(named.read_text("utf-8")) == schemas()[named.stem]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    cases(r"""
        config.toml | [contest] | [contest]\ntitel = 'x'
        config.toml | ["application", "applications"] | ['one']
        config.toml | [contest] | surplus = 1\n[contest]
        sheets/dossier.toml | type = "text" | type = "txt"
        sheets/dossier.toml | type = "text" | type = "text"\nmax_length = 0
        sheets/dossier.toml | type = "text" | type = "text"\nmin = 1
        sheets/dossier.toml | type = "text" | type = "text"\nrequired = "yes"
        sheets/dossier.toml | [fields. | [fields.Bad-Name]\ntype = 'url'\n[fields.
        states/ends.toml | label | lable
        states/ends.toml | meaning | ends = true, meaning
        states/draft.toml | [transitions. | [transitions.none]\nlabel = 'x'\n[transitions.
        states/draft.toml | [transitions. | transitions.a.by = ['nobody']\n[transitions.
        states/start.toml | [transitions. | label = 'x'\n[transitions.
        notifications/receipt.md | +++ | +++\nheld = 'no'
        notifications/receipt.md | +++ | +++\nsubject = 'x'
    """),
)
def test_what_the_program_refuses_editors_refuse(path: str, old: str, new: str) -> None:
    files = _with({path: (old, new)})
    assert {file for file, _key in _faults(files)} == {path}
    assert path in {fault.file for fault in check(files)}


def test_schemas_say_what_each_key_says_in_the_language_of_whoever_asks() -> None:
    told = Config.keys["dates"].description
    with speaking("en"):
        english = schemas()["config"]["properties"]
    with speaking("fr"):
        french = schemas()["config"]["properties"]
    assert english["dates"]["description"] == told
    assert french["dates"]["description"] not in ("", told)
    sheet = schemas()["sheet"]
    (fields,) = sheet["properties"]["fields"]["patternProperties"].values()
    kinds = [sheet["$defs"][one["$ref"].split("/")[-1]] for one in fields["oneOf"]]
    assert [one["properties"]["type"]["const"] for one in kinds] == list(field_types())
    assert all(one["description"] for one in kinds)


def test_the_folder_of_the_repository_leads_to_one_set() -> None:
    """Models do not bring schemas of their own: `ptce init` writes them."""
    for folder in FOLDERS:
        assert (REPOSITORY / folder / "schemas").resolve() == Path(REPOSITORY / "schemas").resolve()
