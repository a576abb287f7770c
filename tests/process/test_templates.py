"""Templates: what they give, and what no template can do, however it is written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptce_workflow.base.words import speaking
from ptce_workflow.process.letters.readable import TemplateFault
from ptce_workflow.process.letters.render import letter, templates_of
from ptce_workflow.process.letters.samples import samples
from ptce_workflow.process.letters.sandbox import LINE_BREAK
from ptce_workflow.process.letters.values import Recipient, Subject
from ptce_workflow.process.letters.variables import variables
from ptce_workflow.process.model.folder import LAYOUT, mail_file
from ptce_workflow.process.process import Process
from ptce_workflow.process.rules.case import Moment
from tests.process.contests import NOW, candidature, contest, mail

pytestmark = pytest.mark.usefixtures("in_english")

FILE = mail_file("receipt")
HEADING = "# Subject\n\n"
FIRST_LINE = 6
"""The line of the mail's file on which a template of these tests begins."""


def process_of(template: str, **files: str) -> Process:
    """The small contest, whose receipt has another text."""
    receipt = mail('on = "draft.submit"', f"{HEADING}{template}")
    return Process.load(contest(write={FILE: receipt, **files}))


def subject_of(process: Process, name: str = "Alex") -> Subject:
    """What is known to the receipt of the small contest."""
    return replace(next(samples(process, "receipt")), recipient=Recipient(name, "town"))


def body(template: str) -> str:
    """What a piece of a template gives, in English."""
    process = process_of(template)
    known = variables(process, "receipt", "en", subject_of(process))
    text = templates_of(process).rendered(FILE, known).lstrip("\n").removeprefix(HEADING)
    return text.replace(LINE_BREAK, "\n").strip()


def page(template: str, layout: str, name: str = "Alex") -> str:
    """The page of a letter between a layout of the folder."""
    process = process_of(template, **{LAYOUT: layout})
    return letter(process, "receipt", "en", subject_of(process, name)).html


def refused(template: str) -> TemplateFault:
    """Why a template gives no letter."""
    with pytest.raises(TemplateFault) as caught:
        body(template)
    return caught.value


def test_lines_of_tags_leave_nothing_behind() -> None:
    """Whoever writes a condition on a line of its own gets no hole in the letter."""
    template = (
        "{# what this is #}\n"
        "{% set name = recipient.name %}\n"
        "Hello {{ name }}{% if name %}!{% endif %}\n"
        "List:\n"
        "{% for place in ['here', 'there'] %}\n"
        "- {{ place }}{% if loop.last %}.{% endif %}\n"
        "{% endfor %}\n"
        "{% if name == 'Sacha' %}\n"
        "Never\n"
        "{% endif %}\n"
        "End\n"
    )
    assert body(template) == "Hello Alex!\nList:\n- here\n- there.\nEnd"


def test_html_escapes_whatever_a_value_holds() -> None:
    """A collective may call itself what it likes: nothing of it becomes a tag."""
    name = "<script>alert('x')</script> & \"co\""
    html = "<p title='{{ recipient.name }}'>{{ recipient.name ~ '<b>' }} {{ recipient.name|e }}</p>"
    found = page("Text", html, name)
    assert "<script" not in found
    assert "<b>" not in found
    assert found.count("&lt;script&gt;") == 3


def test_a_line_break_of_a_value_stays_in_the_text() -> None:
    """An answer of several lines is printed as it was given."""
    assert body("{{ 'one\\r\\ntwo\\nthree' }}") == "one\ntwo\nthree"


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "{% for a in range(100) %}" * 6 + "x" + "{% endfor %}" * 6,
        "{% for a in range(1000000000) %}{% endfor %}",
        "{{ range(1000000000)|length }}",
        "{{ range(199999)|list|join('xxxxxxxxxx') }}",
        "{% for a in range(9999) %}{% if rules('draft.submit') %}{% endif %}{% endfor %}",
    ],
)
def test_loops_have_one_budget(template: str) -> None:
    """However they are nested: what counts is how often their bodies are gone through."""
    assert refused(template).what in (
        "This template takes too many steps.",
        "This template makes a text that is too long.",
    )


@pytest.mark.parametrize(
    "template",
    [
        "{% set x = 'aaaaaaaa' %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}",
        "{% set x = 'aaaaaaaa' %}" + "{% set x = x + x %}" * 40 + "{{ x }}",
        "{% set x = 'aaaaaaaa' %}" + "{% set x = x|replace('a', 'aaaa') %}" * 40 + "{{ x }}",
        "{% set x = 'aaaaaaaa' %}" + "{% set x = [x, x]|join %}" * 40 + "{{ x }}",
        "{% set x = '&&&&&&&&' %}" + "{% set x = x|e ~ x|e %}" * 40 + "{{ x }}",
        "{% set x = 'a' %}{% for i in range(9) %}" * 15
        + "{% set x = x ~ x %}"
        + "{% endfor %}" * 15,
        "{% for a in range(4000) %}" + "x" * 60 + "{% endfor %}",
        "x" * 200_001,
    ],
)
def test_no_text_grows_without_end(template: str) -> None:
    """Neither the letter nor anything made on the way."""
    assert refused(template).what in (
        "This template takes too many steps.",
        "This template makes a text that is too long.",
    )


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{{ 'a' * 1000000000 }}", '"*" does not go with these values.'),
        ("{{ [1] * 1000000000 }}", '"*" does not go with these values.'),
        ("{{ '%0999999999d' % 1 }}", '"%" does not go with these values.'),
        ("{{ 'a' ** 2 }}", '"**" has no place in a letter.'),
        ("{{ 9 ** 9 ** 9 }}", '"**" has no place in a letter.'),
        ("{{ 999999999999 * 999999999999 }}", "This template counts too far."),
        ("{{ '%0999999999d' is odd }}", 'The test "odd" is not known here.'),
        ("{{ '{:0999999999d}'.format(1) }}", '"format" has no place in a letter.'),
        ("{{ 'a'.zfill(999999999) }}", '"zfill" has no place in a letter.'),
        ("{{ 'a'|center(999999999) }}", 'The filter "center" is not known here.'),
        ("{{ 'a'|indent(999999999) }}", 'The filter "indent" is not known here.'),
        ("{% set range = 'a'.zfill %}", 'The name "range" is taken.'),
        ("{% for value in [1] %}{% endfor %}", 'The name "value" is taken.'),
    ],
)
def test_no_operator_makes_a_giant(template: str, what: str) -> None:
    """A thousand million letters are asked for in ten characters; none is made."""
    fault = refused(template)
    assert (fault.what, fault.line) == (what, FIRST_LINE)


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{{ ''.__class__ }}", '"__class__" cannot be read here.'),
        ("{{ ''['__class__'] }}", '"__class__" cannot be read here.'),
        ("{{ recipient.name.__class__.__mro__ }}", '"__class__" cannot be read here.'),
        ("{{ recipient.__class__ }}", '"recipient.__class__" does not exist.'),
        ("{{ recipient['__init__'] }}", '"recipient.__init__" does not exist.'),
        ("{{ value.__globals__ }}", '"__globals__" cannot be read here.'),
        ("{{ rules.__self__ }}", '"__self__" cannot be read here.'),
        ("{{ recipient.name|attr('x') }}", 'The filter "attr" is not known here.'),
        ("{{ recipient.name|safe }}", 'The filter "safe" is not known here.'),
        ("{{ self.block() }}", '"block" has no place in a letter.'),
        ("{{ lipsum() }}", '"lipsum" has no place in a letter.'),
        ("{{ namespace }}", '"namespace" does not exist.'),
        ("{{ value(*['a']) }}", '"*" has no place in a letter.'),
        ("{% include 'fr.txt.j2' %}", '"include" has no place in a letter.'),
        ("{% import 'fr.txt.j2' as a %}", '"import" has no place in a letter.'),
        ("{% from 'fr.txt.j2' import a %}", '"from" has no place in a letter.'),
        ("{% macro a() %}{{ a() }}{% endmacro %}", '"macro" has no place in a letter.'),
        ("{% call value() %}{% endcall %}", '"call" has no place in a letter.'),
        ("{% filter upper %}a{% endfilter %}", '"filter" has no place in a letter.'),
        ("{% set a %}a{% endset %}", '"set" has no place in a letter.'),
        ("{% raw %}{{ a }}{% endraw %}", '"raw" has no place in a letter.'),
        (
            "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
            '"recursive" has no place in a letter.',
        ),
        ("{% extends 'fr.txt.j2' %}", '"extends" has no place in a letter.'),
        ("{% block body %}{% endblock %}", '"block" has no place in a letter.'),
        ("{% do value('a') %}", "This template cannot be read."),
    ],
)
def test_nothing_else_is_reached(template: str, what: str) -> None:
    """Neither the machine, nor the program, nor another file."""
    fault = refused(template)
    assert (fault.what, fault.line) == (what, FIRST_LINE)


def test_escaping_cannot_be_switched_off() -> None:
    """No block of a page prints values as they are."""
    fault = refused("{% autoescape false %}{{ recipient.name }}{% endautoescape %}")
    assert fault.what == '"autoescape" has no place in a letter.'


@pytest.mark.long
@pytest.mark.parametrize(
    "template",
    [
        "{{ " + "(" * 5_000,
        "{{ 1" + "+1" * 5_000 + " }}",
        "{{ 1" + "0" * 5_000 + " }}",
        "{{ recipient" + ".name" * 5_000 + " }}",
        "{{ 'a'" + "|upper" * 5_000 + " }}",
        "{{ " + "not " * 5_000 + "1 }}",
        "{% if 1 %}" * 500 + "{% endif %}" * 500,
        "{% for a in [1] %}" * 40 + "{% endfor %}" * 40,
        "{{ " + "[" * 90 + "]" * 90 + " }}",
        "{% if 1 %}" + "{% elif 1 %}" * 5_000 + "{% endif %}",
        "{{ recipient.name",
        "{% nonsense %}",
    ],
)
def test_a_template_without_end_or_sense_is_told(template: str) -> None:
    """However deep or long it is, it gives a fault or a letter, and breaks nothing."""
    fault = refused(template)
    assert fault.file == FILE


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{{ nobody }}", '"nobody" does not exist.'),
        ("{% if recipent is defined %}{% endif %}", '"recipent" does not exist.'),
        ("{{ recipient.nmae }}", '"recipient.nmae" does not exist.'),
        ("{% if date.closng is defined %}{% endif %}", '"date.closng" does not exist.'),
        ("{{ digest.empty }}", '"digest" is not known in this letter.'),
        ("{{ loop.index }}", '"loop" is not known in this letter.'),
        ("{{ candidature }}", '"candidature" is not printed by itself.'),
        ("{{ 1 == 1 }}", "This is no text and cannot be printed: yes or no."),
        ("{{ none }}", "This is no text and cannot be printed: nothing."),
        ("{{ [1] }}", "This is no text and cannot be printed: a list."),
        ("{{ 1.5 }}", "This is no text and cannot be printed: a number."),
        ("{% for letter in 'abc' %}{% endfor %}", "This is no list: text."),
        ("{{ 1 // 0 }}", "This template fails as the letter is written."),
        ("{{ 1 < 'a' }}", "This template fails as the letter is written."),
        ("{{ [][0] }}", "This template fails as the letter is written."),
        ("{{ 'a' + 1 }}", '"+" does not go with these values.'),
    ],
)
def test_a_slip_is_told_with_its_line(template: str, what: str) -> None:
    """Nothing is printed for a name that has no value, and never `None` or `True`."""
    fault = refused(f"Text\n{template}")
    assert (fault.what, fault.file, fault.line) == (what, FILE, FIRST_LINE + 1)


def test_a_fault_of_the_layout_is_told_there() -> None:
    """With the file and the line where it must be mended."""
    for wrong in ("{{ nobody }}", "{{ digest.empty }}", "{% nonsense %}"):
        with pytest.raises(TemplateFault) as caught:
            page("Text", f"<p>\n{wrong}")
        assert (caught.value.file, caught.value.line) == (LAYOUT, 2)
        assert caught.value.why.startswith(LAYOUT)


@pytest.mark.parametrize("operator", ["==", "!=", "<", "in", "not in"])
def test_lists_of_lists_are_not_compared(operator: str) -> None:
    """Forty lines would be enough for a comparison that never ends."""
    template = (
        "{% set a = [1] %}{% set b = [1] %}"
        + "{% set a = [a, a] %}{% set b = [b, b] %}" * 60
        + "{{ 'same' if a "
        + operator
        + " [b] else 'other' }}"
    )
    assert refused(template).what == "This cannot be compared: a list."


PIECES = st.sampled_from(
    [
        *("{% for a in [1, 2] %}", "{% for a in missing %}", "{% for b in a %}", "{% endfor %}"),
        *("{% if a %}", "{% if recipient.name == 'x' %}", "{% elif b %}", "{% else %}"),
        *("{% endif %}", "{% set a = 'x' %}", "{% set a = [a, a] %}", "{% set a = a ~ a %}"),
        *("{{ a }}", "{{ a|join('-') }}", "{{ a.b }}", "{{ a[0] }}", "{{ a[1:] }}", "{{ a() }}"),
        *("{{ a + 1 }}", "{{ a * a }}", "{{ -a }}", "{{ a is defined }}", "{{ a in a }}"),
        *("{{ value('dossier.theme') }}", "{{ rules('draft.submit') }}", "{{ range(3)|last }}"),
        *("{% block a %}", "{% block b %}", "{% endblock %}", "{{ super() }}", "{{ loop.index }}"),
        *("{% extends 'layout.txt.j2' %}", "{% include 'a' %}", "{{ date.closing }}", "{{", "%}"),
        *("{#", "#}", "\n", "text", "{{ a|default(b)|replace('x', a)|upper }}", "{% raw %}"),
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_whatever_is_written_gives_a_letter_or_a_fault(template: str) -> None:
    """Never another error: one template that is wrong stops no other letter."""
    with speaking("en"):
        try:
            told = FILE if body(template) is not None else ""
        except TemplateFault as fault:
            told = fault.file
    assert told == FILE


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ ['b', 'a', 'b']|unique|sort|join(', ') }}", "a, b"),
        ("{{ 'été en Occitanie'|upper }}", "ÉTÉ EN OCCITANIE"),
        ("{{ 'été en Occitanie'|capitalize }}", "Été en Occitanie"),
        ("{{ 'A'|lower ~ ' b '|trim ~ 1 }}", "ab1"),
        ("{{ 'a-b'|replace('-', '+') }}", "a+b"),
        ("{{ [1, 2, 3]|length }} {{ 'abc'|length }}", "3 3"),
        ("{{ [1, 2, 3]|first }}{{ [1, 2, 3]|last }}{{ 'abc'|first }}", "13a"),
        ("{{ ''|default('none', true) }} {{ digest|default('none') }}", "none none"),
        ("{{ 'abcdef'[:3] }}{{ [1, 2][1] }}{{ ([1, 2][1:])[0] }}", "abc22"),
        ("{{ 1 if 2 in [1, 2] and 'b' in 'abc' and 1 <= 1 < 2 and none not in [1] }}", "1"),
        ("{{ 7 // 2 + 7 % 2 - 1 * -2 }}", "6"),
        ("{% for a in range(1, 4) if a != 2 %}{{ loop.index }}{{ a }} {% endfor %}", "11 23"),
        ("{% for a in [] %}{% else %}nothing{% endfor %}", "nothing"),
        ("{{ 'a' if recipient.name in ['Alex'] and not digest is defined else 'b' }}", "a"),
    ],
)
def test_what_letters_need_is_there(template: str, text: str) -> None:
    """Filters, loops, choices and whole numbers."""
    assert body(template) == text


def test_the_same_facts_give_the_same_letter() -> None:
    """A letter that is written again after a crash is the one that was shown."""
    text = (
        "{{ recipient.name }}\n\n{% for rule in rules('draft.submit') %}{{ rule.says }}{% endfor %}"
    )
    assert body(text) == body(text)


def test_one_letter_leaves_nothing_to_the_next() -> None:
    """Each has the whole budget, and no value of another."""
    process = process_of("{% for a in range(9000) %}{% endfor %}{% set x = 'x' %}{{ x }}")
    subject = Subject(Recipient("Alex"), Moment(NOW), candidature())
    assert len({letter(process, "receipt", "en", subject).text for _ in range(30)}) == 1
