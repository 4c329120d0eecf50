"""What a grading command has to do: which run, which submissions, and what is kept from earlier."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from grader.batch.gradebook import SETTLED, Gradebook, Run
from grader.batch.identity import result_identity, run_digest
from grader.batch.intake import Entry, Intake
from grader.batch.owner import is_alive, this_process
from grader.batch.schedule import Job
from grader.model.course import Assignment, Course
from grader.model.runs import RunOptions

SEED_BITS = 53
"""Drawn seeds stay exact in every reader of JSON; a seed that is given may have 63 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What `grader grade` was asked for."""

    root: Path
    course: Course
    assignment: str
    paths: Sequence[Path]
    gradebook: str
    options: RunOptions = field(default_factory=RunOptions)
    seed: int | None = None
    out: Path | None = None
    """Where results go; beside it lie those of the course's other assignments."""
    roster: Path | None = None
    """In place of the course's."""
    format: str = ""
    """A format of hand-ins, in place of detection."""

    @property
    def description(self) -> Assignment:
        """The assignment as the course describes it."""
        return self.course.assignments[self.assignment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Submissions that are graded under one run's id and seed."""

    run: Run
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done, decided before any judge starts."""

    request: Request
    intake: Intake
    run: Run
    continued: bool
    identities: Mapping[str, str]
    """By key: what each submission's result depends on."""
    kept: Mapping[str, str]
    """By key: the run that holds a result which is still right."""
    rounds: tuple[Round, ...]
    to_reject: tuple[Entry, ...] = ()
    """Submissions that cannot be read, and whose rejection is not in the gradebook yet."""
    notes: tuple[str, ...] = ()

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Submissions that a judge has to grade."""
        return tuple(job for each in self.rounds for job in each.jobs)


def make_plan(request: Request, gradebook: Gradebook, intake: Intake, now: datetime) -> Plan:
    """Continue an interrupted run or open a new one, and keep what has not changed."""
    digest = run_digest(request.root, request.course, request.assignment, request.options.only)
    earlier = _continued_run(request, gradebook, digest)
    identities = identities_of(intake, digest)
    kept = _unchanged(request, gradebook, identities, earlier)
    run = earlier
    if run is None and len(kept) == len(identities):  # nothing to do: the run that did it stands
        run = gradebook.run(max(kept.values()))
    if run is None:
        run = _new_run(request, digest, now)
        gradebook.add_run(run)
    return Plan(
        request=request,
        intake=intake,
        run=run,
        continued=earlier is not None,
        identities=identities,
        kept=kept,
        rounds=(Round(run=run, jobs=_jobs(intake, kept)),),
        to_reject=tuple(entry for entry in intake.entries if not entry.submission and entry.key not in kept),
    )


def identities_of(intake: Intake, run: str) -> dict[str, str]:
    """By key: what each submission's result depends on, `run` being the digest of all that they share."""
    digests = {
        entry.key: entry.submission.digest if entry.submission else f"no file: {entry.reason}"
        for entry in intake.entries
    }
    return {key: result_identity(run, digest) for key, digest in digests.items()}


def _jobs(intake: Intake, kept: Mapping[str, str]) -> tuple[Job, ...]:
    return tuple(
        Job(key=entry.key, submission=entry.submission)
        for entry in intake.entries
        if entry.submission and entry.key not in kept
    )


def _continued_run(request: Request, gradebook: Gradebook, digest: str) -> Run | None:
    """Take over the newest run of the same tests that was interrupted or has faults left."""
    for run in gradebook.open_runs(request.assignment, digest):
        same_seed = request.seed in (None, run.seed)
        interrupted = run.finished is None
        fits = not request.options.regrade or (interrupted and run.options.regrade)
        free = same_seed and fits and not is_alive(run.owner)
        if free and gradebook.take_over(run, this_process()):
            return run
    return None


def _unchanged(
    request: Request, gradebook: Gradebook, identities: Mapping[str, str], earlier: Run | None
) -> dict[str, str]:
    """`--regrade` keeps only what the run that it continues has graded already."""
    if request.options.regrade and earlier is None:
        return {}
    final = gradebook.final(
        request.assignment,
        run=earlier.id if request.options.regrade and earlier else None,
        seed=request.seed,
        isolation=request.options.require_isolation,
        among=SETTLED,
    )
    return {
        key: final[f"{identity}/{key}"].run
        for key, identity in identities.items()
        if f"{identity}/{key}" in final
    }


def _new_run(request: Request, digest: str, now: datetime) -> Run:
    drawn = secrets.randbits(SEED_BITS) | 1  # never the public seed
    return Run(
        id=f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}",
        assignment=request.assignment,
        seed=drawn if request.seed is None else request.seed,
        started=now.isoformat(timespec="microseconds"),
        digest=digest,
        owner=this_process(),
        options=request.options,
    )
