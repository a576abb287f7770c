"""The part of the format's page on rules: what they read, how they are written, what is refused."""

from __future__ import annotations

from collections.abc import Iterator

from ptce_workflow.base.words import _
from ptce_workflow.process.markdown import table
from ptce_workflow.process.model import by_type
from ptce_workflow.process.questions import AnyField, Erasable


def conditions() -> Iterator[str]:
    """Blocks of Markdown, in the language in force."""
    yield from _types()
    yield from _roots()
    yield from _writing()
    yield from _rows()
    yield from _unknown()
    yield from _refused()
    yield from _computed()


def _types() -> Iterator[str]:
    erasable = [name for name, kind in by_type(AnyField).items() if issubclass(kind, Erasable)]
    yield "## " + _("What may be erased, and what rules read")
    yield _(
        "What people wrote can be erased one day; what was decided cannot, and must still be "
        "examined then. Rules therefore read only what is never erased:"
    )
    yield table(
        (_("type of field"), _("kept or erasable"), _("what rules read")),
        ("`integer`", _("kept"), "`int`"),
        ("`decimal`, `score`", _("kept"), _("`uint`, in hundredths: `350u` is 3.50")),
        ("`boolean`", _("kept"), "`bool`"),
        ("`date`", _("kept"), _("`timestamp`: the first instant of that day")),
        ("`datetime`", _("kept"), "`timestamp`"),
        ("`option`", _("kept"), _("`string`: the name of the answer")),
        ("`options`", _("kept"), _("`list(string)`: the names of the answers")),
        ("`territory`", _("kept"), _("rows of `kind`, `code`, `departments`, `regions`")),
        ("`table`", _("kept"), _("rows of its columns, those that are erasable left out")),
        (
            ", ".join(f"`{name}`" for name in erasable),
            _("erasable"),
            _("nothing but whether it was given: `given.<sheet>.<field>`"),
        ),
    )


def _roots() -> Iterator[str]:
    yield _("This is all that a condition can name:")
    yield table(
        (_("name"), _("type"), _("value")),
        ("`<sheet>.<field>`", _("as above"), _("what was answered, or computed")),
        (
            "`given.<sheet>`",
            "`bool`",
            _("whether every required field of the sheet was answered (no panel)"),
        ),
        ("`given.<sheet>.<field>`", "`bool`", _("whether that field was answered")),
        ("`received_at`", "`timestamp`", _("when the dossier was received; `now` before that")),
        ("`now`", "`timestamp`", _("the instant of the act")),
        ("`date.<name>`", "`timestamp`", _("a date of `config.toml`")),
        ("`entered.<state>`", "`timestamp`", _("when the candidature last came into that state")),
        (
            "`limit.<name>`",
            _("`int`; `uint` with `decimal = true`"),
            _("a limit of `config.toml`; in hundredths when it is decimal"),
        ),
        (
            "`total.<name>`",
            _("`int`; `uint` over a decimal field"),
            _("a total over the other candidatures: the one that is judged never counts"),
        ),
        (
            _("`total.<name>` with `least`"),
            _("`int` or `uint`, as that figure"),
            _("the smallest among the others; unknown while there is none"),
        ),
        *_figures(),
        ("`actor.roles`", "`list(string)`", _("the roles of whoever acts")),
        ("`actor.institution`", "`string`", _("their institution, or an empty text")),
        ("`contest.id`, `contest.language`", "`string`", _("as in `config.toml`")),
        (
            "`given.origin`",
            "`bool`",
            _("whether another contest handed the candidature over"),
        ),
        (
            "`origin.contest`, `origin.ref`, `origin.state`",
            "`string`",
            _(
                "that contest's id; the candidature's reference there, and the name of the state "
                "in which it stood"
            ),
        ),
        ("`handed_over`", "`bool`", _("whether it was handed over to another contest since")),
    )


def _figures() -> Iterator[tuple[str, str, str]]:
    """What a condition reads of a panel, and of its meeting."""
    yield "`<panel>.<criterion>`", "`uint`", _("the mean of its marks, in hundredths")
    yield "`<panel>.total`", "`uint`", _("the mean of the criteria by weight, in hundredths")
    yield "`<panel>.plain`", "`uint`", _("the mean of the criteria without weights")
    yield "`<panel>.lowest`", "`uint`", _("the lowest mean of a criterion, in hundredths")
    yield "`<panel>.spread`", "`uint`", _("how far apart the members' own means lie")
    yield "`<panel>.voices`", "`int`", _("how many marks the criterion with fewest has")
    yield "`<panel>.expected`", "`int`", _("how many members are asked and count")
    yield "`<panel>.recused`", "`int`", _("how many of those asked step aside")
    yield "`<panel>.rank`", "`int`", _("the rank recorded, once ranks are recorded")
    yield (
        "`sitting.present`, `sitting.members`",
        "`int`",
        _("how many are there, and how many members count for the candidature, at a sitting"),
    )
    yield "`sitting.call`", "`int`", _("1 at the first call of the sitting, 2 at the next")
    yield (
        "`sitting.ayes`, `sitting.noes`",
        "`int`",
        _("the voices of a vote on this very decision; none without a vote"),
    )


def _writing() -> Iterator[str]:
    yield "## " + _("How a condition is written")
    yield _(
        "Conditions are written in CEL, the Common Expression Language, and answer yes or no. "
        "They compare (`==`, `!=`, `<`, `<=`, `>`, `>=`, `in`), combine (`&&`, `||`, `!`), "
        "reckon (`+`, `-`, `*`, `/`, `%`), choose (`… ? … : …`) and count (`.size()`)."
    )
    yield table(
        (_("condition"), _("meaning")),
        ("`received_at <= date.closing`", _("received in time")),
        ("`given.dossier`", _("everything required is there")),
        ("`total.taken < limit.places`", _("a place is free")),
        ("`marks.lowest >= limit.floor`", _("no criterion below a limit that is decimal")),
        ("`marks.voices * 3 >= marks.expected * 2`", _("two thirds of those asked gave marks")),
        ("`dossier.budget <= 150000u`", _("1,500.00 at most: a decimal field is in hundredths")),
        ('`dossier.theme == "food"`', _("that answer was chosen")),
        ('`dossier.theme in ["food", "care"]`', _("one of these was chosen")),
        ('`"rake" in dossier.tools`', _("that answer is among those chosen")),
        ("`!given.dossier.budget || dossier.budget <= limit.ceiling`", _("no more, if any")),
        ('`"jury" in actor.roles`', _("whoever acts is of the jury")),
    )
    yield _(
        "Types never mix: an `int` is not compared with a `uint`, so that no rule can be a "
        "hundred times wrong. There are no other decimals: `1.5` is refused, `150u` is meant."
    )
    yield _(
        "In TOML, put a condition that holds double quotes between single ones: "
        "`when = 'dossier.theme == \"food\"'`."
    )


def _rows() -> Iterator[str]:
    yield _("**Tables and territories** are lists of rows. A loop names each row in turn:")
    yield table(
        (_("condition"), _("meaning")),
        ("`dossier.members.size() >= 2`", _("two rows at least")),
        ("`dossier.members.all(m, m.ess)`", _("every row says yes")),
        (
            '`dossier.members.exists(m, m.kind == "club" && !m.ess)`',
            _("one row at least is a club that says no"),
        ),
        ("`dossier.members.filter(m, m.ess).size() >= 2`", _("two rows at least say yes")),
        ('`dossier.place.all(z, z.regions == ["76"])`', _("every zone lies in region 76 alone")),
        ('`dossier.place.exists(z, "12" in z.departments)`', _("a zone touches department 12")),
        ("`dossier.members.exists(m, m.age != null && m.age >= 18)`", _("an age of 18 or more")),
    )
    yield _(
        "A column that is not required may be empty: it is then `null`, and comparing it "
        "otherwise errs. Ask first: `m.age != null`, or `has(m.age)`. In a column, a date is text "
        'that compares as it reads: `m.signed_on >= "2024-01-01"`.'
    )


def _unknown() -> Iterator[str]:
    yield "## " + _("Holds, fails, or unknown")
    yield _(
        "A rule that needs a fact which nobody has given is neither true nor false: it is "
        "`unknown`, shows as `?` with what is missing, and stands in the way like one that "
        "fails. Conditions need not guard against it. What is settled anyway stays settled: "
        "`false && unknown` is false, `true || unknown` is true. `given.…` is always known."
    )
    yield _(
        "`sitting.…` is known only while a panel sits. It belongs in the rules of transitions that "
        "a sitting of `config.toml` decides, and is a fault elsewhere; the chapter on panels has "
        "examples."
    )


def _refused() -> Iterator[str]:
    yield "## " + _("What is refused, and why")
    yield table(
        (_("condition"), _("why it is refused"), _("write instead")),
        (
            "`has(dossier.theme)`",
            _("on a name of the folder it gives the value itself, not whether there is one"),
            "`given.dossier.theme`",
        ),
        (
            '`dossier.contact == "…"`',
            _("an erasable fact: the decision could not be examined once it is erased"),
            "`given.dossier.contact`",
        ),
        (
            "`now.getHours() < 12`",
            _("what it gives depends on the zone tables of the machine"),
            _("a date of `config.toml`"),
        ),
        (
            '`now - received_at < duration("48h")`',
            _("a calendar day is not always 24 hours long"),
            _('a date such as `at = "entered.submitted + 2 days"`'),
        ),
        ('`dossier.theme == "fod"`', _("no answer of that name: it never holds"), '`"food"`'),
        ("`dossier.budget + 100u`", _("it does not answer yes or no"), _("a comparison")),
        (
            "`100 / dossier.plots > 20`",
            _("it errs on sample facts, here where there are none"),
            "`dossier.plots > 0 && 100 / dossier.plots > 20`",
        ),
        (
            _("the same condition twice"),
            _("two copies would drift apart"),
            '`same_as = "draft.submit.on_time"`',
        ),
    )


def _computed() -> Iterator[str]:
    yield "## " + _("Computed fields")
    yield _(
        "An `integer`, `decimal` or `boolean` field with `computed` is worked out from other "
        "facts and never typed in. Its expression follows the rules above, gives a value of the "
        "field's type, and reads recorded answers only: no computed field, limit, date or total. "
        "It cannot be required, and there is no `given.…` of it."
    )
