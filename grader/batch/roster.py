"""The class list: a CSV with a row per student, of whatever columns a school has.

Known columns, in any order and case, each under several headers: `id`, `name` (or `first name` and
`last name`), `email`, `login`, `section`, `group`, `canvas`, `moodle`, `github`. A gradebook downloaded from
Canvas is taken too.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.model.errors import ConfigurationError
from grader.model.spelling import plain

MAX_BYTES = 16 * 1024 * 1024
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "studentid", "sid", "sisuserid", "sisid", "matriculationnumber", "idnumber", "identifier"),
    "name": ("name", "student", "fullname", "studentname", "displayname"),
    "first": ("first", "firstname", "givenname", "givennames"),
    "last": ("last", "lastname", "surname", "familyname"),
    "email": ("email", "emailaddress", "mail"),
    "login": ("login", "loginid", "sisloginid", "username", "user", "netid"),
    "section": ("section", "sections", "class", "tutorial"),
    "group": ("group", "groupname", "team"),
    "canvas": ("canvas", "canvasid", "canvasuserid"),
    "moodle": ("moodle", "moodleid", "participant", "participantid"),
    "github": ("github", "githubusername", "githublogin"),
}
PLATFORMS = ("canvas", "moodle", "github")


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A row of the roster."""

    line: int
    name: str
    id: str = ""
    first: str = ""
    last: str = ""
    email: str = ""
    login: str = ""
    section: str = ""
    group: str = ""
    ids: dict[str, str] = field(default_factory=dict)


def read_roster(path: Path) -> tuple[Enrolled, ...]:
    """The class, in the order of the file. Raises ConfigurationError with everything that is wrong in it."""
    text = _text(path)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error as error:
        raise ConfigurationError(f"{path.name}: cannot be read as CSV: {error}") from error
    columns = _columns(rows[0] if rows else [], path)
    people = tuple(
        person
        for number, row in enumerate(rows[1:], start=2)
        if (person := _person(number, row, columns)) is not None
    )
    problems = list(_problems(people))
    if not people:
        problems.append("1: there is no student in it")
    if problems:
        raise ConfigurationError("\n".join(f"{path.name}:{problem}" for problem in problems))
    return people


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: the roster cannot be read: {error.strerror}") from error
    if len(raw) > MAX_BYTES:
        raise ConfigurationError(f"{path.name}: larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"{path.name}:{line}: not UTF-8 text; save it as CSV in UTF-8 (byte {error.start})"
        ) from error


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _columns(header: Sequence[str], path: Path) -> dict[str, int]:
    """Where each known column stands."""
    plain_headers = [re.sub(r"[^a-z]", "", cell.casefold()) for cell in header]
    columns: dict[str, int] = {}
    for kind, headers in _HEADERS.items():
        places = [plain_headers.index(known) for known in headers if known in plain_headers]
        if places:
            columns[kind] = places[0]
    if "sisloginid" in plain_headers or "rootaccount" in plain_headers:  # a gradebook of Canvas's
        columns["canvas"] = plain_headers.index("id") if "id" in plain_headers else columns.get("canvas", -1)
        columns["id"] = plain_headers.index("sisuserid") if "sisuserid" in plain_headers else -1
        columns = {kind: place for kind, place in columns.items() if place >= 0}
    if "name" not in columns and not {"first", "last"} <= set(columns):
        raise ConfigurationError(
            f"{path.name}:1: a roster needs a column `name`, or `first name` and `last name`; "
            f"it has: {', '.join(header) or 'nothing'}"
        )
    return columns


def _person(line: int, row: Sequence[str], columns: Mapping[str, int]) -> Enrolled | None:
    cells = {kind: " ".join(row[place].split()) for kind, place in columns.items() if place < len(row)}
    first, last = cells.get("first", ""), cells.get("last", "")
    name = cells.get("name") or f"{first} {last}".strip()
    if not any(cells.values()) or _is_not_a_student(name, cells):
        return None
    if "," in cells.get("name", ""):
        last, _, first = (part.strip() for part in name.partition(","))
        name = f"{first} {last}".strip()
    return Enrolled(
        line=line,
        name=name,
        first=first,
        last=last,
        ids={kind: _number(kind, cells[kind]) for kind in PLATFORMS if cells.get(kind)},
        **{kind: cells.get(kind, "") for kind in ("id", "email", "login", "section", "group")},
    )


def _is_not_a_student(name: str, cells: Mapping[str, str]) -> bool:
    """Rows of Canvas's gradebook that are nobody: points possible, and its test student."""
    return "points possible" in name.casefold() or (
        name.casefold() in ("student, test", "test student") and not cells.get("id")
    )


def _number(kind: str, cell: str) -> str:
    """Moodle writes `Participant 12`, in its own language, for 12."""
    digits = re.search(r"\d+$", cell)
    return digits[0] if kind == "moodle" and digits else cell


def _problems(people: Sequence[Enrolled]) -> Iterator[str]:
    seen: dict[tuple[str, str], int] = {}
    for person in people:
        if not person.name:
            yield f"{person.line}: a student without a name"
        keys = {"id": person.id, "email": person.email, "login": person.login, **person.ids}
        for kind, value in keys.items():
            before = seen.setdefault((kind, plain(value)), person.line) if value else person.line
            if before != person.line:
                yield f"{person.line}: the {kind} {value!r} stands already in line {before}"
