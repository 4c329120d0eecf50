"""What is wrong with the graph behind a student's result: the first finding, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from grader.checks.compare import compare as compared
from grader.checks.compare import shown
from grader.checks.failure import Failure
from grader.checks.tolerance import Tolerance
from grader.worker.trees import floating_in

LEAVES, SET, NAMES, EDGES = "leaves", "set", "names", "edges"
COMPARED = (LEAVES, SET, NAMES, EDGES)
_LISTED = 12


def is_well_formed(actual: Any) -> bool:
    """Whether an answer is of the form that the probe `Graph` gives it."""
    if type(actual) is not dict or set(actual) != {"output", "attached", "nodes", "reached"}:
        return False
    count = len(floating_in(actual["output"]))
    reached, nodes = actual["reached"], actual["nodes"]
    return (
        type(actual["attached"]) is list
        and len(actual["attached"]) == count
        and type(reached) is list
        and len(reached) == count
        and all(type(one) is dict for one in reached)
        and type(nodes) is list
        and all(type(one) is tuple and len(one) == 2 and type(one[0]) is str for one in nodes)
        and all(type(one[1]) is tuple for one in nodes)
    )


def first_finding(
    actual: Mapping[str, Any], expected: Mapping[str, Any], compare: str, tolerance: Tolerance | None
) -> Failure | None:
    """The first difference in values, what is attached, what is reached and nodes, in this order; or None."""
    failure = compared(actual["output"], expected["output"], tolerance)
    if failure:
        return failure
    paths = [path for path, _ in floating_in(expected["output"])]
    for path, has, wanted in zip(paths, actual["attached"], expected["attached"], strict=True):
        if has is not wanted:
            sentence = "the result has no graph: it is cut off" if wanted else "the result has a graph"
            return Failure(sentence=f"{sentence}{'' if wanted else ' where it must have none'}", path=path)
    for path, own, wanted in zip(paths, actual["reached"], expected["reached"], strict=True):
        failure = _reached(path, own, wanted, tolerance)
        if failure:
            return failure
    return None if compare == LEAVES else _nodes(actual["nodes"], expected["nodes"], compare)


def _reached(
    path: str, actual: Mapping[str, Any], expected: Mapping[str, Any], tolerance: Tolerance | None
) -> Failure | None:
    for name, wanted in expected.items():
        found = actual.get(name)
        if (found is None) != (wanted is None):
            says = "does not reach" if found is None else "reaches"
            must = "it must" if found is None else "it must not"
            return Failure(sentence=f"the graph of the result {says} {name}, and {must}", path=path)
        failure = compared(found, wanted, tolerance)
        if failure:
            sentence = f"the gradient by {name}: {failure.sentence}"
            return Failure(sentence=sentence, path=path, figures=failure.figures)
    return None


Node = tuple[str, tuple[int, ...]]


def _nodes(actual: Sequence[Node], expected: Sequence[Node], compare: str) -> Failure | None:
    own, wanted = [name for name, _ in actual], [name for name, _ in expected]
    has, needs = Counter(own), Counter(wanted)
    if compare == SET:
        has, needs = Counter(set(own)), Counter(set(wanted))
    if has != needs:
        missing, extra = list((needs - has).elements()), list((has - needs).elements())
        said = [f"lacks {_listed(missing)}"] if missing else []
        said += [f"has {_listed(extra)} besides" if not missing else f"has {_listed(extra)}"] if extra else []
        return Failure(sentence=f"the graph {' and '.join(said)}", figures=_figures(own, wanted))
    if compare != SET and own != wanted:
        return Failure(
            sentence="the nodes of the graph stand in another order", figures=_figures(own, wanted)
        )
    if compare == EDGES and list(actual) != list(expected):
        return _edges(actual, expected)
    return None


def _edges(actual: Sequence[Node], expected: Sequence[Node]) -> Failure:
    index = next(i for i, pair in enumerate(zip(actual, expected, strict=True)) if pair[0] != pair[1])
    found, asked = (_next_of(nodes, index) for nodes in (actual, expected))
    sentence = f"the node {shown(actual[index][0])} of the graph leads elsewhere"
    return Failure(sentence=sentence, figures=(f"leads to {found}", f"instead of {asked}"))


def _next_of(nodes: Sequence[Node], index: int) -> str:
    known = range(len(nodes))
    return _listed([f"{one} {nodes[one][0]}" if one in known else "nothing" for one in nodes[index][1]])


def _figures(own: list[str], wanted: list[str]) -> tuple[str, ...]:
    return (f"got {_listed(own)}", f"expected {_listed(wanted)}")


def _listed(names: list[str]) -> str:
    more = f", ... ({len(names)} in all)" if len(names) > _LISTED else ""
    return (", ".join(shown(one)[1:-1] for one in names[:_LISTED]) or "nothing") + more
