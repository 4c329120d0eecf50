"""What is wrong with the names that a class registers: the first finding, or none."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isclose, prod
from typing import Any

import torch

from grader.checks.compare import shown
from grader.checks.failure import Failure

_FACTS = ("parameters", "buffers", "saved", "tensors", "modules", "marks")
_LISTED = 8
_COMPARED = 200
"""So many of a student's names are searched for one like the one that is missing."""


def is_well_formed(actual: Any) -> bool:
    """Whether an answer is of the form that the probe `structure_of` gives it."""
    if type(actual) is not dict or set(actual) != set(_FACTS):
        return False
    marks, parameters, buffers = actual["marks"], actual["parameters"], actual["buffers"]
    tables = all(type(one) is dict and _names(one) for one in (marks, parameters, buffers))
    lists = all(type(actual[key]) is list and _names(actual[key]) for key in ("saved", "tensors", "modules"))
    return (
        tables
        and lists
        and set(marks) == set(parameters)
        and all(_is_fact(one, 3) for one in parameters.values())
        and all(_is_fact(one, 2) for one in buffers.values())
        and all(type(one) is list and all(type(x) is float for x in one) for one in marks.values())
    )


def _names(values: Iterable[Any]) -> bool:
    return all(type(one) is str for one in values)


def _is_fact(value: Any, length: int) -> bool:
    return (
        type(value) is tuple
        and len(value) == length
        and type(value[0]) is tuple
        and all(type(size) is int and size >= 0 for size in value[0])
        and type(value[1]) is torch.dtype
    )


def first_finding(
    actual: Mapping[str, Any],
    expected: Mapping[str, Any],
    *,
    mark: float,
    parameters: bool,
    buffers: bool,
    sharing: bool,
    submodules: Sequence[str],
) -> Failure | None:
    """The first difference that is asked for, or None."""
    steps: list[tuple[bool, Callable[[], Failure | None]]] = [
        (parameters, lambda: _parameters(actual, expected)),
        (buffers, lambda: _buffers(actual, expected)),
        (sharing, lambda: _sharing(actual, expected, mark)),
        (bool(submodules), lambda: _modules(actual["modules"], submodules)),
    ]
    return next((failure for wanted, step in steps if wanted and (failure := step())), None)


def _parameters(actual: Mapping[str, Any], expected: Mapping[str, Any]) -> Failure | None:
    own, wanted = actual["parameters"], expected["parameters"]
    missing, extra = [key for key in wanted if key not in own], [key for key in own if key not in wanted]
    if missing or extra:
        return _other_names("parameter", missing, extra, actual, _count(actual, expected))
    for key, (shape, dtype, requires_grad) in wanted.items():
        found = own[key]
        what = f"the parameter `{key}`"
        if found[0] != shape:
            figures = _count(actual, expected)
            return Failure(sentence=f"{what} has the shape {found[0]} instead of {shape}", figures=figures)
        if found[1] != dtype:
            return Failure(sentence=f"{what} is {found[1]} instead of {dtype}")
        if found[2] is not requires_grad:
            sentence = f"{what} does not require a gradient" if requires_grad else f"{what} is not frozen"
            return Failure(sentence=sentence)
    return None


def _buffers(actual: Mapping[str, Any], expected: Mapping[str, Any]) -> Failure | None:
    """Buffers that are saved. Those that a student adds, and that are not, are their own affair."""
    own = {key: one for key, one in actual["buffers"].items() if key in actual["saved"]}
    wanted = {key: one for key, one in expected["buffers"].items() if key in expected["saved"]}
    missing = [key for key in wanted if key not in own]
    unsaved = [key for key in missing if key in actual["buffers"]]
    if unsaved:
        return Failure(sentence=f"the buffer `{unsaved[0]}` is not saved in the state_dict")
    if missing:
        extra = [key for key in own if key not in wanted]
        return _other_names("buffer", missing, extra, actual, ())
    for key, fact in wanted.items():
        if own[key] != fact:
            found, asked = (f"{one[1]} of shape {one[0]}" for one in (own[key], fact))
            return Failure(sentence=f"the buffer `{key}` is {found} instead of {asked}")
    return None


def _other_names(
    kind: str, missing: list[str], extra: list[str], actual: Mapping[str, Any], figures: tuple[str, ...]
) -> Failure:
    said = []
    if missing:
        said.append(f"has no {kind} {_listed(missing)}{_instead(kind, missing[0], extra, actual)}")
    if extra and kind == "parameter":
        said.append(f"has the unknown {kind}{'s' * (len(extra) > 1)} {_listed(extra)}")
    return Failure(sentence="it " + " and ".join(said), figures=figures)


def _instead(kind: str, name: str, extra: list[str], actual: Mapping[str, Any]) -> str:
    remedy = "make it an nn.Parameter" if kind == "parameter" else "use register_buffer"
    if name in actual["tensors"]:
        return f" (it is a plain tensor: {remedy})"
    other = "buffers" if kind == "parameter" else "parameters"
    if name in actual[other]:
        return f" (it is a {other[:-1]}: {remedy})"
    near = difflib.get_close_matches(name, [key[:_COMPARED] for key in extra[:_COMPARED]], n=1, cutoff=0.4)
    return f" (`{near[0]}` is there; did you mean that?)" if near else ""


def _listed(names: list[str]) -> str:
    more = ", ..." if len(names) > _LISTED else ""
    return ", ".join(f"`{shown(one)[1:-1]}`" for one in names[:_LISTED]) + more


def _count(actual: Mapping[str, Any], expected: Mapping[str, Any]) -> tuple[str, ...]:
    own, wanted = count_of(actual), count_of(expected)
    return () if own == wanted else (f"{own:,} numbers in its parameters instead of {wanted:,}",)


def count_of(facts: Mapping[str, Any]) -> int:
    """How many numbers a class's parameters hold, shared ones counted once."""
    again = {key for group in groups_of(facts["marks"]) for key in group[1:]}
    return sum(prod(fact[0]) for key, fact in facts["parameters"].items() if key not in again)


def groups_of(marks: Mapping[str, Any]) -> list[list[str]]:
    """The names of parameters that showed the same mark, in their order."""
    groups: dict[Any, list[str]] = defaultdict(list)
    for key, ends in marks.items():
        groups[tuple(ends) or key].append(key)
    return list(groups.values())


def _sharing(actual: Mapping[str, Any], expected: Mapping[str, Any], mark: float) -> Failure | None:
    marks = actual["marks"]
    order = list(marks)
    for group in groups_of(marks):
        written = mark + order.index(group[-1])
        if not all(isclose(one, written, rel_tol=1e-5) for one in marks[group[0]]):
            return Failure(sentence=f"writing into the parameter {_listed(group[-1:])} does not change it")
    own = {frozenset(group) for group in groups_of(marks) if len(group) > 1}
    wanted = {frozenset(group) for group in groups_of(expected["marks"]) if len(group) > 1}
    for group in sorted(map(sorted, wanted - own)):
        return Failure(sentence=f"{_listed(group)} must be one and the same parameter")
    for group in sorted(map(sorted, own - wanted)):
        return Failure(sentence=f"{_listed(group)} are one and the same parameter, and must not be")
    return None


def _modules(actual: list[str], expected: Sequence[str]) -> Failure | None:
    missing = [key for key in expected if key not in actual]
    if not missing:
        return None
    near = difflib.get_close_matches(missing[0], [key[:_COMPARED] for key in actual[:_COMPARED]], n=1)
    guess = f" (did you mean `{near[0]}`?)" if near else ""
    return Failure(sentence=f"it has no sub-module {_listed(missing)}{guess}")
