"""The sentences of the law, as an auditor reads them."""

from __future__ import annotations

from ptce_workflow.base.words import N_
from ptce_workflow.ledger.events.base import Clause

# Of every line.

KIND = Clause("kind", N_("The line does not hold what its kind holds."))
FIRST = Clause("first", N_("A ledger begins with the creation of its contest, and only there."))
IN_FORCE = Clause("in_force", N_("The line was judged by a process that was not in force."))
ABOUT = Clause("about", N_("The line is not about what its kind is about."))
ACTOR = Clause("actor", N_("Nobody who may act is called so."))
TYPED = Clause("typed", N_("Only the desk acts for another, and no line of a rehearsal says so."))
NO_CAUSE = Clause("no_cause", N_("The line follows from no act of whoever wrote it."))
SUBJECT = Clause("subject", N_("The side row is about nobody whom the line concerns."))
SIDE = Clause("side", N_("The side row does not hold what its kind holds."))
NOTHING = Clause("nothing", N_("The line changes nothing."))

IN_ORDER = Clause("in_order", N_("The line is dated before the one above."))

# Who, and why.

DESK = Clause("desk", N_("Only the desk may do this."))
COURIER = Clause("courier", N_("Only the courier may do this."))
REASON = Clause("reason", N_("This needs a reason, and none was given."))

# The contest, and its people.

CONTEST = Clause("contest", N_("The line names another contest than the process does."))
ENGINE = Clause("engine", N_("The program knows no such version."))
ENGINE_LACKS = Clause("engine_lacks", N_("The line does not tell every version."))
NO_ACT = Clause("no_act", N_("No act of whoever wrote it goes with the line."))
NO_VERSION = Clause("no_version", N_("The line tells no version of the program."))
VERSION_BACK = Clause("version_back", N_("The version of the program goes back."))
LATER_VERSION = Clause(
    "later_version", N_("The line was written by a later version of the program.")
)
CLOCK_STOOD = Clause("clock_stood", N_("The clock did not stand there."))
CLOCK_RIGHT = Clause("clock_right", N_("There was no clock set back to accept."))
CLOCK_REASON = Clause("clock_reason", N_("A clock is not accepted without a reason."))
KEY_AGAIN = Clause("key_again", N_("The key has signed before."))
KEY_WHY = Clause("key_why", N_("The key does not come in for the reason that the line tells."))
KEY_UNSIGNED = Clause("key_unsigned", N_("The key before has not signed the one that follows it."))
KEY_LOST = Clause(
    "key_lost",
    N_("The key before was lost: nothing but this line says that the same hands hold the next."),
)
ROLES = Clause("roles", N_("The roles are not as a line names them."))
NO_INSTITUTION = Clause("no_institution", N_("The process of the day has no such institution."))
JUROR = Clause("juror", N_("A juror speaks for an institution, and only a juror does."))
PARTICULARS = Clause("particulars", N_("Nothing is known of whom the line enrols."))
PSEUDONYM = Clause("pseudonym", N_("The person does not bear the name that they would have got."))
DESK_STAYS = Clause("desk_stays", N_("The last person of the desk cannot leave."))
SAME = Clause("same", N_("There was nothing to adopt."))
MAP = Clause("map", N_("An adoption renames states that are gone; only transitions move."))
DROP = Clause("drop", N_("An adoption lets go of fields that there were, each once."))
HOMELESS = Clause("homeless", N_("Candidatures would be left without their state."))
UNANSWERED = Clause("unanswered", N_("Requests would be left without an answer."))
MISFIT = Clause("misfit", N_("Facts would be left that the new process does not take."))
REFIGURED = Clause("refigured", N_("Closed scores would come to other means."))

# What is erased.

NOT_THERE = Clause("not_there", N_("There is no such side row, or it was erased before."))
STILL_ACTS = Clause("still_acts", N_("This person acts still, or there is nobody of that name."))
UNDER_WAY = Clause("under_way", N_("The candidature is under way: what it told is needed."))
MAIL_WAITS = Clause("mail_waits", N_("A mail is still to leave."))
VISA = Clause("visa", N_("The archives have not agreed."))
NOT_OVER = Clause("not_over", N_("The time for which it is kept is not over."))
NOT_ALL = Clause("not_all", N_("The line does not name all that is to be gone."))
ERASED_AGAIN = Clause(
    "erased_again", N_("Erased again: what allowed it stands in a ledger that was replaced.")
)
NOT_THEIRS = Clause("not_theirs", N_("The row does not tell of a mail to that person."))

# Candidatures.

EXISTS = Clause("exists", N_("This candidature exists already."))
NEXT_REFERENCE = Clause("next_reference", N_("The reference is not the next one."))
NO_CASE = Clause("no_case", N_("There is no such candidature."))
ASKED = Clause("asked", N_("What the transition asks for was not answered."))
NO_WAY = Clause("no_way", N_("The process of the day has no such transition."))
WAY_IN = Clause(
    "way_in",
    N_("The way in is for candidatures that another contest hands over, and for no others."),
)
NOT_HANDED = Clause("not_handed", N_("The candidature is not the one that was handed over."))
NOT_FROM_THERE = Clause("not_from_there", N_("No candidature is handed over from that state."))
NOT_CARRIED = Clause("not_carried", N_("The way in carries nothing of the kind."))
CARRIED = Clause("carried", N_("What came along from another contest is read here, not written."))
HANDED_ALREADY = Clause("handed_already", N_("The candidature was handed over there already."))
ELSEWHERE = Clause("elsewhere", N_("The candidature did not stand in the state that it leaves."))
ROLE = Clause("role", N_("Whoever made the transition had not the role."))
TRANSITION_REASON = Clause(
    "transition_reason", N_("The transition needs a reason, and none was given.")
)
RECEIPT = Clause("receipt", N_("The instant of receipt does not belong, or is missing."))
FUTURE = Clause("future", N_("The dossier cannot have been received in the future."))
BEFORE_OPENING = Clause(
    "before_opening", N_("Nothing can have been received before the contest began.")
)
EARLIER = Clause(
    "earlier", N_("The line does not tell whether it had arrived before the ledger began.")
)
UNPROVED = Clause(
    "unproved", N_("What had arrived before the ledger began is received with what proves it.")
)
NO_SHEET = Clause("no_sheet", N_("The process of the day has no such sheet to receive."))
ASKED_ALREADY = Clause("asked_already", N_("The request waits for its answer already."))
NOT_ASKED_THERE = Clause("not_asked_there", N_("Nothing of that kind is asked in that state."))
ASKED_BEFORE = Clause("asked_before", N_("The request arrived before the candidature came there."))
ASKED_LATE = Clause(
    "asked_late", N_("The line does not tell whether the request arrived after its term.")
)
ANSWER_PROVED = Clause(
    "answer_proved", N_("The line lacks the file that the answer is to rest on.")
)
NOT_PENDING = Clause("not_pending", N_("No such request waits for an answer."))
EARLY = Clause("early", N_("Time made the transition before its hour."))
DECISION = Clause("decision", N_("The line does not tell what the transition decides."))
DUE_TOLD = Clause("due_told", N_("The line does not tell the hour for which time made it."))
DUE = Clause("due", N_("The due instant is not the one of the process."))
ANSWERS = Clause("answers", N_("The rules, asked again, do not answer the same."))
NOT_ALLOWED = Clause("not_allowed", N_("The rules did not allow it."))
NOT_REFUSED = Clause("not_refused", N_("The rules did not refuse it."))
TOTALS_TOLD = Clause(
    "totals_told", N_("The line does not hold the totals that the rules looked at.")
)
TOTALS = Clause("totals", N_("A total was not what the line says."))
LEADS = Clause("leads", N_("The transition does not lead there."))
FIGURES = Clause("figures", N_("The panel's figures are not those of its marks."))
NO_FIELD = Clause("no_field", N_("The process of the day has no such field."))
CLOSED = Clause("closed", N_("This could not be written in that state."))
TOO_LATE = Clause("too_late", N_("This had not arrived when the field was closed."))
NO_RECEIPT = Clause("no_receipt", N_("Nothing was received at the hour that the line tells."))
NEVER_FILED = Clause("never_filed", N_("Only an answer that was given is mended."))
STILL_OPEN = Clause("still_open", N_("What is open is written, and not mended."))
BEFORE = Clause("before", N_("The line does not tell what stood there before."))
WRITER = Clause("writer", N_("Whoever wrote it had not the role."))
NOT_WRITTEN = Clause("not_written", N_("Nobody writes that: it is worked out, or the panel's."))
GIVEN = Clause("given", N_("The side row does not hold what the line says is given."))
STAYS_COMPLETE = Clause(
    "stays_complete", N_("What is complete must stay so: nothing it needs is taken away.")
)
VALUE = Clause("value", N_("The field does not take that value."))

# Panels and sittings.

NO_PANEL = Clause("no_panel", N_("The process of the day has no such panel."))
NO_MARK = Clause("no_mark", N_("No mark could be given in that state."))
MEMBER = Clause("member", N_("This institution does not sit in the panel."))
ASIDE = Clause("aside", N_("This institution had stepped aside."))
NOT_ASKED = Clause("not_asked", N_("This institution was not asked."))
PERSON_ASIDE = Clause("person_aside", N_("This person had stepped aside."))
NOT_ITS_PERSON = Clause("not_its_person", N_("This person does not speak for the institution."))
UNDECLARED = Clause("undeclared", N_("Nothing had been declared before this first mark."))
NO_DECLARATION = Clause("no_declaration", N_("The panel asks for no declaration."))
LATE_DECLARATION = Clause("late_declaration", N_("The institution had given marks already."))
LINKED = Clause(
    "linked",
    N_("The institution has declared links, and nobody found that they have no influence."),
)
NO_LINKS = Clause("no_links", N_("No declared links wait to be settled."))
PRESIDES = Clause(
    "presides", N_("Who presides sits in the panel, and is not the institution with the links.")
)
SCALE = Clause("scale", N_("The mark is not on the scale."))
NOT_RECTIFIED = Clause("not_rectified", N_("The panel has no mark mended once they are closed."))
RECTIFIED_LATE = Clause("rectified_late", N_("The time in which marks are mended was over."))
DECIDED = Clause("decided", N_("Nobody steps aside from what is decided."))
GROUND = Clause("ground", N_("Whoever steps aside says why, and no reason was given."))
SO_ALREADY = Clause("so_already", N_("The institution stood where the line puts it already."))
BY_SITTING = Clause("by_sitting", N_("Ranks are recorded by a sitting of their panel alone."))
RANK_AGAIN = Clause("rank_again", N_("The rank was recorded for good before."))
LATE_RANK = Clause("late_rank", N_("A rank was recorded when decisions were made already."))
NOT_ALL_RANKED = Clause("not_all_ranked", N_("The meeting did not record the rank of all."))
TAKES_UP = Clause("takes_up", N_("The line does not tell that a decision is taken up again."))
NOT_TAKEN_UP = Clause(
    "not_taken_up", N_("The meeting left something decided that it was to take up.")
)
TAKEN_UP_LATE = Clause("taken_up_late", N_("A decision was taken up once the meeting had begun."))
NO_SLIP = Clause("no_slip", N_("No mark was rectified since a sitting decided."))
RANKED_IN_VAIN = Clause("ranked_in_vain", N_("A meeting in vain records no rank."))
RANK = Clause("rank", N_("The rank is not the one that the figures give."))
NO_SITTING = Clause("no_sitting", N_("The process of the day has no such sitting."))
SITS_ALREADY = Clause("sits_already", N_("Another meeting was under way."))
PRESENT = Clause("present", N_("Each institution present counts once."))
CHAIR = Clause("chair", N_("Who chairs was not present."))
FIRST_CHAIRS = Clause(
    "first_chairs", N_("The first present of those who chair was not in the chair.")
)
CALL = Clause("call", N_("The meeting was not called so often."))
CALLED_SO = Clause("called_so", N_("The meeting was called for that hour and place already."))
MOVED = Clause("moved", N_("The meeting was not called so often for other hours."))
CALLED_LATE = Clause("called_late", N_("The meeting was called for an hour that had come."))
BEFORE_ITS_DATE = Clause(
    "before_its_date", N_("The meeting was called for an hour before its date.")
)
NOTICE = Clause("notice", N_("The notice is not what the lines of the convocations give."))
TOLD_AT = Clause("told_at", N_("Nobody can have been told of this meeting at that hour."))
NEXT_CALL = Clause(
    "next_call", N_("Whether the next meeting is another call is not as the rules say.")
)
NOT_CALLED = Clause("not_called", N_("The meeting was not called."))
BEFORE_ITS_HOUR = Clause(
    "before_its_hour", N_("The meeting was held before the hour for which it was called.")
)
HEARD = Clause("heard", N_("Only those who advise are heard without a voice."))
PROXY = Clause("proxy", N_("A voice is borne by who is there, for who sits and is not there."))
PROXIES = Clause("proxies", N_("One member bears more voices than the sitting allows."))
SITS_FOR = Clause("sits_for", N_("This person does not sit for that institution."))
OPENED = Clause("opened", N_("The meeting cannot have begun at that hour."))
CLOSED_AT = Clause("closed_at", N_("The meeting cannot have ended at that hour."))
DISSENT = Clause("dissent", N_("This institution may not have it written that it does not agree."))
DISSENT_TOLD = Clause(
    "dissent_told", N_("The side row does not hold what the line says was written.")
)
NOBODY_SAT = Clause("nobody_sat", N_("Nobody sat."))
VOICES = Clause("voices", N_("The voices are not those of the institutions present."))
COUNTED = Clause("counted", N_("The vote was not counted so."))
VOTED_ON = Clause("voted_on", N_("A vote is on one decision, or on an order."))
VOTE_REASON = Clause("vote_reason", N_("A vote needs a reason, and none was given."))
NO_VOICE = Clause("no_voice", N_("Nobody has voted."))
NO_VOTE = Clause("no_vote", N_("No vote that was carried decided so."))
NOT_DEPARTED = Clause(
    "not_departed", N_("No line says that the vote decides otherwise than the ranking.")
)
NO_RANK = Clause("no_rank", N_("The meeting was about what had no rank."))
LATE_VOTE = Clause("late_vote", N_("A vote was taken when decisions were made already."))
NOT_BEFORE_IT = Clause("not_before_it", N_("The vote is on what was not before the meeting."))
WHOLE_TIE = Clause("whole_tie", N_("The vote on an order is not on all those that share one rank."))
NOT_ITS_OWN = Clause("not_its_own", N_("The meeting does not decide that."))
VOTED_TWICE = Clause("voted_twice", N_("A candidature was voted on more than once."))
INSTEAD = Clause("instead", N_("The ranking would have given another decision."))
ASTRAY = Clause(
    "astray", N_("The decision is not the one that the ranking, the votes and the rules give.")
)
UNDECIDED = Clause("undecided", N_("The meeting left candidatures undecided."))
NOT_IN_VAIN = Clause("not_in_vain", N_("Nothing shows that the meeting was in vain."))

# Mails.

NO_NOTIFICATION = Clause("no_notification", N_("The process of the day has no such notification."))
MAIL_ABOUT = Clause("mail_about", N_("The mail is not about what the process says."))
MAIL_HELD = Clause("mail_held", N_("The mail was to wait for a person, or not to."))
MAIL_NAME = Clause("mail_name", N_("The mail does not bear the name that it would have got."))
MAIL_READER = Clause("mail_reader", N_("The mail is for somebody to whom the process sends none."))
MAIL_TWICE = Clause("mail_twice", N_("The mail is planned already."))
MAIL_UNASKED = Clause("mail_unasked", N_("Nothing sets that mail off."))
MAIL_HOUR = Clause("mail_hour", N_("The mail is planned for another hour than the process says."))
MAIL_ENTRY = Clause("mail_entry", N_("The update of a calendar entry is not the next one."))
NO_MAIL = Clause("no_mail", N_("No such mail was planned."))
OTHER_MAIL = Clause("other_mail", N_("The mail is not about this candidature."))
MAIL_MOVE = Clause("mail_move", N_("This could not become of the mail as it stood."))
OF_USE = Clause("of_use", N_("The mail was still of use."))
TOO_EARLY = Clause("too_early", N_("The hour of the mail had not come."))
ANOTHER_MAIL = Clause("another_mail", N_("The line does not name the mail that the message is."))
NOT_TOLD = Clause("not_told", N_("The line does not say to whom the mail went, or why not."))
MAIL_SINCE = Clause("mail_since", N_("The line does not tell since when the mail counts as sent."))
EDITED = Clause("edited", N_("The mail was released in other words than somebody gave it."))
REPLACED = Clause(
    "replaced",
    N_("The mail tells a decision that a later one has replaced, and no reason was given."),
)
DECISION_TOLD = Clause(
    "decision_told", N_("The mail of a decision never leaves, and nobody told it otherwise.")
)
EXPIRED = Clause("expired", N_("The mail was of no more use when somebody let it leave."))
COPIES = Clause("copies", N_("Whether the mail leaves again is not what the process says."))
