"""Moodle: the downloaded grading worksheet with the grades filled in.

Its headers are in the site's language, numbers too; `Identifier`, a word and the participant's number, is the
first column, and what is imported is found by it. Everything but the grade goes back as it came, the times of
the last change too, because Moodle refuses rows that were changed since. (Moodle,
`mod/assign/feedback/offline/importgradeslib.php`.)
"""

from __future__ import annotations

import re
from pathlib import Path

from grader.model.errors import UsageError
from grader.reports.exports.filling import Keys, Line, Report, compare_maximum, fill_lines
from grader.reports.exports.sheets import Sheet, read_sheet, value_of
from grader.reports.exports.stored import ClassResults
from grader.reports.text import number

_IDENTIFIER = re.compile(r"\D*(\d+)")
_GRADE_WORDS = """
    grade bewertung note nota calificación qualificació puntuación évaluation cijfer ocena hodnocení betyg
    karakter karakterer arvosana оценка оцінка 评分 成绩 成績 評点 평점 βαθμός not
"""
"""`Grade` in the languages of Moodle's that are met most; another one is named with --column."""
_LOCKED = {"grade can be changed": "no"}


def fill_worksheet(results: ClassResults, path: Path, column: str) -> tuple[str, Report]:
    """The worksheet's text with the grades in it, and what was done. Raises UsageError."""
    sheet = read_sheet(path)
    numbers = [_IDENTIFIER.fullmatch(sheet.cell(row, 0)) for row in sheet.rows if any(row)]
    if not numbers or None in numbers:
        raise UsageError(
            f"{path} is no grading worksheet of Moodle's: the first column must hold identifiers like "
            "`Participant 12`. Download it by Submissions, Download grading worksheet."
        )
    place = sheet.column(column) if column else _grade_column(sheet)
    report = fill_lines(sheet, place, [_line(sheet, row) for row in sheet.rows if any(row)], results)
    maximum = _maximum_grade(sheet, place)
    said = f"Moodle's maximum grade is {number(maximum or 0)}"
    compare_maximum(said, maximum, results.record.max_score, report)
    return sheet.text(), report


def _grade_column(sheet: Sheet) -> int:
    fitting = [
        index for index, name in enumerate(sheet.header) if name.strip().casefold() in _GRADE_WORDS.split()
    ]
    if len(fitting) == 1:
        return fitting[0]
    raise UsageError(
        f"{sheet.path}: which column holds the grade cannot be told; say it with --column. "
        f"It has: {', '.join(sheet.header)}."
    )


def _keys(sheet: Sheet, row: list[str]) -> Keys:
    found = _IDENTIFIER.fullmatch(sheet.cell(row, 0))
    mail = next((cell.strip() for cell in row[1:] if re.fullmatch(r"[^@\s]+@[^@\s]+", cell.strip())), "")
    ids = {"moodle": found[1] if found else "", "email": mail}
    return Keys(name=sheet.cell(row, 1), ids=ids)


def _is_locked(sheet: Sheet, row: list[str]) -> bool:
    return any(
        sheet.cell(row, index).casefold() == _LOCKED.get(name.strip().casefold())
        for index, name in enumerate(sheet.header)
    )


def _line(sheet: Sheet, row: list[str]) -> Line:
    kept = "Moodle says that this grade cannot be changed" if _is_locked(sheet, row) else ""
    shown = sheet.cell(row, 1) or sheet.cell(row, 0)
    return Line(cells=row, keys=_keys(sheet, row), shown=shown, kept=kept)


def _maximum_grade(sheet: Sheet, place: int) -> float | None:
    """`Maximum grade` stands directly behind the grade; None where the rows do not say the same."""
    maxima = {value_of(sheet.cell(row, place + 1)) for row in sheet.rows if any(row)} - {None}
    return maxima.pop() if len(maxima) == 1 else None
