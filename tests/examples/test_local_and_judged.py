"""One test, two places: a student's own pytest run says what grading says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.examples.planted import CLASS, EXPECTED, ROOT, found_in, planted_in
from tests.warm import run

UNSAFE = {
    "s13_missing_file": "the folder has no attention.py, and a local run takes the whole folder's files",
    "s16_endless_loop_at_import": "costs its ten seconds for nothing new",
    "s18_process_dies_in_a_function": "ends the pytest process",
    "s19_endless_recursion": "may end the pytest process, by the size of its stack",
    "s20_huge_allocation": "the machine may have that much memory to give",
    "s23_comparisons_replaced": "replaces torch's functions for the whole process",
    "s25_output_flood": "nothing limits a terminal's output",
    "s27_reads_the_solution": "the solution is there to be read",
    "s28_opens_a_socket": "nothing forbids it here",
    "s29_kills_its_parent": "kills whoever started pytest",
    "s30_leaves_a_daemon_behind": "leaves a process behind",
}
SAFE = sorted(set(EXPECTED) - set(UNSAFE))


def test_the_unsafe_ones_are_few_and_exist() -> None:
    assert set(UNSAFE) <= set(EXPECTED)
    assert len(UNSAFE) <= 12


@pytest.mark.parametrize("student", SAFE)
def test_a_local_run_gives_the_judged_outcomes_and_misconceptions(student: str, tmp_path: Path) -> None:
    report = tmp_path / "local.json"
    command = ["-m", "pytest", "assignments/a6_attention", "-q", "--no-header"]
    command += [f"--submission={CLASS / student}", f"--grader-json={report}"]
    run(command, cwd=ROOT, timeout=120)
    tests = json.loads(report.read_text())
    public = {test["id"] for test in tests}
    assert len(public) == len(tests) > 30
    outcomes, named = planted_in(student)
    wanted = [{test: one[test] for test in one if test in public} for one in (outcomes, named)]
    assert list(found_in(tests)) == wanted
