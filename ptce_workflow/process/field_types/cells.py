"""Reads one value of any type but tables, territories and instants, which need more."""

from __future__ import annotations

from typing import Any

from ptce_workflow.base.words import _
from ptce_workflow.process.field_types.choices import read_boolean, read_option, read_options
from ptce_workflow.process.field_types.companies import read_siren, read_siret
from ptce_workflow.process.field_types.contacts import read_email, read_phone, read_url
from ptce_workflow.process.field_types.documents import read_file
from ptce_workflow.process.field_types.moments import read_date
from ptce_workflow.process.field_types.numbers import read_decimal, read_integer, read_score
from ptce_workflow.process.field_types.typed import expected, line
from ptce_workflow.process.marks import ScoreField
from ptce_workflow.process.questions import (
    AnyField,
    BooleanField,
    DateField,
    DecimalField,
    EmailField,
    FileField,
    IntegerField,
    LongTextField,
    OptionField,
    OptionsField,
    PhoneField,
    SirenField,
    SiretField,
    TextField,
    UrlField,
)
from ptce_workflow.process.text import normalise


def read_cell(field: AnyField, raw: Any) -> Any:
    """The value to record; *raises* Misuse for what cannot be."""
    match field:
        case TextField():
            return line(raw, max_length=field.max_length)
        case LongTextField():
            if not isinstance(raw, str):
                raise expected(_("a text"), raw, _("Put it between quotation marks."))
            return normalise(raw, multiline=True, max_length=field.max_length)
        case IntegerField():
            return read_integer(field, raw)
        case DecimalField():
            return read_decimal(field, raw)
        case ScoreField():
            return read_score(field, raw)
        case BooleanField():
            return read_boolean(raw)
        case DateField():
            return read_date(raw)
        case OptionField():
            return read_option(field.options, raw)
        case OptionsField():
            return read_options(field.options, raw)
        case EmailField():
            return read_email(raw)
        case PhoneField():
            return read_phone(raw)
        case UrlField():
            return read_url(raw)
        case SirenField():
            return read_siren(raw)
        case SiretField():
            return read_siret(raw)
        case FileField():
            return read_file(field, raw)
    raise TypeError(field.type)
