"""A student's own run: `pytest` on a lone copy of an assignment, against `import torch`.

Only the grader's plugin is loaded, as in a student's install: the plugins that this project is tested
with (hypothesis alone takes 0.8 s) are not part of it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PYTEST = ["-m", "pytest", "-q", "-p", "grader.plugin", "-p", "no:cacheprovider", "."]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentRuns:
    """Wall seconds of both, taken in turn."""

    pytest_s: list[float]
    torch_s: list[float]


def measure_student(root: Path, assignment: str, *, rounds: int) -> StudentRuns:
    """Run a right submission's public tests in a fresh process each time, and bare `import torch` between."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / assignment
        shutil.copytree(root / "assignments" / assignment, copy)
        for path in (root / "solutions" / assignment).glob("*.py"):
            if (copy / path.name).exists() and not path.name.startswith("test_"):
                shutil.copy(path, copy / path.name)
        runs = StudentRuns(pytest_s=[], torch_s=[])
        for _ in range(rounds):
            runs.torch_s.append(_seconds(["-c", "import torch"], copy))
            runs.pytest_s.append(_seconds(PYTEST, copy))
    return runs


def _seconds(arguments: list[str], folder: Path) -> float:
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{arguments} failed:\n{done.stdout}\n{done.stderr}")
    return seconds
