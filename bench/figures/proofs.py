"""What many proofs of an assignment come to.

Of each seed only what is not as it should be is kept, by name, so that seeds can be compared; of each test
the margins under the worst seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

Details = dict[str, Any]
_VERDICTS = ("reference_short", "alive", "unnamed", "alternatives_failed")
"""What depends on a verdict: flaky where a name is listed under some seeds and not under others."""


def nothing_proven(digest: str) -> Details:
    """The details of an assignment before its first proof."""
    return {"digest": digest, "size": {}, "seeds": {}, "tests": {}}


def add_proof(details: Details, proof: dict[str, Any]) -> None:
    """Add what one more proof of the assignment says."""
    details["size"] = _size(proof)
    details["seeds"][str(proof["seed"])] = _of_seed(proof)
    known = details["tests"]
    for test in proof["tests"]:
        margins = _margins(test)
        before = known.get(test["test"])
        known[test["test"]] = margins if before is None else _worse(before, margins)


def _size(proof: dict[str, Any]) -> dict[str, Any]:
    tasks = proof["tasks"]
    return {
        "tasks": len(tasks),
        "tests": len(proof["tests"]),
        "max": sum(task["points"] for task in tasks),
        "misconceptions": sum(len(task["misconceptions"]) for task in tasks),
        "alternatives": len(proof["alternatives"]),
    }


def _of_seed(proof: dict[str, Any]) -> dict[str, Any]:
    tasks = proof["tasks"]
    wrong = [(one, task) for task in tasks for one in task["misconceptions"]]
    passed = chain.from_iterable(chain.from_iterable(task["trivial"].values()) for task in tasks)
    faults = {
        "problems": list(proof["problems"]),
        "reference_short": [_score(task) for task in tasks if task["reference"] != task["points"]],
        "alive": [one["label"] for one, task in wrong if not _is_killed(one, task)],
        "unnamed": [one["label"] for one, _ in wrong if not one["named"]],
        "misnamed": [f"{one['label']}: {test}" for one, _ in wrong for test in one["misnamed"]],
        "trivial_passed": sorted(set(passed)),
        "alternatives_failed": [
            f"{one['name']}: {test}" for one in proof["alternatives"] for test in one["failed"]
        ],
    }
    return {
        "reference": sum(task["reference"] for task in tasks),
        "starter": sum(task["starter"] for task in tasks),
        "memorised_share": round(max(max(task["memorised"], task["replayed"]) for task in tasks), 4),
        **{kind: names for kind, names in faults.items() if names},
    }


def _score(task: dict[str, Any]) -> str:
    return f"{task['task']}: {task['reference']:g} of {task['points']:g}"


def _is_killed(misconception: dict[str, Any], task: dict[str, Any]) -> bool:
    """Whether it loses points; of a task without points, whether it fails a test."""
    return bool(misconception["lost"] > 0 or (not task["points"] and misconception["failed"]))


def _margins(test: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a test under one seed: its tolerance, and in units of it noise and wrong answers."""
    nearest = {kind: test[kind] and _nearest(test[kind]) for kind in ("misconception", "trivial")}
    return {
        "dtype": test["dtype"],
        "rtol": test["rtol"],
        "atol": test["atol"],
        "noise": _short(test["noise"]),
        "steady": test["steady"],
        **nearest,
    }


def _nearest(nearest: dict[str, Any]) -> dict[str, Any]:
    return {"who": nearest["who"], "beyond": _short(nearest["beyond"])}


def _short(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.3g}")


def _worse(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The tolerance where noise comes nearest to it; the wrong answers that come nearest to passing."""
    noisier = max((one, other), key=lambda margins: _or_infinite(margins["noise"]))
    return noisier | {
        "steady": one["steady"] and other["steady"],
        **{kind: _nearer(one[kind], other[kind]) for kind in ("misconception", "trivial")},
    }


def _nearer(one: dict[str, Any] | None, other: dict[str, Any] | None) -> dict[str, Any] | None:
    there = [each for each in (one, other) if each is not None]
    return min(there, key=lambda each: _or_infinite(each["beyond"]), default=None)


def _or_infinite(times: float | None) -> float:
    """JSON knows no infinity: what differs by more than values has None."""
    return float("inf") if times is None else times


def course_figures(details: Mapping[str, Details]) -> dict[str, Any]:
    """The sums over all assignments; each is that of the worst seed."""
    proven = {name: one for name, one in details.items() if one["seeds"]}
    seeds = {name: list(one["seeds"].values()) for name, one in proven.items()}
    sizes = [one["size"] for one in proven.values()]
    alive, unnamed, misnamed, trivial = (
        _ever(seeds, kind) for kind in ("alive", "unnamed", "misnamed", "trivial_passed")
    )
    failed = {tuple(line.split(": ")[:2]) for line in _ever(seeds, "alternatives_failed")}
    flaky = {name: found for name, each in seeds.items() if (found := _flaky(each))}
    misconceptions = sum(size["misconceptions"] for size in sizes)
    alternatives = sum(size["alternatives"] for size in sizes)
    return {
        "seeds": min((len(each) for each in seeds.values()), default=0),
        "assignments": len(proven),
        "tasks": sum(size["tasks"] for size in sizes),
        "tests": sum(size["tests"] for size in sizes),
        "reference_score": sum(min(seed["reference"] for seed in each) for each in seeds.values()),
        "reference_max": sum(size["max"] for size in sizes),
        "starter_score": sum(max(seed["starter"] for seed in each) for each in seeds.values()),
        "misconceptions": misconceptions,
        "misconceptions_killed": misconceptions - len(alive),
        "misconceptions_named": misconceptions - len(unnamed),
        "misconceptions_misnamed": len(misnamed),
        "trivial_passed": len(trivial),
        "memorised_share": max(
            (seed["memorised_share"] for each in seeds.values() for seed in each), default=0.0
        ),
        "alternatives": alternatives,
        "alternatives_full": alternatives - len(failed),
        "flaky": sum(len(names) for names in flaky.values()),
        "flaky_names": flaky,
        "problems": sorted(_ever(seeds, "problems")),
    }


def _ever(seeds: Mapping[str, Iterable[dict[str, Any]]], kind: str) -> set[str]:
    """All names of a kind that were listed under any seed, each with its assignment."""
    return {f"{name}: {line}" for name, each in seeds.items() for seed in each for line in seed.get(kind, ())}


def _flaky(seeds: Iterable[dict[str, Any]]) -> list[str]:
    """What is listed under some seeds and not under others."""
    found = []
    for kind in _VERDICTS:
        listed = [set(seed.get(kind, ())) for seed in seeds]
        found += [f"{kind} {name}" for name in sorted(set.union(*listed) - set.intersection(*listed))]
    return found
