"""The example class, graded as a course would grade it, gives what was planted in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.planted import CLASS, EXPECTED, found_in, grade, planted_in, result_of

STUDENTS = sorted(EXPECTED)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("graded")
    grade(CLASS, out)
    return out


def test_every_folder_of_the_class_has_an_expectation() -> None:
    folders = sorted(path.name for path in CLASS.iterdir() if path.is_dir())
    assert folders == STUDENTS
    assert len(folders) == 30


@pytest.mark.parametrize("student", STUDENTS)
def test_score_outcomes_and_misconceptions_are_the_planted_ones(graded: Path, student: str) -> None:
    result = result_of(graded, student)
    assert found_in(result["tests"]) == planted_in(student)
    assert result["score"] == EXPECTED[student]["score"]
    assert result["student"] == student


def test_the_gradebook_file_has_a_line_for_everybody(graded: Path) -> None:
    lines = (graded / "grades.csv").read_text().splitlines()
    assert lines[0].startswith("student,status,score,max_score,pending_points,soft_attention,")
    assert sorted(line.split(",")[0] for line in lines[1:]) == STUDENTS
