"""The example class: what was planted in it, and how it is graded."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CLASS = ROOT / "examples" / "submissions" / "a6_attention"
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((CLASS / "expected.yml").read_text())


COMPLETIONS = 5
"""A test that a busy machine left pending may be pending again."""


def grade(handed_in: Path, out: Path) -> None:
    """Grade a folder of submissions with the command, by one judge: two would run each misconception twice.

    What this machine was too noisy for is completed, as whoever grades would do it.
    """
    command = [sys.executable, "-m", "grader", "grade", "a6_attention", str(handed_in), "--out", str(out)]
    _run([*command, "--workers", "1"])
    for _ in range(COMPLETIONS):
        if not any(map(_is_too_noisy, out.glob("results/*.json"))):
            break
        _run([*command, "--workers", "1", "--pending"])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _is_too_noisy(result: Path) -> bool:
    tests = json.loads(result.read_text())["tests"]
    return any(test["outcome"] == "pending" and "too noisy" in test["message"] for test in tests)


def result_of(graded: Path, student: str) -> dict[str, Any]:
    """A student's result file."""
    result: dict[str, Any] = json.loads((graded / "results" / f"{student}.json").read_text())
    return result


def found_in(tests: Sequence[dict[str, Any]]) -> tuple[dict[str, str], dict[str, str]]:
    """Outcomes of the tests that did not pass, and the misconceptions that were named, by test."""
    outcomes = {test["id"]: test["outcome"] for test in tests if test["outcome"] != "passed"}
    named = {test["id"]: test["misconception"] for test in tests if test["misconception"]}
    return outcomes, named


def planted_in(student: str) -> tuple[dict[str, str], dict[str, str]]:
    """What `found_in` is to give."""
    return EXPECTED[student]["outcomes"], EXPECTED[student]["misconceptions"]
