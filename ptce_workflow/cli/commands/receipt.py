"""What arrives: receiving it at its hour, complete or not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ptce_workflow.base.errors import Misuse
from ptce_workflow.base.words import N_, _
from ptce_workflow.cli.grammar import command
from ptce_workflow.cli.invocation import Invocation
from ptce_workflow.cli.naming import SHEET
from ptce_workflow.cli.parameters import argument, evidence, option, reference
from ptce_workflow.cli.writing import Answer

if TYPE_CHECKING:
    from ptce_workflow.app.cases.record import Arrival, Raw
    from ptce_workflow.app.cases.rectifications import Rectification
    from ptce_workflow.app.contest import Contest
    from ptce_workflow.ledger.events.receipt import Evidence
    from ptce_workflow.process.rules.case import Case

    Mend = Callable[[Contest, str, Raw], tuple[Case, tuple[Rectification, ...]]]

HEADING = N_("Candidatures")

# Each command brings its views when it runs: `--help` builds every command and needs none.


@command(
    "receive",
    examples=(
        "ptce receive C-010 dossier",
        N_('ptce receive C-010 dossier --at "08/03/2024 09:12" --evidence mail.eml'),
    ),
    shape="{ref, sheet, received_at, evidence, counts, before, missing, line}",
)
@reference
@argument("sheet", N_("SHEET"), N_("The sheet that arrived, such as dossier."), type=SHEET)
@option("--at", N_("INSTANT"), N_("When it arrived, such as 08/03/2024 09:12; else now."))
@evidence
def receive(call: Invocation, ref: str, sheet: str, at: str | None, proof: Path | None) -> Answer:
    """Record that a sheet arrived, complete or not.

    The hour is that of the arrival, not of typing: what counts from it, and the mail that
    acknowledges it, tell that hour. What it holds is recorded apart, with `ptce record`.
    """
    from ptce_workflow.app.cases.receive import receive
    from ptce_workflow.cli.views import changes as views

    instant = call.instant(at, said_by="--at") if at else None
    done = receive(call.contest, ref, sheet, at=instant, evidence=evidence_of(proof))
    return Answer(views.received(done), views.received_data(done))


def arrived(call: Invocation, received: str | None, proof: Path | None) -> Arrival | None:
    """When what is typed arrived, by `--received`, and what proves it.

    *Raises* Misuse for a proof of nothing.
    """
    from ptce_workflow.app.cases.record import Arrival

    if received is None:
        if proof is not None:
            raise Misuse(
                _("{key} goes with {other}.").format(key="--evidence", other="--received"),
                mend=_("Say when it arrived, or leave it out."),
            )
        return None
    return Arrival(call.instant(received, said_by="--received"), evidence_of(proof))


def rectification(
    asked: bool, reason: str | None, received: str | None, proof: Path | None
) -> Mend | None:
    """What mends answers, by `--rectify`; None where it is not asked for.

    *Raises* Misuse for one without its reason or its proof, and for a reason of nothing.
    """
    from ptce_workflow.app.cases.record import rectify
    from ptce_workflow.app.refusals import reason_given

    given = reason_given(reason)
    if not asked:
        if given:
            what = _("{key} goes with {other}.").format(key="--reason", other="--rectify")
            raise Misuse(what, mend=_("Leave it out."))
        return None
    if received is not None:
        raise Misuse(
            _("{key} does not go with {other}.").format(key="--received", other="--rectify"),
            _("What had arrived in time is written with its hour; only a slip is mended."),
            _("Keep one of the two."),
        )
    if not given or proof is None:
        what = _("A slip is mended with its reason and with what proves it.")
        raise Misuse(what, mend=_('Add --reason "…" --evidence FILE.'))
    evidence = evidence_of(proof)
    assert evidence is not None
    return partial(rectify, reason=given, evidence=evidence)


def evidence_of(file: Path | None) -> Evidence | None:
    """The hash and the size of a file that proves something; the file itself stays where it is.

    *Raises* Misuse for one that cannot be read.
    """
    if file is None:
        return None
    from ptce_workflow.ledger.events.receipt import Evidence
    from ptce_workflow.papers.files import LARGEST_CONTENT_MB, content_of, of_file

    try:
        content = content_of(file, LARGEST_CONTENT_MB)
    except Misuse as error:
        raise of_file(file, error) from None
    return Evidence(sha256(content).hexdigest(), len(content))
