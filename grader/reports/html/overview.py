"""The table of the class. It is for staff whomever the pages are for: it has everybody's scores."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from grader.model.runs import Row, RunRecord
from grader.reports.files import ABSENT
from grader.reports.html.views import Audience, Line
from grader.reports.isolation import isolation_line
from grader.reports.lateness import late_words
from grader.reports.speaker import MARKS
from grader.reports.statistics import misconceptions, scores, task_means
from grader.reports.table import counts_text, first_reason, score_text, scores_text, task_kind
from grader.reports.text import one_line

FOLDER = "submissions"
"""Where the pages lie, below the table."""
_SIGNS = {**MARKS, "": " "}
_WORDS = {
    "full": "all points",
    "part": "some points",
    "none": "no points",
    "pending": "pending",
    "fault": "fault",
    "": "not run",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A task in a student's line."""

    kind: str
    sign: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """A line of the table."""

    name: str
    status: str
    score: str
    late: str = ""
    cells: tuple[Cell, ...] = ()
    reason: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The table and what stands below it."""

    students: tuple[Student, ...]
    tasks: tuple[Line, ...]
    legend: tuple[Cell, ...]
    facts: tuple[Line, ...]
    misconceptions: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]

    @property
    def any_late(self) -> bool:
        """Whether the column is of any use."""
        return any(student.late for student in self.students)


def overview(record: RunRecord, rows: tuple[Row, ...], audience: Audience) -> Overview:
    """Everything that the table's page says."""
    results = [row.result for row in rows]
    means = task_means(record, results)
    absent = [Student(name=one_line(one.name), status=ABSENT, score="-") for one in record.absent]
    return Overview(
        students=(*(_student(record, row, audience) for row in rows), *absent),
        tasks=tuple(
            Line(name=one_line(task.id), value=f"{means[task.id]:.0%}" if task.id in means else "-")
            for task in record.tasks
        ),
        legend=tuple(Cell(kind=kind, sign=_SIGNS[kind], title=_WORDS[kind]) for kind in _WORDS if kind),
        facts=tuple(_facts(record, rows)),
        misconceptions=tuple((one_line(sentence), count) for sentence, count in misconceptions(results)),
        notes=tuple(one_line(note) for note in record.notes),
    )


def page_name(key: str) -> str:
    """A submission's page, below the folder of pages; as safe as the name of its result file."""
    return f"{key}.html"


def _student(record: RunRecord, row: Row, audience: Audience) -> Student:
    result = row.result
    kinds = [(one_line(task.id), task_kind(result, task.id)) for task in record.tasks]
    return Student(
        name=one_line(result.student),
        status=result.status.value,
        score=score_text(record, result),
        late=late_words(result.late),
        cells=tuple(
            Cell(kind=kind, sign=_SIGNS[kind], title=f"{name}: {_WORDS[kind]}") for name, kind in kinds
        ),
        reason=first_reason(result) if audience is Audience.STAFF else "",
        link=f"{FOLDER}/{quote(page_name(row.key))}",
    )


def _facts(record: RunRecord, rows: tuple[Row, ...]) -> list[Line]:
    facts = [Line(name="submissions", value=f"{record.submissions} ({counts_text(record)})")]
    if record.submissions > len(rows):
        facts.append(Line(name="not graded yet", value=str(record.submissions - len(rows))))
    found = scores([row.result for row in rows])
    if found is not None:
        facts.append(Line(name="scores", value=scores_text(found, record)))
    if record.options.only:
        facts.append(Line(name="only these tests", value=", ".join(map(one_line, record.options.only))))
    facts.append(Line(name="run", value=f"{one_line(record.run)}, {one_line(record.finished)}"))
    if record.isolation is not None:
        facts.append(Line(name="isolation", value=isolation_line(record.isolation)))
    return facts
