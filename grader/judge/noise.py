"""What rounding alone does to a test's results, measured with the course's own code.

The whole test is taken by the reference against itself, over eight draws of inputs: once computed in
float64 (random numbers drawn as ever), once on inputs an ulp away, in half of the draws with two threads.
Everything depends on the test's id only, never on a student, so that one run treats all alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from grader.checks.reading import Leaf, Reading, is_exact
from grader.checks.tolerance import Noise
from grader.judge.comparing import Gauge
from grader.judge.session import Session
from grader.judge.spec import TestSpec
from grader.model.outcomes import Outcome
from grader.model.seeds import derive
from grader.subjects.base import Call, Subject
from grader.subjects.reference import LiveReference
from grader.subjects.variations import Nudge, Varied, as_it_is, in_doubles

DRAWS = 8
_ENOUGH_S = 1.0
"""After so long, and two draws, the noise of a test is known well enough if no tolerance follows from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The noise of one test."""

    noise: Noise
    worst: Leaf | None
    """The comparison that comes nearest to its tolerance through noise; None where none compares values."""
    steady: bool
    """Whether structure and whole numbers stay the same; else the result hangs on rounding."""
    doubles: bool
    """Whether the test could be computed in float64."""
    ulps: bool
    """Whether it could be taken on inputs an ulp away."""
    draws: int
    """Of inputs."""

    @property
    def beyond(self) -> float:
        """Noise in units of the tolerance."""
        if not self.steady:
            return float("inf")
        return self.worst.beyond if self.worst else 0.0


class NoiseMeter:
    """Measures tests of a session, each once."""

    def __init__(self, subject: Callable[[], Subject], call_s: float) -> None:
        """`subject` makes the reference, in a worker of its own."""
        self._make = subject
        self._call_s = call_s
        self._subject: Subject | None = None
        self._known: dict[str, Measured] = {}

    def measured(self, session: Session, spec: TestSpec) -> Measured:
        """The noise of a test; taken on first need."""
        if spec.id not in self._known:
            self._known[spec.id] = self._measure(session, spec)
        return self._known[spec.id]

    def _measure(self, session: Session, spec: TestSpec) -> Measured:
        found, started = _Found(), time.perf_counter()
        for draw in range(DRAWS):
            if draw > 1 and not found.decides and time.perf_counter() - started > _ENOUGH_S:
                break
            found.draws += 1
            take = self._taker(session, spec, derive(draw, spec.id, "noise"))
            if found.needs_doubles:
                found.in_doubles(*take(in_doubles))
            if found.compares_nothing:
                break
            if found.needs_ulps:
                nudge = Nudge(threads=1 + draw % 2)
                ended, readings = take(nudge)
                found.by_an_ulp(ended, readings, nudge.step)
        return found.measured()

    def _taker(
        self, session: Session, spec: TestSpec, seed: int
    ) -> Callable[[Callable[[Call], Call]], tuple[bool, list[Reading]]]:
        """Takes the test of one draw, varied; says whether that went to its end, and what was compared."""
        subject = self._subject = self._subject or self._make()
        reference = LiveReference(Varied(subject, as_it_is))  # asked once, though the test is taken twice

        def take(vary: Callable[[Call], Call]) -> tuple[bool, list[Reading]]:
            gauge = Gauge(forgiving=True)
            (taken,) = session.sit(
                Varied(subject, vary), reference, seed=seed, call_s=self._call_s, specs=[spec], gauge=gauge
            )
            return taken.conclusion.outcome is Outcome.PASSED, gauge.readings(spec.id)

        return take

    def close(self) -> None:
        """End the worker."""
        if self._subject is not None:
            self._subject.close()
            self._subject = None


class _Found:
    """What was read so far."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.steady = True
        self.draws = 0
        self._read = 0
        self._doubles = True
        self._ulps = True

    @property
    def compares_nothing(self) -> bool:
        """Whether a test went to its end without a comparison."""
        return self._doubles and self._read == 0

    @property
    def decides(self) -> bool:
        """Whether a tolerance follows from the noise, which then may not depend on the clock."""
        return any(leaf.by_default for leaf in self.leaves)

    @property
    def needs_doubles(self) -> bool:
        """Not where the first draw showed that all is computed in float64 anyway."""
        low = any(leaf.dtype != "float64" or leaf.beyond > 0 for leaf in self.leaves)
        return self._doubles and (not self.leaves or low)

    @property
    def needs_ulps(self) -> bool:
        """Not where equality is asked: of copies it is right, and a copy of a changed input is changed."""
        return self._ulps and not (self.leaves and all(map(is_exact, self.leaves)))

    def in_doubles(self, ended: bool, readings: Iterable[Reading]) -> None:
        """Add what was read of a test that was computed in float64."""
        self._doubles = self._doubles and ended
        self._add(readings, lambda _: True)

    def by_an_ulp(self, ended: bool, readings: Iterable[Reading], step: float) -> None:
        """Add what was read of a test on inputs that are a relative `step` away."""
        self._ulps = self._ulps and ended
        self._add(readings, lambda leaf: not is_exact(leaf) and leaf.precision >= step)

    def _add(self, readings: Iterable[Reading], counts: Callable[[Leaf], bool]) -> None:
        for reading in readings:
            self._read += 1
            self.steady = self.steady and reading.alike
            self.leaves += [leaf for leaf in reading.leaves if counts(leaf)]

    def measured(self) -> Measured:
        """The greatest of everything."""
        by_dtype: dict[str, float] = {}
        for leaf in self.leaves:
            if leaf.by_default:
                by_dtype[leaf.dtype] = max(by_dtype.get(leaf.dtype, 0.0), leaf.relative)
        noise = Noise(by_dtype=by_dtype)
        leaves = [leaf.under(noise) for leaf in self.leaves]
        return Measured(
            noise=noise,
            worst=max(leaves, key=lambda leaf: leaf.beyond, default=None),
            steady=self.steady,
            doubles=self._doubles,
            ulps=self._ulps,
            draws=self.draws,
        )
