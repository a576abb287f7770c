"""What goes with every change, in its own transaction; handed to it by whoever opens it."""

from __future__ import annotations

from ptce_workflow.desk.act import Policies
from ptce_workflow.desk.asking import judge
from ptce_workflow.desk.mailing import Mailing

STANDARD = Policies(Mailing, judge)
"""The law of the events, and the mails that the process announces."""
