"""What follows from a change, in its own transaction; handed to it by whoever opens it."""

from __future__ import annotations

from ptce_workflow.desk.act import Policies
from ptce_workflow.desk.mailing import Mailing

STANDARD = Policies(Mailing)
"""The mails that the process announces."""
