"""The types of field: each is one class, which does all that is done with its answers."""

from __future__ import annotations

# In the order in which the page on the format tells the types.
# isort: off
from ptce_workflow.process.fields.text import LongTextField, TextField
from ptce_workflow.process.fields.numbers import DecimalField, IntegerField
from ptce_workflow.process.fields.choices import BooleanField, OptionField, OptionsField
from ptce_workflow.process.fields.moments import DateField, DatetimeField
from ptce_workflow.process.fields.contacts import EmailField, PhoneField, UrlField
from ptce_workflow.process.fields.contacts import SirenField, SiretField
from ptce_workflow.process.fields.table import TerritoryField
from ptce_workflow.process.fields.table import TableField
from ptce_workflow.process.fields.text import FileField
from ptce_workflow.process.fields.numbers import ScoreField
# isort: on

from ptce_workflow.process.fields.answers import Problem, ValueRefused, is_blank
from ptce_workflow.process.fields.base import (
    Cell,
    Computable,
    DatedField,
    FieldType,
    Places,
    SignedFor,
    ZoneFinder,
    field_types,
)

__all__ = [
    "BooleanField",
    "Cell",
    "Computable",
    "DateField",
    "DatedField",
    "DatetimeField",
    "DecimalField",
    "EmailField",
    "FieldType",
    "FileField",
    "IntegerField",
    "LongTextField",
    "OptionField",
    "OptionsField",
    "PhoneField",
    "Places",
    "Problem",
    "ScoreField",
    "SignedFor",
    "SirenField",
    "SiretField",
    "TableField",
    "TerritoryField",
    "TextField",
    "UrlField",
    "ValueRefused",
    "ZoneFinder",
    "field_types",
    "is_blank",
]
