"""What `grader verify` finds out about an assignment, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

PROOF_SCHEMA = "torchgrade/proof/1"


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
    misnamed: tuple[str, ...] = ()
    """Tests that it fails and that say something else of it."""


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
class AlternativeProof:
    """One other right solution: it must get all points, or a test depends on how the reference does it."""

    name: str
    points: float
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The wrong answer that comes nearest to passing a test."""

    who: str
    """The label of a misconception, or the kind of a trivial answer."""
    beyond: float | None
    """How many times the tolerance it is off; None where it differs by more than values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestProof:
    """Where the tolerance of one test lies: between noise and wrong answers. All in units of it."""

    __test__ = False  # not a test class of pytest's

    test: str
    dtype: str | None
    """Of the comparison that noise brings nearest to its tolerance; None where no values are compared."""
    rtol: float | None
    atol: float | None
    """For values of magnitude one, where it is the default below double precision."""
    noise: float | None
    """Times the tolerance; None where rounding changes more than values."""
    steady: bool
    """Whether structure and whole numbers do not hang on rounding."""
    measured_by: tuple[str, ...]
    """Of float64, ulp and threads, those that the test could be taken with."""
    draws: int
    """Of inputs, in measuring the noise."""
    misconception: Nearest | None
    """The nearest of those that fail this test."""
    trivial: Nearest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """An assignment under one seed; proven where there are no problems."""

    assignment: str
    seed: int
    tasks: tuple[TaskProof, ...]
    tests: tuple[TestProof, ...]
    passed_from_memory: tuple[str, ...]
    """Every test that a memorised answer passes."""
    problems: tuple[str, ...]
    alternatives: tuple[AlternativeProof, ...] = ()
    schema: str = PROOF_SCHEMA
