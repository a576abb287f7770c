"""Instants of the folder: they read, hang on something, exist once, and come in order."""

import pytest

from ptce_workflow.app.locations import read_folder
from ptce_workflow.process.check import check
from tests.process.contests import REPOSITORY, contest, mail, only

pytestmark = pytest.mark.usefixtures("in_english")

APPEAL = 'at = "entered.refused + 10 working days at 18:00"'
OPENING = "at = 2024-02-05T09:00:00"


def with_appeal(at: str) -> dict[str, bytes]:
    """The small contest with another `at` for the last of its dates."""
    return contest(replace={"config.toml": (APPEAL, f"at = {at}")})


@pytest.mark.parametrize(
    ("at", "near"),
    [
        ('"date.closin + 1 day"', "closing"),
        ('"entered.refsed + 1 day"', "refused"),
        ('"sent.reciept + 1 day"', "receipt"),
        ('"dossier.vist - 1 day"', "dossier.visit"),
    ],
)
def test_an_anchor_that_does_not_exist_is_told_with_the_nearest(at: str, near: str) -> None:
    found = only(with_appeal(at))
    assert (found.file, found.key) == ("config.toml", "dates.appeal.at")
    assert found.mend == f'Did you mean "{near}"?'


@pytest.mark.parametrize("at", ['"dossier.visit - 1 week at 09:00"', '"sent.receipt + 2 days"'])
def test_an_anchor_may_be_a_field_or_a_mail(at: str) -> None:
    assert check(with_appeal(at)) == ()


def test_an_anchor_is_no_mail_about_the_contest() -> None:
    """It is sent to no candidature: what is counted from it would stay unknown for ever."""
    digest = 'label = "Digest"\nto = "desk"\nabout = "contest"\n'
    written = mail(f'{digest}daily = "08:30"').encode()
    found = only({**with_appeal('"sent.digest + 15 days"'), "notifications/digest.md": written})
    assert (found.file, found.key) == ("config.toml", "dates.appeal.at")
    assert found.what == '"digest" is a mail about the contest.'


def test_an_anchor_that_is_a_field_says_when() -> None:
    found = only(with_appeal('"dossier.plots + 1 day"'))
    assert found.what == '"dossier.plots" is a field of type integer.'
    assert found.why == "Expected here: date or datetime."


@pytest.mark.parametrize(
    ("at", "what"),
    [
        ('"in a while"', "no instant"),
        ('"date.closing + 3 wroking days"', "no unit of time"),
        ('"date.closing + 3 days at 9"', "no hour of the day"),
        ('"date.closing + 3 days at 25:00"', "no hour of the day"),
        ('"closing + 3 days"', "nothing that an instant can be counted from"),
        ("2024-05-14", "a day without an hour"),
        ("2024-05-14T12:00:00Z", "says its own time zone"),
        ("2024-05-14T12:00:00+02:00", "says its own time zone"),
    ],
)
def test_an_instant_that_does_not_read_is_told(at: str, what: str) -> None:
    found = only(with_appeal(at))
    assert found.key == "dates.appeal.at"
    assert what in found.what
    assert found.mend


@pytest.mark.parametrize(
    ("hour", "what"),
    [
        ("2024-03-31T02:30:00", "2024-03-31T02:30:00 does not exist in Europe/Paris."),
        ("2024-10-27T02:30:00", "2024-10-27T02:30:00 comes twice in Europe/Paris."),
    ],
)
def test_an_hour_that_exists_not_exactly_once_is_refused(hour: str, what: str) -> None:
    """A deadline in the night when clocks change could be read in two ways, or in none."""
    found = only(with_appeal(hour))
    assert (found.key, found.what) == ("dates.appeal.at", what)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00", '"date.closing + 9000 years"'])
def test_an_instant_stays_within_the_calendar(at: str) -> None:
    found = only(with_appeal(at))
    assert found.key == "dates.appeal.at"
    assert "falls out of the calendar" in found.what


def test_dates_that_add_up_beyond_the_calendar_are_told() -> None:
    files = contest(
        {
            "config.toml": """
            [dates.far]
            label = "x"
            at = "date.closing + 6000 years"
            choice = "x"

            [dates.farther]
            label = "x"
            at = "date.far + 6000 years"
            choice = "x"
            """
        }
    )
    found = only(files)
    assert (found.file, found.key) == ("config.toml", "dates")


def test_dates_in_a_circle_are_shown_with_the_circle() -> None:
    """Neither of two dates that hang on one another ever comes."""
    files = contest(replace={"config.toml": (OPENING, 'at = "date.closing - 1 month"')})
    files["config.toml"] = files["config.toml"].replace(
        b"at = 2024-03-11T12:00:00", b'at = "date.opening + 1 month"'
    )
    found = only(files)
    assert (found.file, found.key) == ("config.toml", "dates")
    assert "date.opening → date.closing → date.opening" in found.why


def test_a_date_before_one_that_it_follows_is_told() -> None:
    found = only(contest(replace={"config.toml": (OPENING, "at = 2024-04-05T09:00:00")}))
    assert (found.file, found.key) == ("config.toml", "dates.closing.at")
    assert found.what == 'This date comes before "opening".'
    assert "2024-03-11T12:00:00+01:00 is before 2024-04-05T09:00:00+02:00" in found.why


def test_two_dates_may_fall_together() -> None:
    """`not_before` allows the same instant."""
    assert check(contest(replace={"config.toml": (OPENING, "at = 2024-03-11T12:00:00")})) == ()


def test_a_date_that_hangs_on_a_candidature_is_not_compared() -> None:
    files = with_appeal('"entered.refused - 10 years"\nnot_before = "date.closing"')
    assert check(files) == ()


def test_not_before_waits_for_no_date_that_waits_for_it() -> None:
    dates = {
        "kept": 'at = "entered.refused + 1 year"\nnot_before = "date.after"',
        "after": 'at = "date.kept + 1 day"',
    }
    said = 'label = "x"\nchoice = "x"'
    extra = "".join(f"\n[dates.{name}]\n{said}\n{keys}\n" for name, keys in dates.items())
    files = with_appeal('"entered.refused + 1 month"')
    files["config.toml"] = files["config.toml"] + extra.encode()
    found = only(files)
    assert "waits for itself" in found.what
    assert "date.kept → date.after" in found.why or "date.after → date.kept" in found.why


def test_not_before_names_a_date_in_full() -> None:
    """`opening` alone would not say that it is a date."""
    change = ('not_before = "date.opening"', 'not_before = "opening"')
    found = only(contest(replace={"config.toml": change}))
    assert (found.key, found.mend) == ("dates.closing.not_before", 'Did you mean "date.opening"?')


@pytest.mark.parametrize(
    "length", ["2", "two hours", "0 hours", "2 weeks", "-1 hours", "1.5 hours"]
)
def test_a_length_is_a_count_of_minutes_hours_or_days(length: str) -> None:
    change = ('lasts = "2 hours"', f'lasts = "{length}"')
    assert only(contest(replace={"config.toml": change})).key == "dates.closing.lasts"


def test_a_country_without_holidays_is_told_with_the_nearest() -> None:
    found = only(contest(replace={"config.toml": ('holidays = "FR"', 'holidays = "France"')}))
    assert (found.key, found.mend) == ("contest.holidays", 'Did you mean "FR"?')
    assert check(contest(replace={"config.toml": ('holidays = "FR"', "")})) == ()


@pytest.mark.parametrize("zone", ["Europe/Pari", "Paris", "../etc", "", "/etc/localtime"])
def test_a_zone_that_does_not_exist_is_told_once(zone: str) -> None:
    found = only(contest(replace={"config.toml": ("Europe/Paris", zone)}))
    assert (found.file, found.key) == ("config.toml", "contest.timezone")


def test_instants_of_transitions_and_notifications_are_looked_at_too() -> None:
    files = contest(
        {
            "states/draft.toml": """
            [transitions.lapse]
            label = "Close"
            to = "refused"
            at = "date.closng + 3 days"
            """,
            "notifications/receipt.md": """
            not_before = "date.closing - 1 dya"
            """,
        }
    )
    assert [(finding.file, finding.key) for finding in check(files)] == [
        ("notifications/receipt.md", "not_before"),
        ("states/draft.toml", "transitions.lapse.at"),
    ]


_TERM = """
[dates.term]
label = "Term"
at = "{at}"
choice = "a week"
"""


@pytest.mark.parametrize("edge", ["guard", "time", "date"])
@pytest.mark.parametrize(
    ("at", "held", "decision", "stands"),
    [
        ("entered.selected + 7 days", True, "adverse", False),
        ("notified + 7 days", True, "adverse", True),
        ("entered.selected + 7 days", False, "adverse", True),
        ("entered.selected + 7 days", True, "favourable", True),
    ],
)
def test_no_adverse_decision_waits_on_a_term_that_nobody_was_told(
    edge: str, at: str, held: bool, decision: str, stands: bool
) -> None:
    files = dict(read_folder(REPOSITORY / "contests" / "blank" / "en"))
    dates = _TERM.format(at=at)
    if edge == "date":
        dates += _TERM.replace("[dates.term]", "[dates.more]").format(at="date.term + 1 day")
    files["config.toml"] += dates.encode()
    when = {"guard": "date.term", "time": "date.opened", "date": "date.more"}[edge]
    rule = f'rules.over = {{ says = "Over", when = "now > {when}", choice = "later" }}\n'
    own = f'at = "{at}"\n' if edge == "time" else rule
    ends = files["states/ends.toml"].decode().split("\n")
    files["states/ends.toml"] = "\n".join(
        one for one in ends if not one.startswith("selected")
    ).encode()
    files["states/selected.toml"] = (
        'label = "Selected"\nmeaning = "It has a place."\n[transitions.take_back]\n'
        f'label = "Take back"\nto = "declined"\ndecision = "{decision}"\nchoice = "a place"\n{own}'
    ).encode()
    mail = files["notifications/decision.md"]
    files["notifications/decision.md"] = mail if held else mail.replace(b"held = true\n", b"")
    found = [] if stands else [only(files)]
    assert stands == (check(files) == ())
    for one in found:
        assert (one.file, one.key) == ("states/selected.toml", "transitions.take_back.decision")
        assert "which counts from entered.selected" in one.what
