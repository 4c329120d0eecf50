"""What is wrong with the memory that results share with inputs: the first finding, or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.checks.compare import compare
from grader.checks.failure import Failure
from grader.checks.tolerance import EXACT, Tolerance
from grader.worker.aliasing import arrays_in


def is_well_formed(actual: Any) -> bool:
    """Whether an answer is of the form that the probe `Aliases` gives it."""
    return (
        type(actual) is dict
        and set(actual) == {"before", "after", "inputs"}
        and all(type(actual[key]) is dict for key in ("after", "inputs"))
        and all(type(one) is dict for key in ("after", "inputs") for one in actual[key].values())
    )


def first_finding(
    actual: Mapping[str, Any],
    expected: Mapping[str, Any],
    contents: Mapping[str, Any],
    tolerance: Tolerance | None,
) -> Failure | None:
    """The values first, then what is seen of writes to the inputs, then of writes to the outputs."""
    failure = compare(actual["before"], expected["before"], tolerance)
    if failure:
        return failure
    outputs = dict(arrays_in(expected["before"]))
    return _written_inputs(actual["after"], expected["after"], outputs, tolerance) or _written_outputs(
        actual["inputs"], expected["inputs"], contents, tolerance
    )


def _written_inputs(
    actual: Mapping[str, Any],
    expected: Mapping[str, Any],
    before: Mapping[str, Any],
    tolerance: Tolerance | None,
) -> Failure | None:
    """By name of an input: the outputs after new contents were written into it."""
    own_before = before
    for name, wanted in expected.items():
        own = actual.get(name)
        if own is None or set(own) != set(wanted):
            return Failure(sentence=f"nothing is told of the results once {name} was written to")
        for path in wanted:
            found = _changed(own[path], own_before[path], tolerance)
            asked = _changed(wanted[path], before[path], EXACT)
            if found != asked:
                return _told(name, path, asked)
        failure = compare(own, wanted, tolerance)
        if failure:
            sentence = f"the result shares memory with {name}, but not as the view that is asked for"
            return Failure(sentence=f"{sentence}: {failure.sentence}", figures=failure.figures)
        own_before, before = own, wanted
    return None


def _written_outputs(
    actual: Mapping[str, Any],
    expected: Mapping[str, Any],
    contents: Mapping[str, Any],
    tolerance: Tolerance | None,
) -> Failure | None:
    """By path of an output: the inputs after an element of it was changed."""
    for path, wanted in expected.items():
        own = actual.get(path)
        if own is None or set(own) != set(wanted):
            return Failure(sentence="nothing is told of the inputs once the result was written to", path=path)
        for name in wanted:
            asked = _changed(wanted[name], contents[name], EXACT)
            if _changed(own[name], contents[name], EXACT) != asked:
                return _told(name, path, asked, reverse=True)
        failure = compare(own, wanted, tolerance)
        if failure:
            sentence = f"a write to the result arrives elsewhere in an input: {failure.sentence}"
            return Failure(sentence=sentence, path=path, figures=failure.figures)
    return None


def _changed(now: Any, before: Any, tolerance: Tolerance | None) -> bool:
    return compare(now, before, tolerance) is not None


def _told(name: str, path: str, shared: bool, *, reverse: bool = False) -> Failure:
    written, read = ("the result", name) if reverse else (name, "the result")
    if shared:
        sentence = f"the result must be a view of {name}, and is not"
        figure = f"writing into {written} does not change {read}"
    else:
        sentence = f"the result shares memory with {name}, and must be independent of it"
        figure = f"writing into {written} changes {read}"
    return Failure(sentence=sentence, path=path, figures=(figure,))
