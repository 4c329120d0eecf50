"""`autograder.yml` -> `Course`, with everything that is wrong said at once.

Each line of the error reads `autograder.yml:LINE: key.path: what is wrong, given, allowed`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from grader.model.course import Assignment, Course
from grader.model.course_rules import broken_rules
from grader.model.errors import ConfigurationError, UsageError
from grader.model.names import CONFIGURATION
from grader.model.yamltree import Path as KeyPath
from grader.model.yamltree import Problem, YamlTree, dotted, read_yaml

MAX_BYTES = 4 * 1024 * 1024

T = TypeVar("T")


def find_root(start: Path) -> Path:
    """The nearest folder, from `start` upwards, that holds `autograder.yml`. Raises UsageError."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / CONFIGURATION).is_file():
            return folder
    raise UsageError(
        f"No {CONFIGURATION} in {start} or above it. Run the command inside the course's folder."
    )


def load_course(path: Path) -> Course:
    """The course that a file, or the `autograder.yml` in a folder, describes.

    Raises ConfigurationError with everything that is wrong in it, a line each.
    """
    path = path / CONFIGURATION if path.is_dir() else path
    tree = read_yaml(_read(path))
    course = _validated(tree) if tree.data is not None or not tree.problems else ()
    problems = list(tree.problems)
    if isinstance(course, Course):
        problems += broken_rules(tree, course.assignments)
        if not problems:
            return course
    else:
        problems += [*course, *broken_rules(tree, _valid_assignments(tree))]
    problems.sort(key=lambda problem: (problem.line, dotted(problem.path)))
    raise ConfigurationError("\n".join(problem.shown(path.name) for problem in problems))


def assignment_of(course: Course, name: str) -> Assignment:
    """The assignment of that id. Raises UsageError if the course has none."""
    if name in course.assignments:
        return course.assignments[name]
    near = get_close_matches(name, course.assignments, n=3, cutoff=0.5)
    guess = f" Did you mean {_or(near)}?" if near else ""
    raise UsageError(
        f"No assignment {name!r} in this course.{guess} It has: {', '.join(sorted(course.assignments))}."
    )


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_BYTES:
        raise ConfigurationError(f"{path.name}: larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigurationError(f"{path.name}:{line}: not UTF-8 text (byte {error.start})") from error


def _validated(tree: YamlTree) -> Course | tuple[Problem, ...]:
    if not isinstance(tree.data, dict):
        said = "is empty" if tree.data is None else "must be a mapping of keys to values"
        return (Problem(line=1, path=(), text=f"{said}; allowed keys: {', '.join(_keys(Course))}"),)
    try:
        return _strictly(Course, tree.data)
    except ValidationError as error:
        return tuple(_problem(dict(entry), tree) for entry in error.errors(include_url=False))


def _valid_assignments(tree: YamlTree) -> dict[str, Assignment]:
    """The assignments whose types are right, so that their other mistakes are said at once too."""
    given = tree.data.get("assignments") if isinstance(tree.data, dict) else None
    valid = {}
    for name, data in given.items() if isinstance(given, dict) else ():
        with suppress(ValidationError):
            valid[name] = _strictly(Assignment, data)
    return valid


def _strictly(kind: type[T], data: Any) -> T:
    # Through JSON, where strict validation still takes a list for a tuple but no text for a number.
    return TypeAdapter(kind).validate_json(json.dumps(data), strict=True)


def _problem(error: dict[str, Any], tree: YamlTree) -> Problem:
    path: KeyPath = tuple(part for part in error["loc"] if part != "[key]")
    return Problem(line=tree.line_of(path), path=path, text=_sentence(error, path))


_WORDS = {
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "literal_error": "must be one of {expected}",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list, like [attention.py]",
    "dict_type": "must be a mapping of keys to values",
    "datetime_type": "must be a date, time and time zone, like 2026-12-01T23:59:00+08:00",
    "datetime_parsing": "must be a date, time and time zone, like 2026-12-01T23:59:00+08:00",
}


def _sentence(error: Mapping[str, Any], path: KeyPath) -> str:
    kind = error["type"]
    if kind == "unexpected_keyword_argument":
        return _unknown_key(path)
    if kind in ("missing", "missing_argument"):
        return "this key is missing"
    if kind == "dataclass_type":
        wanted = f"must be a mapping; allowed keys: {', '.join(_keys(_type_at(path)))}"
    else:
        wanted = _WORDS[kind].format(**error.get("ctx", {})) if kind in _WORDS else error["msg"]
    return f"{wanted}; given {_short(error.get('input'))}"


def _unknown_key(path: KeyPath) -> str:
    allowed = _keys(_type_at(path[:-1]))
    near = get_close_matches(str(path[-1]), allowed, n=1, cutoff=0.5)
    guess = f"; did you mean {near[0]!r}?" if near else ";"
    return f"unknown key{guess} allowed here: {', '.join(allowed)}"


def _keys(kind: Any) -> tuple[str, ...]:
    return tuple(entry.name for entry in fields(kind)) if is_dataclass(kind) else ()


def _type_at(path: KeyPath) -> Any:
    """The dataclass that stands at a path of the course."""
    kind: Any = Course
    for part in path:
        if is_dataclass(kind):
            kind = get_type_hints(kind).get(str(part))
            if isinstance(kind, UnionType):  # `X | None`
                kind = get_args(kind)[0]
        elif get_origin(kind) is dict:
            kind = get_args(kind)[1]
    return kind


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _or(names: list[str]) -> str:
    return " or ".join(repr(name) for name in names)
