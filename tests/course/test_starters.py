"""Starters as notebooks: the same code, marks that nbgrader accepts, the same result every time."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.course.notebooks import release_notebooks
from grader.course.starters import starter_notebook
from grader.model.configuration import load_course
from grader.model.course import Assignment, Task
from grader.model.errors import AuthoringError

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(ROOT.glob("assignments/*/*.ipynb"))
NBGRADER = os.environ.get("TORCHGRADE_NBGRADER")
REQUIRED = {"schema_version", "grade", "solution", "locked"}
ALLOWED = REQUIRED | {"task", "grade_id", "points", "checksum", "cell_type"}
STARTER = '''"""Homework: *doubles*.

Read the README.
"""

from __future__ import annotations

import torch  # as ever
from torch import nn

LIMIT = 3


# Doubles, not halves.
@torch.no_grad()
def double(x):
    """Twice x.

    Returns: a tensor.
    """
    raise NotImplementedError


class Net(nn.Module):
    def forward(self, x):
        raise NotImplementedError


SIZES = (1, 2)
if LIMIT > 2:
    SIZES = (3,)
# the end
'''


def cells(text: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = json.loads(text)["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in made]


def code_of(text: str) -> str:
    """The code without the last cell, which checks."""
    return "\n\n".join(cell["source"] for cell in cells(text)[:-1] if cell["cell_type"] == "code")


def test_there_is_a_cell_for_the_imports_and_for_each_definition() -> None:
    made = cells(starter_notebook(STARTER, "hw.py", "double"))
    assert [(cell["id"], cell["cell_type"]) for cell in made] == [
        ("about", "markdown"), ("imports", "code"), ("names", "code"),
        ("about-double", "markdown"), ("double", "code"), ("about-Net", "markdown"), ("Net", "code"),
        ("names-2", "code"), ("how-to-check", "markdown"), ("check", "code"),
    ]  # fmt: skip
    assert made[0]["source"] == "# Homework: *doubles*.\n\nRead the README."
    assert made[3]["source"] == "## `double`\n\nTwice x."
    assert made[4]["source"].startswith("# Doubles, not halves.\n@torch.no_grad()\ndef double(x):")
    assert made[5]["source"] == "## `Net`"
    assert made[7]["source"].endswith("SIZES = (3,)\n# the end")
    assert 'check("double")' in made[8]["source"]
    assert made[9]["source"] == "from grader.notebook import check\n\ncheck()"


def same_code(module: str, notebook: str) -> bool:
    """Whether both have the same statements, apart from the docstring."""
    tree = ast.parse(module)
    if ast.get_docstring(tree) is not None:
        del tree.body[0]
    return ast.dump(tree) == ast.dump(ast.parse(code_of(notebook)))


parts = st.sampled_from(
    ['"""A text."""', "import torch", "from torch import nn", "X = 1", "Y: int = 2", "# a comment", "",
     "def f(x):\n    return x", "@property\ndef g(x):\n    # why\n    return x", "class C:\n    v = 1",
     "async def h():\n    pass", "if X:\n    import math", "f = f; g = 2", "def été(): pass",
     's = """\n\n"""']
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(parts, max_size=10))
def test_the_code_of_a_notebook_is_the_starters(texts: list[str]) -> None:
    module = "\n".join(texts)
    made = starter_notebook(module, "hw.py", "f")
    assert same_code(module, made)
    assert made == starter_notebook(module, "hw.py", "f")
    ids = [cell["id"] for cell in cells(made)]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", one) for one in ids)


def test_a_starter_that_cannot_be_parsed_is_the_authors_error() -> None:
    with pytest.raises(AuthoringError, match=r"the starter hw\.py cannot be parsed: line 1"):
        starter_notebook("def f(:", "hw.py", "f")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "assignments" / "a1"
    made.mkdir(parents=True)
    (made / "hw.py").write_text(STARTER)
    return made


ASSIGNMENT = Assignment(title="One", files=("hw.py",), tasks={"double": Task(points=1)})


def test_a_release_writes_what_differs_and_a_check_only_says_so(tmp_path: Path, folder: Path) -> None:
    (checked,) = release_notebooks(tmp_path, "a1", ASSIGNMENT, check=True)
    assert checked.is_changed
    assert not checked.path.exists()
    (written,) = release_notebooks(tmp_path, "a1", ASSIGNMENT)
    assert written.is_changed
    assert same_code(STARTER, written.path.read_text())
    (again,) = release_notebooks(tmp_path, "a1", ASSIGNMENT, check=True)
    assert not again.is_changed
    (folder / "hw.py").write_text(STARTER.replace("Twice", "Two times"))
    (stale,) = release_notebooks(tmp_path, "a1", ASSIGNMENT, check=True)
    assert stale.is_changed


def test_a_notebook_that_was_only_laid_out_anew_is_up_to_date(tmp_path: Path, folder: Path) -> None:
    (written,) = release_notebooks(tmp_path, "a1", ASSIGNMENT)
    written.path.write_text(json.dumps(json.loads(written.path.read_text())))
    assert not release_notebooks(tmp_path, "a1", ASSIGNMENT, check=True)[0].is_changed


def test_a_missing_starter_is_the_authors_error(tmp_path: Path) -> None:
    with pytest.raises(AuthoringError, match=r"hw\.py cannot be read"):
        release_notebooks(tmp_path, "a1", ASSIGNMENT)


# --- the course's own ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_the_courses_notebooks_are_valid_and_say_what_the_starters_say(path: Path) -> None:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert same_code(path.with_suffix(".py").read_text(), path.read_text())
    assert all(not cell.get("outputs") for cell in notebook.cells)


def test_every_starter_of_the_course_has_its_notebook() -> None:
    course = load_course(ROOT)
    starters = [
        ROOT / "assignments" / name / file for name, one in course.assignments.items() for file in one.files
    ]
    assert sorted(path.with_suffix(".ipynb") for path in starters) == NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_the_marks_for_nbgrader_follow_its_schema(path: Path) -> None:
    """As nbgrader's schema 3 has it: keys, types, and ids of marked cells."""
    grade_ids = []
    for cell in cells(path.read_text()):
        marks = cell["metadata"].get("nbgrader")
        if marks is None:
            continue
        assert set(marks) >= REQUIRED
        assert set(marks) <= ALLOWED
        assert marks["schema_version"] == 3
        assert all(type(marks[name]) is bool for name in ("grade", "solution", "locked", "task"))
        assert not marks["grade"] or marks["points"] >= 0
        assert not marks["task"] or cell["cell_type"] == "markdown"
        assert cell["cell_type"] == "code" or marks["grade"] == marks["solution"]
        assert re.fullmatch(r"[A-Za-z0-9_-]+", marks["grade_id"])
        grade_ids.append(marks["grade_id"])
    assert grade_ids[-1] == "check"
    assert len(grade_ids) == len(set(grade_ids)) > 1


BY_NBGRADER = """
import sys
import nbformat
from nbgrader.nbgraderformat import SCHEMA_VERSION, read
for path in sys.argv[1:]:
    nbformat.validate(read(path, as_version=4))
print(SCHEMA_VERSION, len(sys.argv) - 1)
"""


@pytest.mark.skipif(NBGRADER is None, reason="TORCHGRADE_NBGRADER names no python that has nbgrader")
def test_nbgrader_itself_accepts_the_notebooks() -> None:
    command = [str(NBGRADER), "-c", BY_NBGRADER, *map(str, NOTEBOOKS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.split() == ["3", str(len(NOTEBOOKS))], done.stderr
