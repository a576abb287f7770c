"""The sentences of the letters of the shipped contests, and of the papers that the program writes.

A sentence either prints a value, whose function `gives.toml` names, or it is constant: then
`constants.toml` says, file by file, of which kind it is, and for a fact what guarantees it.
"""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
FOLDERS = {
    "concours": ROOT,
    "aap-national": ROOT / "contests/aap-national",
    "ami-permanent": ROOT / "contests/ami-permanent",
    "jardins": ROOT / "contests/jardins",
    "minimal": ROOT / "contests/minimal",
    "blank": ROOT / "contests/blank/fr",
}
PAPERS = (
    *("office/form", "office/formats", "office/grid", "office/page", "office/sheets"),
    *("cli/editor", "exports/documents", "exports/tables", "process/explain"),
    *("process/letters/letter", "app/outbox/letters"),
    *sorted(f"reports/{one.stem}" for one in (ROOT / "ptce_workflow/reports").glob("*.py")),
)
"""The modules that write the words of papers, of views and of letters themselves."""

_NAMES = ("candidature.ref", "candidature.name", "contest.title")
"""What a sentence prints to say of whom it speaks: it tells no fact by that."""

# A constant of fewer words is a label or a heading.
_WORDS = 4
_TAG = re.compile(r"({%.*?%}|{{.*?}}|{#.*?#})", re.DOTALL)
_NAMED = re.compile(r"\{([a-z_0-9.]+)\}")
_END = re.compile(r"(?<=[.!?])(?<!\bn°)[*_»\u00a0]*\s+|\n")
_ENVIRONMENT = Environment(autoescape=True)


@dataclass(frozen=True)
class Sentence:
    """A sentence of a file: its words, the paths that it prints, the conditions around it."""

    file: str
    words: str
    prints: tuple[str, ...] = ()
    under: tuple[str, ...] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """The facts that it prints, or on which it depends whether it is printed."""
        return tuple(one for one in (*self.prints, *self.under) if one not in _NAMES)


@dataclass(frozen=True)
class Message:
    """A message that the program writes, and the function that says it, as `module:name`."""

    function: str
    words: str

    @property
    def is_computed(self) -> bool:
        """True where it prints a value."""
        return _NAMED.search(self.words) is not None


@dataclass
class _Reader:
    """Reads a template from its first tag to its last; `open` are the paths that blocks read."""

    file: str
    named: dict[str, str] = field(default_factory=dict)
    open: list[tuple[str, ...]] = field(default_factory=list)
    words: str = ""
    prints: list[str] = field(default_factory=list)
    under: list[str] = field(default_factory=list)

    def sentences(self, source: str) -> Iterator[Sentence]:
        for part in _TAG.split(source):
            if part.startswith("{{"):
                self.words += "{…}" if self._printed(part) else ""
            elif part.startswith("{%"):
                self._block(part[2:-2].strip(" -"))
            elif not part.startswith("{#"):
                yield from self._text(part)
        yield from self._ended()

    def _printed(self, tag: str) -> bool:
        found = [one for one in self._paths(tag) if not one.startswith("texts.")]
        self.prints += found
        return bool(found)

    def _block(self, tag: str) -> None:
        word, _space, rest = tag.partition(" ")
        if word == "for":
            variable, _in, read = rest.partition(" in ")
            read, _if, where = read.partition(" if ")
            paths = self._paths("{{ " + read + " }}")
            self.named[variable.strip()] = paths[0]
            self.open.append((*paths, *(self._paths("{{ " + where + " }}") if where else ())))
        elif word == "if":
            self.open.append(self._paths("{{ " + rest + " }}"))
        elif word == "elif":
            self.open[-1] = (*self.open[-1], *self._paths("{{ " + rest + " }}"))
        elif word.startswith("end"):
            self.open.pop()
        if word in ("else", "elif") and self.words.strip():
            self.words += " / "
        self.under += (one for paths in self.open for one in paths)

    def _text(self, text: str) -> Iterator[Sentence]:
        rest = text
        while found := _END.search(rest):
            self._take(rest[: found.start()])
            yield from self._ended()
            rest = rest[found.end() :]
        self._take(rest)

    def _take(self, text: str) -> None:
        if text.strip() and not self.words.strip():
            self.under = [one for paths in self.open for one in paths]
        self.words += text

    def _ended(self) -> Iterator[Sentence]:
        words = " ".join(re.sub(r"^[-#>\s]+", "", self.words).replace("**", "").split())
        if self.prints or any(map(str.isalpha, words)):
            prints, under = dict.fromkeys(self.prints), dict.fromkeys(self.under)
            yield Sentence(self.file, words, tuple(prints), tuple(under))
        self.words, self.prints = "", []
        self.under = [one for paths in self.open for one in paths]

    def _paths(self, expression: str) -> tuple[str, ...]:
        """The paths that an expression reads, with a variable of a loop as what it goes through."""
        found = list(self._read(_ENVIRONMENT.parse(expression)))
        return tuple(dict.fromkeys(one for one in found if not one.startswith("loop")))

    def _read(self, node: nodes.Node) -> Iterator[str]:
        if (path := self._path(node)) is not None:
            yield path
            return
        for child in node.iter_child_nodes():
            yield from self._read(child)

    def _path(self, node: nodes.Node) -> str | None:
        if isinstance(node, nodes.Name):
            return self.named.get(node.name, node.name)
        if isinstance(node, nodes.Getattr):
            owner = self._path(node.node)
            return None if owner is None else f"{owner}.{node.attr}"
        return None


def letters() -> Iterator[Sentence]:
    """The sentences of mails, texts and documents, in the language of their folder."""
    for name, folder in FOLDERS.items():
        files = [*folder.glob("notifications/*.md"), *folder.glob("texts/*.md")]
        for file in sorted(files):
            if file.suffixes == [".md"] and file.name != "rulebook.md":
                text = file.read_text(encoding="utf-8")
                body = re.sub(r"\A\+\+\+.*?\+\+\+\n", "", text, flags=re.DOTALL)
                path = f"{name}/{file.relative_to(folder)}"
                yield from _Reader(path).sentences(body)
        yield from _of_config(name, tomllib.loads((folder / "config.toml").read_text("utf-8")))
        yield from _of_states(name, folder)


def _of_states(name: str, folder: Path) -> Iterator[Sentence]:
    """What states mean: letters and views print it of a candidature that is in one."""
    for file in sorted(folder.glob("states/*.toml")):
        read = tomllib.loads(file.read_text(encoding="utf-8"))
        for one in (read, *(one for one in read.values() if isinstance(one, dict))):
            yield from _filled(f"{name}/states", one.get("meaning", ""))


def _of_config(name: str, config: Mapping[str, Any]) -> Iterator[Sentence]:
    """What a folder has printed of its own: documents, and the reasons of sittings."""
    for document, one in config.get("documents", {}).items():
        for said in (one.get("text", ""), one.get("closing", ""), *one.get("signed", ())):
            yield from _filled(f"{name}/documents.{document}", said)
    for sitting, one in config.get("sittings", {}).items():
        for reason in one.get("reasons", {}).values():
            yield from _filled(f"{name}/sittings.{sitting}", reason)


def _filled(file: str, text: str) -> Iterator[Sentence]:
    yield from _Reader(file).sentences(_NAMED.sub(r"{{ \1 }}", text))


def papers() -> Iterator[Message]:
    """The sentences that the program writes itself, with the function that says each."""
    for module in PAPERS:
        tree = ast.parse((ROOT / f"ptce_workflow/{module}.py").read_text(encoding="utf-8"))
        yield from _said_in(module, "", tree)


def _said_in(module: str, owner: str, node: ast.AST) -> Iterator[Message]:
    for child in ast.iter_child_nodes(node):
        own = owner
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            own = f"{owner}.{child.name}".strip(".")
        yield from _messages(module, owner, child)
        yield from _said_in(module, own, child)


def _messages(module: str, owner: str, node: ast.AST) -> Iterator[Message]:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return
    if node.func.id in ("_", "n_", "N_"):
        for one in node.args:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                words = one.value
                if _is_sentence(words) or _NAMED.search(words):
                    yield Message(f"{module}:{owner}".rstrip(":"), words)


def _is_sentence(words: str) -> bool:
    return len(words.split()) >= _WORDS and words.rstrip().endswith(".")


def function_of(path: str) -> str | None:
    """The function that gives a value, by the longest beginning that `gives.toml` has of it."""
    found = [one for one in table("gives")["values"] if _begins(path, one)]
    return table("gives")["values"][max(found, key=len)] if found else None


def _begins(path: str, beginning: str) -> bool:
    rest = path.removeprefix(beginning)
    return rest != path and (not rest or rest[0] in "._")


def exists(function: str) -> bool:
    """True where the program has a function of that name, given as `module:name`."""
    module, _colon, names = function.partition(":")
    found: object = import_module(f"ptce_workflow.{module.replace('/', '.')}")
    for name in names.split("."):
        found = getattr(found, name, None)
    return found is not None


@cache
def table(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def kinds() -> dict[str, str]:
    """The constant sentences that tell no fact of a candidature, with the kind of each."""
    lists = {kind: said for kind, said in table("constants").items() if isinstance(said, list)}
    return {words: kind for kind, said in lists.items() for words in said}


def guarantee(sentence: Sentence) -> str | None:
    """What guarantees a constant sentence about a fact, as `constants.toml` says."""
    found: str | None = table("constants")["facts"].get(sentence.file, {}).get(sentence.words)
    return found


def counted() -> dict[str, int]:
    """How many sentences there are, by group."""
    said, written = list(letters()), list(papers())
    constant = [one for one in said if not one.reads]
    return {
        "letters: computed": len(said) - len(constant),
        "letters: guaranteed": sum(guarantee(one) is not None for one in constant),
        **{
            f"letters: {kind}": sum(kinds().get(one.words) == kind for one in constant)
            for kind in dict.fromkeys(kinds().values())
        },
        "papers: computed": sum(one.is_computed for one in written),
        "papers: guaranteed": sum(not one.is_computed for one in written),
    }
