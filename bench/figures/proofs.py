"""What many proofs of an assignment come to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def assignment_figures(proof: dict[str, Any]) -> dict[str, Any]:
    """What is kept of one proof: verdicts by name, so that seeds can be compared, and sums."""
    tasks = proof["tasks"]
    return {
        "problems": list(proof["problems"]),
        "reference": sum(task["reference"] for task in tasks),
        "starter": sum(task["starter"] for task in tasks),
        "memorised_share": max(max(task["memorised"], task["replayed"]) for task in tasks),
        "trivial_passed": sorted(
            {test for task in tasks for tests in task["trivial"].values() for test in tests}
        ),
        "reference_by_task": {task["task"]: task["reference"] for task in tasks},
        "killed": {one["label"]: _is_killed(one, task) for task in tasks for one in task["misconceptions"]},
        "named": {one["label"]: bool(one["named"]) for task in tasks for one in task["misconceptions"]},
        "misnamed": sorted(
            f"{one['label']}: {test}"
            for task in tasks
            for one in task["misconceptions"]
            for test in one["misnamed"]
        ),
        "alternatives": {one["name"]: list(one["failed"]) for one in proof["alternatives"]},
        "max": sum(task["points"] for task in tasks),
        "tests": len(proof["tests"]),
    }


def _is_killed(misconception: dict[str, Any], task: dict[str, Any]) -> bool:
    """Whether it loses points; of a task without points, whether it fails a test."""
    return bool(misconception["lost"] > 0 or (not task["points"] and misconception["failed"]))


def course_figures(details: dict[str, Any]) -> dict[str, Any]:
    """The sums over all assignments; each is that of the worst seed."""
    by_name = {name: list(one["proofs"].values()) for name, one in details.items() if one["proofs"]}
    return {
        "seeds": min((len(proofs) for proofs in by_name.values()), default=0),
        "assignments": len(by_name),
        "tasks": sum(len(proofs[0]["reference_by_task"]) for proofs in by_name.values()),
        "tests": sum(proofs[0]["tests"] for proofs in by_name.values()),
        "reference_score": sum(min(one["reference"] for one in proofs) for proofs in by_name.values()),
        "reference_max": sum(proofs[0]["max"] for proofs in by_name.values()),
        "starter_score": sum(max(one["starter"] for one in proofs) for proofs in by_name.values()),
        "misconceptions": sum(len(proofs[0]["killed"]) for proofs in by_name.values()),
        "misconceptions_killed": sum(_always(proofs, "killed") for proofs in by_name.values()),
        "misconceptions_named": sum(_always(proofs, "named") for proofs in by_name.values()),
        "misconceptions_misnamed": len(_ever(by_name, "misnamed")),
        "trivial_passed": len(_ever(by_name, "trivial_passed")),
        "memorised_share": max(
            (one["memorised_share"] for proofs in by_name.values() for one in proofs), default=0.0
        ),
        "alternatives": sum(len(proofs[0]["alternatives"]) for proofs in by_name.values()),
        "alternatives_full": sum(
            not any(one["alternatives"][name] for one in proofs)
            for proofs in by_name.values()
            for name in proofs[0]["alternatives"]
        ),
        "flaky": sum(len(_flaky(proofs)) for proofs in by_name.values()),
        "flaky_names": {name: found for name, proofs in by_name.items() if (found := sorted(_flaky(proofs)))},
        "problems": {name: found for name, proofs in by_name.items() if (found := _problems(proofs))},
    }


def _always(proofs: Iterable[dict[str, Any]], key: str) -> int:
    """How many names are true under every seed."""
    first, *others = [one[key] for one in proofs]
    return sum(all(verdicts[name] for verdicts in (first, *others)) for name in first)


def _ever(by_name: dict[str, list[dict[str, Any]]], key: str) -> set[str]:
    return {f"{name}: {each}" for name, proofs in by_name.items() for one in proofs for each in one[key]}


def _flaky(proofs: list[dict[str, Any]]) -> set[str]:
    """Whose verdict is not the same under every seed."""
    found = set()
    for kind in ("reference_by_task", "killed", "named", "alternatives"):
        for name in proofs[0][kind]:
            if any(one[kind][name] != proofs[0][kind][name] for one in proofs):
                found.add(f"{kind} {name}")
    return found


def _problems(proofs: list[dict[str, Any]]) -> list[str]:
    return sorted({problem for one in proofs for problem in one["problems"]})
