"""The words that people read: every one of them has its French, and the catalogue is fresh."""

import ast
import gettext
import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po

import ptce_workflow.base.words as words
from ptce_workflow.base.words import LANGUAGES, _, _catalogue, language, n_, speaking, use_language
from ptce_workflow.process.fields import field_types
from tests.test_floors import nodes, trees
from tools import words as tool
from tools.build_hook import as_mo, compile_catalogues
from tools.pages.contest_format import first_line
from tools.pages.filling import SOURCES

pytestmark = pytest.mark.parsed

PACKAGE = tool.PACKAGE
OTHERS = [PACKAGE / "exports" / name for name in ("verify/fr.md", "replay/fr.toml", "csv/fr.toml")]


@cache
def merged() -> Catalog:
    """The catalogue, with what the code says now."""
    return tool.merge(tool.extract(), tool.read("fr"), "fr")


def messages() -> list[Message]:
    return [message for message in merged() if message.id]


def forms(words: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """A message's forms: one, or a singular and a plural."""
    return tool.forms(words)


def placeholders(text: str) -> Counter[str]:
    """The names between braces, each as often as it stands there."""
    return Counter(name for _text, name, _spec, _conversion in Formatter().parse(text) if name)


def holes(text: str) -> bool:
    """Whether a text can be filled in at all: its braces are balanced."""
    try:
        placeholders(text)
    except ValueError:
        return False
    return True


def test_every_message_has_its_french() -> None:
    missing = [message.id for message in tool.untranslated(messages())]
    assert missing == [], "translate these in the .po, then: python tools/words.py"


@pytest.mark.parametrize("name", ["ptce", "messages"])
def test_the_catalogue_is_fresh(name: str) -> None:
    catalogue = tool.read("fr", name)
    catalogue = merged() if name == "ptce" else tool.merge(catalogue, catalogue, "fr")
    path = tool.catalogue_folder("fr") / f"{name}.po"
    assert path.read_bytes() == tool.as_po(catalogue), "stale: run `make words`"
    assert path.with_suffix(".mo").read_bytes() == as_mo(catalogue), "stale: run `make words`"


def test_a_catalogue_is_compiled_where_it_is_missing_or_stale(tmp_path: Path) -> None:
    """Beside its `.po`; one that is up to date only becomes newer than its `.po`."""
    folder = tmp_path / tool.catalogue_folder("fr").relative_to(tool.ROOT)
    folder.mkdir(parents=True)
    text = (tool.catalogue_folder("fr") / "messages.po").read_bytes()
    (folder / "messages.po").write_bytes(text)
    (compiled,) = compile_catalogues(tmp_path)
    assert compiled == folder / "messages.mo"
    first = compiled.read_bytes()
    (folder / "messages.po").write_bytes(text.replace(b"Options", b"Choix"))
    compile_catalogues(tmp_path)
    second = compiled.read_bytes()
    assert first != second
    os.utime(compiled, (0, 0))
    compile_catalogues(tmp_path)
    assert compiled.read_bytes() == second
    assert compiled.stat().st_mtime > 0


def test_every_placeholder_is_translated() -> None:
    wrong = []
    for message in messages():
        for english, french in zip(forms(message.id), forms(message.string), strict=True):
            if french and holes(english):
                same = holes(french) and placeholders(english) == placeholders(french)
                # A singular may say "une règle" where English says "{count} rule".
                fewer = isinstance(message.id, tuple) and holes(french)
                fewer = fewer and placeholders(french).keys() <= placeholders(english).keys()
                if not same and not fewer:
                    wrong.append((english, french))
    assert wrong == []


@pytest.mark.parametrize(
    ("slip", "what"),
    [
        (r"(?<=\S) [:;?!»](?=\W|$)", "a space that may break before : ; ? ! »"),
        (r"« ", "a space that may break after «"),
        (r"«(?=\w)|(?<=\w)»", "no space inside « »"),
        (r"(?<=[^\W\d_])[?!;](?=\s|$)", "no space before ? ! ;"),
        (r"(?<=[^\W\d_])'(?=[^\W\d_])", "a straight apostrophe"),
        (r"\.\.\.(?=\s|$)(?<! \.\.\.)", "three dots for …"),
    ],
)
def test_french_is_set_as_french_is(slip: str, what: str) -> None:
    spoken = [*messages(), *(one for one in tool.read("fr", "messages") if one.id)]
    said = [french for message in spoken for french in forms(message.string)]
    pages = [
        re.sub(r"```.*?```|\[%.*?%\]|\[\[.*?\]\]", "", page.read_text("utf-8"), flags=re.S)
        for page in (*sorted((SOURCES / "fr").iterdir()), *OTHERS)
    ]
    lines = [line for page in pages for line in page.splitlines()]
    found = [
        french for french in (*said, *lines) if re.search(slip, re.sub(r"`[^`]*`", "", french))
    ]
    assert found == [], what


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """The calls of `_`, `N_`, `n_` and `nN_` below a node."""
    for node in nodes(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in ("_", "N_", "n_", "nN_"):
            yield node.func.id, node


def test_no_message_stands_in_an_f_string() -> None:
    """It would not be gathered, and never translated."""
    texts = [(file, node) for file, tree in trees(PACKAGE) for node in nodes(tree)]
    formatted = [(file, node) for file, node in texts if isinstance(node, ast.JoinedStr)]
    assert [(file, node.lineno) for file, node in formatted if any(calls(node))] == []


def test_messages_are_written_out() -> None:
    """Every message is a literal where it is said or marked, so that the catalogue can know it.

    `_` and `n_` may also translate what a name stands for, once `N_` or `nN_` marked it.
    """
    found = [(file, *one) for file, tree in trees(PACKAGE) for one in calls(tree)]
    assert len(found) > 1000
    for file, name, call in found:
        for message in call.args[: 2 if name in ("n_", "nN_") else 1]:
            written = isinstance(message, ast.Constant)
            composed = isinstance(message, ast.JoinedStr | ast.BinOp | ast.Call)
            assert written or (name in ("_", "n_") and not composed), f"{file}:{call.lineno}"


def test_what_is_marked_is_gathered() -> None:
    """What `N_` marks, and the docstrings that a page shows, are in the catalogue."""
    known = {message.id for message in messages()}
    assert "its name, as people read it" in known
    first = {first_line(type_) for type_ in field_types().values()}
    assert "Yes or no; `bool` in rules." in first
    assert known.issuperset(first)


def test_two_languages_in_one_process() -> None:
    """`speaking` changes the language inside its block only, even when the block fails."""
    use_language("fr")
    with speaking("en"):
        assert (language(), _("Interrupted.")) == ("en", "Interrupted.")
        with speaking("fr"):
            assert _("Interrupted.") == "Interrompu."
        assert language() == "en"
    with pytest.raises(RuntimeError), speaking("en"):
        raise RuntimeError
    assert language() == "fr"


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "Exemple"), (1, "Exemple"), (2, "Exemples"), (11, "Exemples")]
)
def test_french_counts_from_two(count: int, expected: str) -> None:
    assert n_("Example", "Examples", count) == expected
    with speaking("en"):
        assert n_("Example", "Examples", count) == ("Example" if count == 1 else "Examples")


def test_an_unknown_language_is_refused() -> None:
    assert LANGUAGES == ("fr", "en")
    with pytest.raises(ValueError, match="Deutsch"):
        use_language("Deutsch")
    with speaking("oc"):
        assert _("Interrupted.") == "Interrompu."
    with speaking("en-GB"):
        assert _("Interrupted.") == "Interrupted."


def test_without_a_catalogue_english_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _catalogue("eo") is None
    monkeypatch.setattr(words, "own_language", lambda _asked: "eo")
    assert _("Interrupted.") == "Interrupted."
    assert [n_("Example", "Examples", count) for count in (1, 2)] == ["Example", "Examples"]


def test_the_catalogue_says_what_gettext_reads_in_it() -> None:
    compiled = PACKAGE / "base" / "locale" / "fr" / "LC_MESSAGES" / "ptce.mo"
    with compiled.open("rb") as stream:
        read = gettext.GNUTranslations(stream)
    for message in messages():
        one, *several = forms(message.id)
        assert _(one) == read.gettext(one)
        for other in several:
            told = [read.ngettext(one, other, count) for count in range(4)]
            told = [text.replace("{count}", str(count)) for count, text in enumerate(told)]
            assert [n_(one, other, count) for count in range(4)] == told
    assert [_(message) for message in ("Zz", "\uffff")] == ["Zz", "\uffff"]


def test_nothing_says_nothing() -> None:
    """The empty message is empty, not the catalogue's header."""
    assert _("") == ""


def hidden(tree: ast.AST) -> list[int]:
    """The lines of the messages that stand in f-strings."""
    strings = (node for node in nodes(tree) if isinstance(node, ast.JoinedStr))
    return [call.lineno for string in strings for name, call in calls(string) if name != "nN_"]


def test_no_message_hides_in_an_f_string() -> None:
    """What gathers the messages does not look inside f-strings: one there is never translated."""
    assert hidden(ast.parse("f'{_(1)}'")) == [1]
    assert [f"{file}:{line}" for file, tree in trees(PACKAGE) for line in hidden(tree)] == []


def unwanted(language: str) -> dict[str, str]:
    """The words that the glossary keeps out of a language, each with the one to use."""
    text = (tool.ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    table = text.partition("## Un mot pour une chose")[2]
    rows = [row.strip("| ").split(" | ") for row in table.splitlines() if row.startswith("| ")][2:]
    use, leave = (0, 1) if language == "fr" else (2, 3)
    return {word: row[use] for row in rows for word in row[leave].split(", ") if word != "–"}


def sentences(language: str) -> Iterator[str]:
    """What the program, the labels of the folder and its letters say in a language."""
    for message in messages():
        yield from forms(message.string if language == "fr" else message.id)
    with (tool.ROOT / "translations/en.po").open("rb") as stream:
        for message in read_po(stream, locale="en"):
            if message.id:
                yield from forms(message.id if language == "fr" else message.string)
    for letter in (tool.ROOT / "notifications").glob("*.md"):
        if letter.name.endswith(".en.md") == (language == "en"):
            yield letter.read_text(encoding="utf-8").rpartition("+++\n")[2]


# Code, keys, options, commands and names of files: none of them is a word of the sentence.
NO_WORD = r"`[^`]*`|\{+[^{}]*\}+|[\"“][^\"”]*[\"”]|\bptce( [a-z-]+)+|--\w+ \w+|\S*[@._/=]\S+"


def misnamed(text: str, words: dict[str, str]) -> list[str]:
    """The words of a sentence that have another name."""
    spoken = re.sub(NO_WORD, " ", text)
    return [one for one in words if re.search(rf"(?<![\w-]){one}(e?s?|x)(?![\w-])", spoken, re.I)]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_one_thing_has_one_word(language: str) -> None:
    words = unwanted(language)
    assert len(words) > 5
    said = [(text, misnamed(text, words)) for text in sentences(language)]
    assert [(text, found) for text, found in said if found] == []


def test_a_word_that_the_glossary_keeps_out_is_found() -> None:
    words = unwanted("fr")
    assert misnamed("Deux courriels sont périmés.", words) == ["périmé"]
    assert misnamed("Le rôle : scheduler.", words) == ["scheduler"]
    assert misnamed("Voir `ptce minutes`, ou scheduler.service.", words) == []
