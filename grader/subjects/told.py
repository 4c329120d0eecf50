"""Which limit stands behind an error of the operating system, in a sentence for the student."""

from __future__ import annotations

import errno
import re
from dataclasses import replace

from grader.sandbox.layers import WorkerLimits
from grader.sandbox.limits import THREADS
from grader.subjects.base import Raised

_NUMBER = re.compile(r"\[Errno (\d+)\]")
_NO_THREAD = "can't start new thread"


def with_limit(raised: Raised, limits: WorkerLimits) -> Raised:
    """The same exception, its text followed by the limit that it may come from, where it is one of ours."""
    sentence = _sentence(raised, limits)
    return replace(raised, text=f"{raised.text} ({sentence})") if sentence else raised


def files_limit(limits: WorkerLimits) -> str:
    """The limit of all files together, in words."""
    return f"a submission may hold {limits.files_mb} MiB in {limits.files:,} files"


def _sentence(raised: Raised, limits: WorkerLimits) -> str:
    tasks = f"there may be {limits.processes} new processes and {THREADS} threads"
    if raised.text.startswith(_NO_THREAD):
        return tasks
    found = _NUMBER.match(raised.text)
    if found is None:
        return ""
    return {
        errno.ENOSPC: files_limit(limits),
        errno.EFBIG: f"a file may have {limits.file_mb} MiB",
        errno.EMFILE: f"{limits.open_files} files may be open at a time",
        errno.EAGAIN: tasks,
    }.get(int(found[1][:4]), "")
