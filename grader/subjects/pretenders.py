"""Subjects that have learned nothing, for proving that tests notice: trivial and memorised answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import cycle, islice
from typing import Any

import numpy as np
import torch

from grader.model.outcomes import Outcome
from grader.subjects.base import Answer, Borrowed, Call, Ended, Returned, Subject, Timed, TimedAnswer

Fill = Callable[[Any, Call], Any]


class TrivialSubject(Borrowed):
    """Gives what the reference gives, with every number replaced by a trivial one."""

    def __init__(self, reference: Subject, kind: str) -> None:
        """`kind` is `zeros`, `ones`, `input` or `mean`."""
        super().__init__(reference)
        self._fill = _FILLS[kind]
        self.replaced = 0
        """How many answers contained a number to replace."""

    def answer(self, call: Call) -> Answer:
        """The reference's answer, trivialised; None where the reference raises."""
        answer = super().answer(call)
        if call.survey:
            return answer
        if not isinstance(answer, Returned):
            return Returned(value=None)
        value = _replace(answer.value, call, self._fill)
        self.replaced += value is not answer.value
        return Returned(value=value, record=answer.record)

    def time(self, call: Call) -> TimedAnswer:
        """The reference's answers and its time, the answers trivialised."""
        timed = super().time(call)
        if not isinstance(timed, Timed):
            return timed
        asked = [replace(call, args=args) for args in call.args]
        values = [_replace(value, one, self._fill) for value, one in zip(timed.values, asked, strict=True)]
        self.replaced += any(new is not old for new, old in zip(values, timed.values, strict=True))
        return replace(timed, values=values)


def _replace(value: Any, call: Call, fill: Fill) -> Any:
    if isinstance(value, torch.Tensor | np.ndarray | np.generic) or type(value) in (
        bool,
        int,
        float,
        complex,
    ):
        return fill(value, call)
    if isinstance(value, list | tuple):
        return _unless_same(value, type(value)(_replace(item, call, fill) for item in value))
    if isinstance(value, dict):
        return _unless_same(value, {key: _replace(item, call, fill) for key, item in value.items()})
    return value


def _unless_same(old: Any, new: Any) -> Any:
    pairs = (
        zip(old.values(), new.values(), strict=True) if isinstance(old, dict) else zip(old, new, strict=True)
    )
    return old if all(one is other for one, other in pairs) else new


def _constant(number: int) -> Fill:
    def fill(value: Any, _call: Call) -> Any:
        if isinstance(value, torch.Tensor):
            return torch.full_like(value, number)
        if isinstance(value, np.ndarray):
            return np.full_like(value, number)
        return type(value)(number)

    return fill


def _mean(value: Any, _call: Call) -> Any:
    if isinstance(value, torch.Tensor) and value.numel():
        return torch.full_like(value, _average(value))
    if isinstance(value, np.ndarray) and value.size:
        return np.full_like(value, value.mean())
    return _constant(0)(value, _call)


def _average(value: torch.Tensor) -> Any:
    wide = value.to(torch.complex128 if value.is_complex() else torch.float64)
    finite = wide[torch.isfinite(wide)]
    mean = finite.mean().item() if finite.numel() else 0.0
    return mean if value.is_floating_point() or value.is_complex() else round(mean)


def _first_input(value: Any, call: Call) -> Any:
    """The first input of the same kind, as it is; shape and dtype may be wrong, as a student's would be."""
    for argument in _flat(call.inputs):
        if type(argument) is type(value):
            return argument
    return _constant(0)(value, call)


def _flat(values: Sequence[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, dict):
            yield from _flat(list(value.values()))
        elif isinstance(value, list | tuple):
            yield from _flat(value)
        else:
            yield value


_FILLS: dict[str, Fill] = {"zeros": _constant(0), "ones": _constant(1), "input": _first_input, "mean": _mean}


class Recorder(Borrowed):
    """Passes calls on, and keeps the answers in order."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self.answers: list[Answer] = []
        self.timed: list[TimedAnswer] = []

    def answer(self, call: Call) -> Answer:
        """The subject's own answer."""
        self.answers.append(super().answer(call))
        return self.answers[-1]

    def time(self, call: Call) -> TimedAnswer:
        """The subject's own answers and time."""
        self.timed.append(super().time(call))
        return self.timed[-1]


class Replayer:
    """Gives recorded answers in their order, whatever it is asked."""

    def __init__(self, answers: Sequence[Answer], timed: Sequence[TimedAnswer] = ()) -> None:
        self._answers = iter(answers)
        self._timed = iter(timed)

    def answer(self, call: Call) -> Answer:
        """The next recorded answer."""
        nothing = Ended(outcome=Outcome.MISSING, message=f"nothing recorded for {call.target_name}")
        return next(self._answers, nothing)

    def time(self, call: Call) -> TimedAnswer:
        """The next recorded frame, as if it had taken no time."""
        nothing = Ended(outcome=Outcome.MISSING, message=f"nothing recorded for {call.target_name}")
        frame = next(self._timed, nothing)
        if not isinstance(frame, Timed):
            return frame
        return Timed(values=list(islice(cycle(frame.values), len(call.args))), wall_s=1e-9, cpu_s=1e-9)

    def charge(self, seconds: float) -> None:
        """Not limited."""

    def cpu_seconds(self) -> float | None:
        """Not measured."""
        return None

    def close(self) -> None:
        """Nothing is held."""
