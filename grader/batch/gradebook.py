"""The gradebook: every run and every result, committed the moment it is complete.

SQLite by default, any database of SQLAlchemy's by URL. A result is kept as the JSON that the result
file shows, beside the columns that are searched. Two runs may write to one gradebook at a time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from grader.batch.tables import RESULTS, RUNS, make_engine, prepare, translated, without_password
from grader.model.errors import GradebookError
from grader.model.outcomes import Status
from grader.model.results import Result
from grader.model.runs import RunOptions

FINAL = (Status.GRADED, Status.REJECTED)
"""Results in which nothing is left to do."""
SETTLED = (*FINAL, Status.PENDING)
"""What is not graded again while nothing changes; of a pending result only its pending tests are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run's row. `complete` means that nothing of it waits to be graded again."""

    id: str
    assignment: str
    seed: int
    started: str
    digest: str
    owner: str
    finished: str | None = None
    complete: bool = False
    options: RunOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Where a result lies, without the result."""

    run: str
    student: str
    status: Status


class Gradebook:
    """An open gradebook. Every method is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Gradebook:
        """Open or create it; refuses files and databases that are something else."""
        shown = without_password(url)
        with translated(shown):
            engine = make_engine(url)
            try:
                prepare(engine, shown)
            except BaseException:
                engine.dispose()
                raise
        return cls(engine)

    @property
    def shown(self) -> str:
        """The address without a password."""
        return self._engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        self._engine.dispose()

    def add_run(self, run: Run) -> None:
        values = {**msgspec.to_builtins(run), "options": json.dumps(msgspec.to_builtins(run.options))}
        with self._writing() as connection:
            connection.execute(RUNS.insert().values(**values))

    def take_over(self, run: Run, owner: str) -> bool:
        """Continue a run as its new owner; False where another process was first."""
        mine = RUNS.update().where(RUNS.c.id == run.id, RUNS.c.owner == run.owner)
        with self._writing() as connection:
            change = mine.values(owner=owner, finished=None, complete=False)
            return connection.execute(change).rowcount == 1

    def borrow(self, run: Run, owner: str) -> bool:
        """Complete a run's results as its owner, until `leave_run`; False where another process was first.

        Whether the run has ended, and whether something of it waits to be graded again, stays as it is.
        """
        mine = RUNS.update().where(RUNS.c.id == run.id, RUNS.c.owner == run.owner)
        with self._writing() as connection:
            return connection.execute(mine.values(owner=owner)).rowcount == 1

    def finish_run(self, run: str, *, finished: str, complete: bool) -> None:
        with self._writing() as connection:
            change = RUNS.update().where(RUNS.c.id == run)
            connection.execute(change.values(finished=finished, complete=complete, owner=""))

    def leave_run(self, run: str) -> None:
        """Say that nobody grades a run any more; whether it has ended stays as it is."""
        with self._writing() as connection:
            connection.execute(RUNS.update().where(RUNS.c.id == run).values(owner=""))

    def run(self, run: str) -> Run | None:
        """One run by its id."""
        with self._reading() as connection:
            row = connection.execute(sa.select(RUNS).where(RUNS.c.id == run)).one_or_none()
        return None if row is None else _as_run(row)

    def open_runs(self, assignment: str, digest: str) -> list[Run]:
        """Runs of the same tests and configuration in which something remains, newest first."""
        query = (
            sa.select(RUNS)
            .where(RUNS.c.assignment == assignment, RUNS.c.digest == digest, RUNS.c.complete.is_(False))
            .order_by(RUNS.c.started.desc(), RUNS.c.id.desc())
        )
        with self._reading() as connection:
            return [_as_run(row) for row in connection.execute(query)]

    def store(self, *, student: str, identity: str, stored: str, result: Result) -> None:
        """Keep a result, in place of an earlier one of the same run and student."""
        key = {"run": result.run, "assignment": result.assignment, "student": student}
        values = {
            **_columns(result),
            "name": result.student,
            "identity": identity,
            "stored": stored,
        }
        where = [RESULTS.c[name] == value for name, value in key.items()]
        with self._writing() as connection:
            changed = connection.execute(RESULTS.update().where(*where).values(**values))
            if changed.rowcount == 0:
                connection.execute(RESULTS.insert().values(**key, **values))

    def final(
        self,
        assignment: str,
        *,
        run: str | None = None,
        seed: int | None = None,
        isolation: int = 0,
        among: Sequence[Status] = FINAL,
    ) -> dict[str, Stored]:
        """By identity and student's key (`identity/key`): the newest final result, which may be reused.

        Only those of a run, of a seed, or graded at least at a level of isolation, where one is given;
        `among` says which statuses count.
        """
        never_ran = RESULTS.c.status == Status.REJECTED.value
        wanted = [
            RESULTS.c.assignment == assignment,
            RESULTS.c.status.in_([status.value for status in among]),
            never_ran | (RESULTS.c.isolation >= isolation),
        ]
        if run is not None:
            wanted.append(RESULTS.c.run == run)
        if seed is not None:
            wanted.append(RUNS.c.seed == seed)
        columns = (RESULTS.c.identity, RESULTS.c.run, RESULTS.c.student, RESULTS.c.status)
        query = sa.select(*columns).join(RUNS, RUNS.c.id == RESULTS.c.run)
        with self._reading() as connection:
            rows = connection.execute(query.where(*wanted).order_by(RESULTS.c.stored))
            return {
                f"{row.identity}/{row.student}": Stored(
                    run=row.run, student=row.student, status=Status(row.status)
                )
                for row in rows
            }

    def result(self, run: str, student: str) -> Result | None:
        """One stored result; None where there is none. Raises GradebookError if it cannot be read."""
        query = sa.select(RESULTS.c.json).where(RESULTS.c.run == run, RESULTS.c.student == student)
        with self._reading() as connection:
            text = connection.execute(query).scalar()
        return None if text is None else _decoded(text, run, student)

    def students(self, assignment: str) -> set[str]:
        """The keys of all students who have any result."""
        query = sa.select(RESULTS.c.student).where(RESULTS.c.assignment == assignment).distinct()
        with self._reading() as connection:
            return set(connection.execute(query).scalars())

    def change(self, run: str, student: str, *, stored: str, by: Callable[[Result], Result]) -> Result:
        """Put what `by` makes of a stored result in its place, and give it.

        Two processes may do so at a time: nothing is written over a result that `by` has not seen.
        Raises GradebookError where there is no such result.
        """
        key = [RESULTS.c.run == run, RESULTS.c.student == student]
        while True:
            with self._reading() as connection:
                text = connection.execute(sa.select(RESULTS.c.json).where(*key)).scalar()
            if text is None:
                raise GradebookError(f"The gradebook has no result of {student!r} in the run {run} any more.")
            before = _decoded(text, run, student)
            after = by(before)
            values = {**_columns(after), "stored": stored}
            with self._writing() as connection:
                update = RESULTS.update().where(*key, RESULTS.c.json == text).values(**values)
                if after == before or connection.execute(update).rowcount:
                    return after

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with translated(self.shown), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with translated(self.shown), self._engine.connect() as connection:
            yield connection


def _columns(result: Result) -> dict[str, Any]:
    """What is searched of a result, and the result itself."""
    return {
        "status": result.status.value,
        "score": result.score,
        "isolation": result.isolation.level,
        "json": msgspec.json.encode(result).decode(),
    }


def _decoded(text: str, run: str, student: str) -> Result:
    try:
        return msgspec.json.decode(text, type=Result)
    except msgspec.DecodeError as error:
        said = f"The gradebook's result of {student!r} in the run {run} cannot be read: {error}"
        raise GradebookError(said) from error


def _as_run(row: Any) -> Run:
    values = dict(row._mapping)
    values["options"] = msgspec.convert(json.loads(values["options"]), RunOptions)
    return Run(**values)
