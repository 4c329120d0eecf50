"""Counting operations as a test does: budgets, traces, messages, and what an author gets wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.model.outcomes import Outcome
from grader.sandbox.probes import probe
from tests.judge.course import Course, Judge, by_test

pytestmark = pytest.mark.skipif(not probe().linux, reason="workers are confined on Linux only")

REFERENCE = """
import torch

def gram(x):
    return x @ x.mT

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.eye(4, dtype=torch.float64))

    def forward(self, x):
        return x @ self.w
"""
PUBLIC = """
def prepared(submission, x):
    net = submission.Net()
    for _ in range(50):
        x = x + 1
    yield
    return net(x)

def trained(submission, x):
    yield
    with torch.enable_grad():
        net = submission.Net()
        net(x).sum().backward()
    return net.w.grad

@pytest.mark.task("gram")
@pytest.mark.points(1)
def test_all(ops_at_most, rand):
    ops_at_most("gram", 10, rand(20, 4))

@pytest.mark.task("gram")
@pytest.mark.points(1)
def test_one_product(ops_at_most, rand):
    ops_at_most("gram", {"matmul": 1, "cumsum": 0, "all": 5_000}, rand(20, 4))

@pytest.mark.task("gram")
@pytest.mark.points(1)
def test_largest(ops_at_most, rand):
    ops_at_most("gram", 5_000, rand(20, 4), largest=2.0)

@pytest.mark.task("gram")
@pytest.mark.points(1)
def test_meta(ops_at_most, rand):
    ops_at_most("gram", 5_000, rand(20, 4), meta=True)

@pytest.mark.task("Net")
@pytest.mark.points(1)
def test_set_up(ops_at_most, rand):
    ops_at_most(prepared, 3, rand(5, 4))

@pytest.mark.task("Net")
@pytest.mark.points(1)
def test_traces(student, reference, rand):
    x = rand(5, 4)
    ours, theirs = student.trace(trained, x), reference.trace(trained, x)
    assert theirs.ops == ours.ops, "other operations"
    assert ours.ops["mm"] == 2 and ours.flops == theirs.flops > 0
    shapes = student.trace(prepared, x, device="meta").value
    assert shapes == {"shape": (5, 4), "dtype": torch.float64}
"""
HIDDEN = """
@pytest.mark.task("gram")
@pytest.mark.points(1)
def test_hidden(ops_at_most, rand):
    ops_at_most("gram", 10, rand(20, 4))
"""
MISCONCEPTIONS = """
import torch
from grader import misconception

@misconception("gram", "Two loops.")
def looped(x):
    return torch.stack([torch.stack([(a * b).sum() for b in x]) for a in x])

@misconception("gram", "Out of torch.")
def listed(x):
    rows = x.tolist()
    return torch.tensor([[sum(a * b for a, b in zip(r, s)) for s in rows] for r in rows], dtype=x.dtype)

@misconception("gram", "Two products.")
def twice(x):
    return (x @ x.mT + (x @ x.mT)) / 2

@misconception("gram", "Too large.")
def large(x):
    return (x[:, None] * x[None]).sum(-1)
"""
TASKS = {"gram": 5, "Net": 2}


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    course = Course.make(
        tmp_path_factory.mktemp("course"),
        tasks=TASKS,
        public=PUBLIC,
        hidden=HIDDEN,
        reference=REFERENCE,
        misconceptions=MISCONCEPTIONS,
    )
    with course.judge() as judge:
        yield judge


def with_gram(body: str) -> str:
    return REFERENCE.replace("    return x @ x.mT\n", body)


def test_the_reference_passes(judge: Judge) -> None:
    assert judge.grade(REFERENCE).score == 7


def test_a_loop_is_named_though_it_is_another_loop(judge: Judge) -> None:
    products = "[torch.dot(x[i], x[j]) for j in range(len(x))]"
    rows = f"    return torch.stack([torch.stack({products}) for i in range(len(x))])\n"
    tests = by_test(judge.grade(with_gram(rows)))
    failed = tests["test_all"]
    assert failed.outcome is Outcome.FAILED
    assert failed.message.startswith(
        "uses 1,221 operations where at most 10 are allowed: a loop over elements?"
    )
    assert "most frequent: aten.select 800, aten.dot 400, aten.stack 21" in failed.message
    assert failed.misconception == "Two loops."
    assert tests["test_one_product"].message.startswith(
        "uses 400 operations of the kind matmul where at most 1 is allowed"
    )
    assert tests["test_largest"].outcome is tests["test_meta"].outcome is Outcome.PASSED


def test_a_loop_over_numbers_is_another_misconception(judge: Judge) -> None:
    rows = "[[sum(map(float.__mul__, a, b)) for b in r] for a in r]"
    rows = f"    r = x.tolist()\n    return x.new_tensor({rows})\n"
    tests = by_test(judge.grade(with_gram(rows)))
    assert tests["test_all"].misconception == "Out of torch."
    assert "values taken out of tensors (tolist, numpy): 80" in tests["test_all"].message
    assert "where at most 10 are allowed: a loop in Python or numpy?" in tests["test_all"].message
    assert tests["test_meta"].outcome is Outcome.FAILED
    assert tests["test_meta"].message.startswith("looks at the values of tensors")


def test_products_and_sizes_are_bounded(judge: Judge) -> None:
    tests = by_test(judge.grade(with_gram("    return (x @ x.mT) * 2 - x.matmul(x.t())\n")))
    assert tests["test_one_product"].misconception == "Two products."
    assert tests["test_all"].outcome is Outcome.PASSED
    tests = by_test(judge.grade(with_gram("    return torch.mul(x[None], x[:, None]).sum(2)\n")))
    assert tests["test_largest"].misconception == "Too large."
    assert (
        "makes a tensor of 1,600 elements on the way, where 800 are allowed" in tests["test_largest"].message
    )


def test_few_operations_and_a_wrong_value_fail(judge: Judge) -> None:
    tests = by_test(judge.grade(with_gram("    return x @ x.mT + 1\n")))
    assert tests["test_all"].message.startswith("wrong values")


def test_a_hidden_test_tells_no_counts(judge: Judge) -> None:
    tests = by_test(judge.grade(with_gram("    return torch.stack([x @ row for row in x])\n")))
    assert tests["test_hidden"].message == "a hidden test fails"


def test_a_forged_record_is_a_bad_reply(judge: Judge) -> None:
    forged = REFERENCE + (
        "import grader.worker.recording as r\n"
        "r.Recorder.record = lambda self: {'operations': {'ops': {'mm': -1}}, 'seen': []}\n"
    )
    tests = by_test(judge.grade(forged))
    assert {tests["test_all"].outcome, tests["test_traces"].outcome} == {Outcome.BAD_REPLY}


def test_set_up_that_is_the_students_own_counts(judge: Judge) -> None:
    slow = REFERENCE.replace("        return x @ self.w", "        return (x + 0 + 0 + 0) @ self.w")
    assert by_test(judge.grade(slow))["test_set_up"].outcome is Outcome.FAILED


BAD_BUDGETS = {
    "'ten', x": "numbers that are not negative",
    "-1, x": "numbers that are not negative",
    "True, x": "numbers that are not negative",
    "{}, x": "needs a budget",
    "{'matmuls': 1}, x": "'matmuls' is no operation of aten, and no group",
    "5, x, largest=0": "positive number",
}


def test_a_budget_that_means_nothing_is_the_authors_fault(tmp_path: Path) -> None:
    text = "".join(
        f'@pytest.mark.task("gram")\n@pytest.mark.points(1)\ndef test_{number}(ops_at_most, rand):\n'
        f'    x = rand(3, 4)\n    ops_at_most("gram", {budget})\n\n'
        for number, budget in enumerate(BAD_BUDGETS)
    )
    course = Course.make(tmp_path, tasks={"gram": len(BAD_BUDGETS)}, public=text, reference=REFERENCE)
    with course.judge() as judge:
        tests = judge.grade(REFERENCE).tests
    for test, said in zip(tests, BAD_BUDGETS.values(), strict=True):
        assert test.outcome is Outcome.FAULT
        assert said in test.message
