"""What `grader verify` finds out about an assignment, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MisconceptionProof:
    """One misconception: the points it loses, and the tests that name it."""

    label: str
    sentence: str
    lost: float
    failed: tuple[str, ...]
    named: tuple[str, ...]
    shared: tuple[str, ...] = ()
    """Labels of misconceptions that no test tells from this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskProof:
    """One task under one seed."""

    task: str
    points: float
    tests: int
    reference: float
    """Points of the reference: must be all."""
    starter: float
    """Points of the starter: must be none."""
    memorised: float
    """Share of points for answers recorded at another seed, hidden tests included."""
    replayed: float
    """Share of points for the answers of the public tape."""
    misconceptions: tuple[MisconceptionProof, ...]
    trivial: dict[str, tuple[str, ...]]
    """Tests that a trivial answer passes, by its kind, less those marked so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """An assignment under one seed; proven where there are no problems."""

    assignment: str
    seed: int
    tasks: tuple[TaskProof, ...]
    passed_from_memory: tuple[str, ...]
    """Every test that a memorised answer passes."""
    problems: tuple[str, ...]
