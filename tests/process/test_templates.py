"""Templates: what they give, and what no template can do, however it is written."""

import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ptce_workflow.base.words import speaking
from ptce_workflow.process.candidature import RuleContext
from ptce_workflow.process.check import check
from ptce_workflow.process.check.letters import samples
from ptce_workflow.process.letters.letter import LINE_BREAK, letter, templates_of
from ptce_workflow.process.letters.variables import Recipient, Subject, Variables
from ptce_workflow.process.model.base import TemplateFault
from ptce_workflow.process.model.folder import LAYOUT, mail_file
from ptce_workflow.process.process import Process
from tests.process.contests import NOW, candidature, contest, mail, only, shipped

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
    known = Variables(process, "en", subject_of(process)).of("receipt")
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
    template = (
        "{# what this is #}\n"
        "{% set name = recipient.name %}\n"
        "Hello {{ name }}{% if name %}!{% endif %}\n"
        "List:\n"
        "{% for place in privacy.readers %}\n"
        "- {{ place }}{% if loop.last %}.{% endif %}\n"
        "{% endfor %}\n"
        "{% if name == 'Sacha' %}\n"
        "Never\n"
        "{% endif %}\n"
        "End\n"
    )
    assert body(template) == "Hello Alex!\nList:\n- Town\n- School.\nEnd"


def test_html_escapes_whatever_a_value_holds() -> None:
    """A collective may call itself what it likes: nothing of it becomes a tag."""
    name = "<script>alert('x')</script> & \"co\""
    html = "<p title='{{ recipient.name }}'>{{ recipient.name ~ '<b>' }}</p>"
    found = page("Text", html, name)
    assert "<script" not in found
    assert "<b>" not in found
    assert found.count("&lt;script&gt;") == 2


def test_a_line_break_of_a_value_stays_in_the_text() -> None:
    assert body("{{ 'one\\r\\ntwo\\nthree' }}") == "one\ntwo\nthree"


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{% for a in range(9999) %}{% endfor %}", '"range" has no place in a letter.'),
        ("{% for a in [1, 2, 3] %}{% endfor %}", "This is no list: a list."),
        (
            "{% for a in sent %}{% for b in sent %}{% for c in sent %}"
            "{% endfor %}{% endfor %}{% endfor %}",
            "This loop stands in too many others.",
        ),
        ("{% set x = 'a' ~ 'a' %}", '"~" has no place in a letter.'),
        ("{% set x = ['a'] %}", '"set" has no place in a letter.'),
        ("{% set x = privacy.readers|join %}", '"set" has no place in a letter.'),
        ("{% set x = 'a' %}{% set x = x + x %}", '"+" has no place in a letter.'),
        ("{{ privacy.readers|join(privacy.readers|join) }}", '"join" has no place in a letter.'),
        ("{{ privacy.readers|join(*['a']) }}", '"join" has no place in a letter.'),
        ("{% if 1 in [privacy.readers|join] %}{% endif %}", '"[ ]" has no place in a letter.'),
        ("{% if ['a' ~ 'b'] %}{% endif %}", '"[ ]" has no place in a letter.'),
        ("{{ 'a' * 1000000000 }}", '"*" has no place in a letter.'),
        ("{{ [1] * 1000000000 }}", '"*" has no place in a letter.'),
        ("{{ '%0999999999d' % 1 }}", '"mod" has no place in a letter.'),
        ("{{ 'a' ** 2 }}", '"**" has no place in a letter.'),
        ("{{ 'abc'[:2] }}", '"[ ]" has no place in a letter.'),
        ("{{ '%0999999999d' is odd }}", 'The test "odd" is not known here.'),
        ("{{ '{:0999999999d}'.format(1) }}", '"format" has no place in a letter.'),
        ("{{ 'a'.zfill(999999999) }}", '"zfill" has no place in a letter.'),
        ("{{ 'a'|center(999999999) }}", 'The filter "center" is not known here.'),
        ("{{ 'a'|replace('a', 'aaaa') }}", 'The filter "replace" is not known here.'),
        ("{% for value in sent %}{% endfor %}", 'The name "value" is taken.'),
        ("{% set loop = 1 %}", 'The name "loop" is taken.'),
    ],
)
def test_nothing_grows_and_nothing_runs_long(template: str, what: str) -> None:
    fault = refused(template)
    assert (fault.what, fault.line) == (what, FIRST_LINE)


def test_a_template_is_not_longer_than_can_be_read() -> None:
    found = only(contest(write={FILE: mail('on = "draft.submit"', HEADING + "x" * 200_001)}))
    assert found.what == "This template makes a text that is too long."


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in missing %}{% for b in missing %}" + "x" * 1_200 + "{% endfor %}{% endfor %}",
        "{% for a in missing %}{% for b in missing %}{{ recipient.name }}{% endfor %}{% endfor %}",
        "{{ missing|join('" + "x" * 60_000 + "') }}",
    ],
)
def test_a_letter_is_cut_off(template: str) -> None:
    process = process_of(template)
    known = Variables(process, "en", subject_of(process, "Alex" * 500)).of("receipt")
    tracemalloc.start()
    with pytest.raises(TemplateFault) as caught:
        templates_of(process).rendered(FILE, {**known, "missing": ["x"] * 30})
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.what == "This template makes a text that is too long."
    assert most < 20_000_000


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{{ ''.__class__ }}", '"__class__" cannot be read here.'),
        ("{{ ''['__class__'] }}", '"[ ]" has no place in a letter.'),
        ("{{ recipient.name.__class__.__mro__ }}", '"__class__" cannot be read here.'),
        ("{{ recipient.__class__ }}", '"recipient.__class__" does not exist.'),
        ("{{ recipient['__init__'] }}", '"[ ]" has no place in a letter.'),
        ("{{ value.__globals__ }}", '"value.__globals__" does not exist.'),
        ("{{ rules.__self__ }}", '"rules.__self__" does not exist.'),
        ("{% if 1 > 2 %}{{ loop.__init__ }}{% endif %}", '"loop" does not exist.'),
        ("{% for a in sent %}{{ loop.cycle }}{% endfor %}", '"loop.cycle" does not exist.'),
        ("{{ recipient.name|attr('x') }}", 'The filter "attr" is not known here.'),
        ("{{ recipient.name|safe }}", 'The filter "safe" is not known here.'),
        ("{{ self.block() }}", '"block" has no place in a letter.'),
        ("{{ lipsum() }}", '"lipsum" has no place in a letter.'),
        ("{{ namespace }}", '"namespace" does not exist.'),
        ("{{ value('a') }}", '"value" has no place in a letter.'),
        ("{% include 'fr.txt.j2' %}", '"include" has no place in a letter.'),
        ("{% import 'fr.txt.j2' as a %}", '"import" has no place in a letter.'),
        ("{% from 'fr.txt.j2' import a %}", '"from" has no place in a letter.'),
        ("{% macro a() %}{{ a() }}{% endmacro %}", '"macro" has no place in a letter.'),
        ("{% call value() %}{% endcall %}", '"call" has no place in a letter.'),
        ("{% filter upper %}a{% endfilter %}", '"filter" has no place in a letter.'),
        ("{% set a %}a{% endset %}", '"set" has no place in a letter.'),
        ("{% raw %}{{ a }}{% endraw %}", '"raw" has no place in a letter.'),
        (
            "{% for a in sent recursive %}{{ loop(sent) }}{% endfor %}",
            '"recursive" has no place in a letter.',
        ),
        ("{% extends 'fr.txt.j2' %}", '"extends" has no place in a letter.'),
        ("{% block body %}{% endblock %}", '"block" has no place in a letter.'),
        ("{% do value('a') %}", "This template cannot be read."),
    ],
)
def test_nothing_else_is_reached(template: str, what: str) -> None:
    fault = refused(template)
    assert (fault.what, fault.line) == (what, FIRST_LINE)


def test_escaping_cannot_be_switched_off() -> None:
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
        "{{ 'a'" + "|lower" * 5_000 + " }}",
        "{{ " + "not " * 5_000 + "1 }}",
        "{% if 1 %}" * 500 + "{% endif %}" * 500,
        "{% for a in sent %}" * 40 + "{% endfor %}" * 40,
        "{{ " + "[" * 90 + "]" * 90 + " }}",
        "{{ recipient.name",
        "{% nonsense %}",
    ],
)
def test_a_template_without_end_or_sense_is_told(template: str) -> None:
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
        ("{{ loop.index }}", '"loop" does not exist.'),
        ("{{ candidature }}", '"candidature" is not printed by itself.'),
        ("{{ 1 == 1 }}", "This is no text and cannot be printed: yes or no."),
        ("{{ none }}", "This is no text and cannot be printed: nothing."),
        ("{{ [1] }}", "This is no text and cannot be printed: a list."),
        ("{{ 1.5 }}", "This is no text and cannot be printed: a number."),
        ("{{ 1 < 'a' }}", "This template fails as the letter is written."),
        ("{{ 'a' - 1 }}", "This template fails as the letter is written."),
        ("{{ 1|length }}", "This template fails as the letter is written."),
        ("{{ 'abc'|join }}", "This is no list: text."),
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


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("candidature == 'x'", "This cannot be compared: something made of parts."),
        ("'x' == date.closing", "This cannot be compared: something made of parts."),
        ("privacy.readers < 1", "This cannot be compared: a list."),
        ("candidature in privacy.readers", "This cannot be compared: something made of parts."),
        ("sent.label == 1", '"label" cannot be read here.'),
        ("value.dossier.nmae", '"value.dossier.nmae" does not exist.'),
        ("date.closing.dya", '"date.closing.dya" does not exist.'),
        ("entered.selected.dya is defined", '"entered.selected.dya" does not exist.'),
        ("transition.date.appeal.dya", '"transition.date.appeal.dya" does not exist.'),
        ("texts.nothing", '"texts.nothing" does not exist.'),
    ],
)
def test_check_looks_into_branches_that_no_sample_takes(question: str, what: str) -> None:
    """What a mail would say one day is held against what it may say."""
    hidden = "{% if transition.line > 99 %}{% if " + question + " %}x{% endif %}{% endif %}"
    receipt = mail('on = "draft.submit"', f"{HEADING}Text\n{hidden}\n")
    found = only(contest(write={FILE: receipt}))
    assert (found.file, found.line, found.what) == (FILE, FIRST_LINE + 1, what)


@pytest.mark.parametrize(
    "hidden",
    [
        "{% for rule in transition.failed %}{% for a in rule.missing %}{{ a.b }}{% endfor %}"
        "{% endfor %}",
        "{% for rule in transition.failed %}{{ rule.sasy }}{% endfor %}",
        "{% for one in sent %}{% if one.at.dya %}{% endif %}{% endfor %}",
        "{% for one in sent %}{{ loop.indx }}{% endfor %}",
        "{% set one = candidature %}{{ one.nmae }}",
        "{{ recipient.name if 1 else recipient.nmae }}",
        "{{ texts.privacy }}",
        "{% for a in recipient.name %}{% endfor %}",
        "{% for a in texts.privacy %}{% endfor %}",
        "{% for a in candidature %}{% endfor %}",
    ],
)
def test_check_follows_lists_and_names(hidden: str) -> None:
    template = "Text\n{% if transition.line > 99 %}" + hidden + "{% endif %}\n"
    receipt = mail('on = "draft.submit"', f"{HEADING}{template}")
    privacy = "Your data, {{ recipient.nmae }}.\n" if "{{ texts" in hidden else "Your data.\n"
    found = only(contest(write={FILE: receipt, "texts/privacy.md": privacy}))
    assert re.search("does not exist|cannot be read here|is no list", found.what)


@pytest.mark.long
def test_check_looks_into_the_call_of_a_sitting() -> None:
    path = "notifications/jury_convocation.md"
    files = dict(shipped())
    assert not check(files)
    files[path] += b"\n{% if sitting.call > 99 %}{{ sitting.wehn }}{% endif %}\n"
    assert only(files).what == '"sitting.wehn" does not exist.'


PIECES = st.sampled_from(
    [
        *("{% for a in sent %}", "{% for a in missing %}", "{% for b in a %}", "{% endfor %}"),
        *("{% if a %}", "{% if recipient.name == 'x' %}", "{% elif b %}", "{% else %}"),
        *("{% endif %}", "{% set a = 'x' %}", "{% set a = sent %}", "{% set a = a ~ a %}"),
        *("{{ a }}", "{{ a|join('-') }}", "{{ a.b }}", "{{ a[0] }}", "{{ a[1:] }}", "{{ a() }}"),
        *("{{ a - 1 }}", "{{ a * a }}", "{{ -a }}", "{{ a is defined }}", "{{ a in a }}"),
        *("{{ value.dossier.theme }}", "{{ rules.draft.submit }}", "{{ a|length }}"),
        *("{% block a %}", "{% block b %}", "{% endblock %}", "{{ super() }}", "{{ loop.index }}"),
        *("{% extends 'layout.txt.j2' %}", "{% include 'a' %}", "{{ date.closing }}", "{{", "%}"),
        *("{#", "#}", "\n", "text", "{{ a|lower }}", "{% raw %}"),
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
        ("{{ privacy.readers|join(', ')|lower }}", "town, school"),
        ("{{ 'Été ' ~ privacy.readers|length ~ 'abc'|length }}", "Été 23"),
        ("{{ 7 - 2 - -1 }}", "6"),
        ("{{ 1 if 2 in [1, 2] and 'b' in 'abc' and 1 <= 1 < 2 and none not in [1] }}", "1"),
        (
            "{% for a in privacy.readers if a != 'Town' %}{{ loop.index }}{{ a }}{% endfor %}",
            "1School",
        ),
        ("{% for a in sent if a == 1 %}{% else %}nothing{% endfor %}", "nothing"),
        ("{% set a = recipient.name %}{{ a if digest is undefined else 'b' }}", "Alex"),
        ("{{ 'a' if recipient.name == 'Alex' and not digest is defined else 'b' }}", "a"),
    ],
)
def test_what_letters_need_is_there(template: str, text: str) -> None:
    assert body(template) == text


def test_the_same_facts_give_the_same_letter() -> None:
    text = "{{ recipient.name }}\n\n{% for rule in rules.draft.submit %}{{ rule.says }}{% endfor %}"
    assert body(text) == body(text)


def test_one_letter_leaves_nothing_to_the_next() -> None:
    process = process_of("{{ x }}".join(("", "{% set x = 'x' %}", "")).removeprefix("{{ x }}"))
    subject = Subject(Recipient("Alex"), RuleContext(NOW), candidature())
    assert len({letter(process, "receipt", "en", subject).text for _ in range(30)}) == 1
