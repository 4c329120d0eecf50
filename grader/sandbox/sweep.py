"""Ending every descendant of this process, also those that made themselves daemons.

Works without a pid namespace: a subreaper inherits all orphans below it, so nothing escapes by
forking and exiting. Processes are stopped before they are killed; a fork bomb cannot outrun that.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Container
from pathlib import Path

from grader.sandbox import kernel

_PATIENCE_S = 5.0


def adopt_orphans() -> None:
    """From now on be the parent of all orphaned descendants. Raises OSError."""
    kernel.prctl("child subreaper", kernel.PR_SET_CHILD_SUBREAPER, 1)


def parent_of(pid: int) -> int:
    """The number of a process's parent. Raises OSError when there is no such process."""
    stat = Path("/proc", str(pid), "stat").read_bytes()
    return int(stat[stat.rindex(b")") + 2 :].split()[1])


def descendants(of: int, *, apart_from: Container[int] = ()) -> list[int]:
    """All processes below one, without `apart_from` and what is below those."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                children.setdefault(parent_of(int(entry.name)), []).append(int(entry.name))
    found: list[int] = []
    queue = [of]
    while queue:
        below = [pid for pid in children.get(queue.pop(), []) if pid not in apart_from]
        found += below
        queue += below
    return found


def end_descendants(*, apart_from: Container[int] = ()) -> bool:
    """Kill and reap all descendants; whether none is left. `apart_from` names children to spare."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        left = descendants(os.getpid(), apart_from=apart_from)
        if not left:
            return True
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in left:
                with contextlib.suppress(OSError):
                    os.kill(pid, number)
        _reap(left)
    return False


def _reap(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):  # a grandchild: its parent, or this one later, reaps it
            if os.waitpid(pid, os.WNOHANG) == (0, 0):
                time.sleep(0.001)
