"""A task without points is proven as any other: a misconception of it fails a test, and is named."""

from __future__ import annotations

import pytest

from grader.course.verify import verify
from grader.model.proofs import Proof
from tests.judge.course import Course

pytestmark = pytest.mark.usefixtures("one_fork_server")

PUBLIC = """
@pytest.mark.task("double")
@pytest.mark.points(0)
def test_double(agree, rand):
    agree("double", rand(3))
"""
MISCONCEPTIONS = """
from grader import misconception


@misconception("double", "Three times is not double.")
def triple(x):
    return 3 * x


@misconception("double", "Nothing is wrong with this one.")
def sum_of_two(x):
    return x + x
"""


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Proof:
    """Of a course with one task of one point and one of none."""
    course = Course.make(
        tmp_path_factory.mktemp("course"),
        tasks={"double": 0, "half": 1},
        public=PUBLIC + PUBLIC.replace("double", "half").replace("points(0)", "points(1)"),
        reference="def double(x): return x + x\ndef half(x): return x / 2\n",
        misconceptions=MISCONCEPTIONS,
    )
    (course.root / "assignments/a1/hw.py").write_text(
        "def double(x): raise NotImplementedError\ndef half(x): raise NotImplementedError\n"
    )
    proofs: list[Proof] = []
    verify(course.root, "a1", [3], proofs.append)
    return proofs[0]


def test_a_misconception_of_it_need_not_lose_points(proof: Proof) -> None:
    assert not [problem for problem in proof.problems if "triple" in problem]


def test_a_misconception_that_fails_no_test_is_reported_there_too(proof: Proof) -> None:
    assert "task double: the misconception sum_of_two loses no points" in proof.problems
