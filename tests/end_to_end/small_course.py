"""A course of one task that takes a moment, and a class for it; as files, for real runs of the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

CONFIGURATION = """
course: A small course
limits: {call_s: 5, import_s: 5}
assignments:
  a1:
    title: Doubling
    files: [double.py]
    tasks:
      double: {points: 3}
"""
PUBLIC = '''
import pytest

pytestmark = pytest.mark.task("double")


@pytest.mark.points(2)
def test_numbers(agree, rand):
    """Random numbers."""
    agree("double", rand(3))
'''
HIDDEN = '''
import pytest

pytestmark = pytest.mark.task("double")


@pytest.mark.points(1)
def test_nothing(agree, rand):
    """No numbers at all."""
    agree("double", rand(0))
'''
REFERENCE = "def double(x):\n    return 2 * x\n"
SLOW = "import time\n\n\ndef double(x):\n    time.sleep({pause})\n    return {factor} * x\n"


class SmallCourse:
    """A course in a folder, a class to grade, and the command to grade it with."""

    def __init__(self, root: Path, *, students: int, pause: float) -> None:
        self.root = root
        self.out = root / "out"
        self.students = [f"s{number:02}" for number in range(students)]
        self._write("autograder.yml", CONFIGURATION)
        self._write("assignments/a1/test_double.py", PUBLIC)
        self._write("assignments/a1/double.py", "def double(x):\n    raise NotImplementedError\n")
        self._write("solutions/a1/test_double.py", HIDDEN)
        self._write("solutions/a1/double.py", REFERENCE)
        for number, student in enumerate(self.students):
            factor = 2 if number % 3 else 3
            self._write(f"class/{student}/double.py", SLOW.format(pause=pause, factor=factor))

    def _write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def expected_score(self, student: str) -> float:
        """Right students get all; wrong ones the test without numbers."""
        return 3 if self.students.index(student) % 3 else 1

    def start(self, workers: int = 2) -> subprocess.Popen[str]:
        """Start grading the class, by so many judges."""
        command = [sys.executable, "-m", "grader", "grade", "a1", "class", "--out", str(self.out)]
        command += ["--workers", str(workers)]
        return subprocess.Popen(
            command,
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, "COLUMNS": "160"},
        )

    def finish(self) -> str:
        """Grade what is left, by one judge: each takes seconds to open; the output."""
        process = self.start(workers=1)
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output
        return output

    def result(self, student: str) -> dict[str, Any]:
        """A student's result file."""
        result: dict[str, Any] = json.loads((self.out / "results" / f"{student}.json").read_text())
        return result
