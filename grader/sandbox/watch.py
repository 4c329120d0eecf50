"""What all processes of a worker use together, where no limit of the kernel's counts it.

The kernel's limits are those of one process, and some memory and the files in a folder have none. The
worker's stub looks every now and then, where the student's code cannot reach it, and ends the worker.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from grader.sandbox import sweep
from grader.sandbox.layers import LANDLOCK, LIMITS, MOUNTS, PIDNS, SECCOMP, WorkerLimits
from grader.worker.forkserver import OVER_FILES, OVER_MEMORY

_MB = 2**20
_COUNTED = (b"RssAnon", b"RssShmem", b"VmPTE")
_SHARED_OUT = (b"Pss_Anon", b"Pss_Shmem")


class Watch:
    """Looks at a worker from its stub."""

    def __init__(self, limits: WorkerLimits, *, memory: bool, home: str | None, blind: bool = False) -> None:
        """Of the memory, and of the files below a home, if so asked.

        `blind`: the kernel does not tell us which pages processes share, because none may look at another.
        Then only the largest counts.
        """
        self._limits = limits
        self._blind = blind
        self._home = home
        self._stub = int(Path("/proc/self").readlink().name)  # by the numbers of this /proc, whosever it is
        self._before = _sum(self._stub, "status", _COUNTED)
        """What the fork server had: exact figures count it to the worker in part, and not more than once."""
        self._most = self._before + limits.memory_mb * _MB if memory else None

    def __call__(self) -> int:
        """The status with which to end the worker, or 0."""
        if self._most is not None and self._uses_more_than(self._most):
            return OVER_MEMORY
        if self._home is not None and _holds_too_much(self._home, self._limits):
            return OVER_FILES
        return 0

    def _uses_more_than(self, most: int) -> bool:
        """Cheap figures count shared pages for each process; only if they are too high, the exact ones."""
        processes = list(_below(self._stub))
        counted = [_sum(pid, "status", _COUNTED) for pid in processes]
        if sum(counted) <= most or self._blind:
            return max(counted, default=0) > most
        return sum(map(self._exact, processes)) > most

    def _exact(self, pid: int) -> int:
        """Bytes of a process, each shared page by its part; where it hides them, what it has more than we."""
        shared_out = _sum(pid, "smaps_rollup", _SHARED_OUT)
        return shared_out or max(0, _sum(pid, "status", _COUNTED) - self._before)


def watch_for(layers: frozenset[str], limits: WorkerLimits, home: str) -> Watch | None:
    """The watch that a worker needs under such layers; None where the kernel's limits are enough."""
    if LIMITS not in layers:
        return None
    memory = limits.processes > 0 or not {SECCOMP, LANDLOCK} <= layers
    files = MOUNTS not in layers
    blind = os.getuid() != 0 and not layers & {PIDNS, LANDLOCK}
    watch = Watch(limits, memory=memory, home=home if files else None, blind=blind)
    return watch if memory or files else None


def _below(pid: int) -> Iterator[int]:
    """All processes below one."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return
    for thread in threads:
        try:
            children = (thread / "children").read_text().split()
        except ProcessLookupError:
            continue
        except OSError:  # not every kernel has this file
            yield from sweep.descendants(pid)
            return
        for child in map(int, children):
            yield child
            yield from _below(child)


def _sum(pid: int, file: str, names: tuple[bytes, ...]) -> int:
    """Bytes by some lines of a file in /proc; 0 where it cannot be read, or the process is gone."""
    total = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/{file}").read_bytes().splitlines():
            name, _, rest = line.partition(b":")
            if name in names:
                total += int(rest.split()[0]) * 1024
    return total


def _holds_too_much(home: str, limits: WorkerLimits) -> bool:
    """Whether the files below a folder are too many or too large; no link is followed.

    A folder that cannot be read or is too deep for a path may hold anything: it counts as too much.
    """
    size, count, folders = 0, 0, [home]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
                    count += 1
                    if size > limits.files_mb * _MB or count > limits.files:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return True
    return False
