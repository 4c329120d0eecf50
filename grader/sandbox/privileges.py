"""Giving up rights: root's uid, capabilities, and the chance to get either back."""

from __future__ import annotations

import contextlib
import os
import random

from grader.sandbox import kernel

_LAST_CAPABILITY = 40
_UIDS = range(61184, 65520)
"""Uids that belong to nobody by convention, and exist also where only 65,536 ids are mapped."""


def pick_uid() -> int:
    """A uid for one worker. Its own one, so that what a user may have counts for it alone."""
    return random.SystemRandom().choice(_UIDS)


def become(uid: int) -> None:
    """Leave root for good. Raises OSError."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def forbid_new() -> None:
    """No program that is started later has more rights than this one. Raises OSError."""
    kernel.prctl("no_new_privs", kernel.PR_SET_NO_NEW_PRIVS, 1)


def drop_bounding() -> None:
    """Take every capability from all that follows; needs to be privileged, else it changes nothing."""
    with contextlib.suppress(OSError):  # an ordinary user has none to take away
        for capability in range(_LAST_CAPABILITY + 1):
            kernel.prctl("capability bound", kernel.PR_CAPBSET_DROP, capability)


def drop_capabilities() -> None:
    """Give up all capabilities. Raises OSError."""
    kernel.prctl("ambient capabilities", kernel.PR_CAP_AMBIENT, kernel.PR_CAP_AMBIENT_CLEAR_ALL)
    kernel.clear_capabilities()
