"""A class with every third submission hostile or broken, and parts of its grading killed at random."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.end_to_end.processes import descendants
from tests.hostile.levels import COURSE
from tests.hostile.table import TABLE
from tests.hostile.test_table import SUBMISSIONS

PARTS = ("judge", "fork server", "scheduler")
ASSIGNMENT = "small"
_HOSTILE_SHARE = 1 / 3
_HONEST = "00_honest"
_LOOK_S = 0.5


def make_class(folder: Path, students: int, chance: random.Random) -> dict[str, str]:
    """Write a course and its class; which submission each student handed in, by name."""
    shutil.copytree(COURSE, folder, dirs_exist_ok=True)
    attacks = [name for name in TABLE if name != _HONEST]
    handed_in = {}
    for number in range(students):
        student = f"s{number:05}"
        name = chance.choice(attacks) if chance.random() < _HOSTILE_SHARE else _HONEST
        handed_in[student] = name
        _hand_in(name, folder / "class" / student, number)
    return handed_in


def _hand_in(name: str, target: Path, number: int) -> None:
    """A copy; most end with a comment of their own, so that no two are the same file."""
    source = SUBMISSIONS / name
    if source.is_dir():
        shutil.copytree(source, target)
        return
    target.mkdir(parents=True)
    (source,) = SUBMISSIONS.glob(f"{name}.*")
    own = b"" if name.startswith("84_") else f"\n# {number}\n".encode()
    (target / "homework.py").write_bytes(source.read_bytes() + own)


@dataclass
class Run:
    """One grading of the class, started again until it is done."""

    folder: Path
    out: Path
    seed: int
    workers: int
    handed_in: str = "class"
    seconds: float = 0.0
    starts: int = 0
    killed: list[str] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    """Resident memory of the scheduler and its judges, every other moment."""

    def start(self) -> subprocess.Popen[bytes]:
        """Start grading, or go on with it."""
        self.starts += 1
        command = [
            sys.executable,
            "-m",
            "grader",
            "grade",
            ASSIGNMENT,
            self.handed_in,
            "--out",
            str(self.out),
        ]
        command += ["--seed", str(self.seed), "--workers", str(self.workers)]
        with (self.out.parent / f"{self.out.name}.log").open("ab") as log:
            return subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True)

    def go(self, kills: int, chance: random.Random, pause_s: Callable[[], float]) -> int:
        """Grade to the end with so many kills on the way; the last exit code."""
        began, process = time.monotonic(), self.start()
        following = time.monotonic() + pause_s()
        while True:
            if process.poll() is not None:
                if process.returncode >= 0:
                    break
                process = self.start()
            if len(self.killed) < kills and time.monotonic() >= following:
                part = chance.choice(PARTS)
                if _kill(process.pid, part, chance):
                    self.killed.append(part)
                    following = time.monotonic() + pause_s()
            self.memory_mb.append(_resident_mb(process.pid))
            time.sleep(_LOOK_S)
        self.seconds = time.monotonic() - began
        return process.returncode

    def results(self) -> dict[str, Any]:
        """Result files by student."""
        files = (self.out / "results").glob("*.json")
        return {path.stem: json.loads(path.read_text()) for path in files}


def _kill(scheduler: int, part: str, chance: random.Random) -> bool:
    """Whether there was such a process to kill."""
    judges = [pid for pid in descendants(scheduler) if "grader.judge.main" in _command(pid)]
    found = {
        "scheduler": [scheduler],
        "judge": judges,
        "fork server": [pid for judge in judges for pid in _children(judge)],
    }[part]
    if not found:
        return False
    try:
        os.kill(chance.choice(found), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _children(pid: int) -> list[int]:
    return [one for one in descendants(pid) if _parent(one) == pid]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _resident_mb(scheduler: int) -> float:
    """Of the trusted processes; workers come and go."""
    trusted = [pid for pid in descendants(scheduler) if "grader.judge.main" in _command(pid)]
    pages = 0
    for pid in (scheduler, *trusted):
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
