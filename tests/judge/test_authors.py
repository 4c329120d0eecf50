"""What an author did wrong is said before any submission is graded, all at once, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.judge.opening import open_judge
from grader.judge.process import JudgeProcess
from grader.model.errors import AuthoringError, GraderError
from grader.model.orders import Order
from grader.model.outcomes import Outcome, Status
from tests.judge.course import Course, by_test


def refusal(course: Course) -> str:
    process = JudgeProcess.start(Order(root=str(course.root), assignment="a1", run="r", seed=1))
    try:
        with pytest.raises(GraderError) as error:
            process.receive(60)
    finally:
        process.close()
    assert isinstance(error.value, AuthoringError)
    return str(error.value)


def test_mistakes_in_markers_and_probes_are_reported_all_at_once_with_their_lines(tmp_path: Path) -> None:
    public = """
TABLE = torch.zeros(2)

def uses_table(submission):
    return submission.f(TABLE)

def asserts(submission):
    assert submission.f(1) == 2

@pytest.mark.task("g")
@pytest.mark.points("many")
def test_one(agree):
    agree("f", 1)

@pytest.mark.task("f")
@pytest.mark.slow
@pytest.mark.limits(seconds=float("inf"), minutes=3)
@pytest.mark.trivial("twos", "why")
def test_two(agree):
    agree("f", 1)

def test_three():
    pass
"""
    course = Course.make(
        tmp_path,
        tasks={"f": 1},
        public=public,
        reference="def f(x): return x",
        probes="def shared(submission):\n    assert submission.f(1)\n",
    )
    said = refusal(course)
    for expected in [
        "probes.py:2: the probe shared has an assert",
        "test_hw.py:7: the probe uses_table uses `TABLE`: a Tensor at module level; pass it as an argument",
        "test_hw.py:11: the probe asserts has an assert",
        "test_one: task('g') is not in autograder.yml (there: f)",
        "test_one: points('many',) needs one number",
        "test_two: unknown marker `slow`",
        "test_two: limits(minutes=...) is unknown",
        "test_two: limits(seconds=inf) needs a number",
        "test_two: trivial('twos', 'why') needs one of",
        "test_three: has no `task` marker",
    ]:
        assert expected in said, said
    assert "test_hw.py:13: test_one" in said


def test_a_test_in_a_folder_within_and_broken_probes_are_told(tmp_path: Path) -> None:
    course = Course.make(tmp_path, tasks={"f": 1}, reference="", probes="1 / 0\n")
    within = tmp_path / "assignments" / "a1" / "more"
    within.mkdir()
    (within / "test_in.py").write_text("def test_in(): pass\n")
    said = refusal(course)
    assert "probes.py cannot be imported: ZeroDivisionError: division by zero" in said


def test_an_authors_fault_is_never_a_zero(tmp_path: Path) -> None:
    public = """
pytestmark = pytest.mark.task("f")

@pytest.mark.points(1)
def test_before(agree, rand):
    agree("f", rand(3, dtype=torch.int64))

@pytest.mark.points(1)
def test_after(student):
    value = student.call("f", 1)
    value + "text"

@pytest.mark.points(1)
def test_good(agree):
    agree("f", 1)

@pytest.mark.points(1)
def test_reference_loops(agree):
    agree("loops")
"""
    course = Course.make(
        tmp_path,
        tasks={"f": 4},
        public=public,
        reference="def f(x): return x\ndef loops():\n    while True: pass\n",
        limits="{call_s: 0.5}",
    )
    with course.judge() as judge:
        result = judge.grade("def f(x): return x\ndef loops(): return 1\n")
    tests = by_test(result)
    assert (result.status, result.score) == (Status.FAULT, None)
    assert tests["test_good"].outcome is Outcome.PASSED
    for name in ("test_before", "test_after", "test_reference_loops"):
        assert tests[name].outcome is Outcome.FAULT, tests[name]
    assert "rand of torch.int64 needs low and high" in tests["test_before"].message
    assert "fails for the reference too" in tests["test_after"].message


def test_probes_that_cannot_work_are_the_authors_fault_and_never_a_pass(tmp_path: Path) -> None:
    public = """
data = torch.zeros(2)
pytestmark = pytest.mark.task("f")

def reads_an_attribute_of_the_same_name(submission):
    return submission.f(torch.ones(2)).data

def imports_what_is_not_there(submission):
    import helper_beside_the_test
    return 1

@pytest.mark.points(1)
def test_attribute(agree):
    agree(reads_an_attribute_of_the_same_name)

@pytest.mark.points(1)
def test_import(agree):
    agree(imports_what_is_not_there)

@pytest.mark.points(1)
def test_inline(agree):
    agree(lambda submission: submission.f(1))
"""
    course = Course.make(tmp_path, tasks={"f": 3}, public=public, reference="def f(x): return x\n")
    with course.judge() as judge:
        tests = by_test(judge.grade("def f(x): return x\n"))
    assert tests["test_attribute"].outcome is Outcome.PASSED
    assert tests["test_import"].outcome is Outcome.FAULT
    assert "the reference cannot import" in tests["test_import"].message
    assert tests["test_inline"].outcome is Outcome.FAULT
    assert "a probe must stand at the top level of its file" in tests["test_inline"].message


def test_a_missing_reference_is_told_by_its_path(tmp_path: Path) -> None:
    course = Course.make(tmp_path, tasks={"f": 1}, reference="")
    (tmp_path / "solutions" / "a1" / "hw.py").unlink()
    assert "there is no solutions/a1/hw.py" in refusal(course)


def test_two_courses_with_files_of_one_name_do_not_mix_in_one_process(tmp_path: Path) -> None:
    seen = []
    for name in ("one", "other"):
        test = f'@pytest.mark.task("f")\n@pytest.mark.points(1)\ndef test_{name}(agree):\n    agree("f")\n'
        course = Course.make(
            tmp_path / name, tasks={"f": 1}, public=test, reference="def f():\n    return 1\n"
        )
        order = Order(root=str(course.root), assignment="a1", run="r", seed=1)
        open_judge(order, lambda judge: seen.extend(spec.id for spec in judge.session.specs))
    assert seen == ["public/test_hw.py::test_one", "public/test_hw.py::test_other"]


TWO_TASKS = """
@pytest.mark.task("f")
@pytest.mark.points(1)
def test_small(agree):
    agree("f")

@pytest.mark.task("g")
@pytest.mark.points(1)
def test_large(agree):
    agree("g")
"""


def chosen(course: Course, *only: str) -> list[str]:
    found: list[str] = []
    order = Order(root=str(course.root), assignment="a1", run="r", seed=1, only=only)
    open_judge(order, lambda judge: found.extend(spec.id for spec in judge.session.specs))
    return found


@pytest.fixture
def two_tasks(tmp_path: Path) -> Course:
    reference = "def f():\n    return 1\ndef g():\n    return 2\n"
    return Course.make(tmp_path, tasks={"f": 1, "g": 1}, public=TWO_TASKS, reference=reference)


@pytest.mark.parametrize("wanted", ["g", "test_large", "::test_l"])
def test_some_tests_are_chosen_by_their_task_or_a_part_of_their_id(two_tasks: Course, wanted: str) -> None:
    assert chosen(two_tasks, wanted) == ["public/test_hw.py::test_large"]


def test_a_choice_that_no_test_matches_is_told_with_what_comes_near(two_tasks: Course) -> None:
    with pytest.raises(AuthoringError) as told:
        chosen(two_tasks, "test_lrage")
    said = (
        "no test matches test_lrage: give a task, or a part of a test's id, such as public/test_hw.py::test_l"
    )
    assert str(told.value).startswith(said)
