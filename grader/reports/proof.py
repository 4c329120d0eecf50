"""A proof of `grader verify` for people and as data."""

from __future__ import annotations

from typing import Any

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from grader.model.proofs import Nearest, Proof, TaskProof, TestProof
from grader.reports.speaker import Speaker

_MARGINS_MEAN = (
    "tolerance: rtol and atol; noise: what rounding does, in tolerances, at most 1/4;",
    "wrong, trivial: the nearest misconception and trivial answer, in tolerances, at least 10",
    "(other: it differs by more than values); a star: the test cannot be computed in float64, and its",
    "noise is that of the inputs' last bits and of threads",
)


def proof_data(proof: Proof) -> Any:
    """As plain data for JSON."""
    return msgspec.to_builtins(proof)


def print_proof(console: Console, proof: Proof) -> None:
    """A table with a line a task, one with a line a test, then every problem."""
    speaker = Speaker(console)
    speaker.line(f"{proof.assignment}, seed {proof.seed}", style="bold")
    console.print(_table(proof))
    console.print(_margins(proof))
    for task in proof.tasks:
        for one in task.misconceptions:
            if one.shared:
                others = ", ".join(one.shared)
                speaker.line(
                    f"  {task.task}: {one.label} is always named together with {others}", style="dim"
                )
    if proof.alternatives:
        full = sum(not one.failed for one in proof.alternatives)
        speaker.line(f"  other right solutions with all points: {full} of {len(proof.alternatives)}")
    if proof.passed_from_memory:
        speaker.line(f"  answers of another seed pass: {', '.join(proof.passed_from_memory)}", style="dim")
    for problem in proof.problems:
        speaker.line(f"  problem: {problem}", style="red")
    speaker.line(
        "  reference, starter: points; named: misconceptions that lose points and are named;", style="dim"
    )
    speaker.line(
        "  trivial: tests that a trivial answer passes; memory: points from another seed's answers",
        style="dim",
    )
    for line in _MARGINS_MEAN:
        speaker.line(f"  {line}", style="dim")
    verdict = f"{len(proof.problems)} problems" if proof.problems else "proven"
    speaker.line(f"{proof.assignment}: {verdict}", style="red" if proof.problems else "green")


def _table(proof: Proof) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("task", no_wrap=True)
    for name in ("tests", "reference", "starter", "named", "trivial", "memory"):
        table.add_column(name, justify="right")
    for task in proof.tasks:
        table.add_row(*_row(task))
    return table


def _margins(proof: Proof) -> Table:
    """Where each tolerance lies: noise must be far below 1, wrong answers far above."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("test", overflow="fold")
    for name in ("tolerance", "noise", "wrong", "trivial"):
        table.add_column(name, justify="right", no_wrap=True)
    for test in proof.tests:
        nearest = (_nearest(test.misconception), _nearest(test.trivial))
        table.add_row(_short(test.test), _tolerance(test), _noise(test), *nearest)
    return table


def _short(test: str) -> str:
    """`hidden test_rows[2]` for `hidden/test_scaling.py::test_rows[2]`."""
    return f"{test.split('/', 1)[0]} {test.split('::', 1)[-1]}"


def _tolerance(test: TestProof) -> str:
    if test.rtol is None or test.atol is None:
        return "-"
    return "exact" if test.rtol == test.atol == 0 else f"{test.rtol:.1g} {test.atol:.1g}"


def _noise(test: TestProof) -> str:
    if test.dtype is None and test.noise == 0:
        return "-"
    star = "" if "float64" in test.measured_by else "*"
    return f"{'other' if test.noise is None else format(test.noise, '.1g')}{star}"


def _nearest(nearest: Nearest | None) -> str:
    if nearest is None:
        return "-"
    return "other" if nearest.beyond is None else f"{nearest.beyond:.1g}"


def _row(task: TaskProof) -> tuple[str, ...]:
    named = sum(bool(one.named) for one in task.misconceptions)
    trivial = len({test for tests in task.trivial.values() for test in tests})
    return (
        task.task,
        str(task.tests),
        f"{task.reference:g} of {task.points:g}",
        f"{task.starter:g}",
        f"{named} of {len(task.misconceptions)}",
        str(trivial),
        f"{max(task.memorised, task.replayed):.0%}",
    )
