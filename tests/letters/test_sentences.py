"""Each sentence of a shipped letter or paper is computed, or is guaranteed, or tells no fact."""

import inspect
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.process.process import Process
from tests.letters.sentences import (
    FOLDERS,
    Message,
    Sentence,
    exists,
    function_of,
    guarantee,
    kinds,
    letters,
    papers,
    table,
)


@cache
def _said() -> tuple[Sentence, ...]:
    return tuple(letters())


@cache
def _written() -> tuple[Message, ...]:
    return tuple(papers())


def _constant() -> list[Sentence]:
    return [one for one in _said() if not one.reads]


def test_each_value_has_its_function() -> None:
    paths = {path for one in _said() for path in (*one.prints, *one.under)}
    assert not {path for path in paths if function_of(path) is None}


def test_each_function_exists() -> None:
    """A function that has another name now is named anew here."""
    named = {*table("gives")["values"].values(), *table("gives")["facts"].values()}
    assert not {one for one in named if not exists(one)}


def test_each_beginning_is_read() -> None:
    paths = {path for one in _said() for path in (*one.prints, *one.under)}
    given = table("gives")["values"]
    used = {function_of(path) for path in paths}
    assert not {one for one, function in given.items() if function not in used}


def test_each_constant_sentence_is_known() -> None:
    unknown = [one for one in _constant() if (one.words in kinds()) + bool(guarantee(one)) != 1]
    assert not [f"{one.file}: {one.words}" for one in unknown]


def test_each_known_sentence_is_said() -> None:
    words = {one.words for one in _constant()}
    assert not kinds().keys() - words
    listed = {(file, one) for file, said in table("constants")["facts"].items() for one in said}
    assert not listed - {(one.file, one.words) for one in _constant()}


@pytest.mark.parametrize("file", table("constants")["facts"])
def test_each_fact_is_guaranteed(file: str) -> None:
    known = set(_guarantees(file))
    wanted = set(table("constants")["facts"][file].values())
    assert not wanted - known


def _guarantees(file: str) -> Iterator[str]:
    folder, _slash, name = file.partition("/")
    path = FOLDERS[folder] / name
    if name == "states":
        yield from _process(folder).states
        return
    if name.startswith("texts/"):
        yield Path(name).stem
        return
    head = tomllib.loads(path.read_text(encoding="utf-8").split("+++")[1])
    for key in ("on", "at", "in", "to", "when"):
        value = head.get(key, ())
        yield from [value] if isinstance(value, str) else value
    on = head.get("on", ())
    sets_off = {on} if isinstance(on, str) else set(on)
    for edge in _process(folder).every_edge():
        if sets_off & {f"{edge.origin}.{edge.name}", f"any.{edge.name}", f"entered.{edge.to}"}:
            for prefix in (edge.origin, "any"):
                yield f"{prefix}.{edge.name}"
                yield from (f"{prefix}.{edge.name}.{rule}" for rule in edge.rules)


@cache
def _process(folder: str) -> Process:
    return Process.load(read_folder(FOLDERS[folder]))


@pytest.mark.parametrize(
    ("folder", "panel", "words"),
    [("concours", "cra", "sept points"), ("aap-national", "national", "quatre points")],
)
def test_points_in_words_are_those_of_the_panel(folder: str, panel: str, words: str) -> None:
    sheet = _process(folder).definition.sheets[panel]
    count = {"quatre": 4, "sept": 7}[words.split()[0]]
    assert len(sheet.criteria) == count
    scales = [getattr(sheet.fields[name], "scale", None) for name in sheet.criteria]
    assert {one and (one.from_, one.to) for one in scales} == {(0, 5)}
    told = [one for one in _said() if one.file.startswith(folder) and " points" in one.words]
    assert any(words in one.words for one in told)


def test_each_paper_says_by_a_function_of_its_own() -> None:
    functions = {one.function for one in _written()}
    assert not {one for one in functions if ":" in one and not exists(one)}


def test_each_constant_sentence_of_a_paper_is_known() -> None:
    constants = {(one.function, one.words) for one in _written() if not one.is_computed}
    known = {(name, one) for name, said in table("constants")["papers"].items() for one in said}
    assert constants == known


@pytest.mark.parametrize("function", table("constants")["papers"])
def test_each_condition_of_a_paper_is_in_its_function(function: str) -> None:
    module, _colon, names = function.partition(":")
    found: Any = import_module(f"ptce_workflow.{module.replace('/', '.')}")
    for name in filter(None, names.split(".")):
        found = getattr(found, name)
    source = re.sub(r"\s+", " ", inspect.getsource(getattr(found, "fget", found)))
    conditions = table("constants")["papers"][function].values()
    assert not [one for one in conditions if one not in source]
