"""Writes the modules of the program that are worked out from what is declared elsewhere.

    python tools/generate.py            write the modules that changed
    python tools/generate.py --check    change nothing; name the stale ones, exit 1 if any

What takes long to load is asked here, once, so that no command has to load it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

import ptce_workflow.process.process as form
from ptce_workflow.app.locations import read_folder
from ptce_workflow.process.process import Process
from ptce_workflow.store.statements import (
    POSTGRESQL,
    SQLITE,
    Query,
    RowKind,
    compiled,
    python_type,
)
from ptce_workflow.store.statements import queries as declared
from ptce_workflow.store.statements import texts as compiled_texts
from ptce_workflow.store.tables import Stored

ROOT = Path(__file__).resolve().parent.parent
_ROWS = '''# ruff: noqa: E501, UP014
"""The tables, their rows, and the statements that read and write them.

Written by tools/generate.py from store/tables.py and store/statements.py; not to be edited.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

{imports}
from ptce_workflow.store import connections as give
from ptce_workflow.store.connections import Cursor, Shape, StatementMethod, Values

# fmt: off
'''
_ON_SERVER = '''# ruff: noqa: E501
"""How PostgreSQL makes the tables and their indexes, and the text of every statement for it.

Written by tools/generate.py from store/statements.py; not to be edited.
"""

TABLES = {tables}
"""The statements that make the tables and their indexes; what guards them is made beside them."""

TEXTS = {{
{told}
}}
'''
_GIVEN = {
    "rows": "list[{row}]",
    "stream": "Iterator[{row}]",
    "row": "{row} | None",
    "known": "{row}",
    "value": "{column} | None",
    "number": "int",
    "once": "None",
    "each": "None",
}
"""What a method gives, by what its statement gives."""


def shape() -> str:
    """`process/process.py` with its `SHAPE`: a form made otherwise is not read."""
    told = sorted(
        f"{kind.__name__}({', '.join(kind.keys)})"
        for kind in form.models()
        if kind.__module__.startswith("ptce_workflow.")
    )
    # How values are put, in a contest that has nearly every table; its days off are not the form's.
    _digest, _line, content = form.dump(Process.load(read_folder(ROOT))).partition(b"\n")
    told.append(json.dumps({**json.loads(content), "days_off": None}))
    digest = sha256("\n".join(told).encode()).hexdigest()[:12]
    text = Path(form.__file__).read_text("utf-8")
    return re.sub('^SHAPE = ".*"$', f'SHAPE = "{digest}"', text, flags=re.M)


def rows() -> str:
    """`store/rows.py`: rows, their shapes, methods and SQLite's texts of statements, tables."""
    made = [(query, *compiled(query, SQLITE)) for query in declared(SQLITE.name)]
    kinds = {query.row.name: query.row for query, _text, _types in made if query.row is not None}
    imports = [f"from {one.module} import {one.name}" for one in kinds.values() if one.module]
    return "\n".join(
        [
            _ROWS.format(imports="\n".join(sorted(imports))),
            *(line for row in kinds.values() for line in _row(row)),
            "",
            "",
            "class Queries(Cursor):",
            '    """A method for every statement; parameters bear the names of columns."""',
            "",
            *(_method(query, types) for query, _text, types in made),
            "",
            "",
            "SQLITE: Mapping[str, str] = {",
            *(f'    "{query.name}": {_quoted(text)},' for query, text, _types in made),
            "}",
            '"""The text of every statement, as SQLite takes it."""',
            "TABLES = (",
            *(f"    {_quoted(text)}," for text in _tables(SQLITE)),
            ")",
            '"""The statements that make the tables and their indexes, as SQLite takes them."""',
            "",
        ]
    )


def on_server() -> str:
    """`store/rows_postgresql.py`: what makes the tables, and each statement by its name."""
    # A server compares text by its bytes, as SQLite and Python do, whatever its language.
    tables = [one.replace("VARCHAR", 'VARCHAR COLLATE "C"') for one in _tables(POSTGRESQL)]
    texts = compiled_texts(POSTGRESQL)
    told = (f'    "{name}": {_quoted(text)},' for name, text in texts.items())
    return _ON_SERVER.format(tables=tuple(tables), told="\n".join(told))


def _tables(dialect: Dialect) -> Iterator[str]:
    """The statements that make each table and its indexes."""
    for table in Stored.metadata.sorted_tables:
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        made: list[ExecutableDDLElement] = [CreateTable(table), *map(CreateIndex, indexes)]
        for one in made:
            yield " ".join(str(one.compile(dialect=dialect)).split())


def _quoted(text: str) -> str:
    return f'"{text}"' if '"' not in text else repr(text)


def _row(row: RowKind) -> Iterator[str]:
    columns = ", ".join(
        f'("{column.key}", {python_type(column).__name__}'
        f"{' | None' if getattr(column, 'nullable', False) else ''})"
        for column in row.columns
    )
    judged = "" if row.judged else ", judged=False"
    if not row.module:
        yield f'{row.name} = NamedTuple("{row.name}", [{columns}])'
    yield f'{_shape(row)} = Shape("{row.table}", {row.name}{judged})'


def _shape(row: RowKind) -> str:
    return f"_{row.name.removesuffix('Row').upper()}"


def _method(query: Query, types: dict[str, type | None]) -> str:
    # The contest comes first, whatever the statement is about; what is several, last.
    names = sorted(types, key=lambda name: (name != "contest", types[name] is None))
    taken = [
        "Sequence[tuple[str, ...]]" if type_ is None else type_.__name__
        for type_ in map(types.__getitem__, names)
    ]
    if query.gives == "each":
        names, taken = [], ["Sequence[Values]"]
    gives = "rows_among" if None in types.values() else query.gives
    shape = [_shape(query.row)] if query.row is not None else []
    told = ", ".join([*shape, *(f'"{name}"' for name in (query.name, *names))])
    given = _GIVEN[query.gives].format(row=query.row and query.row.name, column=_column(query))
    return (
        f"    {query.name}: StatementMethod[[{', '.join(taken)}], {given}] = give.{gives}({told})"
    )


def _column(query: Query) -> str:
    if query.gives != "value":
        return ""
    clause: Any = query.clause
    return ", ".join(python_type(column).__name__ for column in clause.selected_columns)


def modules() -> dict[str, str]:
    """What each generated file should say now, by its path from the root of the repository."""
    written = {
        "ptce_workflow/process/process.py": shape(),
        "ptce_workflow/store/rows_postgresql.py": on_server(),
        "ptce_workflow/store/rows.py": rows(),
    }
    return {path: _formatted(path, text) for path, text in written.items()}


def stale() -> dict[str, str]:
    """The modules that are missing or say something else, with what they should say."""
    return {
        path: text
        for path, text in modules().items()
        if not (ROOT / path).is_file() or (ROOT / path).read_text("utf-8") != text
    }


def main(arguments: list[str]) -> int:
    """Writes the stale modules, or with `--check` names them."""
    checking = "--check" in arguments
    changed = stale()
    for path, text in changed.items():
        print(f"stale: {path}" if checking else f"written: {path}")
        if not checking:
            (ROOT / path).parent.mkdir(exist_ok=True)
            (ROOT / path).write_text(text, encoding="utf-8")
    return int(checking and bool(changed))


def _formatted(path: str, text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", path, "-"]
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=True)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
