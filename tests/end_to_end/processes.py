"""What a run could leave behind on a machine, as it can be seen from outside."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Traces:
    """Graders' processes, mounts, shared memory, temporary files and control groups."""

    processes: frozenset[str]
    mounts: frozenset[str]
    shared_memory: frozenset[str]
    temporary: frozenset[str]
    groups: frozenset[str]


def traces(root: Path) -> Traces:
    """What is there now. Processes count if their command line or working directory is a grader's."""
    return Traces(
        processes=frozenset(_processes(root)),
        mounts=frozenset(Path("/proc/self/mountinfo").read_text().splitlines()),
        shared_memory=frozenset(_names(Path("/dev/shm"))),
        temporary=frozenset(
            name for name in _names(Path(tempfile.gettempdir())) if "grader" in name or "judge" in name
        ),
        groups=frozenset(str(path) for path in Path("/sys/fs/cgroup").glob("*/*grader*")),
    )


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _processes(root: Path) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                folder = str((entry / "cwd").readlink())
            except OSError:
                continue
            if str(root) in folder or str(root) in command:
                found.append(f"{entry.name} {command}")
    return found


def descendants(pid: int) -> set[int]:
    """All processes below one, by their parents."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = set(), [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.update(below)
        waiting += below
    return found


def kill_tree(pid: int) -> None:
    """SIGKILL to a process and everything below it, all at once."""
    for victim in (pid, *descendants(pid)):
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue


def alive(pids: set[int]) -> set[int]:
    """Those that still run (a zombie does not)."""
    return {pid for pid in pids if _state(pid) not in ("Z", "X", "")}


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return ""


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
