"""The example class, graded as a course would grade it, gives what was planted in it; as notebooks, too.

Only the four that cannot even be imported as files fare otherwise as notebooks, as they should: a notebook
keeps what its other cells define.
"""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from tests.examples.planted import CLASS, EXPECTED, found_in, grade, planted_in, result_of
from tests.worker.notebook_files import notebook

STUDENTS = sorted(EXPECTED)
KEPT_BY_A_NOTEBOOK = {
    "s12_syntax_error": "one cell cannot be parsed",
    "s16_endless_loop_at_import": "one cell never ends",
    "s17_exit_at_import": "one cell ends the program",
    "s26_not_utf8": "the text of a notebook has no encoding to get wrong",
}
SAME = sorted(set(EXPECTED) - set(KEPT_BY_A_NOTEBOOK))


def as_notebook(source: str) -> bytes:
    """A cell for each top-level statement; where the text is no Python, for each definition."""
    lines = source.splitlines()
    try:
        ends = [node.end_lineno or 0 for node in ast.parse(source).body]
    except SyntaxError:
        ends = [number for number, line in enumerate(lines) if line.startswith(("def ", "class "))]
    bounds = [0, *ends[:-1], len(lines)]
    return notebook(*("\n".join(lines[a:b]) for a, b in zip(bounds, bounds[1:], strict=False)))


def in_notebooks(student: str) -> str:
    """The student whose notebooks have the same code."""
    return f"{student}-notebook"


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both forms in one run, so that what each misconception does is found out once."""
    handed_in, out = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("graded")
    for student in EXPECTED:
        shutil.copytree(CLASS / student, handed_in / student)
        target = handed_in / in_notebooks(student)
        shutil.copytree(CLASS / student, target)
        for file in target.glob("*.py"):
            file.with_suffix(".ipynb").write_bytes(as_notebook(file.read_text("utf-8", "replace")))
            file.unlink()
    grade(handed_in, out)
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
    everybody = sorted([*STUDENTS, *map(in_notebooks, STUDENTS)])
    assert sorted(line.split(",")[0] for line in lines[1:]) == everybody


@pytest.mark.parametrize("student", SAME)
def test_a_notebook_earns_what_its_code_earns_as_a_file(graded: Path, student: str) -> None:
    result = result_of(graded, in_notebooks(student))
    assert found_in(result["tests"]) == planted_in(student)
    assert result["score"] == EXPECTED[student]["score"]
    assert all(file.endswith(".ipynb") for file in result["submission"]["files"])


@pytest.mark.parametrize("student", sorted(KEPT_BY_A_NOTEBOOK))
def test_what_breaks_a_file_costs_a_notebook_one_cell(graded: Path, student: str) -> None:
    result, expected = result_of(graded, in_notebooks(student)), EXPECTED[student]
    assert result["score"] > expected["score"]
    broken = [note for note in result["submission"]["notes"] if "attention.ipynb, cell" in note]
    assert len(broken) == (0 if student == "s26_not_utf8" else 1), broken
