"""The whole contest, lived from its opening to 90 days after the AMI: every mail, at its hour.

The contest is the one of the rulebook, with two places instead of ten so that nine candidatures
fill the waiting list. The clock is the machine's own, frozen and moved; a pass is made at every
half hour that offices and the digest know, and after everything that somebody does. What a real
mail server took is compared with the table, which reads as the contest went.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import pytest

from ptce_workflow.app.audit.verify import verify
from ptce_workflow.app.candidatures.advance import advance
from ptce_workflow.app.candidatures.overview import show
from ptce_workflow.app.candidatures.record import receive
from ptce_workflow.app.jury.convocation import convene
from ptce_workflow.app.outbox.desk import letter_view, messages
from ptce_workflow.app.outbox.waiting import unnotified
from ptce_workflow.app.people import enrol
from tests.life import CHECKLIST, DESK, SEATS, Life, Row, instant, life

CALENDAR = """
2024-02-05 09:30  draft_opened                  larzac
2024-02-05 09:30  information_meeting           larzac
2024-02-06 19:20  draft_opened                  canigou
2024-02-06 19:20  information_meeting           canigou
2024-02-08 11:00  draft_opened                  bigorre ceze couserans lomagne tescou
2024-02-08 11:00  information_meeting           bigorre ceze couserans lomagne tescou
2024-02-10 15:00  draft_opened                  segala
2024-02-10 15:00  information_meeting           segala
2024-02-12 10:00  acknowledgement               canigou
2024-02-14 16:00  completion_asked              canigou
2024-02-19 10:00  information_meeting           segala
2024-02-19 10:00  withdrawn                     segala
2024-02-20 17:45  acknowledgement               larzac
2024-02-23 09:00  information_meeting_reminder  bigorre canigou ceze couserans larzac lomagne tescou
2024-02-26 09:00  draft_reminder                bigorre ceze couserans lomagne tescou
2024-03-01 11:00  acknowledgement               bigorre ceze tescou
2024-03-04 09:00  draft_reminder                couserans lomagne
2024-03-07 18:30  draft_opened                  comminges
2024-03-08 09:00  draft_reminder                comminges couserans lomagne
2024-03-09 10:15  acknowledgement               canigou
2024-03-11 09:00  draft_last_morning            comminges couserans lomagne
2024-03-11 11:40  acknowledgement               comminges
2024-03-15 09:30  lapsed                        couserans lomagne
2024-03-19 09:30  acknowledgement               lomagne
2024-03-20 16:00  ineligible                    ceze
2024-03-20 16:00  invited_directly              tescou
2024-03-25 17:00  jury_convocation              banque_des_territoires coorace cress dreets region sgar
2024-03-26 09:00  jury_invitation               banque_des_territoires coorace cress dreets sgar
2024-03-27 09:00  jury_invitation               region
2024-03-28 09:00  missing_sheets                coorace region
2024-04-02 17:00  marks_recorded                banque_des_territoires cress dreets sgar
2024-04-04 09:00  missing_sheets                coorace
2024-04-08 09:00  marks_recorded                coorace region
2024-04-10 20:30  minutes                       banque_des_territoires coorace cress dreets region sgar
2024-04-12 10:00  not_selected                  lomagne
2024-04-12 10:00  selected                      canigou larzac
2024-04-12 10:00  session_1_convocation         canigou larzac
2024-04-12 10:00  session_2_convocation         canigou larzac
2024-04-12 10:00  wait_listed                   bigorre comminges
2024-04-18 09:00  confirmation_reminder         canigou
2024-04-22 09:00  confirmation_overdue          bureau
2024-04-22 11:00  place_taken_back              canigou
2024-04-22 11:00  promoted                      comminges
2024-04-22 11:00  session_1_convocation         canigou
2024-04-22 11:00  session_2_convocation         canigou
2024-04-23 09:00  confirmation_reminder         comminges
2024-04-23 09:00  session_1_convocation         comminges
2024-04-23 09:00  session_2_convocation         comminges
2024-05-07 09:00  session_reminder              comminges larzac
2024-05-10 09:00  not_selected                  bigorre
2024-05-15 17:00  accompaniment_completed       larzac
2024-05-16 10:00  accompaniment_completed       comminges
2024-06-03 10:00  ami_ready                     larzac
2024-06-10 20:00  ami_ready                     comminges
2024-07-03 09:00  ami_follow_up                 larzac
2024-07-10 09:00  ami_follow_up                 comminges
2024-08-30 09:00  ami_follow_up                 larzac
2024-09-06 09:00  ami_follow_up                 comminges
"""  # noqa: E501

# The digest leaves at 08:30 on the days on which something waits for the desk: until 26 March
# dossiers to examine, and not while one is given back to its collective; invitations of the jury to
# read; the day after the deliberation, decisions to read; the day on which a place may be taken
# back; from the second day of the accompaniment on, what makes ready for the national call.
DIGESTS = """
2024-02  13 14 21 22 23 26 27 28 29
2024-03  01 04 05 06 07 08 11 12 13 14 15 18 19 20 21 22 25 26
2024-04  10 22
2024-05  16 17 21 22 23 24 27 28 29 30 31
2024-06  03 04 05 06 07 10
"""

# The checkpoint goes to who chairs on the first working day of a week, and after each sitting.
WITNESSES = """
02-12 09:00
02-19 09:00
02-26 09:00
03-04 09:00
03-11 09:00
03-18 09:00
03-25 09:00
04-02 09:00
04-08 09:00
04-09 15:00
04-15 09:00
04-22 09:00
04-29 09:00
05-06 09:00
05-13 09:00
05-21 09:00
05-27 09:00
06-03 09:00
06-10 09:00
06-17 09:00
06-24 09:00
07-01 09:00
07-08 09:00
07-15 09:00
07-22 09:00
07-29 09:00
08-05 09:00
08-12 09:00
08-19 09:00
08-26 09:00
09-02 09:00
09-09 09:00
09-16 09:00
09-23 09:00
09-30 09:00
"""

END = "2024-09-30 19:00"


def opening(life: Life) -> None:
    """The desk and the six institutions are enrolled, each with an address."""
    enrol(life.contest, "Bureau", ["desk"], login=DESK, email="bureau@cress.example")
    for seat in SEATS:
        address = f"{seat}@cra.example"
        enrol(life.contest, seat, ["jury"], institution=seat, login=seat, email=address)


def first_draft(life: Life) -> None:
    """A collective comes in the first hour."""
    life.add("larzac")


def a_draft_in_the_evening(life: Life) -> None:
    """Another one comes after the offices have closed."""
    life.add("canigou")


def more_drafts(life: Life) -> None:
    """Five drafts on one morning."""
    life.add("lomagne", "couserans", "bigorre", "tescou", "ceze")


def a_draft_on_a_saturday(life: Life) -> None:
    """The desk opens one on a Saturday."""
    life.add("segala")


def an_early_one(life: Life) -> None:
    """One is submitted a month before the deadline."""
    life.submit("canigou")


def a_piece_is_missing(life: Life) -> None:
    """It is given back to be completed."""
    life.move("return_for_completion", "canigou", reason="Une lettre n’est pas lisible.")


def a_draft_leaves(life: Life) -> None:
    """A collective withdraws while its draft is open."""
    life.move("withdraw", "segala", reason="Le collectif se retire.")


def in_good_time(life: Life) -> None:
    """One more is submitted."""
    life.submit("larzac")


def three_more(life: Life) -> None:
    """And three more."""
    life.submit("bigorre", "tescou", "ceze")


def after_the_meeting(life: Life) -> None:
    """A draft that is opened after the information meeting is not invited to it."""
    life.add("comminges")


def completed_on_a_saturday(life: Life) -> None:
    """What was given back comes again, between two reminders."""
    life.submit("canigou")


def in_the_last_hour(life: Life) -> None:
    """One is submitted twenty minutes before noon."""
    life.submit("comminges")


def closed_are_read(life: Life) -> None:
    """Time has closed two drafts: somebody looks for their dossiers, and lets the mails leave."""
    life.release("lapsed")


def found_afterwards(life: Life) -> None:
    """A dossier that came in time is found in a filter."""
    receive(life.contest, life.refs["lomagne"], "dossier", at=instant("2024-03-11 09:12"))
    life.move("file_late", "lomagne")


def examined(life: Life) -> None:
    """The desk examines all of them: one is ineligible, one ready already."""
    for name in ("larzac", "canigou", "comminges", "lomagne", "bigorre", "tescou", "ceze"):
        life.record(name, "review", exists_already=True, already_ptce=False)
    life.record("tescou", "review", ready_for_ami=True, accepts_invitation=True)
    life.move("declare_ineligible", "ceze", reason="Une structure seule n’est pas un collectif.")
    life.move("invite_directly", "tescou")
    life.move("declare_eligible", "larzac", "canigou", "comminges", "lomagne", "bigorre")


def read_again(life: Life) -> None:
    """Somebody has read both decisions, and lets them leave."""
    life.release("ineligible", "invited_directly")


def the_jury_is_invited(life: Life) -> None:
    """Five invitations are released the evening before, when the jury is called to its sitting."""
    convene(life.contest, "deliberation")
    life.release("jury_convocation")
    for seat in SEATS:
        if seat != "region":
            life.release("jury_invitation", to=seat)


def one_is_released_in_the_evening(life: Life) -> None:
    """The sixth is released too late for its day."""
    life.release("jury_invitation", to="region")


def most_have_scored(life: Life) -> None:
    """Four institutions give their marks."""
    for seat in SEATS[:3] + SEATS[5:]:
        life.score(seat, "4", "larzac", "canigou")
        life.score(seat, "3.5", "comminges", "bigorre")
        life.score(seat, "2", "lomagne")


def one_more_has_scored(life: Life) -> None:
    """A fifth one does."""
    life.score("region", "3", "larzac", "canigou", "comminges", "bigorre", "lomagne")


def the_last_one_in_part(life: Life) -> None:
    """The sixth marks two of five."""
    life.score("coorace", "3", "larzac", "canigou")


def scoring_is_closed(life: Life) -> None:
    """There are voices enough."""
    life.move("close_scoring", "larzac", "canigou", "comminges", "bigorre", "lomagne")


def deliberation(life: Life) -> None:
    """Two places; two candidatures wait; the jury votes not to let a third one hope."""
    life.deliberate("lomagne", reason="Les partenaires sont encore trop peu nombreux.")


def every_reason_is_read(life: Life) -> None:
    """In the evening, every decision is read and released."""
    life.release("selected", "session_1_convocation", "session_2_convocation")
    life.release("wait_listed", "not_selected", "minutes")


def one_confirms(life: Life) -> None:
    """One laureate answers at once; the other one does not."""
    life.record("larzac", "confirmation", confirmed=True)


def a_place_falls_free(life: Life) -> None:
    """The place that nobody confirmed is taken back, and the first of the list gets it."""
    life.move("take_back", "canigou", reason="Ni réponse au rappel, ni au téléphone.")
    life.release("place_taken_back")
    life.move("promote", "comminges")


def released_in_the_evening(life: Life) -> None:
    """Both notices to whom is promoted are read after the offices have closed."""
    life.release("session_1_convocation", "session_2_convocation")


def another_one_confirms(life: Life) -> None:
    """The reminder has helped."""
    life.record("comminges", "confirmation", confirmed=True, answered_on="2024-04-23")


def the_list_is_closed(life: Life) -> None:
    """Time has closed the waiting list; on a holiday somebody reads the answer and releases it."""
    life.release("not_selected")


def both_days_are_over(life: Life) -> None:
    """One collective was there on both days."""
    came = {"name": "La Fabrique", "session_1": "present", "session_2": "present"}
    life.record("larzac", "attendance", structures=[came])
    life.move("complete_accompaniment", "larzac")
    life.release("accompaniment_completed")


def an_excuse_is_told(life: Life) -> None:
    """The other one was excused on the first."""
    excuse = "Routes coupées par un orage."
    came = {"name": "Roue libre", "session_1": "excused", "session_2": "present"}
    life.record("comminges", "attendance", structures=[came], excuse_1=excuse)
    life.move("complete_accompaniment", "comminges")
    life.release("accompaniment_completed")


def one_is_ready(life: Life) -> None:
    """The checklist of the AMI is complete."""
    life.record("larzac", "ami", **CHECKLIST)
    life.move("declare_ami_ready", "larzac")


def another_one_is_ready(life: Life) -> None:
    """And the other one's, in the evening."""
    life.record("comminges", "ami", **CHECKLIST)
    life.move("declare_ami_ready", "comminges")


STORY: Sequence[tuple[str, Callable[[Life], None]]] = (
    ("2024-02-05 09:00", opening),
    ("2024-02-05 09:30", first_draft),
    ("2024-02-06 19:20", a_draft_in_the_evening),
    ("2024-02-08 11:00", more_drafts),
    ("2024-02-10 15:00", a_draft_on_a_saturday),
    ("2024-02-12 10:00", an_early_one),
    ("2024-02-14 16:00", a_piece_is_missing),
    ("2024-02-19 10:00", a_draft_leaves),
    ("2024-02-20 17:45", in_good_time),
    ("2024-03-01 11:00", three_more),
    ("2024-03-07 18:30", after_the_meeting),
    ("2024-03-09 10:15", completed_on_a_saturday),
    ("2024-03-11 11:40", in_the_last_hour),
    ("2024-03-15 09:30", closed_are_read),
    ("2024-03-19 09:30", found_afterwards),
    ("2024-03-20 10:00", examined),
    ("2024-03-20 16:00", read_again),
    ("2024-03-25 17:00", the_jury_is_invited),
    ("2024-03-26 20:00", one_is_released_in_the_evening),
    ("2024-03-27 15:00", most_have_scored),
    ("2024-04-03 11:00", one_more_has_scored),
    ("2024-04-05 17:00", the_last_one_in_part),
    ("2024-04-05 18:05", scoring_is_closed),
    ("2024-04-09 15:00", deliberation),
    ("2024-04-10 20:30", every_reason_is_read),
    ("2024-04-16 11:00", one_confirms),
    ("2024-04-22 11:00", a_place_falls_free),
    ("2024-04-22 20:00", released_in_the_evening),
    ("2024-04-23 15:00", another_one_confirms),
    ("2024-05-08 11:00", the_list_is_closed),
    ("2024-05-15 17:00", both_days_are_over),
    ("2024-05-16 10:00", an_excuse_is_told),
    ("2024-06-03 10:00", one_is_ready),
    ("2024-06-10 20:00", another_one_is_ready),
)


def _days(table: str) -> list[str]:
    """The days of a table that has a line for each month."""
    months = (line.split() for line in table.strip().splitlines())
    return [f"{month}-{day}" for month, *days in months for day in days]


def told(calendar: Sequence[Row]) -> list[str]:
    """Mails as the table tells them: those of one hour and one kind stand on one line."""
    return [
        f"{hour}  {notification:28}  {' '.join(who for _hour, _name, who in rows)}"
        for (hour, notification), rows in groupby(calendar, lambda row: row[:2])
    ]


@pytest.mark.slow
def test_the_whole_calendar(tmp_path: Path) -> None:
    """Who gets which mail, on which day and at which local hour: all of it, and nothing else."""
    with life(tmp_path / "contest") as lived:
        for when, scene in STORY:
            lived.live_until(when)
            scene(lived)
            lived.tick()
        lived.live_until(END)
        _compare(lived)


def _compare(life: Life) -> None:
    calendar = life.calendar()
    regular = ("desk_digest", "witness_chair", "witness_auditor")
    others = [row for row in calendar if row[1] not in regular]
    assert told(others) == CALENDAR.strip().splitlines()
    digests = [(hour, who) for hour, name, who in calendar if name == "desk_digest"]
    assert digests == [(f"{day} 08:30", DESK) for day in _days(DIGESTS)]
    witnessed = [(hour, who) for hour, name, who in calendar if name == "witness_chair"]
    assert witnessed == [(f"2024-{day}", "sgar") for day in WITNESSES.strip().splitlines()]
    planned = sorted(posted.notification for posted in messages(life.contest))
    assert planned == ["desk_digest", "witness_chair"]
    assert messages(life.contest, ["failed", "uncertain"]) == ()
    # Who comes after the meeting is not invited, and the desk sees that.
    [late] = messages(life.contest, ["expired"])
    assert late.notification == "information_meeting"
    assert verify(life.contest).faults == ()


@pytest.mark.slow
def test_a_place_is_not_taken_back_from_whom_nobody_told(tmp_path: Path) -> None:
    with life(tmp_path / "contest") as lived:
        for when, scene in STORY[: [scene for _when, scene in STORY].index(every_reason_is_read)]:
            lived.live_until(when)
            scene(lived)
            lived.tick()
        lived.live_until("2024-04-22 11:00")
        contest, ref = lived.contest, lived.refs["canigou"]
        (waits,) = unnotified(contest, show(contest, ref).case.id)
        assert (waits.transition, waits.days) == ("select", 13)
        assert _stopped(lived, ref) == {"told", "time_over"}
        lived.release("selected")
        lived.live_until("2024-04-24 18:00")
        assert _stopped(lived, ref) == {"time_over"}
        lived.live_until("2024-04-24 18:30")
        lived.move("take_back", "canigou", reason="Ni réponse au rappel, ni au téléphone.")
        (held,) = messages(contest, ["held"], notification="place_taken_back")
        said = letter_view(contest, held.name).letter.text.replace("\N{NO-BREAK SPACE}", " ")
        assert "aucune réponse de votre collectif avant le mercredi 24 avril 2024 à 18 h" in said
        assert "- Candidature retenue, le lundi 22 avril 2024 à 11 h 30\n" in said
        assert "- Rappel de la confirmation, le mardi 23 avril 2024 à 9 h\n" in said
        assert "appels" not in said, "no call was recorded"
        lived.move("back_to_place", "canigou", reason="Une erreur.")
        gone = messages(contest, ["cancelled", "planned", "held"], ref=ref)
        stages = {one.notification: str(one.stage) for one in gone}
        assert (stages["place_taken_back"], "restored" in stages) == ("cancelled", False)
        assert verify(contest).faults == ()


def _stopped(life: Life, ref: str) -> set[str]:
    """The rules that stop a place from being taken back."""
    (step,) = advance(life.contest, [ref], "take_back", reason="Pas de réponse.")
    return {one.rule for one in step.outcome.verdicts if one.answer != "holds"}
