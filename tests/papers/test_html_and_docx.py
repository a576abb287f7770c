"""One document, on paper and as a page: the same words, real headings, nothing that runs."""

import re
from base64 import b64encode
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import BytesIO

import pytest
from docx import Document
from docx.document import Document as Paper
from docx.oxml.ns import qn
from docx.shared import Mm
from msgspec.structs import replace
from playwright.sync_api import Browser

from ptce_workflow.office.docx import to_docx
from ptce_workflow.office.formats import to_html
from ptce_workflow.office.page import (
    Advice,
    Bullets,
    Column,
    Drawing,
    Heading,
    LabelledValues,
    Lead,
    Letterhead,
    Paragraph,
    Report,
    Signatures,
    Table,
    bar_lines,
    bars,
    written,
)
from tests.browsing import browser
from tests.signing import JPEG, png

__all__ = ["browser"]

AT = datetime(2024, 4, 18, 8, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> & \x00\x0b“co”"
REPORT = Report(
    title="Procès-verbal",
    language="fr",
    at=AT,
    author="Concours",
    over="Le concours",
    under="La séance",
    running="C-001",
    parts=(
        Paragraph(HOSTILE, strong=True),
        Heading("Les présents"),
        Bullets(("un", "deux")),
        LabelledValues((("Nom", "Ada"),)),
        Heading("Le détail", 2),
        Lead("Panel", "deux notes"),
        Table(
            (Column("Nom"), Column("Note", number=True)), (("Ada", "3,5"), ("Bo", "4")), named=True
        ),
        Drawing("Deux barres.", lambda room: iter(("▏",)), lambda: "<svg></svg>"),
        Drawing("Trois états.", lambda room: iter(("▏",))),
        Advice("Pour ouvrir : {command}", "ptce list"),
        Paragraph("Une remarque.", note=True),
        Signatures(("La présidence",)),
    ),
)


def paper(report: Report = REPORT) -> Paper:
    """The document as another program opens it."""
    return Document(BytesIO(to_docx(report)))


def test_the_same_matter_gives_the_same_bytes() -> None:
    assert to_docx(REPORT) == to_docx(REPORT)
    assert to_html(REPORT) == to_html(REPORT)


def test_paper_has_real_headings_and_repeats_those_of_tables() -> None:
    found = paper()
    styles = {line.text: line.style.name for line in found.paragraphs if line.style and line.text}
    assert styles["Procès-verbal"] == "Title"
    assert styles["Les présents"] == "Heading 1"
    assert styles["Le détail"] == "Heading 2"
    assert styles["un"] == "List Bullet"
    head = found.tables[1].rows[0]._tr.trPr
    assert head is not None
    assert head.find(qn("w:tblHeader")) is not None
    assert [cell.text for cell in found.tables[1].rows[1].cells] == ["Ada", "3,5"]


HEAD = Letterhead(("Jardins & Cie", "1 rue du Jardin", "48000 Mende"), png(40, 4))


def test_a_letterhead_on_paper() -> None:
    """The picture as wide as there is room, then who and where, before all the rest."""
    found = paper(replace(REPORT, head=lambda: HEAD))
    assert [line.text for line in found.paragraphs[:5]] == [
        "",
        "Jardins & Cie",
        "1 rue du Jardin",
        "48000 Mende",
        "Le concours",
    ]
    (picture,) = found.inline_shapes
    assert (picture.width, picture.height) == (Mm(70), Mm(7))
    tall = paper(replace(REPORT, head=lambda: replace(HEAD, logo=png(4, 4)))).inline_shapes[0]
    assert (tall.width, tall.height) == (Mm(18), Mm(18))
    assert not paper(replace(REPORT, head=lambda: replace(HEAD, logo=b""))).inline_shapes
    assert paper().paragraphs[0].text == "Le concours"


def test_a_letterhead_on_a_page() -> None:
    """All of it stands in the page itself."""
    told = to_html(replace(REPORT, head=lambda: HEAD))
    assert f'src="data:image/png;base64,{b64encode(HEAD.logo).decode()}"' in told
    assert "Jardins &amp; Cie</b><br>1 rue du Jardin" in told
    assert "data:image/jpeg" in to_html(replace(REPORT, head=lambda: replace(HEAD, logo=JPEG)))
    assert "<img" not in to_html(replace(REPORT, head=lambda: replace(HEAD, logo=b"")))
    assert 'class="head"' not in to_html(REPORT)


def test_what_leads_to_something_stays_on_its_page() -> None:
    """Words before a list or a table, and what is signed; other words may end a page."""
    parts = (
        Paragraph("Those:"),
        Bullets(("one",)),
        Paragraph("Nothing is lacking.", note=True),
        Table((Column("a"),), (("b",),)),
        Paragraph("Loose."),
        Paragraph("We agree."),
        Heading("Signatures"),
        Signatures(("The chair", "The desk", "The third")),
    )
    found = paper(replace(REPORT, parts=parts))
    kept = {line.text for line in found.paragraphs if line.paragraph_format.keep_with_next}
    assert kept == {"Those:", "Nothing is lacking.", "We agree."}
    signing = [row.cells[0].paragraphs[0].paragraph_format for row in found.tables[1].rows]
    assert [bool(layout.keep_with_next) for layout in signing] == [True, False]


def test_paper_is_a4_in_its_language_and_dated_as_told() -> None:
    found = paper()
    section = found.sections[0]
    assert section.page_width is not None
    assert section.page_height is not None
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    properties = found.core_properties
    assert (properties.title, properties.author) == ("Procès-verbal", "Concours")
    assert properties.created == properties.modified == AT
    assert {lang.get(qn("w:val")) for lang in found.styles.element.iter(qn("w:lang"))} == {"fr-FR"}
    foot = section.footer.paragraphs[0]._p
    assert [node.text for node in foot.iter(qn("w:instrText"))] == [" PAGE ", " NUMPAGES "]


class Reader(HTMLParser):
    """What a browser sees: tags, their attributes, the text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_page_runs_nothing_and_fetches_nothing() -> None:
    html = to_html(REPORT)
    reader = Reader()
    reader.feed(html)
    assert not {tag for tag, _attributes in reader.tags} & {"script", "img", "link", "iframe"}
    assert not re.search(r"url\(|@import|https?:", html)
    assert "<script>alert(1)</script> & “co”" in reader.words


def test_a_page_can_be_read_aloud() -> None:
    reader = Reader()
    reader.feed(to_html(REPORT))
    assert ("html", {"lang": "fr"}) in reader.tags
    assert [tag for tag, _ in reader.tags if re.fullmatch("h[1-6]", tag)] == ["h1", "h2", "h3"]
    scopes = [attributes.get("scope") for tag, attributes in reader.tags if tag == "th"]
    assert scopes == ["col", "col", "row", "row"]


def test_figures_of_a_page_have_bars() -> None:
    html = to_html(replace(REPORT, parts=(bars([("Eau", 2), ("Forêt", 4)]),)))
    assert re.findall(r'style="--part: (\d+)%">(\d)', html) == [("50", "2"), ("100", "4")]


@pytest.mark.parametrize(
    ("room", "abreast", "lines"),
    [
        (None, 2, ["  Eau ▏█████        2   Forêt ▏██████████   4"]),
        (40, 2, [f"  Eau   ▏{'█' * 14:<27}   2", f"  Forêt ▏{'█' * 27}   4"]),
        (20, 1, ["  Eau", "  ▏█████        2", "  Forêt", "  ▏██████████   4"]),
    ],
)
def test_bars_of_a_terminal_fit_its_room(room: int | None, abreast: int, lines: list[str]) -> None:
    assert [*bar_lines([("Eau", 2), ("Forêt", 4)], room, abreast)] == lines


@pytest.mark.long
def test_a_page_fits_a_phone_and_a_wide_table_a_screen(browser: Browser) -> None:
    """A hash is broken at the edge; a table of many columns is wider than the text around it."""
    heads = [Column(f"colonne {n}") for n in range(12)]
    wide = Table(heads, [[f"mot {n} " * 20 for n in range(12)]])
    hashed = LabelledValues((("empreinte", "893edcfa" * 8),))
    page = browser.new_page()
    page.set_content(to_html(replace(REPORT, parts=(hashed, wide))))
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.evaluate(
        "document.querySelector('.wide').offsetWidth > document.querySelector('h1').offsetWidth"
    )
    page.close()


def test_a_reference_is_not_broken_at_its_hyphen() -> None:
    html = to_html(replace(REPORT, parts=(Paragraph("C-010, C-011 <b>"),)))
    said = '<p><span class="ref">C-010</span>, <span class="ref">C-011</span> &lt;b&gt;</p>'
    assert said in html


@pytest.mark.parametrize("form", ["paper", "page"])
def test_both_say_the_same(form: str) -> None:
    if form == "paper":
        body = paper().element.body
        said = " ".join(node.text or "" for node in body.iter(qn("w:t")))
    else:
        reader = Reader()
        reader.feed(to_html(REPORT))
        said = reader.words[reader.words.index("Le concours") :]
    words = ["Le concours", "Procès-verbal", "La séance", "Les présents", "deux", "Ada"]
    words += ["Le détail", "Bo", "Une remarque.", "La présidence"]
    places = [said.index(word, 0 if word != "Bo" else said.index("Le détail")) for word in words]
    assert places == sorted(places)


def test_plain_texts_become_paragraphs_and_lists() -> None:
    found = list(written("Bonjour\nà tous :\n- un\n  deux\n- trois\n\n\nFin."))
    assert found == [
        Paragraph("Bonjour\nà tous :"),
        Bullets(("un deux", "trois")),
        Paragraph("Fin."),
    ]
    assert list(written("  \n\n ")) == []
