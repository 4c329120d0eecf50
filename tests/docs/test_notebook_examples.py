"""What the documents show of notebooks is what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

from grader.model.configuration import load_course

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def blocks(name: str, language: str) -> list[str]:
    text = (DOCS / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_last_cell_of_a_released_notebook_is_the_one_that_students_read_of() -> None:
    (shown,) = [block for block in blocks("students.md", "python") if "grader.notebook" in block]
    for path in ROOT.glob("assignments/*/*.ipynb"):
        last = json.loads(path.read_text(encoding="utf-8"))["cells"][-1]
        assert "".join(last["source"]) == shown.strip()


def test_the_choice_of_cells_is_written_as_the_guide_has_it(tmp_path: Path) -> None:
    (shown,) = [block for block in blocks("instructors.md", "yaml") if "cells:" in block]
    rest = "    title: Training\n    files: [training.py]\n    tasks: {fit: {points: 1}}\n"
    (tmp_path / "autograder.yml").write_text(f"course: Guide\n{shown}{rest}")
    course = load_course(tmp_path)
    assert [assignment.cells for assignment in course.assignments.values()] == ["definitions"]
