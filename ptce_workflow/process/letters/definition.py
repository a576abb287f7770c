"""The models of what is said about mails in a contest folder; see `process.model.definition`."""

from __future__ import annotations

from typing import Annotated, Literal

from ptce_workflow.base.words import N_
from ptce_workflow.process.letters.recipients import CONTACT, Recipients, recipient_kinds
from ptce_workflow.process.model.shared import (
    Bool,
    Bound,
    InstantSource,
    Model,
    Name,
    Text,
    declare,
)
from ptce_workflow.process.time.instant import parse_hour

Hour = Annotated[str, Bound(reads=parse_hour)]


class MailHours(Model):
    """The hours of reminders: on working days, between two hours on the contest's clocks."""

    opens: Hour = declare(
        default="09:00", description=N_("the hour from which mails leave"), examples=['"09:00"']
    )
    closes: Hour = declare(
        default="18:00", description=N_("the hour after which none leaves"), examples=['"18:00"']
    )


class Notification(Model):
    """`notifications/<name>.md`, between two `+++`: a mail, to whom and when."""

    label: Text = declare(
        default=None,
        description=N_("what it is about; left out, its heading, where that has no braces"),
    )
    on: Annotated[tuple[str, ...], Bound(or_one=True)] = declare(
        default=(),
        description=N_(
            "what sets it off, one or several: `entered.<state>`, `<state>.<transition>`, "
            "`received.<sheet>`, `asked.<request>`, `<request>.<answer>`, `convened.<sitting>`, or "
            "`adopted`: rules that move a date"
        ),
        examples=['"entered.ineligible"'],
    )
    to: Annotated[str, Bound(one_of=recipient_kinds)] = declare(
        default=CONTACT, description=N_("who receives it")
    )
    about: Literal["candidature", "contest"] = declare(
        default="candidature",
        description=N_("whether there is one for each candidature, or one for the contest"),
    )
    at: tuple[InstantSource, ...] = declare(
        default=(),
        description=N_("when it leaves; nothing for one that `on` sets off"),
        examples=['["date.submission - 7 days at 09:00"]'],
    )
    daily: str | None = declare(
        default=None,
        description=N_("the hour at which it leaves on every working day, about the contest only"),
        examples=['"08:30"'],
    )
    until: InstantSource | None = declare(
        default=None,
        description=N_("when a daily one stops"),
        examples=['"date.sessions_end + 6 months"'],
    )
    in_: tuple[Name, ...] = declare(
        default=(),
        description=N_(
            "the states in which it is of use: a candidature that leaves them cancels it; left "
            "out, the states of `on`, where it says nothing but `entered`, or all that do not "
            "end, where it says `adopted`"
        ),
        examples=['["draft"]'],
    )
    not_before: InstantSource | None = declare(
        default=None,
        description=N_("until when one that `on` sets off waits"),
        examples=['"date.results"'],
    )
    when: str | None = declare(
        default=None,
        description=N_("a condition, in CEL, that must still hold when it leaves"),
        examples=['"!given.dossier"'],
    )
    held: Bool = declare(
        default=False, description=N_("whether a person reads it before it leaves")
    )
    uncertain: Literal["ask", "resend"] = declare(
        default="resend", description=N_("what to do when nobody knows whether it arrived")
    )
    expires: InstantSource | None = declare(
        default="7 days",
        description=N_(
            "when it is of no more use: an instant, or a time after its hour; a decision is told "
            "whenever that is possible, a sitting is called until its hour"
        ),
        examples=['"date.submission"', '"3 days"'],
    )
    any_hour: Bool = declare(
        default=False,
        description=N_("whether it may leave on a day off, and outside the hours of `[mail]`"),
    )
    event: Name | None = declare(
        default=None,
        description=N_("the date whose calendar entry goes with it"),
        examples=['"information_meeting"'],
    )
    panel: Name | None = declare(
        default=None,
        description=N_("the panel whose missing sheets it asks for"),
        examples=['"cra"'],
    )

    @property
    def recipients(self) -> Recipients:
        """Those to whom it goes."""
        return recipient_kinds()[self.to]

    @property
    def is_resent(self) -> bool:
        """True where a second copy does no harm, when nobody knows whether the first arrived."""
        return self.uncertain == "resend"
