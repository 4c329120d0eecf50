"""Whether each tolerance lies clearly between noise and the nearest wrong answer.

All distances are in units of the tolerance. Noise must be at most a quarter of it: another right
formulation, or another machine, may add up several such differences. A wrong answer must be ten times
beyond: then inputs of another seed, which may show it less, still do not hide it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from grader.checks.reading import is_exact
from grader.course.pretending import Sat, Sittings
from grader.judge.noise import Measured
from grader.judge.spec import TestSpec
from grader.model.proofs import Nearest, TestProof

NOISE_WITHIN = 4
WRONG_BEYOND = 10


def test_proofs(specs: Sequence[TestSpec], sittings: Sittings) -> tuple[TestProof, ...]:
    """The margins of every test."""
    return tuple(_test_proof(spec, sittings) for spec in specs)


test_proofs.__test__ = False  # type: ignore[attr-defined]  # not a test function of pytest's


def _test_proof(spec: TestSpec, sittings: Sittings) -> TestProof:
    measured = sittings.measured[spec.id]
    worst = measured.worst
    return TestProof(
        test=spec.id,
        dtype=worst.dtype if worst else None,
        rtol=worst.allowed.rtol if worst else None,
        atol=worst.allowed.atol if worst else None,
        noise=_finite(measured.beyond),
        steady=measured.steady,
        measured_by=_ways(measured),
        draws=measured.draws,
        misconception=_nearest(spec.id, sittings.misconceptions),
        trivial=_nearest(spec.id, sittings.trivial),
    )


def _ways(measured: Measured) -> tuple[str, ...]:
    ways = {"float64": measured.doubles, "ulp": measured.ulps, "threads": measured.ulps}
    return tuple(way for way, could in ways.items() if could)


def _nearest(test: str, sat: dict[str, list[Sat]]) -> Nearest | None:
    """The wrong answer that fails a test by the least."""
    wrong = [(one.beyond, who) for who, all_of in sat.items() for one in all_of if _fails(one, test)]
    if not wrong:
        return None
    beyond, who = min(wrong)
    return Nearest(who=who, beyond=_finite(beyond))


def _fails(one: Sat, test: str) -> bool:
    return one.spec.id == test and one.failed


def _finite(beyond: float) -> float | None:
    """None, as JSON knows no infinity."""
    return beyond if math.isfinite(beyond) else None


def margin_problems(sittings: Sittings) -> Iterable[str]:
    """Tolerances that are not clearly between, each with what to do."""
    for test, measured in sittings.measured.items():
        yield from _noise_problems(test, measured)
    for what, sat in (("misconception", sittings.misconceptions), ("trivial answer", sittings.trivial)):
        for who, all_of in sat.items():
            for one in all_of:
                yield from _wrong_problems(one, f"the {what} {who}")


def _noise_problems(test: str, measured: Measured) -> Iterable[str]:
    if not measured.steady:
        yield (
            f"{test}: rounding alone changes the shape or a whole number of the result; choose inputs that "
            "keep a margin from ties and borders, or compare what does not hang on them"
        )
    elif measured.beyond * NOISE_WITHIN > 1 and measured.worst is not None:
        worst = measured.worst
        asked = (
            "exact equality"
            if is_exact(worst)
            else f"rtol {worst.allowed.rtol:g}, atol {worst.allowed.atol:g}"
        )
        yield (
            f"{test}: rounding alone moves the result by {_times(measured.beyond)} the tolerance ({asked}, "
            f"{worst.dtype}); it must be at most 1/{NOISE_WITHIN}: give the check a wider rtol and atol, or "
            "use inputs that amplify rounding less"
        )


def _wrong_problems(one: Sat, who: str) -> Iterable[str]:
    """A wrong answer that only just fails: with other inputs it would pass.

    One that passes is no matter of this test: every misconception must fail some test, and no trivial
    answer may pass any.
    """
    if one.failed and one.beyond < WRONG_BEYOND:
        yield (
            f"{one.spec.id}: {who} only just fails, {_times(one.beyond)} the tolerance away from the "
            f"reference; it must be at least {WRONG_BEYOND} times: give the check a narrower rtol and atol, "
            "or use inputs that show the difference"
        )


def _times(beyond: float) -> str:
    return f"{beyond:.3g} times" if math.isfinite(beyond) else "more than any multiple of"
