"""What templates read: names, days and hours, answers and rules, in the reader's language."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from ptce_workflow.base.words import language, speaking
from ptce_workflow.process.candidature import Candidature, RuleContext
from ptce_workflow.process.check import check
from ptce_workflow.process.check.letters import samples
from ptce_workflow.process.letters.letter import letter, templates_of
from ptce_workflow.process.letters.planning import ChangeView
from ptce_workflow.process.letters.variables import (
    NAMES,
    CaseView,
    DateView,
    Digest,
    ReceiptView,
    Recipient,
    Subject,
    TaskView,
    TransitionView,
    Variables,
)
from ptce_workflow.process.model.base import TemplateFault, Text
from ptce_workflow.process.model.folder import mail_file
from ptce_workflow.process.process import Process
from tests.process.contests import NOW, candidature, contest, mail

pytestmark = pytest.mark.usefixtures("in_english")

FILE = mail_file("receipt")
KEYS = 'label = "Receipt"\non = "draft.submit"\nto = "contact"\nwhen = "given.dossier"\n'
HEADING = "# Subject\n\n"
RECEIVED = datetime(2024, 3, 11, 10, 42, 7, tzinfo=UTC)
EACH = "{%% for one in rules.%s %%}%s|{%% endfor %%}"
GARDEN = candidature(
    state="submitted",
    facts={"dossier.theme": "food", "dossier.budget": 350, "dossier.organic": True},
    private={"dossier.name": "Les Jardins"},
    entered={"draft": NOW, "submitted": RECEIVED},
    received={"dossier": (RECEIVED,)},
)
MADE = TransitionView("submit", "draft", "submitted", RECEIVED, 12, "ab" * 32, "Dépôt en ligne")


def process(toml: str = "", template: str = "") -> Process:
    """The small contest; `toml` is put after its notification, `template` is both texts."""
    text = f"{HEADING}{template}\n"
    mails = {FILE: mail(f"{KEYS}{toml}", text), mail_file("receipt", "fr"): text}
    return Process.load(contest({"config.toml": '[mail]\nopens = "08:00"\n'}, write=mails))


def told(template: str, spoken: str = "en", *, toml: str = "", **changes: Any) -> str:
    """What a template prints in a letter about a garden, with no-break spaces made plain."""
    subject = Subject(Recipient("Alex", "town"), RuleContext(NOW), GARDEN, MADE)
    made = process(toml, template)
    known = Variables(made, spoken, replace(subject, **changes)).of("receipt")
    found = templates_of(made).rendered(mail_file("receipt", "fr" * (spoken == "fr")), known)
    text = found.strip().removeprefix(HEADING).strip()
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def refused(template: str, **changes: Any) -> TemplateFault:
    """Why a template prints nothing."""
    with pytest.raises(TemplateFault) as caught:
        told(template, **changes)
    return caught.value


@pytest.mark.parametrize(
    ("template", "french", "english"),
    [
        ("{{ language }}", "fr", "en"),
        (
            "{{ contest.id }} {{ contest.title }}",
            "gardens-2024 Jardins partagés",
            "gardens-2024 Shared gardens",
        ),
        ("{{ recipient.name }}, {{ recipient.institution }}", "Alex, Ville", "Alex, Town"),
        ("{{ candidature.ref }} {{ candidature.name }}", "C-001 Les Jardins", "C-001 Les Jardins"),
        (
            "{{ candidature.state }}: {{ candidature.meaning }}",
            "Déposé: Le jury lit.",
            "Submitted: The jury reads.",
        ),
        ("{{ date.closing }}", "lundi 11 mars 2024 à 12 h", "Monday 11 March 2024 at 12:00"),
        ("{{ date.closing.day }}", "lundi 11 mars 2024", "Monday 11 March 2024"),
        ("{{ date.closing.hour }} {{ date.closing.ends }}", "12 h 14 h", "12:00 14:00"),
        (
            "{{ date.closing.ends_at }}",
            "lundi 11 mars 2024 à 14 h",
            "Monday 11 March 2024 at 14:00",
        ),
        ("({{ date.opening.ends }})", "()", "()"),
        ("{{ entered.draft.hour }}", "13 h", "13:00"),
        (
            "{{ received.dossier }}",
            "lundi 11 mars 2024 à 11 h 42 min 07 s",
            "Monday 11 March 2024 at 11:42:07",
        ),
        ("{{ limit.places }} {{ limit.floor }}", "2 1,50", "2 1.50"),
        ("{{ value.dossier.theme }}", "alimentation", "food"),
        ("{{ value.dossier.budget }}", "3,50", "3.50"),
        ("{{ value.dossier.organic }}", "oui", "yes"),
        ("{{ value.dossier.name }}", "Les Jardins", "Les Jardins"),
        ("({{ value.dossier.plots }})", "()", "()"),
        ("{{ value.given.dossier }}", "non", "no"),
        ("({{ value.marks.total }})", "()", "()"),
        ("{{ transition.label }}, {{ transition.at.hour }}", "Déposer, 11 h 42", "Submit, 11:42"),
        ("{{ transition.reason }}", "Dépôt en ligne", "Dépôt en ligne"),
        ("{{ transition.line }} {{ transition.hash }}", f"12 {'ab' * 32}", f"12 {'ab' * 32}"),
    ],
)
def test_a_value_is_told_in_the_language_of_the_letter(
    template: str, french: str, english: str
) -> None:
    assert told(template, "fr") == french
    assert told(template, "en") == english


def test_a_letter_is_written_in_its_language_not_in_that_of_the_desk() -> None:
    template = "{{ value.dossier.organic }} {{ rules.submitted.select|length }}"
    with speaking("fr"):
        assert told(template, "en").startswith("yes")
        assert refused("{{ nobody }}").what == "«\u00a0nobody\u00a0» n’existe pas."
        assert language() == "fr"


def test_rules_are_judged_and_told() -> None:
    template = (
        "{% for rule in rules.draft.submit %}"
        "{{ rule.says }}|{{ 'yes' if rule.holds else 'no' }}|{{ rule.observed }}|"
        "{{ rule.ground }}\n"
        "{% endfor %}"
    )
    assert told(template).splitlines() == [
        "Received by Monday 11 March 2024 at 12:00|yes|Monday 11 March 2024 at 11:42:07|"
        "§1, as the organiser reads it",
        "Complete|no|Name (not given)|choice of the organiser: all that is asked",
    ]


def test_what_a_rule_lacks_is_told_by_its_labels() -> None:
    """People know a question by its words, not by its name; what must be given is one too."""
    for edge, lacks in (
        ("submitted.select", "lowest mean of a criterion"),
        ("draft.submit", "Name"),
    ):
        assert told(EACH % (edge, "{{ one.missing|join(', ') }}"), "en").split("|")[1] == lacks


def test_a_receipt_is_judged_by_the_hour_it_had() -> None:
    """Once received, by the recorded hour; before, as it would be at the desk now."""
    template = EACH % ("draft.submit", "{{ ('yes' if one.holds else 'no') if loop.first }}")
    late = RuleContext(NOW + timedelta(days=30))
    draft = GARDEN.but(state="draft", received={})
    assert told(template, moment=late).startswith("yes")
    assert told(template, case=draft).startswith("yes")
    assert told(template, case=draft, moment=late).startswith("no")


def test_a_name_that_was_erased_gives_way_to_the_reference() -> None:
    assert told("{{ candidature.name }}", case=GARDEN.but(private={})) == "C-001"


def test_a_transition_that_the_folder_no_longer_has_keeps_its_name() -> None:
    """The folder may change between an act and its letter."""
    assert told("{{ transition.label }}", transition=replace(MADE, name="hand_in")) == "hand_in"


def test_a_person_who_sits_nowhere_has_no_institution() -> None:
    assert told("({{ recipient.institution }})", recipient=Recipient("Sacha")) == "()"


def test_dates_that_hang_on_what_has_not_happened_are_asked_for_first() -> None:
    template = "{{ 'known' if date.appeal is defined else 'not yet' }}"
    assert told(template) == "not yet"
    fault = refused("{{ date.appeal }}")
    assert fault.what == '"date.appeal" is not known in this letter.'
    refused_case = GARDEN.but(entered={"refused": NOW})
    assert told("{{ date.appeal.day }}", case=refused_case) == "Friday 15 March 2024"


@pytest.mark.parametrize("name", ["transition", "receipt", "received.dossier", "digest", "event"])
def test_what_a_letter_does_not_have_is_asked_for_first(name: str) -> None:
    case = GARDEN.but(received={})
    template = "{{ 'there' if " + name + " is defined else 'not there' }}"
    assert told(template, case=case, transition=None) == "not there"


@pytest.mark.parametrize(
    ("call", "near"),
    [
        ("value.dossier.teme", "theme"),
        ("value.dosier.theme", "dossier"),
        ("rules.draft.submti", "submit"),
        ("rules.drft.submit", "draft"),
    ],
)
def test_a_name_that_is_asked_for_must_exist(call: str, near: str) -> None:
    assert refused("{{ " + call + " }}").mend == f'Did you mean "{near}"?'


def test_missing_sheets_are_listed() -> None:
    keys = 'label = "Receipt"\non = "draft.submit"\nto = "missing_sheets"\npanel = "marks"'
    template = "{% for one in missing %}{{ one.ref }} {{ one.name }}; {% endfor %}"
    files = contest(write={FILE: mail(keys, f"{HEADING}{template}\n")})
    lacking = (CaseView("C-001", "Les Jardins"), CaseView("C-002", ""))
    subject = Subject(Recipient("Alex", "town"), RuleContext(NOW), GARDEN, MADE, lacking)
    found = letter(Process.load(files), "receipt", "en", subject)
    assert "C-001 Les Jardins; C-002 C-002;" in found.text.splitlines()


@pytest.mark.parametrize(("update", "said"), [(True, "moved"), (False, "new")])
def test_a_calendar_entry_is_told(update: bool, said: str) -> None:
    template = (
        "{{ event.label }}, {{ event.when.day }}, {{ event.when.ends }}, "
        "{{ 'moved' if update else 'new' }}"
    )
    found = told(template, toml='event = "closing"', update=update)
    assert found == f"Closing, Monday 11 March 2024, 14:00, {said}"


DIGEST = Digest(
    (TaskView("To be read (2)", "ptce mail release M-001", ("M-001 Receipt", "M-002 Receipt")),),
    (DateView(Text("Clôture", en="Closing"), NOW + timedelta(days=10)),),
)


@pytest.mark.parametrize(
    ("template", "told_"),
    [
        (
            "{% for one in digest.dates %}{{ one.label }} {{ one.when }} {{ one.days }}"
            "{% endfor %}",
            "Closing Monday 11 March 2024 at 13:00 10",
        ),
        (
            "{% for task in digest.tasks %}{{ task.title }} {{ task.command }} "
            "{{ task.things | join(', ') }}{% endfor %}",
            "To be read (2) ptce mail release M-001 M-001 Receipt, M-002 Receipt",
        ),
        ("{{ 'empty' if digest.empty else 'full' }}", "full"),
    ],
)
def test_a_digest_is_told(template: str, told_: str) -> None:
    assert told(template, case=None, transition=None, digest=DIGEST) == told_


def test_a_digest_with_dates_alone_is_empty() -> None:
    assert Digest(dates=DIGEST.dates).is_empty
    assert not DIGEST.is_empty


def test_a_letter_about_the_contest_asks_nothing_of_a_candidature() -> None:
    for name in ("candidature", "entered", "received", "value", "rules"):
        template = "{{ 'there' if " + name + " is defined else 'not there' }}"
        assert told(template, case=None, transition=None) == "not there"
    assert told("{{ date.closing.hour }}", case=None, transition=None) == "12:00"


def test_every_name_of_a_letter_is_a_known_one() -> None:
    event = process('event = "closing"')
    arrived = ReceiptView("dossier", NOW, 1, "0" * 64)
    subject = Subject(
        Recipient("Alex"), RuleContext(NOW), GARDEN, MADE, (), DIGEST, receipt=arrived
    )
    moved = ChangeView("closing", Text("Clôture"), NOW, None)
    subject = replace(subject, changes=(moved,))
    found = set(Variables(event, "en", subject).of("receipt"))
    # Nothing is decided in this folder, no sitting is called, and no service is named; no file goes
    # with this mail, which tells of no marks.
    never = {"notified", "sitting", "service", "attached", "copies", "marks"}
    assert found | {"subject", "body", "frame", "texts"} | never == set(NAMES)


def bare(state: str) -> Candidature:
    """What must be known of a candidature that a mail finds in a state."""
    keys = KEYS.replace('on = "draft.submit"', f'at = ["date.closing"]\nin = ["{state}"]')
    files = contest(write={FILE: mail(keys)})
    assert check(files) == ()
    case = list(samples(Process.load(files), "receipt"))[-1].case
    assert case is not None
    return case


def test_a_bare_sample_has_been_only_where_it_must() -> None:
    assert set(bare("draft").entered) == {"draft"}
    assert set(bare("selected").entered) == {"draft", "submitted", "selected"}
    assert "dossier.plots" not in bare("draft").facts
