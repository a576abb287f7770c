"""The types of field: each is one class, which does all that is done with its answers."""

from __future__ import annotations

from ptce_workflow.process.fields.base import Cell as Cell
from ptce_workflow.process.fields.base import Computable as Computable
from ptce_workflow.process.fields.base import DatedField as DatedField
from ptce_workflow.process.fields.base import FieldType as FieldType
from ptce_workflow.process.fields.base import Problem as Problem
from ptce_workflow.process.fields.base import SignedFor as SignedFor
from ptce_workflow.process.fields.base import ValueRefused as ValueRefused
from ptce_workflow.process.fields.base import field_types as field_types
from ptce_workflow.process.fields.base import is_blank as is_blank
from ptce_workflow.process.fields.scalars import BooleanField as BooleanField
from ptce_workflow.process.fields.scalars import DateField as DateField
from ptce_workflow.process.fields.scalars import DatetimeField as DatetimeField
from ptce_workflow.process.fields.scalars import DecimalField as DecimalField
from ptce_workflow.process.fields.scalars import IntegerField as IntegerField
from ptce_workflow.process.fields.scalars import OptionField as OptionField
from ptce_workflow.process.fields.scalars import OptionsField as OptionsField
from ptce_workflow.process.fields.scalars import ScoreField as ScoreField
from ptce_workflow.process.fields.table import TableField as TableField
from ptce_workflow.process.fields.table import TerritoryField as TerritoryField
from ptce_workflow.process.fields.text import EmailField as EmailField
from ptce_workflow.process.fields.text import FileField as FileField
from ptce_workflow.process.fields.text import LongTextField as LongTextField
from ptce_workflow.process.fields.text import PhoneField as PhoneField
from ptce_workflow.process.fields.text import SirenField as SirenField
from ptce_workflow.process.fields.text import SiretField as SiretField
from ptce_workflow.process.fields.text import TextField as TextField
from ptce_workflow.process.fields.text import UrlField as UrlField
from ptce_workflow.process.fields.text import file_text as file_text
