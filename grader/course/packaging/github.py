"""A workflow for GitHub Actions, and the repository of tests that it fetches.

A workflow in a student's repository can be edited by the student, and whatever it fetches can be read there:
so it gets the public tests, and its result is the student's own claim. The staff's workflow grades clones of
the students' repositories with hidden tests and solutions, in a repository that students cannot read.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from grader.course.packaging.contents import filled, write_course, write_handout, write_harness
from grader.model.course import Course
from grader.model.errors import UsageError

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
    write_harness(out / "tests")
    handout = write_handout(root, course, assignment, out / "tests" / "course")
    given = {*course.assignments[assignment].files, "README.md"}
    _write(out / "student" / _WORKFLOWS / f"{assignment}.yml", filled("github_student.yml", **values))
    for name in given & set(handout.files):
        shutil.copy(handout.folder / name, out / "student" / name)
    write_harness(out / "staff")
    write_course(root, assignment, out / "staff" / "course")
    _write(out / "staff" / _WORKFLOWS / f"{assignment}.yml", filled("github_staff.yml", **values))
    _write(out / "README.md", filled("github_readme.md", **values))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
