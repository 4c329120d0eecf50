"""The package for Gradescope, run as its container runs it: results by the book, nothing read or forged."""

from __future__ import annotations

import json
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.course.packaging.gradescope import advice, package_gradescope
from grader.model.configuration import load_course
from grader.model.course import Limits
from tests.end_to_end.container import Container, why_not
from tests.end_to_end.small_course import SmallCourse

pytestmark = pytest.mark.apart

WHY_NOT = why_not()
RIGHT = "def double(x):\n    return x + x\n"
SECRETS = (
    "/autograder/source/course/autograder.yml",
    "/autograder/source/course/solutions/a1/double.py",
    "/autograder/source/course/solutions/a1/test_double.py",
    "/autograder/submission_metadata.json",
)
HOSTILE = f"""
import glob, os

def double(x):
    found = []
    for path in {SECRETS!r}:
        try:
            found.append(open(path).read())
        except OSError as error:
            found.append(type(error).__name__)
    for place in ("/autograder/results/results.json", "/opt/torchgrade/harness/grader/__init__.py"):
        try:
            open(place, "a").write("forged")
            found.append("written")
        except OSError as error:
            found.append(type(error).__name__)
    found.append(glob.glob("/autograder/source/**", recursive=True))
    raise ValueError(repr(found))
"""
SCHEMA = {
    "type": "object",
    "required": ["score", "tests", "output"],
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "number"},
        "output": {"type": "string"},
        "output_format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
        "test_output_format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
        "test_name_format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
        "visibility": {"enum": ["hidden", "after_due_date", "after_published", "visible"]},
        "stdout_visibility": {"enum": ["hidden", "after_due_date", "after_published", "visible"]},
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["score", "max_score", "name"],
                "properties": {
                    "score": {"type": "number"},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "number": {"type": "string"},
                    "output": {"type": "string"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "visibility": {"enum": ["hidden", "after_due_date", "after_published", "visible"]},
                },
                "additionalProperties": False,
            },
        },
        "leaderboard": {"type": "array", "items": {"required": ["name", "value"]}},
    },
    "additionalProperties": False,
}
METADATA = {
    "id": 1,
    "created_at": "2026-12-02T01:30:00.000000-08:00",
    "assignment": {"due_date": "2026-12-01T23:59:00.000000-08:00", "title": "Doubling"},
    "users": [{"id": 7, "name": "Student, One", "email": "one@example.edu"}],
    "previous_submissions": [
        {"submission_time": "2026-11-30T10:00:00-08:00", "score": 1.0, "autograder_error": False},
        {"submission_time": "2026-11-30T11:00:00-08:00", "score": 0.0, "autograder_error": True},
    ],
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    course = SmallCourse(folder / "course", students=0, pause=0)
    out = folder / "autograder.zip"
    package_gradescope(
        course.root, load_course(course.root), "a1", out, torch_index="https://index.example/cpu"
    )
    return out


def test_the_archive_has_both_programs_at_its_root_and_they_can_be_run(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        names = set(opened.namelist())
        modes = {name: opened.getinfo(name).external_attr >> 16 for name in ("setup.sh", "run_autograder")}
        setup = opened.read("setup.sh").decode()
        pinned = opened.read("requirements.txt").decode().splitlines()
    assert all(mode & stat.S_IXUSR for mode in modes.values())
    assert {"course/solutions/a1/double.py", "harness/grader/__init__.py"} <= names
    assert not any("__pycache__" in name for name in names)
    assert "--index-url 'https://index.example/cpu'" in setup
    assert pinned[0].startswith("torch==") and all("==" in line for line in pinned)


def test_advice_has_room_for_a_submission_at_its_limits() -> None:
    found = advice(Limits(memory_mb=2048, submission_s=600))
    assert found.memory_mb > 2048 and 20 < found.minutes <= 40


@pytest.fixture
def graded(archive: Path, tmp_path: Path) -> Callable[..., Any]:
    """Grades files as Gradescope would, in its container."""

    def grade(files: dict[str, str], memory_mb: int = 3072) -> Any:
        container = Container(tmp_path)
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(container.autograder / "source")
        shutil.copytree(container.autograder / "source" / "harness", container.harness)
        for name, text in files.items():
            (container.autograder / "submission" / name).write_text(text)
        (container.autograder / "submission_metadata.json").write_text(json.dumps(METADATA))
        done = container.run("bash", "/autograder/source/run_autograder", memory_mb=memory_mb)
        results = container.autograder / "results" / "results.json"
        assert results.is_file(), done.stdout + done.stderr
        found = json.loads(results.read_text())
        jsonschema.validate(found, SCHEMA)
        return found

    return grade


@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
@pytest.mark.parametrize("memory_mb", [768, 3072])
def test_right_code_earns_everything(graded, memory_mb: int) -> None:
    found = graded({"double.py": RIGHT}, memory_mb)
    assert found["score"] == 3
    assert [test["status"] for test in found["tests"]] == ["passed", "passed"]
    assert [test["number"] for test in found["tests"]] == ["1.1", "1.2"]
    assert "Handed in 1 h 31 min after the due date." in found["output"]
    assert "This is hand-in number 3. The best one before had 1 points." in found["output"]


@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
def test_a_hostile_submission_reads_no_test_and_no_solution_and_writes_no_result(graded) -> None:
    found = graded({"double.py": HOSTILE})
    assert found["score"] == 0
    assert found["extra_data"]["isolation"] >= 2
    (public,) = [test for test in found["tests"] if "public" in test["tags"]]
    assert "ValueError" in public["output"], "what it saw is told, because the test is public"
    assert "return 2 * x" not in json.dumps(found) and "written" not in public["output"]
    assert "PermissionError" in public["output"] or "FileNotFoundError" in public["output"]
    (hidden,) = [test for test in found["tests"] if "hidden" in test["tags"]]
    assert "ValueError" not in hidden["output"]


@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
def test_a_hand_in_of_another_name_is_told_as_missing(graded) -> None:
    found = graded({"doubling.py": RIGHT, "notes.txt": "none"})
    assert found["score"] == 0
    assert "doubling.py" in found["tests"][0]["output"]
