"""The page that tells how a contest folder is written: every key, its type, an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic.fields import FieldInfo

from ptce_workflow.base.words import _
from ptce_workflow.process import definition as d
from ptce_workflow.process import marks
from ptce_workflow.process import model as m
from ptce_workflow.process import questions as q
from ptce_workflow.process.faults import kind_of
from ptce_workflow.process.format_guide import closing, opening
from ptce_workflow.process.markdown import heading, table
from ptce_workflow.process.model import Model, by_type
from ptce_workflow.process.notifications.definition import MailHours, Notification
from ptce_workflow.process.printed import Document


def format_page() -> str:
    """The whole format as Markdown, in the language in force."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield from opening()
    for title, model in _tables():
        yield f"### {title}"
        yield ""
        if model.__doc__:
            yield _first_line(model)
            yield ""
        yield from _keys(model)
    yield from heading(2, _("Types of field"))
    yield _("Every field has these keys:")
    yield ""
    yield from _keys(m.Question)
    for name, model in by_type(q.AnyField).items():
        yield f"### `{name}`"
        yield ""
        yield _first_line(model)
        yield ""
        yield from _keys(model, without={*m.Question.model_fields, "type"})
    yield from closing()


def _tables() -> tuple[tuple[str, type[Model]], ...]:
    return (
        ("`config.toml` · `[contest]`", d.Identity),
        ("`config.toml` · `[institutions.<name>]`", d.Institution),
        ("`config.toml` · `[limits.<name>]`", d.Limit),
        ("`config.toml` · `[dates.<name>]`", d.Date),
        ("`config.toml` · `[totals.<name>]`", d.Total),
        ("`config.toml` · `[sittings.<name>]`", d.Sitting),
        ("`config.toml` · `[documents.<name>]`", Document),
        ("`config.toml` · `[mail]`", MailHours),
        ("`sheets/<name>.toml`", q.Sheet),
        ("`sheets/<name>.toml` · `[mean]`", marks.Mean),
        ("`sheets/<name>.toml` · `[order.<name>]`", marks.Order),
        ("`states/<name>.toml`", d.State),
        ("`[transitions.<name>]`", d.Transition),
        ("`[transitions.<name>.rules.<name>]`", d.Rule),
        ("`notifications/<name>/notification.toml`", Notification),
    )


def _keys(model: type[Model], without: set[str] | None = None) -> Iterator[str]:
    fields = {
        info.alias or name: info
        for name, info in model.model_fields.items()
        if name not in (without or set())
    }
    if not fields:
        return
    yield table(
        (_("key"), _("type"), _("required"), _("what it says"), _("example")),
        *(
            (
                f"`{key}`",
                kind_of(info.annotation),
                _("yes") if info.is_required() else _default(info),
                _(info.description) if info.description else "",
                f"`{key} = {info.examples[0]}`" if info.examples else "",
            )
            for key, info in fields.items()
        ),
    )
    yield ""


def _default(info: FieldInfo) -> str:
    value = info.default
    if value is None or isinstance(value, Mapping | tuple | Model) or info.default_factory:
        return _("no")
    shown = {True: "true", False: "false"}.get(value) if isinstance(value, bool) else str(value)
    return _("no: {default}").format(default=f"`{shown}`")


def _first_line(model: type[Model]) -> str:
    return _((model.__doc__ or "").strip().splitlines()[0])
