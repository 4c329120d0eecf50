"""One grading run: take in, skip what is unchanged, grade the rest, keep everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from grader.batch.awarding import Spent, award, notes
from grader.batch.class_rules import class_rules
from grader.batch.completing import merged, plan_completion
from grader.batch.gradebook import Gradebook
from grader.batch.identity import environment
from grader.batch.intake import Entry, find_submissions
from grader.batch.keeping import Keeper
from grader.batch.late_days import spent_before
from grader.batch.lateness import Deadline
from grader.batch.plan import Plan, Request, make_plan
from grader.batch.schedule import Job, Patience, Scheduler, StartJudge
from grader.model.errors import GradebookError, GraderError, HarnessFault
from grader.model.orders import Order, Ready
from grader.model.outcomes import Status
from grader.model.results import Isolation, Result, SubmissionInfo
from grader.model.runs import Row, RunHeader, RunRecord, TaskPoints


class Listener(Protocol):
    """Who is told how a run goes on."""

    def started(self, header: RunHeader) -> None: ...
    def ready(self, ready: Ready) -> None: ...
    def graded(self, result: Result) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A run that has ended, or was interrupted, with all results that there are."""

    record: RunRecord
    rows: tuple[Row, ...]


def utc_now() -> datetime:
    return datetime.now(UTC)


def grade(
    request: Request, *, start: StartJudge, listener: Listener, now: Callable[[], datetime] = utc_now
) -> Graded:
    """Grade what is new, changed or unfinished. Ctrl-C ends it early, with what is finished."""
    began = now()
    rules = class_rules(request)
    intake = find_submissions(request.paths, request.description, rules)
    gradebook = Gradebook.open(request.gradebook)
    try:
        plan = (plan_completion if request.options.pending else make_plan)(request, gradebook, intake, began)
        spent = spent_before(request.out, request.course, request.assignment)
        return _Session(plan, gradebook, listener, now, rules.deadline, spent).grade(start, began)
    finally:
        gradebook.close()


class _Session:
    """Carries a plan out; the scheduler reports to it."""

    def __init__(
        self,
        plan: Plan,
        gradebook: Gradebook,
        listener: Listener,
        now: Callable[[], datetime],
        deadline: Deadline,
        spent: Spent,
    ) -> None:
        self._deadline = deadline
        self._spent = spent
        self._plan = plan
        self._gradebook = gradebook
        self._listener = listener
        self._now = now
        self._entries = {entry.key: entry for entry in plan.intake.entries}
        self._completes = plan.request.options.pending
        self._holders = dict(plan.kept)
        """By key: the run that holds the result."""
        if self._completes:  # these have a result already
            self._holders |= {job.key: each.run.id for each in plan.rounds for job in each.jobs}
        self._run = plan.run
        self._ready_told = False
        self._done: set[str] = set()
        self._notes = [*plan.intake.notes, *plan.notes]
        self._keeper = Keeper(self._store)
        self._failed = False
        """Whether pending tests could not be completed for a fault."""

    def grade(self, start: StartJudge, began: datetime) -> Graded:
        interrupted = False
        try:
            self._listener.started(make_header(self._plan))
            for entry in self._plan.to_reject:
                self._keep(entry, _rejection(self._plan, entry))
            for each in self._plan.rounds:
                self._run = each.run
                self._scheduler(start).run(each.jobs)
        except KeyboardInterrupt:
            interrupted = True
        except GraderError:
            self._keeper.flush()
            self._leave_runs()
            raise
        except BaseException:
            self._leave_runs()
            raise
        self._keeper.flush()
        rows = self._rows()
        record = make_record(self._plan, rows, began, self._now(), interrupted, self._gradebook.shown)
        self._notes += notes(rows, self._spent)
        record = replace(record, graded_now=len(self._done), notes=tuple(self._notes))
        if self._failed and not interrupted:
            record = replace(record, exit_code=1)
        return Graded(record=self._closed(record), rows=rows)

    def ready(self, ready: Ready) -> None:
        if not self._ready_told:
            self._ready_told = True
            self._listener.ready(ready)

    def graded(self, job: Job, result: Result) -> None:
        if result.run != self._run.id:
            raise HarnessFault(f"A judge answered for the run {result.run!r} instead of {self._run.id!r}.")
        if self._completes:
            self._complete(job, result)
        else:
            self._keep(self._entries[job.key], result)

    def _complete(self, job: Job, result: Result) -> None:
        """Put the outcomes of tests that were pending into the result that is there."""
        at = self._now()
        self._listener.graded(
            self._gradebook.change(
                result.run,
                job.key,
                stored=at.isoformat(timespec="microseconds"),
                by=lambda before: merged(before, result, at.isoformat(timespec="seconds")),
            )
        )
        self._done.add(job.key)
        if result.status is Status.FAULT:
            self._failed = True
            self._notes.append(f"{result.student}: pending tests were not completed: {result.message}")

    def _scheduler(self, start: StartJudge) -> Scheduler:
        request, run = self._plan.request, self._run
        return Scheduler(
            order=Order(
                root=str(request.root),
                assignment=request.assignment,
                run=run.id,
                seed=run.seed,
                only=request.options.only,
                require_isolation=request.options.require_isolation,
                keyed=True,
            ),
            start=start,
            watch=self,
            workers=request.options.workers,
            limits=request.course.limits,
            patience=Patience(submission_s=300 + 10 * request.course.limits.submission_s),
        )

    def _keep(self, entry: Entry, result: Result) -> None:
        self._keeper.keep((entry, result))

    def _store(self, item: tuple[Entry, Result]) -> None:
        """Keep a result before anybody is told of it. Raises GradebookError."""
        entry, result = item
        self._gradebook.store(
            student=entry.key,
            identity=self._plan.identities[entry.key],
            stored=self._now().isoformat(timespec="microseconds"),
            result=result,
        )
        self._holders[entry.key] = self._plan.run.id
        self._done.add(entry.key)
        self._listener.graded(result)

    def _closed(self, record: RunRecord) -> RunRecord:
        """The record, once the gradebook says that the run has ended; a run without this goes on later."""
        try:
            self._close_run(record)
        except GradebookError as error:
            return replace(record, exit_code=record.exit_code or 1, notes=(*record.notes, str(error)))
        return record

    def _close_run(self, record: RunRecord) -> None:
        if record.interrupted or self._completes:
            self._leave_runs()
        elif record.graded_now or self._plan.continued:
            left = record.counts[Status.FAULT.value]
            self._gradebook.finish_run(record.run, finished=record.finished, complete=not left)

    def _leave_runs(self) -> None:
        for each in self._plan.rounds:
            self._gradebook.leave_run(each.run.id)

    def _rows(self) -> tuple[Row, ...]:
        """What each student gets, from the results read back from the gradebook.

        One that it did not take is a fault: the same command grades that submission again.
        """
        lost = {entry.key: self._not_kept(result) for entry, result in self._keeper.waiting}
        found = (
            (key, lost.get(key) or self._gradebook.result(self._holders[key], key))
            for key in self._entries
            if key in self._holders or key in lost
        )
        results = {key: result for key, result in found if result is not None}
        return award(results, self._plan.intake, self._deadline, self._spent)

    def _not_kept(self, result: Result) -> Result:
        message = f"Graded, but not kept: {self._keeper.reason} The same command grades it again."
        return replace(result, status=Status.FAULT, score=None, message=message)


def make_header(plan: Plan) -> RunHeader:
    """What is known before the first judge is ready."""
    return RunHeader(
        run=plan.run.id,
        assignment=plan.request.assignment,
        title=plan.request.description.title,
        submissions=len(plan.intake.entries),
        to_grade=len(plan.jobs),
        kept=len(plan.kept),
        rejected=len(plan.to_reject),
        workers=min(plan.request.options.workers, len(plan.jobs)),
        seed=plan.run.seed,
        continued=plan.continued,
        ignored=plan.intake.ignored,
        detected=plan.intake.detected,
    )


def make_record(
    plan: Plan, rows: tuple[Row, ...], began: datetime, ended: datetime, interrupted: bool, gradebook: str
) -> RunRecord:
    """The run as `OUT/run.json` shows it."""
    statuses = [row.result.status for row in rows]
    ran = [row.result for row in rows if row.result.status is not Status.REJECTED]
    weakest = min(ran, key=lambda result: result.isolation.level, default=None)
    description = plan.request.description
    return RunRecord(
        run=plan.run.id,
        assignment=plan.request.assignment,
        title=description.title,
        seed=plan.run.seed,
        started=began.isoformat(timespec="seconds"),
        finished=ended.isoformat(timespec="seconds"),
        interrupted=interrupted,
        exit_code=130 if interrupted else int(Status.FAULT in statuses),
        options=plan.request.options,
        tasks=tuple(
            TaskPoints(id=name, points=task.points, extra=task.extra)
            for name, task in description.tasks.items()
        ),
        max_score=description.max_score,
        submissions=len(plan.intake.students),
        counts={status.value: statuses.count(status) for status in Status},
        kept=len(plan.kept),
        isolation=weakest.isolation if weakest else None,
        environment=weakest.environment if weakest else None,
        ignored=plan.intake.ignored,
        gradebook=gradebook,
        detected=plan.intake.detected,
        students=tuple(row.key for row in rows),
        absent=plan.intake.absent,
        due=description.due.isoformat() if description.due else None,
        late_days={
            row.result.person.identity: row.result.late.budget_days
            for row in rows
            if row.result.person and row.result.late and row.result.late.budget_days
        },
    )


def _rejection(plan: Plan, entry: Entry) -> Result:
    return Result(
        run=plan.run.id,
        assignment=plan.request.assignment,
        student=entry.student,
        submission=SubmissionInfo(path=entry.path, digest=""),
        status=Status.REJECTED,
        score=None,
        max_score=plan.request.description.max_score,
        isolation=Isolation(level=0),  # nothing of it ran
        environment=environment(),
        limits=plan.request.course.limits,
        message=entry.reason,
    )
