"""`OUT` read back: the run, and the result of each of its students."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from grader.model.errors import UsageError
from grader.model.outcomes import Status
from grader.model.people import Person
from grader.model.results import SCHEMA, Result
from grader.model.runs import RUN_SCHEMA, Row, RunRecord

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassResults:
    """Everything that an export is made from."""

    record: RunRecord
    rows: tuple[Row, ...]


def read_out(out: Path) -> ClassResults:
    """The run whose results lie in a folder. Raises UsageError where they are missing, old or damaged."""
    record = _decoded(out / "run.json", RunRecord)
    if record.schema != RUN_SCHEMA:
        raise UsageError(
            f"{out / 'run.json'} is of another version ({record.schema}); run `grader grade` again."
        )
    rows = []
    for key in record.students:
        result = _decoded(out / "results" / f"{key}.json", Result)
        if result.schema != SCHEMA or result.assignment != record.assignment:
            raise UsageError(f"{out / 'results' / key}.json is not of this run; run `grader grade` again.")
        rows.append(Row(key=key, result=result))
    return ClassResults(record=record, rows=tuple(rows))


def _decoded(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        said = (
            f"{path} cannot be read: {error.strerror}. Grade first, or say with --out where the results lie."
        )
        raise UsageError(said) from error
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path} cannot be read: {error}.") from error


def final_score(result: Result) -> float | None:
    """The score that a platform may get; None while something is open, and where nothing was graded."""
    return result.score if result.status is Status.GRADED else None


def person_of(row: Row) -> Person:
    """Whose a row is."""
    return row.result.person or Person(key=row.key, name=row.result.student)


def why_blank(result: Result) -> str:
    """Why a result gives no score."""
    reason = f": {result.message}" if result.message else ""
    match result.status:
        case Status.PENDING:
            return f"pending, {result.pending_points:g} points open"
        case Status.FAULT:
            return f"a fault of ours, to be graded again{reason}"
        case _:
            return f"{result.status.value}{reason}"
