"""A run's pages, one submission at a time: what one of them holds never costs another its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.model.results import Result
from grader.reports.exports.stored import ClassResults
from grader.reports.html.documents import Document
from grader.reports.html.drawing import Drawer
from grader.reports.html.folder import PageFolder
from grader.reports.html.pages import HandedIn, Pages, Sheet
from grader.reports.html.views import Audience
from grader.reports.text import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """A submission's hand-in files as bytes, by name; or why they cannot be had."""

    files: Mapping[str, bytes]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the pages show."""

    audience: Audience = Audience.STUDENT
    outputs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written."""

    index: Path
    pages: int
    dropped: int
    """Pages of an earlier report that are no part of this one."""
    notes: tuple[str, ...]
    """Whose page shows a file not at all."""


def write_report(
    folder: Path, results: ClassResults, find: Callable[[Result], Files], choices: Choices
) -> Written:
    """Write all pages; the table comes last, so that it leads to nothing that is not there.

    Raises UsageError where the folder holds something else in their place or cannot be written, HarnessFault
    where the machine has no room.
    """
    place = PageFolder(folder, results.rows)
    pages = Pages(results.record, choices.audience, images=choices.outputs)
    notes: list[str] = []
    with Drawer() as drawer:
        for row in results.rows:
            handed_in = _handed_in(find(row.result), drawer, outputs=choices.outputs)
            place.write(place.page(row.key), pages.submission(row, handed_in))
            notes += _notes(row.result, handed_in)
    place.write(place.index, pages.index(results.rows))
    return Written(
        index=place.index, pages=len(results.rows), dropped=place.drop_earlier(), notes=tuple(notes)
    )


def _handed_in(found: Files, drawer: Drawer, *, outputs: bool) -> HandedIn:
    sheets = [
        Sheet(name=name, drawn=drawer.draw(Document(name=name, data=data, outputs=outputs)))
        for name, data in found.files.items()
    ]
    return HandedIn(sheets=tuple(sheets), problem=found.problem)


def _notes(result: Result, handed_in: HandedIn) -> list[str]:
    student = one_line(result.student)
    problems = [f"{sheet.title}: {sheet.drawn.problem}" for sheet in handed_in.sheets if sheet.drawn.problem]
    if handed_in.problem:
        problems.insert(0, handed_in.problem)
    return [f"{student}: {one_line(problem)}" for problem in problems]
