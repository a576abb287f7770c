"""Lines that are well chained, and that the program would not have written."""

from functools import partial
from hashlib import sha256
from typing import Any

from msgspec import to_builtins

from ptce_workflow.ledger.events.erasure import ListedErasure
from tests.ledger.tamperer import Tamperer
from tests.ledger.tamperings.table import Expected, Table, in_earnest

LIES = Table()

# --- Time ---------------------------------------------------------------------------------------


@LIES.tried
def dated_before_the_line_above(it: Tamperer) -> Expected:
    """C2: the dossier was opened late, and is dated before the deadline."""
    in_earnest(it)
    return it.change(it.find("candidature_opened", ref="C-007"), at="2024-02-10T09:00:00.000000Z")


@LIES.tried
def late_dossier_made_timely(it: Tamperer) -> Expected:
    """M9: the lapse of a draft becomes a submission, days before the line above."""
    in_earnest(it)
    n = it.find("transition_made", transition="lapse")
    back = "2024-03-10T09:00:00.000000Z"
    data = it.line(it.find("transition_made", transition="submit")).data
    it.change(n, at=back, actor="P-001", data=data)
    return n


def bounced(it: Tamperer, back: bool, told: dict[str, Any]) -> Expected:
    """Of a mail that came back, or of which that was said wrongly, the line tells otherwise."""
    return it.data(it.find("message_bounced", back=back), **told)


LIES.each(
    bounced,
    counts_from_what_came_back=(True, {"since": "2024-02-23T09:00:00.000000Z"}),
    counts_no_more_although_it_arrived=(False, {"since": None}),
    another_mail_came_back=(True, {"notification": "chosen"}),
    back_twice=(False, {"back": True}),
)


def answered(it: Tamperer, told: dict[str, Any]) -> Expected:
    """Of an answer that the courier has read, the line tells otherwise than it is kept."""
    return it.data(it.find("mail_received"), **told)


_MAIL = {"sha256": sha256(b"Une question").hexdigest(), "size": 12}
LIES.each(
    answered,
    after_its_line=({"received_at": "2024-04-12T07:00:00.000000Z"},),
    at_another_hour=({"received_at": "2024-04-10T08:00:00.000000Z"},),
    at_no_hour=({"received_at": None},),
    by_a_program=({"automatic": True},),
    by_a_mail_that_is_not_kept=({"evidence": _MAIL},),
)


@LIES.tried
def an_answer_of_another_size(it: Tamperer) -> Expected:
    n = it.find("mail_received")
    return it.data(n, evidence={**it.line(n).data["evidence"], "size": 7})


@LIES.tried
def an_answer_of_another_candidature(it: Tamperer) -> Expected:
    n = it.find("mail_received")
    it.side(n, it.case("C-004"), it.row(n, it.line(n).case or ""))
    return it.change(n, case=it.case("C-004"))


@LIES.tried
def an_answer_told_twice(it: Tamperer) -> Expected:
    return it.again(it.find("mail_received"))


@LIES.tried
def an_answer_by_hand(it: Tamperer) -> Expected:
    """A person says that the courier has read one."""
    return it.change(it.find("mail_received"), actor="P-001")


def sent_by_another(it: Tamperer, *tables: str) -> Expected:
    """An answer came from somebody else than its bytes say."""
    n = it.find("mail_received")
    case = it.line(n).case or ""
    it.side(n, case, {**it.row(n, case), "sender": "autre@collectif.example"})
    for table in tables:
        it.sql(f"UPDATE {table} SET sender = 'autre@collectif.example' WHERE number = 1")
    return n


LIES.each(sent_by_another, by_the_line=(), by_all_but_the_bytes=("received_mail",))


@LIES.tried
def released_in_other_words_than_it_was_given(it: Tamperer) -> Expected:
    """A mail was rewritten, and others of its words are told as read."""
    n = it.find("message_edited")
    it.data(n, words="0" * 64)
    return it.find("messages_released")


@LIES.tried
def dropped_without_a_reason(it: Tamperer) -> Expected:
    """A mail is kept from leaving, and nobody says why."""
    n = it.find("message_dropped")
    it.sql("DELETE FROM side WHERE n = ?", n)
    return it.change(n, pd=None)


def dated(it: Tamperer, at: str) -> Expected:
    """L6, M1: the last line bears an instant that has not come."""
    in_earnest(it)
    return it.change(len(it.lines), at=at)


LIES.each(
    dated,
    far_ahead=("9998-01-01T00:00:00.000000Z",),
    at_the_end_of_time=("9999-12-31T23:59:59.999999Z",),
)


@LIES.tried
def a_sitting_closed_in_the_year_one(it: Tamperer) -> Expected:
    """A single line of a sitting is dated far back."""
    in_earnest(it)
    return it.change(it.find("sitting_closed"), at="0001-01-01T00:00:00.000000Z")


# --- Lies that the program would not have written -----------------------------------------------


def adopted_into_itself(it: Tamperer, **data: Any) -> int:
    """A process adopted that is in force already."""
    process = it.lines[-1].process
    given = {"from": process, "to": process, "states": {}, "dropped": [], **data}
    return it.append("process_adopted", side={"contest": {"reason": "Rien."}}, **given)


@LIES.tried
def moved_by_an_adoption(it: Tamperer) -> Expected:
    """L24: a declined candidature stands selected, by no rule at all."""
    return adopted_into_itself(it, states={"declined": "selected"})


@LIES.tried
def moved_by_an_adoption_into_no_state(it: Tamperer) -> Expected:
    """H1, L25: a state that the process does not know."""
    return adopted_into_itself(it, states={"declined": "winner"})


@LIES.tried
def facts_dropped_by_an_adoption(it: Tamperer) -> Expected:
    """L26: nothing changed, and facts are dropped all the same."""
    return adopted_into_itself(it, dropped=["dossier.governance"])


@LIES.tried
def marks_dropped_by_an_adoption(it: Tamperer) -> Expected:
    """M3: nothing changed, and marks are dropped all the same."""
    return adopted_into_itself(it, dropped=["cra.idea"])


def erased(it: Tamperer, actor: str, ref: str = "C-002", left: int = 0) -> Expected:
    """L12, L13: erased by someone who may not, while it is under way, or not all of it."""
    case = it.case(ref)
    gone = [n for n, line in enumerate(it.lines, 1) if case in (line.pd or ())]
    gone = gone[: len(gone) - left]
    for n in gone:
        it.sql("DELETE FROM side WHERE subject = ? AND n = ?", case, n)
    why = {case: {"reason": "Demandé."}}
    kind = "personal_data_erased"
    return it.append(kind, actor=actor, case=case, side=why, subject=case, lines=gone)


LIES.each(
    erased,
    by_a_juror=("P-002",),
    by_nobody=("P-999",),
    while_it_is_under_way=("P-001", "C-004"),
    in_part=("P-001", "C-001", 1),
)


def erased_again(it: Tamperer, line: int, restored: int, *, signed: bool) -> Expected:
    """A dossier under way is erased, as if a restore had brought it back."""
    case, origin = it.case("C-004"), it.line(1).data["origin"]
    gone = {n: one.pd[case] for n, one in enumerate(it.lines, 1) if one.pd and case in one.pd}
    listed = ListedErasure(origin, line, case, {str(n): hash_ for n, hash_ in gone.items()})
    if signed:
        listed = listed.signed_with((it.contest.folder / "ptce.key").read_bytes())
    it.sql("DELETE FROM side WHERE subject = ?", case)
    it.sql("UPDATE candidature SET private = '{}', name = NULL WHERE id = ?", case)
    again = {"erasure": to_builtins(listed), "restored": restored}
    told = {"subject": case, "lines": [*gone], "again": again}
    return it.data(it.append("personal_data_erased", case=case), **told)


LIES.each(
    partial(erased_again, signed=False),
    that_nobody_signed=(999, 20),
)
LIES.each(
    partial(erased_again, signed=True),
    at_a_restored_line=(20, 20),
    below_a_restored_line=(3, 20),
    restored_up_to_a_later_line=(2000, 1000),
)


@LIES.tried
def erased_before_its_time(it: Tamperer) -> Expected:
    """The answers of a sheet, of which no folder says that they are kept no longer."""
    case = it.case("C-001")
    n = it.find("facts_recorded")
    it.sql("DELETE FROM side WHERE n = ?", n)
    told = {"subject": case, "lines": [n], "sheets": ["dossier"]}
    return it.data(it.append("personal_data_erased", case=case), **told)


def cancelled(it: Tamperer, actor: str, why: str) -> Expected:
    """L14: a mail that was to leave is cancelled by someone who may not, or for no reason known."""
    planned = it.find("messages_planned", -1)
    [*messages] = it.line(planned).data["messages"]
    names = [messages[0]["message"]]
    case = it.line(planned).case
    return it.append("messages_cancelled", actor=actor, case=case, messages=names, why=why)


LIES.each(
    cancelled,
    by_a_juror=("P-002", "state"),
    by_nobody=("P-999", "state"),
    by_any_word=("whoever", "state"),
    for_any_word=("P-001", "whatever"),
)


@LIES.tried
def expired_before_its_hour(it: Tamperer) -> Expected:
    """L15: a mail is of no more use days before it was to leave."""
    name, case = _ahead(it)
    return it.append("messages_expired", actor="courier", case=case, messages=[name], why="late")


@LIES.tried
def made_late_without_its_hour(it: Tamperer) -> Expected:
    """Time made a transition late, and the line keeps the hour for which it did to itself."""
    n = next(n for n, one in enumerate(it.lines, 1) if "due" in one.data and "to" in one.data)
    return it.change(n, data={key: one for key, one in it.line(n).data.items() if key != "due"})


@LIES.tried
def sent_again_though_it_expired(it: Tamperer) -> Expected:
    """A mail that was of no more use is told to leave again, and would only expire."""
    case = it.case("C-007")
    [name] = next(
        line.data["messages"]
        for line in it.lines
        if line.type == "messages_expired" and line.case == case
    )
    told: dict[str, Any] = {"message": name, "as": "resend"}
    return it.append("message_resolved", case=case, **told)


@LIES.tried
def sent_before_its_hour(it: Tamperer) -> Expected:
    """L16: a mail that never left is told as sent, with bytes and an answer of its own."""
    name, case = _ahead(it)
    answer = {"to": "les.jardins@collectif.example", "said": "250 2.0.0 taken"}
    bytes_ = "0" * 64
    return it.append(
        "message_sent",
        actor="courier",
        case=case,
        side={case: answer},
        message=name,
        notification="follow_up",
        attempts=1,
        sha256=bytes_,
    )


def _ahead(it: Tamperer) -> tuple[str, str]:
    """A mail that is planned for later, and its candidature."""
    for line in reversed(it.lines):
        for one in line.data.get("messages", ()) if line.type == "messages_planned" else ():
            if one["notification"] == "follow_up":
                return one["message"], line.case or ""
    raise AssertionError("no mail is planned for later")


def planned(it: Tamperer, ref: str, **told: Any) -> Expected:
    """A mail planned at the end, as the line before planned one, but for what is told."""
    plans = [line for line in it.lines if line.type == "messages_planned"]
    known = [one for line in plans for one in line.data["messages"]]
    name = f"M-{max(int(one['message'][2:]) for one in known) + 1:03d}"
    [like] = [one for one in known if one["notification"] == told["notification"]][-1:]
    return it.append(
        "messages_planned", case=it.case(ref), messages=[{**like, "message": name, **told}]
    )


@LIES.tried
def planned_once_more(it: Tamperer) -> Expected:
    """L35: a mail that is planned is planned again for another occasion: it would leave twice."""
    return planned(it, "C-003", notification="chosen", occurrence=str(it.find("sitting_closed")))


@LIES.tried
def planned_for_one_that_was_declined(it: Tamperer) -> Expected:
    """M2: a declined candidature is to read that it was selected."""
    decided = it.find("transition_made", transition="decline")
    return planned(it, "C-002", notification="chosen", occurrence=str(decided))


@LIES.tried
def planned_with_one_key_more(it: Tamperer) -> Expected:
    """A planned mail says more than mails say."""
    return _plan(it, extra=1)


@LIES.tried
def planned_for_no_recipient(it: Tamperer) -> Expected:
    """H1: the recipient is no text."""
    return _plan(it, recipient=False)


def _plan(it: Tamperer, **changed: Any) -> int:
    n = it.find("messages_planned")
    [first, *others] = it.line(n).data["messages"]
    return it.data(n, messages=[{**first, **changed}, *others])


def engine(it: Tamperer, actor: str, versions: object) -> Expected:
    """L19: the versions of the program change by someone who may not, or to what was never."""
    told = it.line(it.find("engine_changed")).data["versions"]
    changed = {**told, **versions} if isinstance(versions, dict) else versions
    return it.append("engine_changed", actor=actor, versions=changed)


LIES.each(
    engine,
    by_a_juror=("P-002", {"cel": "0.1.4"}),
    by_nobody=("P-999", {"cel": "0.1.4"}),
    invented=("P-001", {"everything": "9.9"}),
    no_versions=("P-001", "a text"),
)


def enrolled(it: Tamperer, actor: str, roles: list[str], institution: str | None) -> Expected:
    """L21 and a juror who enrols itself: a person whom the desk could not have enrolled so."""
    return it.append(
        "person_enrolled",
        actor=actor,
        side={"P-009": {"name": "Jo", "login": "jo"}},
        person="P-009",
        roles=roles,
        institution=institution,
    )


LIES.each(
    enrolled,
    in_no_role=("P-001", ["root"], None),
    for_no_institution=("P-001", ["jury"], "nowhere"),
    by_itself=("P-002", ["desk"], None),
)


def recorded(it: Tamperer, side: dict[str, Any] | None = None, **data: Any) -> Expected:
    """Facts of a draft, written down at the end."""
    case = it.case("C-006")
    given = {"facts": {}, "given": [], "removed": [], **data}
    return it.append("facts_recorded", case=case, side=side and {case: side}, **given)


@LIES.tried
def a_fact_of_another_type(it: Tamperer) -> Expected:
    """L22: seven is no answer to yes or no."""
    return recorded(it, facts={"dossier.governance": 7})


@LIES.tried
def facts_smuggled_in_a_side_row(it: Tamperer) -> Expected:
    """L33: the side row holds a field that rules read, and one that is none."""
    return recorded(it, {"dossier.governance": False, "zzz.yyy": 1})


@LIES.tried
def facts_given_without_a_side_row(it: Tamperer) -> Expected:
    """L34: the line says that an address was given, and no row holds one."""
    return recorded(it, given=["dossier.email"])


@LIES.tried
def a_side_row_about_nobody(it: Tamperer) -> Expected:
    """L32: the subject of a side row means nothing."""
    n = recorded(it, facts={"dossier.amount": 20000})
    assert isinstance(n, int)
    return it.side(n, "whatever", {"reason": "Rien."})


def opened(it: Tamperer, ref: str) -> Expected:
    """L37, M4: a reference that the program would never give."""
    data = it.line(it.find("candidature_opened", ref="C-007")).data
    case = "12345678-1234-4123-8123-123456789abc"
    return it.append("candidature_opened", case=case, **{**data, "ref": ref})


LIES.each(opened, by_a_path=("../../etc",), by_an_escape=("C-\x1b[2J",))


def created(it: Tamperer, key: str, value: object) -> Expected:
    """L43: the first line names another contest, or none; its origin is no text."""
    return it.data(1, **{key: value})


LIES.each(
    created,
    by_another_name=("contest", "other-2024"),
    by_a_number=("contest", 7),
    from_a_number=("origin", True),
)


@LIES.tried
def attempts_that_are_no_number(it: Tamperer) -> Expected:
    """How often a mail was tried is told as a table."""
    return it.data(it.find("message_sent"), attempts={"": None})


@LIES.tried
def a_code_that_is_no_number(it: Tamperer) -> Expected:
    """What the server answered is told as a table."""
    return it.data(it.find("message_failed"), code={})


@LIES.tried
def an_order_voted_for_a_transition(it: Tamperer) -> Expected:
    """A vote on an order names a transition."""
    return it.data(it.find("vote_taken", about="order"), transition="M-001")


@LIES.tried
def a_candidature_removed(it: Tamperer) -> Expected:
    """M5: the last candidature was never opened."""
    case = it.case("C-007")
    for n in [n for n, line in enumerate(it.lines, 1) if line.case == case][::-1]:
        it.drop(n)
    for table in ("candidature", "message"):
        key = "id" if table == "candidature" else "case_id"
        it.sql(f"DELETE FROM {table} WHERE {key} = ?", case)
    it.sql("UPDATE counter SET value = value - 1 WHERE name = 'state' AND bucket = 'draft'")
    return "The mail does not bear the name that it would have got."
