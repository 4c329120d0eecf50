"""The example class, graded as a course would grade it, gives what was planted in it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CLASS = ROOT / "examples" / "submissions" / "a6_attention"
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((CLASS / "expected.yml").read_text())
STUDENTS = sorted(EXPECTED)


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("graded")
    command = [sys.executable, "-m", "grader", "grade", "a6_attention", str(CLASS), "--out", str(out)]
    command += ["--workers", "1"]  # two judges would find out twice what each misconception does
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def result_of(graded: Path, student: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((graded / "results" / f"{student}.json").read_text())
    return result


def test_every_folder_of_the_class_has_an_expectation() -> None:
    folders = sorted(path.name for path in CLASS.iterdir() if path.is_dir())
    assert folders == STUDENTS
    assert len(folders) == 30


@pytest.mark.parametrize("student", STUDENTS)
def test_score_outcomes_and_misconceptions_are_the_planted_ones(graded: Path, student: str) -> None:
    result, expected = result_of(graded, student), EXPECTED[student]
    outcomes = {test["id"]: test["outcome"] for test in result["tests"] if test["outcome"] != "passed"}
    named = {test["id"]: test["misconception"] for test in result["tests"] if test["misconception"]}
    assert outcomes == expected["outcomes"]
    assert named == expected["misconceptions"]
    assert result["score"] == expected["score"]
    assert result["student"] == student


def test_the_gradebook_file_has_a_line_for_everybody(graded: Path) -> None:
    lines = (graded / "grades.csv").read_text().splitlines()
    assert lines[0].startswith("student,status,score,max_score,pending_points,soft_attention,")
    assert sorted(line.split(",")[0] for line in lines[1:]) == STUDENTS
