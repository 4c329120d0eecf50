"""What a scheduler and a judge process say to each other, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from grader.model.results import Environment, Isolation


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a judge process is started for."""

    root: str
    """The course: the folder with `autograder.yml`."""
    assignment: str
    run: str
    seed: int
    only: tuple[str, ...] = ()
    """Test ids, or parts of them, to which the run is restricted."""
    require_isolation: int = 0
    keyed: bool = False
    """Whether seeds are to be such that a submission cannot find them by trying: wherever it is graded.
    An author's proof needs no key, and keeps its inputs when a solution's text changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One student's files as bytes: nothing of the file system reaches a worker."""

    student: str
    path: str
    digest: str
    files: dict[str, bytes]
    """The assignment's hand-in files and nothing else."""
    found: tuple[str, ...] = ()
    """Names of the other files that lay there, so that `missing` can say what was found instead."""
    only: tuple[str, ...] = ()
    """Ids of the tests to run; all of the judge's where none are given."""
    overran: tuple[str, ...] = ()
    """Ids of tests not to run, because their work on the answers ended an earlier judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSummary:
    """A collected test, as far as reports need it."""

    __test__ = False  # not a test class of pytest's

    id: str
    title: str
    task: str
    points: float
    visibility: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A judge has collected its tests and warmed its fork server."""

    isolation: Isolation
    environment: Environment
    tests: tuple[TestSummary, ...]
    max_score: float
