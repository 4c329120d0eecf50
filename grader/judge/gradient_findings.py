"""What is wrong with the evidence about a student's gradients: the first finding, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from grader.checks.compare import compare
from grader.checks.differences import Measured, measure
from grader.checks.failure import Failure
from grader.checks.tolerance import Tolerance
from grader.worker.gradients import STEPS
from grader.worker.programs import APPLY
from grader.worker.trees import cotangents, floating_in, with_tensors

BOTH, REFERENCE, DIFFERENCES = "both", "reference", "differences"
_REPEATED = Tolerance(rtol=1e-9, atol=1e-9)
"""How far two values of one program may lie apart, relative to the magnitudes behind them."""
_RATIO = Tolerance(rtol=1e-4, atol=1e-4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a check of gradients asked for."""

    against: str
    moves: Sequence[Mapping[str, torch.Tensor]]
    seed: int
    """Of the weights with which the outputs are summed."""
    tolerance: Tolerance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong, and what of the answer shows it. No failure: the answer is not of the protocol."""

    failure: Failure | None
    actual: Any = None
    tolerance: Tolerance | None = None


def first_finding(actual: Any, expected: Mapping[str, Any], asked: Asked) -> Finding | None:
    """The first thing wrong with the student's evidence, or None."""
    if not _is_well_formed(actual, expected):
        return Finding(failure=None)
    shown = {"output": actual["output"], "grads": actual["grads"]}
    if asked.against == DIFFERENCES:
        shown = {"shape": _blank(actual["output"]), "missing": _absent(actual["grads"])}
    steps: list[Callable[[], Failure | None]] = [
        lambda: _kind(actual["kind"], expected["kind"]),
        lambda: _output(actual["output"], expected["output"], asked),
        lambda: _attached(actual["attached"], expected),
        lambda: _left(actual["left"], expected["left"]),
        lambda: _gradients(actual, expected["grads"], asked),
    ]
    for step in steps:
        failure = step()
        if failure:
            return Finding(failure=failure, actual=shown, tolerance=asked.tolerance)
    return None if asked.against == REFERENCE else _measured(actual, expected, asked)


def _is_well_formed(actual: Any, expected: Mapping[str, Any]) -> bool:
    """Whether an answer is of the form that the probe gives it, whatever its output."""
    if type(actual) is not dict or set(actual) != set(expected):
        return False
    count = len(floating_in(actual["output"]))
    values = actual["values"]
    return (
        type(actual["attached"]) is list
        and len(actual["attached"]) == count
        and all(_is_named(actual[key]) for key in ("left", "grads"))
        and isinstance(values, torch.Tensor)
        and values.dtype is torch.float64
        and values.shape == (len(expected["values"]), count)
    )


def _is_named(value: Any) -> bool:
    return type(value) is dict and all(
        isinstance(key, str) and (one is None or isinstance(one, torch.Tensor)) for key, one in value.items()
    )


def _kind(actual: Any, expected: str) -> Failure | None:
    if actual == expected:
        return None
    if expected == APPLY:
        return Failure(sentence="it is no subclass of torch.autograd.Function, whose `apply` could be called")
    return Failure(sentence="it is a subclass of torch.autograd.Function where a plain function is asked for")


def _output(actual: Any, expected: Any, asked: Asked) -> Failure | None:
    if asked.against == DIFFERENCES:
        return compare(_blank(actual), _blank(expected))
    failure = compare(actual, expected, asked.tolerance)
    if failure is None:
        return None
    sentence = f"{failure.sentence} (the output itself, before any gradient)"
    return Failure(sentence=sentence, path=failure.path, figures=failure.figures)


def _blank(value: Any) -> Any:
    return with_tensors(value, lambda _, one: torch.zeros_like(one))


def _attached(actual: Sequence[Any], expected: Mapping[str, Any]) -> Failure | None:
    paths = [path for path, _ in floating_in(expected["output"])]
    for path, has, wanted in zip(paths, actual, expected["attached"], strict=True):
        if wanted and has is not True:
            return Failure(
                sentence="the output is cut from the graph: no gradient can pass through it (by `detach`, "
                "`.data`, `.item()`, numpy, `no_grad`, or a new tensor made of its values)",
                path=path,
            )
        if has is not False and not wanted:
            return Failure(sentence="the output has a graph where it must have none", path=path)
    return None


def _left(actual: Mapping[str, Any], expected: Mapping[str, Any]) -> Failure | None:
    for name, wanted in expected.items():
        if actual.get(name) is not None and wanted is None:
            return Failure(
                sentence=f"the forward pass itself writes into the .grad of {name}: a backward pass adds to "
                "it, and the gradient is counted twice"
            )
    return None


def _absent(grads: Mapping[str, Any]) -> list[str]:
    return sorted(name for name, value in grads.items() if value is None)


def _gradients(actual: Mapping[str, Any], expected: Mapping[str, Any], asked: Asked) -> Failure | None:
    grads = actual["grads"]
    for name, wanted in expected.items():
        if name not in grads:
            return Failure(sentence=f"there is no {name} to differentiate by: is it an nn.Parameter?")
        failure = _gradient(name, grads[name], wanted, asked)
        if failure:
            figures = () if asked.against == REFERENCE else tuple(_in_words(actual, asked, name))
            return Failure(sentence=failure.sentence, figures=(*failure.figures, *figures))
    return None


def _gradient(name: str, actual: Any, expected: Any, asked: Asked) -> Failure | None:
    if expected is None or actual is None:
        if actual is None and expected is not None:
            return Failure(sentence=f"no gradient reaches {name}: the graph between it and the output is cut")
        return None if actual is None else Failure(sentence=f"a gradient reaches {name}, and none should")
    if asked.against == DIFFERENCES:
        failure = compare(torch.zeros_like(actual), torch.zeros_like(expected))
    else:
        failure = compare(actual, expected, asked.tolerance)
    if failure is None:
        return None
    twice = expected.any() and compare(actual, 2 * expected, asked.tolerance) is None
    sentence = (
        f"the gradient by {name} is twice the right one: it is counted twice"
        if twice
        else f"the gradient by {name}: {failure.sentence}"
    )
    return Failure(sentence=sentence, figures=failure.figures)


def _measured(actual: Mapping[str, Any], expected: Mapping[str, Any], asked: Asked) -> Finding | None:
    """Forward values at other points: the same at the same point, right, and as the gradient says."""
    magnitude = _magnitude(actual["output"])
    failure = _repeated(actual, asked, magnitude)
    if failure is None and asked.against == BOTH:
        failure = _elsewhere(actual["values"], expected["values"], magnitude)
    if failure:
        return Finding(failure=failure, actual=failure.sentence)
    judged_by = expected if asked.against == BOTH else actual
    smooth = {index for index, one in _slopes(judged_by, asked) if one.smooth}
    findings = list(_disagreeing(actual, asked, smooth))
    if not findings:
        return _nowhere_smooth(expected["grads"], asked, smooth) if asked.against == DIFFERENCES else None
    ratios = [[name, ratio] for name, ratio, _ in findings]
    return Finding(failure=findings[0][2], actual=ratios, tolerance=_RATIO)


def _magnitude(output: Any) -> float:
    return float(sum(one.double().abs().sum().item() for _, one in floating_in(output)))


def _repeated(actual: Mapping[str, Any], asked: Asked, magnitude: float) -> Failure | None:
    outputs = [one for _, one in floating_in(actual["output"])]
    weights = cotangents(asked.seed, outputs)
    for one, weight, again in zip(outputs, weights, actual["values"][-1].tolist(), strict=True):
        here = (one.double() * weight.double()).sum().item()
        if not abs(here - again) <= _REPEATED.atol * max(magnitude, 1e-300):
            return Failure(
                sentence="a second call with equal inputs and equal random numbers gives another output"
            )
    return None


def _elsewhere(actual: torch.Tensor, expected: torch.Tensor, magnitude: float) -> Failure | None:
    tolerance = Tolerance(rtol=_REPEATED.rtol, atol=_REPEATED.atol * max(magnitude, 1e-300))
    failure = compare(actual, expected, tolerance)
    if failure is None:
        return None
    return Failure(sentence="the output is wrong for inputs a little beside those of the test")


def _slopes(evidence: Mapping[str, Any], asked: Asked) -> Iterator[tuple[int, Measured]]:
    """The derivative along each move, from the forward values of somebody's evidence."""
    through = [bool(one) for one in evidence["attached"]]
    totals = evidence["values"][:, through].sum(dim=1)
    magnitude = _magnitude(evidence["output"])
    centre = totals[-1].item()
    for index, move in enumerate(asked.moves):
        if not set(move) & set(evidence["grads"]):
            continue  # an entry of the state that is no parameter
        values = totals[index * len(STEPS) : (index + 1) * len(STEPS)]
        yield index, measure(values, centre, magnitude, _typical(evidence["grads"], move))


def _typical(grads: Mapping[str, Any], move: Mapping[str, torch.Tensor]) -> float:
    pairs = [(grads[name], one) for name, one in move.items() if grads.get(name) is not None]
    return float(
        sum(grad.double().norm().item() * one.norm().item() / one.numel() ** 0.5 for grad, one in pairs)
    )


def _claimed(grads: Mapping[str, Any], move: Mapping[str, torch.Tensor]) -> float:
    pairs = [(grads[name], one) for name, one in move.items() if grads.get(name) is not None]
    return float(sum((grad.double() * one).sum().item() for grad, one in pairs))


def _disagreeing(
    actual: Mapping[str, Any], asked: Asked, smooth: set[int]
) -> Iterator[tuple[str, float, Failure]]:
    """For each move along which gradient and forward values disagree: its tensors, and claimed / measured."""
    for index, found in _slopes(actual, asked):
        move = asked.moves[index]
        claimed = _claimed(actual["grads"], move)
        if index not in smooth or found.agrees_with(claimed):
            continue
        name = ", ".join(move) if len(move) == 1 else "all inputs and parameters together"
        ratio = claimed / found.slope if found.slope else claimed
        sentence = f"the gradient by {name} is not the derivative of what the forward pass computes"
        yield name, ratio, Failure(sentence=sentence, figures=(_figure(claimed, found, move),))


def _figure(claimed: float, found: Measured, move: Mapping[str, torch.Tensor]) -> str:
    length = sum(one.square().sum().item() for one in move.values()) ** 0.5
    return (
        f"along a random direction the forward pass changes by {found.slope / length:.6g} per unit; "
        f"the gradient says {claimed / length:.6g}"
    )


def _in_words(actual: Mapping[str, Any], asked: Asked, name: str) -> Iterator[str]:
    """A line about a wrong gradient: what the student's own forward values say."""
    for index, found in _slopes(actual, asked):
        move = asked.moves[index]
        grad = actual["grads"][name]
        if list(move) == [name] and found.smooth and grad is not None and grad.shape == move[name].shape:
            yield f"your own forward pass: {_figure(_claimed(actual['grads'], move), found, move)}"
            return


def _nowhere_smooth(grads: Mapping[str, Any], asked: Asked, smooth: set[int]) -> Finding | None:
    moved = {name for move in asked.moves for name in move}
    for name in grads:
        if name in moved and not any(name in asked.moves[index] for index in smooth):
            sentence = (
                f"the output jumps or bends wherever {name} is moved: there is no derivative to measure"
            )
            return Finding(failure=Failure(sentence=sentence), actual=sentence)
    return None
