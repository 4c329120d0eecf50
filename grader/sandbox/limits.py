"""Resource limits of a worker, set in the worker itself just before the student's code."""

from __future__ import annotations

import contextlib
import math
import os
import resource
from pathlib import Path

from grader.sandbox.layers import WorkerLimits

_MB = 2**20
_THREADS = 32
"""Threads that torch and numpy may start besides new processes."""


def apply(limits: WorkerLimits, *, tasks_before: int | None) -> None:
    """Set hard limits. `tasks_before` counts the user's tasks that are not the worker's; None when
    the user's tasks cannot be told from others' (then their number is not limited). Raises OSError.
    """
    data = _data_bytes() + limits.memory_mb * _MB
    cpu_s = max(1, math.ceil(limits.cpu_s))
    wanted = {
        resource.RLIMIT_DATA: data,
        resource.RLIMIT_FSIZE: limits.file_mb * _MB,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if tasks_before is not None:
        wanted[resource.RLIMIT_NPROC] = tasks_before + limits.processes + _THREADS
    for which, value in wanted.items():
        _set(which, value)


def _set(which: int, value: int) -> None:
    ceiling = resource.getrlimit(which)[1]
    if ceiling != resource.RLIM_INFINITY:
        value = min(value, ceiling)
    try:
        resource.setrlimit(which, (value, value))
    except ValueError as error:
        raise OSError(str(error)) from error


def _data_bytes() -> int:
    """What this process has already of what RLIMIT_DATA counts."""
    for line in Path("/proc/self/status").read_bytes().splitlines():
        if line.startswith(b"VmData:"):
            return int(line.split()[1]) * 1024
    raise OSError("the kernel does not tell the size of the data segment")


def count_tasks(uid: int) -> int:
    """How many tasks (processes and threads) of a user run now, as far as /proc shows them."""
    total = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if entry.stat().st_uid == uid or _uid_of(entry.path) == uid:
                    total += sum(1 for _ in Path(entry.path, "task").iterdir())
    return total


def _uid_of(process: str) -> int:
    for line in Path(process, "status").read_bytes().splitlines():
        if line.startswith(b"Uid:"):
            return int(line.split()[1])
    return -1
