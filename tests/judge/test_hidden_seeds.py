"""From what a worker is told and sees, nothing follows that it has not been told yet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.model.seeds import PUBLIC_SEED, derive
from tests.judge.course import Course, by_test

pytestmark = pytest.mark.apart

PUBLIC = """
@pytest.mark.task("f")
@pytest.mark.points(1)
def test_shown(student, rand):
    assert student.call("f", rand(2)) == ""
"""
TELLS = "import torch\n\ndef f(x):\n    return f'call {torch.initial_seed()} inputs {x.tolist()}'\n"
_ID = "public/test_hw.py::test_shown"


def told(course: Course, seed: int) -> tuple[int, str]:
    """The seed of the call and the inputs, as a student sees them in the message."""
    with course.judge(seed, keyed=True) as judge:
        message = by_test(judge.grade(TELLS))["test_shown"].message
    found = re.search(r"call (\d+) inputs (\[.*?\])", message)
    assert found is not None, message
    return int(found[1]), found[2]


def make(root: Path, reference: str) -> Course:
    return Course.make(root, tasks={"f": 1}, public=PUBLIC, reference=reference)


def test_a_small_run_seed_cannot_be_found_by_trying_all(tmp_path: Path) -> None:
    one = make(tmp_path / "one", "def f(x):\n    return ''\n")
    other = make(tmp_path / "other", "def f(x):  # nobody knows this\n    return ''\n")
    call, inputs = told(one, 7)
    assert call not in {derive(guess, _ID, number) for guess in range(1000) for number in range(3)}
    assert (call, inputs) == told(one, 7)
    assert not set(told(other, 7)) & {call, inputs}


def test_at_the_public_seed_students_have_the_same(tmp_path: Path) -> None:
    course = make(tmp_path, "def f(x):\n    return ''\n")
    assert told(course, PUBLIC_SEED)[0] == derive(PUBLIC_SEED, _ID, 0)


def test_a_key_changes_every_seed_and_none_follows_from_another() -> None:
    seeds = {derive(7, "t", number, key=key) for number in range(50) for key in (b"", b"a", b"b")}
    assert len(seeds) == 150
    assert all(0 <= seed < 2**63 for seed in seeds)
