"""Which process grades a run, and whether it still does: only an interrupted run is continued."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def this_process() -> str:
    """`host/pid/start`, where the start time tells a process from a later one with its id."""
    return f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid())}"


def is_alive(owner: str) -> bool:
    """Whether the owner is a running process of this machine.

    Of another machine nothing can be known: its run counts as interrupted, and at worst a submission
    is graded twice with the same seed.
    """
    host, _, rest = owner.rpartition("/")[0].rpartition("/")
    start = owner.rpartition("/")[2]
    if host != socket.gethostname() or not rest.isdecimal() or os.name == "nt":  # there, kill(0) is Ctrl-C
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # exists, and belongs to somebody else
    return _started(int(rest)) == start


def _started(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "unknown"
    state, *fields = stat.rpartition(")")[2].split()
    return "dead" if state in "ZX" else fields[18]  # field 22 of proc(5), in clock ticks since boot
