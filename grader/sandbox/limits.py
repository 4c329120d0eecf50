"""Resource limits of a worker, set in the worker itself just before the student's code."""

from __future__ import annotations

import contextlib
import math
import os
import resource
from pathlib import Path

from grader.sandbox.layers import WorkerLimits

_MB = 2**20
THREADS = 32
"""Threads that torch and numpy may start besides new processes."""
_STACK_MB = 64
_SPACE_MB = 16 * 1024
"""Addresses beside the memory: reserved ones cost nothing but their page tables, a 512th of them."""


def apply(limits: WorkerLimits, *, tasks_before: int | None, bounds_space: bool = True) -> None:
    """Set hard limits. `tasks_before` counts the user's tasks that are not the worker's; None when
    the user's tasks cannot be told from others' (then their number is not limited). A GPU's driver
    cannot work with bounds on the address space. Raises OSError.
    """
    data = _kilobytes("VmData") * 1024 + limits.memory_mb * _MB
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
    if bounds_space:
        wanted[resource.RLIMIT_AS] = _kilobytes("VmSize") * 1024 + (limits.memory_mb + _SPACE_MB) * _MB
    if tasks_before is not None:
        wanted[resource.RLIMIT_NPROC] = tasks_before + limits.processes + THREADS
    for which, value in wanted.items():
        _set(which, value)
    _set(resource.RLIMIT_STACK, _STACK_MB * _MB, resource.getrlimit(resource.RLIMIT_STACK)[0])


def _set(which: int, value: int, soft: int = resource.RLIM_INFINITY) -> None:
    """A hard limit that is never raised, and a soft one below it where one is given."""
    value, soft = _lower(value, resource.getrlimit(which)[1]), _lower(soft, value)
    try:
        resource.setrlimit(which, (_lower(soft, value), value))
    except ValueError as error:
        raise OSError(str(error)) from error


def _lower(one: int, other: int) -> int:
    limits = [limit for limit in (one, other) if limit != resource.RLIM_INFINITY]
    return min(limits, default=resource.RLIM_INFINITY)


def _kilobytes(what: str) -> int:
    """What the kernel counts for this process already, by the name in its status file."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1])
    raise OSError(f"the kernel does not tell {what}")


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
