"""Letters in Markdown: what they give, and what no value can do to them."""

import re
from html.parser import HTMLParser
from textwrap import dedent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from ptce_workflow.app.locations import read_folder
from ptce_workflow.base.errors import Finding
from ptce_workflow.process.check import check
from ptce_workflow.process.check.letters import misread, samples
from ptce_workflow.process.letters.letter import letter
from ptce_workflow.process.letters.variables import Letter
from ptce_workflow.process.markdown import Filled, Marks, page_of, prefix_of, read_markdown
from ptce_workflow.process.model.base import TemplateFault
from ptce_workflow.process.model.folder import Files
from ptce_workflow.process.process import Process
from tests.process.contests import REPOSITORY, contest

pytestmark = pytest.mark.usefixtures("in_english")

KEYS = """+++
label = "Receipt"
on = "draft.submit"
+++
"""
BLANK = REPOSITORY / "contests" / "blank" / "en"
EVERYWHERE = """# Hello {0}!

A paragraph with {0}, **{0}**, *{0}* and [{0}]({0}), [mail](mailto:{0}).

**To do:** answer {0}.

1. first {0}
2. second

- {0}
  - {0}

> {0}

## {0}

End
"""


def filled(source: str, *values: str, language: str = "en") -> Filled:
    """A letter in which `{0}`, `{1}` … print values."""
    marks = Marks(prefix_of([source]))
    signs = [marks.mark(value) for value in values]
    for number, sign in enumerate(signs):
        source = source.replace(f"{{{number}}}", sign)
    return marks.fill(read_markdown(source, language))


def written(source: str, *, keys: str = KEYS, **more: str) -> Letter:
    """The letter of the small contest's receipt, written as one file."""
    process = Process.load(folder(source, keys=keys, **more))
    return letter(process, "receipt", "en", next(samples(process, "receipt")))


def folder(source: str, *, keys: str = KEYS, **more: str) -> Files:
    """The small contest with that mail instead of its own."""
    own = {path: text for path, text in read_folder(BLANK).items() if "/receipt." not in path}
    texts = {"receipt": keys + source, **more}
    mails = {f"notifications/{name.replace('_', '.')}.md": text for name, text in texts.items()}
    return own | {path: text.encode() for path, text in mails.items()}


def faults(source: str, **more: str) -> list[Finding]:
    """What `check` says of it."""
    return list(check(folder(source, **more)))


class _Structure(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[object] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self.tags.append((tag, [pair for pair in attrs if pair[0] != "href"]))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(tag)


def test_text_and_html_come_from_the_same_words() -> None:
    found = filled(EVERYWHERE, "https://a.example/b")
    assert found.subject == "Hello https://a.example/b!"
    assert found.text.splitlines()[:3] == [
        "A paragraph with https://a.example/b, https://a.example/b, https://a.example/b and "
        "https://a.example/b, mail <https%3A%2F%2Fa.example%2Fb>.",
        "",
        "To do: answer https://a.example/b.",
    ]
    assert "1. first https://a.example/b\n2. second\n\n- https://a.example/b\n  - " in found.text
    assert '<p class="act"><strong>To do:</strong>' in found.html
    assert '<a href="https://a.example/b">https://a.example/b</a>' in found.html
    assert "<h1" not in found.html
    assert found.opening.startswith("A paragraph with https://a.example/b,")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
@example("a\n\n# Title\n- item\n1. one\n> quoted\n[x](https://y.example)")
@example("**b** _c_ `d` <e> &amp; | f | \\")
@example("*" * 10_000)
@example("x@y.example?bcc=z@t.example\r\nBcc: z@t.example")
@example("javascript:alert(1)")
@example("zq0z zq1z \u202e \0 \u2028 # a")
def test_no_value_changes_the_structure(value: str) -> None:
    plain, found = filled(EVERYWHERE, "x"), filled(EVERYWHERE, value)
    assert _Structure(str(found.html)).tags == _Structure(str(plain.html)).tags
    assert "\n" not in found.subject
    # Lines of the letter begin at the margin, or behind the > of a quotation; a value's do not.
    for beginning in (r"[^ >]", r"> [^ ]"):
        own = re.findall(f"^{beginning}", found.text, re.MULTILINE)
        assert len(own) <= len(re.findall(f"^{beginning}", plain.text, re.MULTILINE))


def test_a_link_leads_where_a_letter_may_lead() -> None:
    source = "# A\n\n[here]({0}) and [there](tel:{1})"
    found = filled(source, "javascript:alert(1)", "0561 00 00 00")
    assert found.text == "here and there <0561%2000%2000%2000>"
    assert "javascript" not in found.html


def test_french_spaces_do_not_break() -> None:
    found = filled("# Reçu !\n\n« {0} » : oui ; non ?", "a : b", language="fr")
    assert found.subject == "Reçu\u00a0!"
    assert found.text == "«\u00a0a : b\u00a0»\u00a0: oui\u00a0; non\u00a0?"
    assert filled("# A\n\na : b").text == "a : b"


def test_a_value_keeps_its_lines_and_stands_further_in() -> None:
    """So that none of them looks like a line of the letter."""
    found = filled("# A {0}\n\n> {0}\n\n- {0}", "one\r\ntwo\n\n- three")
    assert found.subject == "A one two - three"
    assert found.text == ("> one\n>   two\n>   \n>   - three\n\n- one\n    two\n    \n    - three")
    assert "one<br>\ntwo<br>\n<br>\n- three" in found.html


def test_a_mail_is_one_file() -> None:
    found = written("# Received: {{ candidature.name }}\n\nThank you.\n")
    assert found.subject == "Received: Collectif"
    assert found.text.startswith("Hello,\n\nThank you.\n\nA question?")
    assert "<h1>Received: Collectif</h1>" in found.html
    assert found.language == "en"
    assert not faults("# Received\n\nThank you.\n")


@pytest.mark.parametrize(
    ("source", "place", "what"),
    [
        ("# A\n\n    x\n", (7, 1), "indented by four spaces"),
        ("# A\n\nx  \ny\n", (7, 2), "ends with spaces"),
        ("# A\n\n  2024. was good\n", (7, 3), "begins like an item"),
        ("# A\n\n{{ candidature.ref }} <b>x</b>\n", (7, 23), "holds HTML"),
        ("# A\n\nSee ![x](https://y.example)\n", (7, 5), "holds a picture"),
        ("# A\n\n```\n", (7, 1), "a block of code"),
        ("# A\n\n| a | b |\n|---|---|\n", (8, 1), "belongs to a table"),
        ("no heading\n", (5, 1), "has no heading"),
        ("x\n\n# \n", (7, 1), "has 1 headings"),
        ("# A\n\n# B {{ candidature.ref }}\n\nx\n", (7, 1), "has 2 headings"),
        ("{% if true %}\n# A\n{% endif %}\n\n# A\n", (6, 1), "has 2 headings"),
        ("# A\n\n**x\n", (7, 1), "nothing answers it"),
        ("# A\n\n- **x** and\n  {{ candidature.ref }} **y\n", (8, 25), "nothing answers it"),
        ("# A\n\n> {{ candidature.ref }}: **x** **y\n", (7, 32), "nothing answers it"),
        ("# A\n\n\\*x *y\n", (7, 5), "nothing answers it"),
        ("# A\n\n[x](https://y.example\n", (7, 3), "nothing answers it"),
        ("# A\n\n{% if true %}a *b{% else %}c{% endif %}\n", (7, 16), "nothing answers it"),
    ],
)
def test_check_tells_what_would_be_read_otherwise(
    source: str, place: tuple[int, int], what: str
) -> None:
    (found,) = faults(source)
    assert found.file == "notifications/receipt.md"
    assert what in found.what
    assert (found.line, found.column) == place


def test_a_sign_of_a_text_is_told_in_that_text() -> None:
    text = "Your data.\n\nAsk {{ candidature.ref }} *us.\n"
    found = check(contest(write={"texts/privacy.md": text, "texts/privacy.fr.md": ""}))
    assert {(one.file, one.line, one.column) for one in found} == {("texts/privacy.md", 3, 27)}


def test_lists_are_numbered_as_they_come() -> None:
    assert not list(misread("1. a\n2. b\n\n3. c"))


def test_keys_end_with_a_fence() -> None:
    with pytest.raises(TemplateFault, match="do not end"):
        page_of("+++\na = 1\n# A\n")
    assert page_of('+++ of = "1" +++\n# A') == ('of = "1"', "# A", 2)
    found, *_others = faults("# A", keys="+++\nto = 'contact'\n")
    assert "do not end" in found.what


def test_a_text_of_another_language_stands_beside() -> None:
    process = Process.load(folder("# Received\n\nThanks", receipt_fr="# Reçu\n\nMerci !"))
    subject = next(samples(process, "receipt"))
    french = letter(process, "receipt", "fr", subject)
    assert (french.subject, french.language) == ("Reçu", "fr")
    assert "Bonjour,\n\nMerci\u00a0!\n" in french.text
    alone = Process.load(folder("# Received\n\nThanks"))
    assert letter(alone, "receipt", "fr", next(samples(alone, "receipt"))).language == "en"


SECOND = {
    "config.toml": """
        [contest]
        id = "gardens"
        title = "Jardins"
        timezone = "Europe/Paris"
        name_field = "dossier.name"
        contact_field = "dossier.contact"

        [organiser]
        name = "Ville de Lodève"

        [service]
        name = "Service des espaces verts"
        person = "La responsable des jardins"
        telephone = "04 00 00 00 00"
        mail = "jardins@lodeve.example"
        hours = "le matin"
        """,
    "sheets/dossier.toml": """
        label = "Demande"
        choice = "un test"
        [fields]
        name = { type = "text", label = "Nom", choice = "un test" }
        contact = { type = "email", label = "Courriel", choice = "un test" }
        """,
    "states/start.toml": """
        [transitions.create]
        label = "Ouvrir"
        to = "draft"
        choice = "un test"
        """,
    "states/draft.toml": """
        label = "En cours"
        open = ["dossier"]
        [transitions.refuse]
        label = "Refuser"
        to = "refused"
        decision = "adverse"
        choice = "un test"
        """,
    "states/ends.toml": """
        refused = { label = "Refusée" }
        """,
    "notifications/refused.md": "+++\non = 'entered.refused'\n+++\n# Refus\n\nNon.\n",
    "texts/remedies.md": "Vous avez jusqu’au *{{ candidature.ref }}*.",
    "texts/privacy.md": "Vos données.",
}


def second(**write: str) -> Process:
    """A small contest, with other files."""
    texts = {path: dedent(text).strip() + "\n" for path, text in SECOND.items()}
    files = {path: text.encode() for path, text in (texts | write).items()}
    assert not check(files)
    return Process.load(files)


def refusal(process: Process, *, first: bool = True) -> Letter:
    """The letter of a refusal; `first` where it is the first that this contact gets."""
    subject = next(samples(process, "refused"))
    return letter(process, "refused", "fr", replace(subject, first=first))


def test_texts_stand_where_they_belong() -> None:
    """Remedies in the mail of an adverse decision, privacy in the first mail to a contact."""
    found = refusal(second())
    assert "Non.\n\nVous avez jusqu’au C-001.\n\nVos données.\n\nUne question" in found.text
    assert "<em>C-001</em>" in found.html
    assert "Vos données" not in refusal(second(), first=False).text
    own = "+++\non = 'entered.refused'\n+++\n# Refus\n\n{{ texts.remedies }}\n\nNon.\n"
    placed = refusal(second(**{"notifications/refused.md": own}), first=False).text
    assert "C-001.\n\nNon.\n\nUne question" in placed
    assert placed.count("Vous avez") == 1


def test_the_service_signs() -> None:
    """With its telephone, which is where a question goes, in one piece."""
    found, number = refusal(second()).text, "04\u00a000\u00a000\u00a000\u00a000"
    question = f"Une question\u00a0? Répondez à ce courriel, ou appelez le {number} (le matin)."
    assert question in found
    assert found.endswith(
        "Cordialement,\nLa responsable des jardins\nService des espaces verts\n"
        f"{number} · jardins@lodeve.example\nVille de Lodève\nJardins, candidature C-001\n"
    )
