"""What is wrong with how an instance behaves, with weights that the judge drew: the first finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from grader.checks.compare import compare
from grader.checks.failure import Failure
from grader.checks.tolerance import EXACT, Tolerance
from grader.worker.trees import with_tensors


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong, and the part of the answer that shows it."""

    failure: Failure
    actual: Any


def first_finding(
    actual: Mapping[str, Any],
    expected: Mapping[str, Any],
    state: Mapping[str, torch.Tensor],
    tolerance: Tolerance | None,
) -> Finding | None:
    """The first difference in state, evaluation, gradients or training, in this order; or None."""
    saved = _said(
        "the weights are not what was loaded", compare(actual["state"], {**state}, EXACT), "state_dict"
    )
    if saved:
        return Finding(failure=saved, actual=actual["state"])
    steps: list[tuple[str, Callable[[], Failure | None]]] = [
        ("eval", lambda: _said("in evaluation", compare(actual["eval"], expected["eval"], tolerance))),
        ("grads", lambda: _gradients(actual["grads"], expected["grads"], tolerance)),
        ("again", lambda: _again(actual, tolerance)),
        ("train", lambda: _training(actual, expected, tolerance)),
    ]
    for key, step in steps:
        failure = step() if key in expected else None
        if failure:
            return Finding(failure=failure, actual=_comparable(key, actual, expected, tolerance))
    return None


def _said(what: str, failure: Failure | None, root: str = "") -> Failure | None:
    if failure is None:
        return None
    where = f" ({root}{failure.path})" if root and failure.path else ""
    path = "" if root else failure.path
    return Failure(sentence=f"{what}: {failure.sentence}{where}", path=path, figures=failure.figures)


def _gradients(
    actual: Mapping[str, Any], expected: Mapping[str, Any], tolerance: Tolerance | None
) -> Failure | None:
    for key, wanted in expected.items():
        found = actual.get(key)
        if found is None and wanted is not None:
            return Failure(sentence=f"no gradient reaches the parameter `{key}`: it is not used, or cut off")
        if found is not None and wanted is None:
            return Failure(sentence=f"a gradient reaches the parameter `{key}`, and none should")
        failure = _said(f"the gradient by the parameter `{key}`", compare(found, wanted, tolerance))
        if failure:
            return failure
    return None


def _again(actual: Mapping[str, Any], tolerance: Tolerance | None) -> Failure | None:
    if compare(actual["again"], actual["eval"], tolerance) is None:
        return None
    return Failure(sentence="in evaluation two calls with the same input give different outputs")


def _training(
    actual: Mapping[str, Any], expected: Mapping[str, Any], tolerance: Tolerance | None
) -> Failure | None:
    """Where the reference draws random numbers the student must; else both must agree."""
    if not _is_random(expected, tolerance):
        return _said("in training", compare(actual["train"], expected["train"], tolerance)) or _said(
            "after a call in training", compare(actual["after"], expected["after"], tolerance), "buffers"
        )
    failure = _said("in training", compare(_blank(actual["train"]), _blank(expected["train"])))
    if failure:
        return failure
    if not _is_random(actual, tolerance):
        return Failure(sentence="in training two calls with other random numbers give the same output")
    if compare(actual["train"], actual["eval"], tolerance) is None:
        return Failure(sentence="the output in training is the one in evaluation")
    return None


def _is_random(facts: Mapping[str, Any], tolerance: Tolerance | None) -> bool:
    return compare(facts["train"], facts["train_again"], tolerance) is not None


def _blank(value: Any) -> Any:
    return with_tensors(value, lambda _, one: torch.zeros_like(one))


def _comparable(
    key: str, actual: Mapping[str, Any], expected: Mapping[str, Any], tolerance: Tolerance | None
) -> Any:
    """What a misconception's run shows too: no random outputs."""
    if key == "again" or (key == "train" and _is_random(expected, tolerance)):
        return [key, _is_random(actual, tolerance)]
    return [key, actual[key], actual["after"] if key == "train" else None]
