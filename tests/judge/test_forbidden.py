"""The `forbid` marker: what fails, what does not, what is said, and what an author gets wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.judge.forbidden import reached
from grader.model.errors import AuthoringError
from grader.model.outcomes import Outcome
from grader.sandbox.probes import probe
from tests.judge.course import Course, Judge, by_test

pytestmark = pytest.mark.skipif(not probe().linux, reason="workers are confined on Linux only")

REFERENCE = """
import torch
import torch.nn.functional as F

def soft(x):
    e = torch.exp(x - x.amax(-1, keepdim=True))
    return e / e.sum(-1, keepdim=True)

def other(x):
    return F.softmax(x, -1)
"""
PUBLIC = """
pytestmark = pytest.mark.forbid("torch.nn.LSTM")

@pytest.mark.task("soft")
@pytest.mark.points(1)
@pytest.mark.forbid("torch.softmax")
def test_soft(agree, rand):
    agree("soft", rand(3, 4))

@pytest.mark.task("soft")
@pytest.mark.points(1)
def test_free(agree, rand):
    agree("soft", rand(3, 4))

@pytest.mark.task("other")
@pytest.mark.points(1)
def test_other(agree, rand):
    agree("other", rand(3, 4))
"""
MISCONCEPTIONS = """
import torch
from grader import misconception

@misconception("soft", "The ready-made one.")
def ready(x):
    return torch.softmax(x, dim=-1)
"""
TASKS = {"soft": 2, "other": 1}


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    course = Course.make(
        tmp_path_factory.mktemp("course"),
        tasks=TASKS,
        public=PUBLIC,
        reference=REFERENCE,
        misconceptions=MISCONCEPTIONS,
    )
    with course.judge() as judge:
        yield judge


def with_soft(body: str, before: str = "") -> str:
    start, _, rest = REFERENCE.partition("def soft(x):")
    return f"{start}{before}\ndef soft(x):\n    {body}\n\ndef other(x):{rest.partition('def other(x):')[2]}"


def test_another_task_may_use_it(judge: Judge) -> None:
    assert judge.grade(REFERENCE).score == 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "return F.softmax(x, -1)",
            "hw.py, line 7, uses torch.nn.functional.softmax, which this task forbids",
        ),
        ("return x.softmax(-1)", "your code calls torch.softmax, which this task forbids"),
        ("return other(x)", "hw.py, line 10, uses torch.nn.functional.softmax, which this task forbids"),
        ("return torch.ops.aten.softmax(x, -1)", "uses torch.ops.aten.softmax"),
        ("return getattr(torch, 'xamtfos'[::-1])(x, -1)", "your code calls torch.softmax"),
        ("n = torch.nn.LSTM(2, 3)\n    return torch.exp(x - x.logsumexp(-1, keepdim=True))", "torch.nn.LSTM"),
    ],
)
def test_the_message_says_which_signal_fired(judge: Judge, body: str, said: str) -> None:
    tests = by_test(judge.grade(with_soft(body)))
    assert tests["test_soft"].outcome is Outcome.FAILED
    assert said in tests["test_soft"].message
    assert tests["test_free"].outcome is (Outcome.FAILED if "LSTM" in body else Outcome.PASSED)
    assert tests["test_other"].outcome is Outcome.PASSED


def test_the_ready_made_call_is_named(judge: Judge) -> None:
    tests = by_test(judge.grade(with_soft("return eval('torch.soft' + 'max')(x, -1)")))
    assert tests["test_soft"].misconception == "The ready-made one."


def test_a_wrong_value_comes_first(judge: Judge) -> None:
    tests = by_test(judge.grade(with_soft("return 2 * F.softmax(x, -1)")))
    assert tests["test_soft"].message.startswith("wrong values")


def test_source_that_the_parser_cannot_take_is_no_pass(judge: Judge) -> None:
    deep = "\nodd = " + "+".join(["1"] * 3_000) + "\n"
    tests = by_test(judge.grade(REFERENCE + deep))
    assert tests["test_soft"].outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.MISSING)
    assert tests["test_soft"].outcome is not Outcome.FAULT


def test_a_survey_does_not_run_the_file(judge: Judge) -> None:
    """The source is read where none of it runs: patching the parser at import changes nothing."""
    patched = with_soft(
        "return F.softmax(x, -1)",
        "import ast\nast.parse = None\nimport grader.worker.sources as s\ns.survey = lambda *a: {}\n",
    )
    assert "uses torch.nn.functional.softmax" in by_test(judge.grade(patched))["test_soft"].message


def test_reached_follows_definitions_in_circles() -> None:
    uses = {"hw.a": [(1, "hw.b.x")], "hw.b": [(2, "hw.a"), (3, "torch.relu")], "hw.c": [(4, "hw.a")]}
    assert reached(uses, ["hw.a", "hw.absent"]) == ["hw.a", "hw.b"]


BAD_MARKERS = {
    "forbid()": "forbid(...) needs one or more names",
    "forbid(3)": "forbid(...) needs one or more names",
    "forbid(name='torch.relu')": "forbid(...) needs one or more names",
    "forbid('torch.nn.LSMT')": "forbid('torch.nn.LSMT'): there is no such name in torch",
    "forbid('numpy.dot')": "forbid('numpy.dot'): there is no such name in torch",
}


def test_bad_arguments_name_test_and_line(tmp_path: Path) -> None:
    text = "".join(
        f"@pytest.mark.task('soft')\n@pytest.mark.points(1)\n@pytest.mark.{marker}\n"
        f"def test_{number}(agree):\n    pass\n\n"
        for number, marker in enumerate(BAD_MARKERS)
    )
    course = Course.make(tmp_path, tasks={"soft": 5}, public=text, reference=REFERENCE)
    with pytest.raises(AuthoringError) as caught, course.judge():
        pass
    problems = str(caught.value).splitlines()
    for number, (problem, said) in enumerate(zip(problems, BAD_MARKERS.values(), strict=True)):
        assert problem.startswith(f"test_hw.py:{4 + 6 * number}: test_{number}: ")
        assert said in problem
