"""`OUT/grades.csv`, `OUT/results/<student>.json` and `OUT/run.json`, each written whole or not at all."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from grader.model.errors import HarnessFault, UsageError
from grader.model.outcomes import Status
from grader.model.results import Result
from grader.model.runs import Row, RunRecord
from grader.reports.lateness import late_words
from grader.reports.text import csv_text, number, tidy

LEADING = ("student", "status", "score", "max_score", "pending_points")
TRAILING = ("isolation", "message")
ABSENT = "absent"
"""The status of who is on the roster and handed in nothing: there is no result, and no score."""


def write_all(out: Path, record: RunRecord, rows: Sequence[Row]) -> None:
    """Everything that a run leaves in its folder; `run.json` last, as the sign that the rest is there.

    Raises UsageError where the folder cannot be written, HarnessFault where the machine has no room.
    """
    try:
        for row in rows:
            write_whole(out / "results" / f"{row.key}.json", json_text(result_data(row.result)))
        write_whole(out / "grades.csv", grades_csv(record, rows))
        write_whole(out / "run.json", json_text(run_data(record)))
    except OSError as error:
        where = error.filename or out
        kind = HarnessFault if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO) else UsageError
        raise kind(
            f"Cannot write to {where}: {error.strerror}. The results are kept in {record.gradebook}; "
            "run the command again, if need be with another --out."
        ) from error


def result_data(result: Result) -> Any:
    """A result as plain data for JSON."""
    return tidy(msgspec.to_builtins(result))


def run_data(record: RunRecord) -> Any:
    """A run as plain data for JSON."""
    return tidy(msgspec.to_builtins(record))


def json_text(data: Any) -> str:
    """As every file and `--json` have it: indented, with a last newline, and never NaN."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def grades_csv(record: RunRecord, rows: Sequence[Row]) -> str:
    """The table of grades, safe to open in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*LEADING, *(task.id for task in record.tasks), *TRAILING])
    for row in rows:
        writer.writerow(_cells(record, row.result))
    for person in record.absent:
        blank = [""] * len(record.tasks)
        said = "on the roster, and handed in nothing"
        writer.writerow([csv_text(person.name), ABSENT, "", number(record.max_score), "", *blank, "", said])
    return text.getvalue()


def _cells(record: RunRecord, result: Result) -> Iterator[str]:
    yield csv_text(result.student)
    yield result.status.value
    yield number(result.score)
    yield number(result.max_score)
    yield number(result.pending_points)
    scored = result.status in (Status.GRADED, Status.PENDING)
    for task in record.tasks:
        yield number(result.task_points.get(task.id)) if scored else ""
    yield "" if result.status is Status.REJECTED else str(result.isolation.level)
    yield csv_text("; ".join(filter(None, (late_words(result.late), result.message))))


def write_whole(path: Path, text: str) -> None:
    """Write beside the file and rename: a reader never sees a half, an interruption leaves the old one."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """The same for what is no text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".part-", suffix=path.suffix)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        # mkstemp's mode 0600 stays: hidden tests' messages and seeds are for staff only.
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
