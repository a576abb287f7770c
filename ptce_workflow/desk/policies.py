"""What follows from a change, in its own transaction; handed to it by whoever opens it."""

from __future__ import annotations

from ptce_workflow.desk.act import Policies
from ptce_workflow.desk.mailing import Mailing
from ptce_workflow.desk.ranking import record_ranks

STANDARD = Policies(record_ranks, Mailing)
"""The ranks of the panels, and the mails that the process announces."""
