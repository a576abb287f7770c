"""Refusals of a file or a folder by the machine, in our words where they are common."""

from __future__ import annotations

import errno

from ptce_workflow.base.words import _


def refusal_of(error: OSError) -> str:
    """The reason of a refusal, as the end of a sentence without its full stop."""
    reasons = {
        errno.ENOENT: _("there is no such file or folder"),
        errno.EACCES: _("you are not allowed to"),
        errno.EPERM: _("you are not allowed to"),
        errno.EROFS: _("this disk can only be read"),
        errno.ENOSPC: _("the disk is full"),
        errno.EDQUOT: _("the disk is full"),
        errno.EISDIR: _("it is a folder, not a file"),
        errno.ENOTDIR: _("it is a file, not a folder"),
        errno.EEXIST: _("it is there already"),
        errno.ENOTEMPTY: _("it is there already"),
        errno.ENAMETOOLONG: _("its name is too long"),
        errno.ELOOP: _("it is a link that leads back to itself"),
        errno.EBADF: _("nothing can be written there"),
    }
    return reasons.get(error.errno or 0) or error.strerror or str(error)
