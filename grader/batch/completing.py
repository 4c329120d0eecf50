"""`grader grade --pending`: run what is pending in results that are there, and merge it in.

A result belongs to its run: it is completed under that run's id and seed, so that its other tests, which
stay as they are, and the new outcomes are those of one grading.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from grader.batch.gradebook import SETTLED, Gradebook, Run, Stored
from grader.batch.identity import run_digest
from grader.batch.intake import Entry, Intake
from grader.batch.owner import is_alive, this_process
from grader.batch.plan import Plan, Request, Round, identities_of
from grader.batch.schedule import Job
from grader.model.errors import UsageError
from grader.model.outcomes import Outcome, Status
from grader.model.results import Completion, Result, TestResult, score_of, status_of

_MAY_WAIT = (Status.PENDING, Status.GRADED)
"""A graded result may have tests without points that wait for a GPU."""


def plan_completion(request: Request, gradebook: Gradebook, intake: Intake, _now: datetime) -> Plan:
    """Which results have pending tests, run by run; everything else is kept, and what does not fit is told.

    Raises UsageError where nothing has been graded that could be completed.
    """
    digest = run_digest(request.root, request.course, request.assignment, request.options.only)
    identities = identities_of(intake, digest)
    newest = gradebook.final(request.assignment, among=SETTLED)
    found = {key: newest[f"{one}/{key}"] for key, one in identities.items() if f"{one}/{key}" in newest}
    if not found:
        raise UsageError(
            "Nothing of these submissions, tests and configuration is in the gradebook: there is nothing to "
            "complete. Grade them without --pending first."
        )
    notes = list(_unfit(intake, found, gradebook.students(request.assignment)))
    rounds = []
    for run_id in sorted({stored.run for stored in found.values() if stored.status in _MAY_WAIT}):
        jobs = _jobs_of(run_id, intake, found, gradebook)
        if not jobs:
            continue
        run = gradebook.run(run_id)
        if run is not None and not is_alive(run.owner) and gradebook.borrow(run, this_process()):
            rounds.append(Round(run=run, jobs=jobs))
        else:
            notes.append(f"{_named(jobs)}: still pending, because the run {run_id} is being graded now")
    waiting = {job.key for each in rounds for job in each.jobs}
    return Plan(
        request=request,
        intake=intake,
        run=rounds[-1].run if rounds else _newest_run(gradebook, found.values()),
        continued=bool(rounds),
        identities=identities,
        kept={key: stored.run for key, stored in found.items() if key not in waiting},
        rounds=tuple(rounds),
        notes=tuple(notes),
    )


def _unfit(intake: Intake, found: dict[str, Stored], known: set[str]) -> Iterable[str]:
    changed = [entry.student for entry in intake.entries if entry.key not in found and entry.key in known]
    new = [entry.student for entry in intake.entries if entry.key not in found and entry.key not in known]
    if changed:
        yield (
            f"{', '.join(changed)}: not completed, because the submission, the tests, the solution, the "
            "configuration or the versions of grader, Python or torch have changed; grade without --pending"
        )
    if new:
        yield f"{', '.join(new)}: not graded yet; grade without --pending"


def _jobs_of(run: str, intake: Intake, found: dict[str, Stored], gradebook: Gradebook) -> tuple[Job, ...]:
    jobs = (
        _job(entry, gradebook.result(run, entry.key))
        for entry in intake.entries
        if entry.key in found and found[entry.key].run == run and found[entry.key].status in _MAY_WAIT
    )
    return tuple(job for job in jobs if job is not None)


def _job(entry: Entry, result: Result | None) -> Job | None:
    if entry.submission is None or result is None:
        return None
    pending = tuple(test.id for test in result.tests if test.outcome is Outcome.PENDING)
    return Job(key=entry.key, submission=replace(entry.submission, only=pending)) if pending else None


def _named(jobs: Iterable[Job]) -> str:
    return ", ".join(job.submission.student for job in jobs)


def _newest_run(gradebook: Gradebook, found: Iterable[Stored]) -> Run:
    run = gradebook.run(max(stored.run for stored in found))
    if run is None:
        raise UsageError("The gradebook holds results of a run that it does not know.")
    return run


def merged(before: Result, new: Result, finished: str) -> Result:
    """A result with the outcomes that its pending tests have now; every other test stays as it is.

    What is still pending, and what met a fault, stays pending: a machine that fails takes no score away.
    """
    ran = {test.id: test for test in new.tests}
    tests = tuple(_merged_test(test, ran.get(test.id)) for test in before.tests)
    completed = tuple(
        now.id
        for then, now in zip(before.tests, tests, strict=True)
        if then.outcome is Outcome.PENDING and now.outcome is not Outcome.PENDING
    )
    if not completed:
        return replace(before, tests=tests)
    done = Completion(
        tests=completed, finished=finished, isolation=new.isolation, environment=new.environment
    )
    return replace(
        before,
        status=status_of(tests),
        score=score_of(tests),
        pending_points=sum(test.max_points for test in tests if test.outcome is Outcome.PENDING),
        tests=tests,
        isolation=min(before.isolation, new.isolation, key=lambda measured: measured.level),
        completed=(*before.completed, done),
        seconds=round(before.seconds + new.seconds, 6),
        task_points={
            task: round(sum(test.points for test in tests if test.task == task), 6)
            for task in before.task_points
        },
    )


def _merged_test(before: TestResult, now: TestResult | None) -> TestResult:
    if now is None or before.outcome is not Outcome.PENDING:
        return before
    if now.outcome is Outcome.FAULT:
        return replace(before, message=f"still pending, for a fault: {now.message}")
    return now
