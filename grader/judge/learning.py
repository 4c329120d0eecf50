"""`learns`: a training is judged by the weights that it returns, and not by what it says of itself."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import pytest
import torch

from grader.checks.compare import shown
from grader.checks.failure import Failure
from grader.checks.learning import (
    Finding,
    Shapes,
    found,
    not_falling,
    number,
    read_losses,
    read_weights,
    unchanged,
    wrong_first,
    wrong_last,
)
from grader.checks.tolerance import Tolerance
from grader.judge.exam import DESK, Exam
from grader.judge.respondents import value_of
from grader.judge.verdicts import Evidence, Verdict
from grader.model.errors import AuthoringError
from grader.model.outcomes import Outcome
from grader.subjects.base import Ended, Raised, Returned, Target
from grader.worker.calls import Probe
from grader.worker.probes import shapes_of, state_of
from grader.worker.trees import all_tensors

Weights = Mapping[str, torch.Tensor]
_HALF_WAY = 0.5
_ALIKE = Tolerance(rtol=1e-3, atol=1e-6)
"""How near two claims lie that come of the same mistake."""
LATER = "how well the weights do is measured when graded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What an author asked of a training. Raises AuthoringError where that cannot be asked."""

    target: Target
    args: tuple[Any, ...]
    model: tuple[Any, ...]
    evaluate: Probe
    unseen: tuple[Any, ...]
    below: float | None
    above: float | None
    false_fail: float
    loss: Probe | None
    seen: tuple[Any, ...]
    start: Weights | None
    slack: float | None
    seeds: int
    enough: int

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise AuthoringError(f"learns(...): {problem}")

    def _problems(self) -> Iterator[str]:
        limits = [limit for limit in (self.below, self.above) if limit is not None]
        if len(limits) != 1 or not math.isfinite(limits[0]):
            yield "give either below= or above=, a finite number"
        if not 0 < self.false_fail < 1:
            yield f"false_fail={self.false_fail} must be a probability over 0: how often right code misses"
        if not all(isinstance(probe, FunctionType | None) for probe in (self.evaluate, self.loss)):
            yield "evaluate= and loss= are probes: functions of (submission, weights, ...)"
        if not self.unseen:
            yield "unseen= needs the data for evaluate=, drawn by `rand` for this alone"
        if _have_in_common(self.unseen, self.args):
            yield "unseen= holds a tensor that the training is given; draw another one"
        if (self.loss is None) != (self.slack is None) or (self.loss is None) != (not self.seen):
            yield "loss=, seen= and slack= go together: the claimed losses are measured with them"
        if self.slack is not None and not 0 <= self.slack < math.inf:
            yield f"slack={self.slack} must be a number that is not negative"
        if not 1 <= self.enough <= self.seeds:
            yield f"enough={self.enough} of seeds={self.seeds} cannot be"

    def is_reached(self, value: float) -> bool:
        """Whether a measured value is on the right side of the limit."""
        return value < self.below if self.below is not None else value > (self.above or 0.0)

    def progress(self, value: float, untrained: float) -> float:
        """The share of the way to the limit that a training went."""
        limit = self.below if self.below is not None else self.above or 0.0
        return (value - untrained) / (limit - untrained) if limit != untrained else 0.0

    @property
    def demand(self) -> str:
        """The limit in words."""
        return f"below {self.below:g}" if self.below is not None else f"above {self.above:g}"

    @property
    def measure(self) -> str:
        """What `evaluate` measures, as it is called."""
        return _in_words(self.evaluate)


@pytest.fixture
def learns(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Train, and judge the weights."""
    desk = request.config.stash[DESK]

    def learns(
        target: Target,
        *args: Any,
        model: str | Sequence[Any],
        evaluate: Probe,
        unseen: Sequence[Any],
        below: float | None = None,
        above: float | None = None,
        false_fail: float,
        loss: Probe | None = None,
        seen: Sequence[Any] = (),
        start: Weights | None = None,
        slack: float | None = None,
        seeds: int = 1,
        enough: int | None = None,
    ) -> None:
        """Fail unless the weights that `target(submission, *args)` returns do what is asked of them.

        The target returns {"weights": state_dict}, and with `loss` also "losses": a list of numbers. The
        names and shapes are those of the reference's class `model` (or a tuple of it and its
        constructor's arguments). The reference measures `evaluate(submission, weights, *unseen)`, a number,
        which must be `below` or `above` a limit; `unseen` is data that the student's worker never gets.
        With `loss`, the last claimed loss must lie within `slack` of `loss(submission, weights, *seen)`, and,
        with `start`, the first one within `slack` of the same for the weights before training. The training
        runs `seeds` times with other random numbers; `enough` of them (more than half by default) must reach
        the limit. `false_fail` states how often right code does not. Raises AuthoringError for what does
        not fit.
        """
        name = (model,) if isinstance(model, str) else tuple(model)
        lesson = Lesson(
            target=target,
            args=args,
            model=name,
            evaluate=evaluate,
            unseen=tuple(unseen),
            below=below,
            above=above,
            false_fail=false_fail,
            loss=loss,
            seen=tuple(seen),
            start=start,
            slack=slack,
            seeds=seeds,
            enough=seeds // 2 + 1 if enough is None else enough,
        )
        _Trial(desk.exam, lesson).judge()

    return learns


class _Trial:
    """One use of `learns` in one run of a test."""

    def __init__(self, exam: Exam, lesson: Lesson) -> None:
        self._exam = exam
        self._lesson = lesson
        self._check = exam.next_check("learns")
        self._shapes: Shapes = self._known(shapes_of, lesson.model)
        self._first = self._loss_before()

    def judge(self) -> None:
        """Train as often as asked. Raises Verdict where the weights do not bear it out."""
        lesson = self._lesson
        measured = [value for value in (self._trained() for _ in range(lesson.seeds)) if value is not None]
        reached = sum(map(lesson.is_reached, measured))
        if len(measured) < lesson.seeds or reached >= lesson.enough:
            return
        untrained = self._measured(lesson.evaluate, self._untrained(), lesson.unseen)
        missed = [value for value in measured if not lesson.is_reached(value)]
        kinds = Counter(self._how_far(value, untrained) for value in missed)
        raise self._failed(found(kinds.most_common(1)[0][0], *self._told(measured, reached, untrained)))

    def _trained(self) -> float | None:
        """What `evaluate` measures after one training; None where that has to wait for grading."""
        exam, lesson = self._exam, self._lesson
        value = value_of(exam.ask_student(lesson.target, lesson.args, {}), self._check)
        if not isinstance(value, dict) or "weights" not in value:
            raise self._failed(found("structure", "the training gives no weights"))
        weights = read_weights(value["weights"], self._shapes)
        if isinstance(weights, Finding):
            raise self._failed(weights)
        losses = self._claimed(value)
        self._expect(unchanged(weights, lesson.start) if lesson.start is not None else None)
        if losses:
            self._expect_losses(losses, weights)
        return self._measured(lesson.evaluate, weights, lesson.unseen)

    def _claimed(self, value: Mapping[Any, Any]) -> list[float]:
        if self._lesson.loss is None:
            return []
        losses = read_losses(value.get("losses"))
        if isinstance(losses, Finding):
            raise self._failed(losses)
        return losses

    def _expect_losses(self, losses: list[float], weights: Weights) -> None:
        lesson = self._lesson
        assert lesson.loss is not None and lesson.slack is not None  # a lesson has both or neither
        if self._first is not None:
            self._expect(wrong_first(losses[0], self._first, lesson.slack))
        self._expect(not_falling(losses))
        last = self._measured(lesson.loss, weights, lesson.seen)
        if last is not None:
            self._expect(wrong_last(losses[-1], last, lesson.slack))

    def _measured(self, probe: Probe, weights: Weights, data: Sequence[Any]) -> float | None:
        answer = self._exam.measure(probe, (dict(weights), *data))
        if answer is None:
            self._exam.note(LATER)
            return None
        if not isinstance(answer, Returned):
            raise self._unusable(answer)
        value = _number_of(answer.value, probe)
        if not math.isfinite(value):
            raise self._failed(
                found("diverged", f"with the returned weights, the {_in_words(probe)} is {value}")
            )
        return value

    def _known(self, probe: Probe, args: Sequence[Any]) -> Any:
        """What the reference says of what no student has touched; remembered, and taped."""
        answer = self._exam.ask_reference(probe, args, {})
        if isinstance(answer, Returned):
            return answer.value
        raise AuthoringError(f"learns(...): the reference cannot answer {probe.__name__}: {answer}")

    def _loss_before(self) -> float | None:
        """The loss of the weights before training, where they are known."""
        lesson = self._lesson
        if lesson.loss is None or lesson.start is None:
            return None
        return _number_of(self._known(lesson.loss, (dict(lesson.start), *lesson.seen)), lesson.loss)

    def _untrained(self) -> Weights:
        """The weights before training; where a student draws them, some that the reference draws."""
        if self._lesson.start is not None:
            return self._lesson.start
        answer = self._exam.measure(state_of, self._lesson.model)
        if isinstance(answer, Returned):
            fresh: Weights = answer.value
            return fresh
        raise AuthoringError(f"learns(...): the reference cannot build {self._lesson.model[0]}: {answer}")

    def _how_far(self, value: float, untrained: float | None) -> str:
        """The kind of a miss: whether half of the way was gone, from the weights before training."""
        if untrained is None or self._lesson.progress(value, untrained) >= _HALF_WAY:
            return "too little learned"
        return "nothing learned"

    def _told(self, measured: Sequence[float], reached: int, untrained: float | None) -> Iterator[str]:
        lesson = self._lesson
        what = f"on data that was not trained on, the {lesson.measure}"
        if lesson.seeds == 1:
            yield f"{what} is {shown(measured[0])}; it must be {lesson.demand}"
        else:
            yield (
                f"{what} is {lesson.demand} in {reached} of {lesson.seeds} trainings; "
                f"{lesson.enough} are needed"
            )
            yield f"it is {', '.join(map(shown, measured))}"
        if untrained is not None:
            yield f"with weights before training it is {shown(untrained)}"
        yield f"right code misses this about once in {1 / lesson.false_fail:,.0f} runs"

    def _expect(self, finding: Finding | None) -> None:
        if finding is not None:
            raise self._failed(finding)

    def _unusable(self, answer: Raised | Ended) -> Verdict:
        """Names and shapes were right: theirs, unless the reference's own weights fare no better."""
        why = answer.types[0] if isinstance(answer, Raised) else answer.outcome.value
        return self._failed(found("unusable", f"the returned weights cannot be used: {why}"), unusable=True)

    def _failed(self, finding: Finding, *, unusable: bool = False) -> Verdict:
        failure: Failure = finding.failure
        evidence = Evidence(outcome=Outcome.FAILED, check=self._check, actual=finding.evidence)
        return Verdict(Outcome.FAILED, failure.text(), evidence, _ALIKE, unusable=unusable)


def _in_words(probe: Probe) -> str:
    return probe.__name__.strip("_").replace("_", " ")


def _number_of(answer: Any, probe: Probe) -> float:
    value = number(answer)
    if value is None:
        kind = type(answer).__name__
        raise AuthoringError(f"learns(...): {probe.__name__} must return a number, not a {kind}")
    return value


def _have_in_common(ones: Any, others: Any) -> bool:
    """Whether a tensor of more than one element stands in both."""
    known = list(all_tensors(others))
    return any(torch.equal(one, other) for one in all_tensors(ones) for other in known if one.numel() > 1)
