"""A workflow for GitHub Actions, and the repository of tests that it fetches.

A workflow in a student's repository can be edited by the student, and whatever it fetches can be read there:
so it gets the public tests, and its result is the student's own claim. The staff's workflow grades clones of
the students' repositories with hidden tests and solutions, in a repository that students cannot read.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from grader.course.packaging.contents import filled, requirements, write_course, write_harness
from grader.model.course import Course
from grader.model.errors import UsageError
from grader.model.names import ASSIGNMENTS

_WORKFLOWS = Path(".github", "workflows")


def package_github(
    root: Path, course: Course, assignment: str, out: Path, *, torch_index: str = "", organization: str = ""
) -> None:
    """Write `out/{README.md,tests,student,staff}`. Raises UsageError where `out` holds something already."""
    if out.is_dir() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty: give another folder, or remove it first.")
    title = course.assignments[assignment].title
    values = {
        "assignment": assignment,
        "title": title,
        "organization": organization or "YOUR-ORGANIZATION",
        "torch_index": f"--index-url {torch_index}" if torch_index else "",
    }
    _write_tests(root, course, assignment, out / "tests")
    _write_student(root, course, assignment, out / "student", values)
    workflow = out / "staff" / _WORKFLOWS / f"{assignment}.yml"
    _write(workflow, filled("github_staff.yml", **values))
    write_harness(out / "staff" / "harness")
    write_course(root, course, assignment, out / "staff" / "course", solutions=True)
    _write(out / "staff" / "requirements.txt", "\n".join(requirements()) + "\n")
    _write(out / "README.md", filled("github_readme.md", **values))


def _write_tests(root: Path, course: Course, assignment: str, folder: Path) -> None:
    write_harness(folder / "harness")
    write_course(root, course, assignment, folder / "course", solutions=False)
    _write(folder / "requirements.txt", "\n".join(requirements()) + "\n")


def _write_student(root: Path, course: Course, assignment: str, folder: Path, values: dict[str, str]) -> None:
    _write(folder / _WORKFLOWS / f"{assignment}.yml", filled("github_student.yml", **values))
    starter = root / ASSIGNMENTS / assignment
    for name in (*course.assignments[assignment].files, "README.md"):
        if (starter / name).is_file():
            shutil.copy(starter / name, folder / name)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
