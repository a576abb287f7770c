"""Notifications: something sets each off, someone reads it, and its keys go together."""

from collections.abc import Mapping

import pytest

from ptce_workflow.process.check import check
from tests.cases import cases
from tests.process.contests import SMALL, contest, mail, only

pytestmark = pytest.mark.usefixtures("in_english")

FILE = "notifications/receipt.md"
ABOUT = 'label = "Digest"\nto = "desk"\nabout = "contest"\n'
REMINDER = 'label = "Reminder"\nto = "contact"\n'


def set_off(toml: str) -> dict[str, bytes]:
    """The small contest, in which a transition sets the notification off, with more keys."""
    return contest({FILE: toml})


def by_itself(toml: str, config: str = "") -> dict[str, bytes]:
    """The small contest, in which no transition sets its notification off, written anew."""
    return contest({"config.toml": config}, write={FILE: mail(toml)})


def headed(head: str) -> str:
    """What a mail is about and to whom it goes, as its first keys."""
    about, _to, recipient = head.split()
    keys = (
        ABOUT.replace("desk", "{to}") if about == "contest" else REMINDER.replace("contact", "{to}")
    )
    return keys.replace("{to}", recipient)


@pytest.mark.parametrize(
    ("head", "toml"),
    cases(r"""
        mail to contact | at = ["date.closing - 7 days at 09:00"]\nin = ["draft"]
        mail to contact | at = ["entered.draft + 1 week"]\nin = ["draft"]\nwhen = "!given.dossier"
        mail to contact | at = [2024-03-04T09:00:00]\nin = ["draft"]\nexpires = "date.closing"
        mail to contact | at = ["date.closing"]\nin = ["draft"]\nexpires = "3 hours"
        mail to contact | at = ["dossier.visit - 1 day"]\nin = ["draft"]\nexpires = "dossier.visit"
        mail to contact | at = ["date.closing - 1 day"]\nin = ["draft"]\nevent = "closing"
        mail to missing_sheets | at = ["date.closing"]\nin = ["submitted"]\npanel = "marks"
        mail to contact | on = "entered.draft"\nattach = ["form.dossier"]
        mail to holders | on = "erased"
        contest to jury | at = ["date.closing"]\nattach = ["grid.marks", "declaration.marks"]
        contest to desk | at = ["date.closing"]\nheld = true\nattach = ["booklet.marks", "minutes"]
        contest to desk | daily = "08:30"\nuntil = "date.closing + 6 months"
        contest to auditor | weekly = "09:00"\nuntil = "date.closing"\non = "closed"
        contest to desk | at = ["date.closing - 7 days"]\nwhen = "total.taken < limit.places"
        contest to desk | at = ["date.closing"]\nwhen = "now < date.closing"\nheld = true
        contest to missing_sheets | at = ["date.closing"]\npanel = "marks"
        contest to institutions | at = ["date.closing"]\nevent = "closing"
    """),
)
def test_what_goes_together_is_accepted(head: str, toml: str) -> None:
    assert check(by_itself(headed(head) + toml)) == ()


def test_one_that_a_transition_sets_off_may_wait() -> None:
    """Until an instant that may hang on its candidature."""
    for instant in ("date.closing", "entered.draft + 2 days at 09:00"):
        assert check(set_off(f'not_before = "{instant}"\nexpires = "1 day"')) == ()


@pytest.mark.parametrize(
    ("head", "toml", "key", "what"),
    cases(r"""
        mail to contact | "" | "" | Nothing sets this notification off.
        mail to contact | in = ["draft"] | "" | Nothing sets this notification off.
        mail to contact | at = ["date.closing"] | in | The key in is missing.
        mail to contact | at = ["date.closing"]\nin = ["drfat"] | in | "drfat" does not exist.
        mail to contact | daily = "08:30" | daily
            | Only what is about the contest leaves every day or every week.
        mail to contact | weekly = "08:30" | weekly
            | Only what is about the contest leaves every day or every week.
        mail to contact | on = "closed"\nabout = "candidature" | on
            | The end of a sitting is about the contest.
        contest to institutions | at = ["date.closing"]\nattach = ["grid.mraks"] | attach
            | "grid.mraks" does not exist.
        contest to desk | at = ["date.closing"]\nattach = ["grid.marks"] | to
            | grid.marks is an institution’s, and these readers are none.
        contest to institutions | at = ["date.closing"]\nattach = ["booklet.marks"] | held
            | booklet.marks goes only with a mail that a person has read.
        contest to institutions | at = ["date.closing"]\nattach = ["minutes"] | held
            | minutes goes only with a mail that a person has read.
        contest to desk | at = ["date.closing"]\nheld = true\nattach = ["dossier"] | about
            | dossier is about one candidature, and this mail is about the contest.
        mail to contact | at = ["date.closing"]\nin = ["draft"]\nheld = true\nattach = ["minutes"]
            | to | minutes tells of other candidatures: it does not go to the collective.
        mail to contact | on = "erased" | on
            | An erasure is told to those alone who hold files about the candidature.
        mail to holders | on = "entered.draft" | to
            | An erasure is told to those alone who hold files about the candidature.
        contest to chair | on = "closed" | to | Nobody chairs in this contest.
        contest to desk | weekly = "8:30" | weekly | "8:30" is no hour of the day.
        contest to desk | daily = "08:30"\nweekly = "08:30" | weekly
            | It leaves daily or weekly, not both.
        mail to contact | at = ["date.closing"]\nin = ["draft"]\nuntil = "date.closing" | until
            | until goes with daily.
        mail to contact | at = ["date.closing"]\nin = ["draft"]\nnot_before = "date.opening"
            | not_before | No transition sets this notification off.
        contest to desk | daily = "8:30" | daily | "8:30" is no hour of the day.
        contest to desk | daily = "24:00" | daily | "24:00" is no hour of the day.
        contest to contact | daily = "08:30" | to
            | Its readers are those of a candidature, and this is about the contest.
        contest to desk | daily = "08:30"\nin = ["draft"] | in | The contest stands in no state.
        contest to missing_sheets | daily = "08:30" | panel | The key panel is missing.
        contest to missing_sheets | daily = "08:30"\npanel = "dossier" | panel
            | "dossier" is not a panel.
        contest to desk | daily = "08:30"\npanel = "marks" | panel
            | A panel goes with to = "missing_sheets", "marked" alone.
        contest to desk | daily = "08:30"\nevent = "closng" | event | "closng" does not exist.
        contest to desk | daily = "08:30"\nevent = "opening" | event
            | The date "opening" does not say how long it lasts.
        contest to desk | at = ["entered.refused + 1 day"] | at
            | "entered.refused + 1 day" hangs on a candidature.
        contest to desk | at = ["date.appeal"] | at | "date.appeal" hangs on a candidature.
        contest to desk | daily = "08:30"\nuntil = "dossier.visit" | until
            | "dossier.visit" hangs on a candidature.
        contest to desk | daily = "08:30"\nexpires = "entered.refused + 1 day" | expires
            | "entered.refused + 1 day" hangs on a candidature.
        contest to desk | daily = "08:30"\nwhen = "given.dossier" | when
            | "given.dossier" hangs on a candidature.
        contest to desk | daily = "08:30"\nwhen = "now < date.appeal" | when
            | "date.appeal" hangs on a candidature.
        contest to desk | daily = "08:30"\nwhen = "received.dossier < now" | when
            | "received.dossier" hangs on a candidature.
    """),
)
def test_what_does_not_go_together_is_told(head: str, toml: str, key: str, what: str) -> None:
    found = only(by_itself(headed(head) + toml))
    assert (found.file, found.key, found.what) == (FILE, key, what)
    assert found.why or found.mend


@pytest.mark.parametrize(
    ("toml", "key", "what"),
    cases(r"""
        at = ["date.closing"]\nin = ["draft"] | at
            | A transition sets this notification off, and it has an hour of its own.
        not_before = "date.closng" | not_before | "closng" does not exist.
        not_before = "soon" | not_before | "soon" is nothing that an instant can be
        not_before = "soon.after" | not_before | "soon.after" does not exist.
        not_before = 2024-03-11 | not_before | "2024-03-11" is a day without an hour.
        expires = "3 wroking days" | expires | "wroking days" is no unit of time here.
        expires = "0 days" | expires | "0 days" is no length of time.
        expires = "date.closng" | expires | "closng" does not exist.
        expires = "2024-13-01T12:00:00" | expires | is no day and hour of the calendar.
        expires = "never" | expires | "never" is nothing that an instant can be
        expires = 2024-03-31T02:30:00 | expires | 2024-03-31T02:30:00
    """),
)
def test_every_instant_of_one_that_is_set_off_is_looked_at(toml: str, key: str, what: str) -> None:
    """They have the grammar of all instants; `expires` may be a length as well."""
    found = only(set_off(toml))
    assert (found.file, found.key) == (FILE, key)
    assert what in found.what


def test_the_nearest_names_are_proposed() -> None:
    reminder = REMINDER + 'at = ["date.closing"]\n'
    for toml, near in (
        (reminder + 'in = ["drfat"]', "draft"),
        (reminder + 'in = ["draft"]\nevent = "closng"', "closing"),
    ):
        assert only(by_itself(toml)).mend == f'Did you mean "{near}"?'


def test_a_transition_tells_of_its_candidature_only() -> None:
    found = only(contest(write={FILE: mail(ABOUT + 'daily = "08:30"\non = "draft.submit"')}))
    assert (found.file, found.key) == (FILE, "on")
    assert found.what == '"receipt" is about the contest.'


def without_institutions(toml: str) -> dict[str, bytes]:
    """The small contest without its panel, and a notification written anew."""
    config = SMALL["config.toml"]
    start, end = config.index("[institutions.town]"), config.index("[limits.places]")
    submitted = SMALL["states/submitted.toml"]
    for gone in ('freezes = "marks"\n', '"marks", '):
        submitted = submitted.replace(gone, "")
    first = submitted.index("[transitions.select.rules.every_point]")
    last = submitted.index("[transitions.refuse]")
    write: Mapping[str, str | bytes] = {
        "config.toml": config[:start] + config[end:],
        "states/submitted.toml": submitted[:first] + submitted[last:],
        FILE: mail(toml),
    }
    return contest(write=write, remove=["sheets/marks.toml"])


def test_institutions_must_exist_to_be_written_to() -> None:
    """Nobody would receive it."""
    toml = ABOUT.replace("desk", "institutions") + 'daily = "08:30"'
    found = only(without_institutions(toml))
    assert (found.key, found.what) == ("to", "This contest has no institutions.")
    assert check(without_institutions(ABOUT + 'daily = "08:30"')) == ()


@pytest.mark.parametrize("hours", [("09:00", "09:00"), ("18:00", "09:00")])
def test_the_hours_of_mails_open_before_they_close(hours: tuple[str, str]) -> None:
    """Otherwise no reminder could ever leave."""
    opens, closes = hours
    found = only(contest({"config.toml": f'[mail]\nopens = "{opens}"\ncloses = "{closes}"'}))
    assert (found.file, found.key) == ("config.toml", "mail.opens")
    assert found.what == f"The hours of mails open at {opens} and close at {closes}."


def test_every_fault_is_told_at_once() -> None:
    toml = ABOUT.replace("desk", "contact") + (
        'until = "date.closng"\nin = ["drfat"]\nevent = "opening"\npanel = "dossier"\n'
    )
    found = [(finding.key, finding.what) for finding in check(by_itself(toml))]
    assert [key for key, _what in found] == [
        *("", "to", "until", "until", "in", "in", "event", "panel", "panel")
    ]
    assert len(set(found)) == len(found)
