"""A form as blocks: words in controls or beside them, what is struck, hidden, deleted, covered."""

from io import BytesIO
from zipfile import ZipFile

import msgspec
import pytest

from ptce_workflow.office.forms.blocks import (
    Box,
    FormDocument,
    FormLine,
    FormTable,
    blocks_of_docx,
    blocks_of_odt,
    blocks_of_text,
)

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
W14 = "http://schemas.microsoft.com/office/word/2010/wordml"
ODF = "urn:oasis:names:tc:opendocument:xmlns"


def docx(body: str, **parts: str) -> FormDocument:
    """The blocks of a Word file with a body."""
    document = f'<w:document xmlns:w="{W}" xmlns:w14="{W14}"><w:body>{body}</w:body></w:document>'
    return blocks_of_docx(zipped({"word/document.xml": document, **parts}))


def odt(body: str, styles: str = "", **parts: str) -> FormDocument:
    """The blocks of a text of LibreOffice with a body."""
    spaces = " ".join(
        f'xmlns:{name}="{ODF}:{of}:1.0"'
        for name, of in (
            *((name, name) for name in ("office", "text", "table", "style", "meta")),
            ("fo", "xsl-fo-compatible"),
        )
    )
    loext = 'xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"'
    content = (
        f"<office:document-content {spaces} {loext}>"
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return blocks_of_odt(zipped({"content.xml": content, **parts}))


def zipped(parts: dict[str, str]) -> bytes:
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return written.getvalue()


def run(text: str, style: str = "") -> str:
    return f'<w:r><w:rPr>{style}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str) -> str:
    return f"<w:p>{''.join(runs)}</w:p>"


def table(*rows: tuple[str, ...]) -> str:
    told = "".join(
        f"<w:tr>{''.join(f'<w:tc>{cell}</w:tc>' for cell in row)}</w:tr>" for row in rows
    )
    return f"<w:tbl>{told}</w:tbl>"


def control(inner: str, properties: str = "") -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>"


TICKED = '<w14:checkbox><w14:checked w14:val="{}"/></w14:checkbox>'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (paragraph(run("a"), control(run("b")), run("c")), [FormLine("abc")]),
        (control(paragraph(run("a"))), [FormLine("a")]),
        (paragraph(control(run("Write here"), "<w:showingPlcHdr/>"), run("x")), [FormLine("x")]),
        (paragraph(control(run("☐"), TICKED.format(1)), run(" yes")), [FormLine("☒ yes")]),
        (paragraph(control(run("☒"), TICKED.format(0)), run(" yes")), [FormLine("☐ yes")]),
        (
            paragraph(run("a"), f"<w:del>{run('b')}</w:del>", f"<w:ins>{run('c')}</w:ins>"),
            [FormLine("ac")],
        ),
        (paragraph(run("a", "<w:strike/>"), run("b")), [FormLine("b")]),
        (paragraph(run("a", '<w:strike w:val="0"/>')), [FormLine("a")]),
        (
            paragraph(run("a", '<w:highlight w:val="yellow"/>'), run("b")),
            [FormLine("ab", marked="a")],
        ),
        (paragraph(run("a", '<w:shd w:fill="FFFF00"/>')), [FormLine("a", marked="a")]),
        (paragraph(run("a"), "<w:r><w:br/></w:r>", run("b")), [FormLine("a"), FormLine("b")]),
        (paragraph('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'), [FormLine("☒")]),
        (paragraph(run("kept", "<w:vanish/>")), []),
        (
            table((paragraph(run("a")) + paragraph(run("b")),)),
            [Box((FormLine("a"), FormLine("b")))],
        ),
        (
            table((paragraph(run("a")), paragraph(run("b"))), (paragraph(), paragraph(run("c")))),
            [
                FormTable(
                    (((FormLine("a"),), (FormLine("b"),)), ((FormLine(""),), (FormLine("c"),)))
                )
            ],
        ),
        (
            "<w:tbl><w:tr>"
            + control(f"<w:tc>{paragraph(run('Choose'))}</w:tc>", "<w:showingPlcHdr/>")
            + f'<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>{paragraph(run("b"))}</w:tc>'
            + "</w:tr></w:tbl>",
            [FormTable((((), (FormLine("b"),), ()),))],
        ),
        (
            f"<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>{paragraph(run('a'))}</w:tc></w:tr>"
            f"<w:tr><w:tc>{paragraph(run('b'))}</w:tc></w:tr></w:tbl>",
            [Box((FormLine("b"),))],
        ),
    ],
)
def test_words_of_a_word_file_are_read_as_people_see_them(
    body: str, expected: list[object]
) -> None:
    assert list(docx(body).blocks) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "<text:h>1. A</text:h><text:p>b<text:line-break/>c</text:p>",
            [FormLine("1. A"), FormLine("b"), FormLine("c")],
        ),
        (
            "<text:list><text:list-item><text:p>a</text:p></text:list-item></text:list>",
            [FormLine("a")],
        ),
        ('<text:p>a<text:s text:c="2"/>b\n c\u00a0: d</text:p>', [FormLine("a  b c\u00a0: d")]),
        ("<text:tracked-changes><text:p>x</text:p></text:tracked-changes>", []),
        (
            "<text:p>a<office:annotation><text:p>x</text:p></office:annotation>b</text:p>",
            [FormLine("ab")],
        ),
        (
            '<text:p><loext:content-control loext:showing-place-holder="true">x'
            "</loext:content-control></text:p>",
            [FormLine("")],
        ),
        ('<text:p><text:span text:style-name="T1">a</text:span>b</text:p>', [FormLine("b")]),
        (
            '<text:p><text:span text:style-name="T2">a</text:span>b</text:p>',
            [FormLine("ab", marked="a")],
        ),
        ('<text:p><text:span text:style-name="T3">x</text:span></text:p>', []),
        (
            "<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>"
            "</table:table-row></table:table>",
            [Box((FormLine("a"),))],
        ),
        (
            "<table:table><table:table-header-rows><table:table-row><table:table-cell>"
            "<text:p>a</text:p></table:table-cell><table:covered-table-cell/></table:table-row>"
            "</table:table-header-rows></table:table>",
            [FormTable((((FormLine("a"),), ()),))],
        ),
    ],
)
def test_words_of_a_text_of_libreoffice_are_read_alike(body: str, expected: list[object]) -> None:
    styles = "".join(
        f'<style:style style:name="{name}" style:family="text"><style:text-properties {said}/>'
        "</style:style>"
        for name, said in (
            ("T1", 'style:text-line-through-style="solid"'),
            ("T2", 'fo:background-color="#ffff00"'),
            ("T3", 'text:display="none"'),
        )
    )
    assert list(odt(body, styles).blocks) == expected


def test_every_place_of_a_stamp_is_kept() -> None:
    foot = f'<w:ftr xmlns:w="{W}">{paragraph(run("foot"))}</w:ftr>'
    found = docx(
        paragraph(run("hidden", "<w:vanish/>")),
        **{"word/footer1.xml": foot, "docProps/core.xml": "<Properties>property</Properties>"},
    )
    assert found.stamp_text == "hidden\nfoot\nproperty"


def test_a_quoted_mail_loses_its_marks_and_keeps_its_blank_lines() -> None:
    assert list(blocks_of_text("> 1. A\r\n\r\n> > b").blocks) == [
        FormLine("1. A"),
        FormLine(""),
        FormLine("b"),
    ]


def test_blocks_go_from_one_process_to_another() -> None:
    found = docx(paragraph(run("a")) + table((paragraph(run("b")), paragraph())))
    assert msgspec.json.decode(msgspec.json.encode(found), type=FormDocument) == found
