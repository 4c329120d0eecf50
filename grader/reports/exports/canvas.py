"""Canvas: the downloaded gradebook with one column filled.

Canvas finds a student by ID, then SIS User ID, then SIS Login ID, then name, and an assignment by the id in
parentheses behind its title; an unknown title would make a new assignment, and so is never written. `EX` is
an excused student. (instructure/canvas-lms, `lib/gradebook_importer.rb`.)
"""

from __future__ import annotations

import re
from pathlib import Path

from grader.model.errors import UsageError
from grader.reports.exports.filling import Keys, Line, Report, compare_maximum, fill_lines
from grader.reports.exports.sheets import Sheet, read_sheet, value_of
from grader.reports.exports.stored import ClassResults
from grader.reports.text import number

_ASSIGNMENT = re.compile(r"(?P<title>.*) \(\d+\)", re.DOTALL)
_TEST_STUDENT = "student, test"


def fill_gradebook(results: ClassResults, path: Path, column: str) -> tuple[str, Report]:
    """The gradebook's text with the scores in it, and what was done. Raises UsageError."""
    sheet = read_sheet(path)
    if len(sheet.header) < 4 or "Student" not in sheet.header[0] or "ID" not in sheet.header:
        raise UsageError(
            f"{path} is no gradebook of Canvas's: the first columns must be Student and ID. "
            "Download it by Grades, Export."
        )
    place = sheet.column(column) if column else _column_of(sheet, results.record.title)
    lines = [_line(sheet, row, place) for row in sheet.rows if _is_student(sheet, row)]
    report = fill_lines(sheet, place, lines, results)
    possible = _points_possible(sheet, place)
    said = f"Canvas has {number(possible or 0)} points possible in this column"
    compare_maximum(said, possible, results.record.max_score, report)
    return sheet.text(), report


def _column_of(sheet: Sheet, title: str) -> int:
    columns = [
        (index, found["title"])
        for index, name in enumerate(sheet.header)
        if (found := _ASSIGNMENT.fullmatch(name))
    ]
    fitting = [index for index, name in columns if name.strip().casefold() == title.strip().casefold()]
    if len(fitting) == 1:
        return fitting[0]
    several = "several columns are" if fitting else "no column is"
    known = ", ".join(repr(sheet.header[index]) for index, _ in columns) or "no assignment"
    raise UsageError(f"{sheet.path}: {several} called {title!r}; say which with --column. It has: {known}.")


def _is_student(sheet: Sheet, row: list[str]) -> bool:
    name = sheet.cell(row, 0)
    identified = any(sheet.cell(row, sheet.header.index(key)) for key in _ID_COLUMNS if key in sheet.header)
    return bool(name) and "Points Possible" not in name and identified and name.casefold() != _TEST_STUDENT


_ID_COLUMNS = {"ID": "canvas", "SIS User ID": "id", "SIS Login ID": "login"}


def _keys(sheet: Sheet, row: list[str]) -> Keys:
    ids = {
        kind: sheet.cell(row, sheet.header.index(name))
        for name, kind in _ID_COLUMNS.items()
        if name in sheet.header
    }
    if "@" in ids.get("login", ""):
        ids["email"] = ids["login"]
    return Keys(name=sheet.cell(row, 0), ids=ids)


def _line(sheet: Sheet, row: list[str], place: int) -> Line:
    kept = "excused (EX)" if sheet.cell(row, place).upper() == "EX" else ""
    return Line(cells=row, keys=_keys(sheet, row), shown=sheet.cell(row, 0), kept=kept)


def _points_possible(sheet: Sheet, place: int) -> float | None:
    heads = [row for row in sheet.rows if "Points Possible" in sheet.cell(row, 0)]
    return value_of(sheet.cell(heads[0], place)) if heads else None
