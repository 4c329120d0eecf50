"""`--pending` completes just what is pending, and leaves the rest of a result as it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch.completing import merged
from grader.batch.gradebook import Gradebook
from grader.model.errors import UsageError
from grader.model.orders import Order, Submission
from grader.model.outcomes import Outcome, Status, Visibility
from grader.model.results import Isolation, Result, SubmissionInfo, TestResult, score_of, status_of
from tests.batch.courses import Course, Record, by_student
from tests.batch.fakes import FAKE_ENVIRONMENT, Bench, InstantJudge, fake_result

CPU, GPU, NOISY = "public/t.py::test[cpu]", "public/t.py::test[cuda]", "hidden/t.py::test_fast"
POINTS = {CPU: 6.0, GPU: 3.0, NOISY: 1.0}


@dataclass
class Machine(Bench):
    """Judges of a machine where some tests can run; what a submission says becomes their outcome."""

    can: tuple[str, ...] = (CPU,)
    level: int = 2
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def start(self, order: Order) -> InstantJudge:
        self.starts.append(order)
        self.judges.append(_Judge(self, order, dies=False))
        return self.judges[-1]


class _Judge(InstantJudge):
    def submit(self, submission: Submission) -> None:
        machine: Machine = self._bench
        text = submission.files["hw.py"].decode().strip()
        machine.asked.append((submission.student, submission.only))
        if (text == "interrupt-gpu" and GPU in machine.can) or text == "die":
            super().submit(replace(submission, files={"hw.py": text.partition("-")[0].encode()}))
            return
        tests = tuple(
            _test(name, text, machine, self._order.seed)
            for name in POINTS
            if not submission.only or name in submission.only
        )
        self._say(
            replace(
                fake_result(self._order, submission),
                tests=tests,
                status=status_of(tests),
                score=score_of(tests),
                pending_points=sum(one.max_points for one in tests if one.outcome is Outcome.PENDING),
                isolation=Isolation(level=machine.level),
                environment=replace(FAKE_ENVIRONMENT, gpu="a GPU" if GPU in machine.can else None),
                message=next((one.message for one in tests if one.outcome is Outcome.FAULT), ""),
                seconds=1.0,
                task_points={"t": sum(one.points for one in tests)},
            )
        )


def _test(name: str, text: str, machine: Machine, seed: int) -> TestResult:
    outcome = Outcome.PASSED if text == "right" or name == CPU else Outcome.FAILED
    if text == "fault-gpu" and name == GPU:
        outcome = Outcome.FAULT
    if name not in machine.can:
        outcome = Outcome.PENDING
    return TestResult(
        id=name, title=name, task="t", max_points=POINTS[name], outcome=outcome,
        points=POINTS[name] if outcome is Outcome.PASSED else 0.0, visibility=Visibility.PUBLIC,
        message=f"{outcome.value} here", seed=None if outcome is Outcome.PENDING else seed,
    )  # fmt: skip


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course.make(tmp_path)


def plain() -> Machine:
    return Machine()


def with_gpu(**options: object) -> Machine:
    return Machine(can=(CPU, GPU), **options)


def test_only_pending_tests_run_and_the_rest_stays(course: Course) -> None:
    course.hand_in(jane="right", joe="wrong")
    first = course.grade(plain().start)
    gpu, listener = with_gpu(level=1), Record()
    second = course.grade(gpu.start, listener, pending=True)
    assert sorted(gpu.asked) == [("jane", (GPU, NOISY)), ("joe", (GPU, NOISY))]
    before, after = by_student(first)["jane"], by_student(second)["jane"]
    assert (before.score, before.pending_points) == (6, 4)
    assert (after.score, after.pending_points, after.status) == (9, 1, Status.PENDING)
    assert after.task_points == {"t": 9}
    assert after.tests[0] == before.tests[0], "its outcome, points, message and seed"
    assert after.tests[1].outcome is Outcome.PASSED and after.tests[1].seed == before.tests[0].seed
    assert after.tests[2].outcome is Outcome.PENDING
    assert by_student(second)["joe"].score == 6
    assert gpu.starts[0].seed == first.record.seed == second.record.seed
    assert listener.headers[0].continued and len(listener.results) == 2


def test_where_it_was_completed_is_recorded_beside_the_first_environment(course: Course) -> None:
    course.hand_in(jane="right")
    course.grade(plain().start)
    result = by_student(course.grade(with_gpu(level=1).start, pending=True))["jane"]
    assert result.environment.gpu is None
    (done,) = result.completed
    assert (done.tests, done.environment.gpu, done.isolation.level) == ((GPU,), "a GPU", 1)
    assert result.isolation.level == 1, "the weakest that any of its tests ran under"
    result = by_student(course.grade(Machine(can=(NOISY,)).start, pending=True))["jane"]
    assert [one.tests for one in result.completed] == [(GPU,), (NOISY,)]
    assert (result.status, result.score, result.pending_points) == (Status.GRADED, 10, 0)


def test_a_completed_result_is_kept_by_every_later_command(course: Course) -> None:
    course.hand_in(jane="right")
    course.grade(plain().start)
    done = course.grade(Machine(can=(GPU, NOISY)).start, pending=True)
    for pending in (False, True):
        again = plain()
        assert course.grade(again.start, pending=pending).rows == done.rows
        assert again.starts == []


def test_without_what_is_needed_everything_stays_as_it_was(course: Course) -> None:
    course.hand_in(jane="right")
    first = course.grade(plain().start)
    assert course.grade(plain().start, pending=True).rows == first.rows


@pytest.mark.parametrize("changed", ["submission", "tests"])
def test_what_has_changed_since_is_told_and_not_merged(course: Course, changed: str) -> None:
    course.hand_in(jane="right", joe="right")
    course.grade(plain().start)
    if changed == "submission":
        course.hand_in(jane="wrong", ann="right")
        done = course.grade(with_gpu().start, pending=True)
        assert any("jane" in note and "changed" in note for note in done.record.notes)
        assert any("ann" in note and "not graded yet" in note for note in done.record.notes)
        assert [row.result.student for row in done.rows] == ["joe"]
    else:
        (course.root / "assignments" / "a1" / "test_hw.py").write_text("# another\n")
        machine = with_gpu()
        with pytest.raises(UsageError, match="without --pending"):
            course.grade(machine.start, pending=True)
        assert machine.starts == []


def test_a_fault_takes_no_score_away_and_is_told(course: Course) -> None:
    course.hand_in(jane="fault-gpu", joe="right")
    course.grade(plain().start)
    gpu = with_gpu()
    done = course.grade(gpu.start, pending=True)
    jane = by_student(done)["jane"]
    assert (jane.score, jane.status, jane.tests[1].outcome) == (6, Status.PENDING, Outcome.PENDING)
    assert "fault" in jane.tests[1].message
    assert [student for student, _ in gpu.asked].count("jane") == 3, "retried in fresh judges"
    assert by_student(done)["joe"].score == 9
    assert done.record.exit_code == 1
    assert any("jane" in note for note in done.record.notes)


def test_what_waits_without_points_is_completed_too_and_leaves_the_result_graded(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (GPU, NOISY):
        monkeypatch.setitem(POINTS, name, 0.0)
    course.hand_in(jane="right")
    before = by_student(course.grade(plain().start))["jane"]
    assert (before.status, before.score, before.pending_points) == (Status.GRADED, 6, 0)
    gpu = with_gpu()
    after = by_student(course.grade(gpu.start, pending=True))["jane"]
    assert gpu.asked == [("jane", (GPU, NOISY))]
    assert after.tests[1].outcome is Outcome.PASSED and after.status is Status.GRADED


def test_a_judge_that_dies_leaves_the_result_as_it_was(course: Course) -> None:
    course.hand_in(jane="right")
    first = course.grade(plain().start)

    class Dying(Machine):
        def start(self, order: Order) -> InstantJudge:
            judge = super().start(order)
            # A stub's method replaced on one instance: mypy has no other word for it.
            judge.submit = lambda submission: InstantJudge.submit(  # type: ignore[method-assign]
                judge, replace(submission, files={"hw.py": b"die"})
            )
            return judge

    done = course.grade(Dying().start, pending=True)
    assert done.rows == first.rows and done.record.exit_code == 1


def test_an_interrupted_completion_goes_on_with_the_rest(course: Course) -> None:
    course.hand_in(a="right", b="interrupt-gpu", c="right")
    first = course.grade(plain().start, workers=1)
    halfway = course.grade(with_gpu().start, pending=True, workers=1)
    assert halfway.record.exit_code == 130
    assert {name: one.score for name, one in by_student(halfway).items()} == {"a": 9, "b": 6, "c": 6}

    class Well(Machine):
        """The same machine, on which nobody presses Ctrl-C."""

    rest = Well(can=(NOISY,))
    done = course.grade(rest.start, pending=True, workers=1)
    assert [student for student, _ in rest.asked] == ["a", "b", "c"]
    assert dict(rest.asked)["a"] == (NOISY,)
    assert done.record.run == first.record.run and done.record.exit_code == 0


def test_results_of_several_runs_are_completed_under_their_own_seeds(course: Course) -> None:
    course.hand_in(jane="right")
    first = course.grade(plain().start)
    course.hand_in(joe="right")
    second = course.grade(plain().start)
    assert first.record.run != second.record.run
    gpu, listener = with_gpu(), Record()
    done = course.grade(gpu.start, listener, pending=True)
    assert {order.seed for order in gpu.starts} == {first.record.seed, second.record.seed}
    assert [row.result.score for row in done.rows] == [9, 9]
    assert [row.result.run for row in done.rows] == [first.record.run, second.record.run]
    assert len(listener.readies) == 1


def test_two_at_once_never_complete_a_result_twice(course: Course) -> None:
    course.hand_in(jane="right", joe="right")
    course.grade(plain().start)

    class Second(Record):
        """Starts a second completion while the first one is at work."""

        inner = None

        def graded(self, result: Result) -> None:
            super().graded(result)
            if self.inner is None:
                self.machine = with_gpu()
                self.inner = course.grade(self.machine.start, pending=True)

    listener = Second()
    course.grade(with_gpu().start, listener, pending=True, workers=1)
    assert listener.machine.asked == []
    assert any("being graded now" in note for note in listener.inner.record.notes)


def test_a_result_that_changed_meanwhile_is_merged_into_not_written_over(course: Course) -> None:
    course.hand_in(jane="right")
    first = course.grade(plain().start)
    book, other = Gradebook.open(course.gradebook), Gradebook.open(course.gradebook)
    run, calls = first.record.run, []
    parts = {name: replace(_test(name, "right", Machine(can=(name,)), 1)) for name in (GPU, NOISY)}

    def complete(name: str, before: Result) -> Result:
        return merged(before, replace(before, tests=(parts[name],)), "now")

    def slowly(before: Result) -> Result:
        calls.append(before)
        if len(calls) == 1:  # another process is faster
            other.change(run, "jane", stored="2", by=lambda now: complete(NOISY, now))
        return complete(GPU, before)

    after = book.change(run, "jane", stored="3", by=slowly)
    assert len(calls) == 2 and after.score == 10
    assert [one.tests for one in after.completed] == [(NOISY,), (GPU,)]
    assert book.result(run, "jane") == after
    book.close()
    other.close()


OUTCOMES = st.sampled_from([Outcome.PASSED, Outcome.FAILED, Outcome.PENDING, Outcome.FAULT])
NAMES = [f"public/t.py::test[{number}]" for number in range(5)]


def made(outcomes: dict[str, Outcome]) -> Result:
    tests = tuple(
        TestResult(
            id=name, title=name, task="t", max_points=2.0, outcome=outcome, visibility=Visibility.PUBLIC,
            points=2.0 if outcome is Outcome.PASSED else 0.0,
        )
        for name, outcome in outcomes.items()
    )  # fmt: skip
    return Result(
        run="r", assignment="a", student="s", submission=SubmissionInfo(path="p", digest="d"),
        status=status_of(tests), score=score_of(tests), max_score=10.0, tests=tests,
        isolation=Isolation(level=3), environment=FAKE_ENVIRONMENT, task_points={"t": 0.0},
    )  # fmt: skip


@given(
    st.fixed_dictionaries({name: OUTCOMES.filter(lambda one: one is not Outcome.FAULT) for name in NAMES}),
    st.dictionaries(st.sampled_from(NAMES), OUTCOMES),
)
def test_merging_only_ever_settles_pending_tests(then: dict[str, Outcome], now: dict[str, Outcome]) -> None:
    before, new = made(then), made(now)
    after = merged(before, new, "now")
    for old, one in zip(before.tests, after.tests, strict=True):
        if old.outcome is not Outcome.PENDING:
            assert one == old
        elif now.get(old.id) in (Outcome.PASSED, Outcome.FAILED):
            assert one.outcome is now[old.id]
        else:
            assert (one.id, one.outcome, one.points) == (old.id, Outcome.PENDING, 0)
    assert after.score == sum(one.points for one in after.tests) >= before.score
    waiting = sum(one.max_points for one in after.tests if one.outcome is Outcome.PENDING)
    assert after.completed == () or after.pending_points == waiting
    assert (after.status is Status.PENDING) == bool(waiting)
    again = merged(after, new, "later")
    assert again == after, "a second time nothing is left to settle"


def test_nothing_to_complete_is_said(course: Course) -> None:
    course.hand_in(jane="right")
    with pytest.raises(UsageError, match="without --pending first"):
        course.grade(plain().start, pending=True)


def test_a_pending_test_that_met_a_fault_may_pass_later() -> None:
    pending = _test(GPU, "right", plain(), 1)
    before = Result(
        run="r", assignment="a", student="s", submission=None, status=Status.PENDING, score=0.0, max_score=3,
        tests=(pending,), isolation=Isolation(level=3), environment=FAKE_ENVIRONMENT, task_points={"t": 0.0},
    )  # fmt: skip
    fault = replace(before, tests=(replace(pending, outcome=Outcome.FAULT, message="no driver"),))
    still = merged(before, fault, "now")
    assert "no driver" in still.tests[0].message and still.completed == ()
    passed = replace(before, tests=(_test(GPU, "right", with_gpu(), 1),))
    assert merged(still, passed, "now").score == 3
