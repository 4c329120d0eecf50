"""The assignments that a command is about: the one named, or all of the course."""

from __future__ import annotations

from pathlib import Path

from grader.model.configuration import assignment_of, find_root, load_course
from grader.model.course import Course


def selected(assignment: str | None) -> tuple[Path, Course, tuple[str, ...]]:
    """The course's folder, the course, and the ids. Raises UsageError or ConfigurationError."""
    root = find_root(Path.cwd())
    course = load_course(root)
    if assignment is None:
        return root, course, tuple(course.assignments)
    name = Path(assignment).name  # `assignments/a1/`, as a shell completes it
    assignment_of(course, name)
    return root, course, (name,)
