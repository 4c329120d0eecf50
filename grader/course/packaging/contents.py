"""What every package holds: the harness, exact requirements, and the course cut down to one assignment."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from string import Template

import yaml
from packaging.requirements import Requirement

import grader
from grader.course.handout import Handout, hand_out
from grader.model.course import Course
from grader.model.names import ASSIGNMENTS, CONFIGURATION, SOLUTIONS

DISTRIBUTION = "torchgrade"
_TEMPLATES = Path(__file__).parent / "templates"
_CLUTTER = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


def write_harness(folder: Path) -> None:
    """`harness/grader` and `requirements.txt`, as installed here: so it grades there as it does here."""
    shutil.copytree(Path(grader.__file__).parent, folder / "harness" / "grader", ignore=_CLUTTER)
    (folder / "requirements.txt").write_text("\n".join(_requirements()) + "\n")


def write_course(root: Path, assignment: str, folder: Path) -> None:
    """A course of one assignment, for staff: hidden tests and solutions are in it."""
    _write_configuration(root, assignment, folder)
    for part in (ASSIGNMENTS, SOLUTIONS):
        shutil.copytree(root / part / assignment, folder / part / assignment, ignore=_CLUTTER)


def write_handout(root: Path, course: Course, assignment: str, folder: Path) -> Handout:
    """A course of one assignment as students get it. Raises AuthoringError where a solution would go out."""
    _write_configuration(root, assignment, folder)
    return hand_out(root, assignment, course.assignments[assignment], folder)


def _write_configuration(root: Path, assignment: str, folder: Path) -> None:
    data = yaml.safe_load((root / CONFIGURATION).read_text(encoding="utf-8-sig"))
    data["assignments"] = {assignment: data["assignments"][assignment]}
    folder.mkdir(parents=True)
    (folder / CONFIGURATION).write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))


def _requirements() -> list[str]:
    """Everything that the command needs, torch first, each at the version that is installed here."""
    pinned = {f"{name}=={metadata.version(name)}" for name in _names()}
    return sorted(pinned, key=lambda line: (not line.startswith("torch=="), line))


def filled(template: str, **values: str) -> str:
    """The text of a template. Its `$$` is a dollar sign of the shell."""
    return Template((_TEMPLATES / template).read_text(encoding="utf-8")).substitute(values)


def _names() -> Iterator[str]:
    for line in metadata.requires(DISTRIBUTION) or ():
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate({"extra": "grade"}):
            yield wanted.name
