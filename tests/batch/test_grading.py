"""One command grades what is new, changed or unfinished, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.batch.gradebook import Gradebook
from grader.batch.grading import grade
from grader.model.errors import AuthoringError, UsageError
from grader.model.outcomes import Status
from tests.batch.courses import Course, Record, by_student
from tests.batch.fakes import Bench


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course.make(tmp_path)


def names(bench: Bench) -> list[str]:
    return sorted(bench.graded)


def test_a_run_has_a_row_for_each_submission_in_their_order(course: Course) -> None:
    course.hand_in(joe="score 4", jane="score 10", ann="pending")
    listener = Record()
    done = course.grade(Bench().start, listener)
    assert [row.key for row in done.rows] == ["ann", "jane", "joe"]
    assert by_student(done)["jane"].score == 10
    record = done.record
    assert record.counts == {"graded": 2, "pending": 1, "fault": 0, "rejected": 0}
    assert (record.submissions, record.graded_now, record.kept, record.exit_code) == (3, 3, 0, 0)
    assert (record.max_score, [task.id for task in record.tasks]) == (10, ["t"])
    assert record.isolation.level == 2
    (header,) = listener.headers
    assert (header.to_grade, header.workers, header.continued) == (3, 2, False)
    assert len(listener.results) == 3 and len(listener.readies) == 1


def test_the_same_command_again_grades_nothing(course: Course) -> None:
    course.hand_in(jane="score 10", joe="score 1")
    first = course.grade(Bench().start)
    again = Bench()
    second = course.grade(again.start)
    assert again.starts == []
    assert second.rows == first.rows
    assert (second.record.run, second.record.seed) == (first.record.run, first.record.seed)
    assert (second.record.kept, second.record.graded_now) == (2, 0)
    assert second.record.isolation == first.record.isolation


def test_only_what_is_new_or_changed_is_graded(course: Course) -> None:
    course.hand_in(jane="score 10", joe="score 1")
    course.grade(Bench().start)
    course.hand_in(joe="score 2", ann="score 3")
    again = Bench()
    done = course.grade(again.start)
    assert names(again) == ["ann", "joe"]
    assert {student: result.score for student, result in by_student(done).items()} == {
        "ann": 3,
        "jane": 10,
        "joe": 2,
    }


@pytest.mark.parametrize(
    "path",
    ["assignments/a1/test_hw.py", "solutions/a1/hw.py", "assignments/a1/probes.py", "solutions/shared.py"],
)
def test_a_change_of_tests_or_solution_grades_all_again(course: Course, path: str) -> None:
    course.hand_in(jane="score 10")
    course.grade(Bench().start)
    (course.root / path).write_text("changed = True\n")
    again = Bench()
    course.grade(again.start)
    assert names(again) == ["jane"]


@pytest.mark.parametrize(
    ("old", "new", "graded"),
    [
        ("points: 10", "points: 20", 1),
        ("course: A", "limits: {call_s: 9}\ncourse: A", 1),
        ("title: First", "title: Erster", 0),
        ("title: Second", "title: Zweiter", 0),
    ],
)
def test_only_configuration_that_matters_grades_again(
    course: Course, old: str, new: str, graded: int
) -> None:
    course.hand_in(jane="score 10")
    course.grade(Bench().start)
    file = course.root / "autograder.yml"
    file.write_text(file.read_text().replace(old, new))
    again = Bench()
    course.grade(again.start)
    assert len(again.graded) == graded


@pytest.mark.parametrize(
    "path", ["assignments/a1/README.md", "assignments/a1/expected.tape", "assignments/a2/test_x.py"]
)
def test_a_change_that_no_verdict_depends_on_grades_nothing(course: Course, path: str) -> None:
    course.hand_in(jane="score 10")
    course.grade(Bench().start)
    (course.root / path).parent.mkdir(exist_ok=True)
    (course.root / path).write_text("new")
    again = Bench()
    course.grade(again.start)
    assert again.graded == []


def test_a_fault_is_graded_again_with_the_same_seed(course: Course) -> None:
    course.hand_in(jane="score 10", joe="fault", ann="score 1")
    first = course.grade(Bench().start)
    assert first.record.exit_code == 1
    assert by_student(first)["joe"].score is None
    again = Bench()
    listener = Record()
    second = course.grade(again.start, listener)
    assert set(again.graded) == {"joe"}
    assert listener.headers[0].continued
    assert (second.record.run, second.record.seed) == (first.record.run, first.record.seed)


def test_pending_results_are_kept_by_the_same_command(course: Course) -> None:
    course.hand_in(jane="score 10", ann="pending")
    first = course.grade(Bench().start)
    again = Bench()
    second = course.grade(again.start)
    assert again.starts == [] and second.rows == first.rows
    assert second.record.counts["pending"] == 1 and second.record.exit_code == 0
    course.hand_in(joe="score 3")
    course.grade(again.start)
    assert names(again) == ["joe"]


def test_regrade_grades_all_in_a_run_of_its_own(course: Course) -> None:
    course.hand_in(jane="score 10", joe="score 1")
    first = course.grade(Bench().start)
    again = Bench()
    second = course.grade(again.start, regrade=True)
    assert names(again) == ["jane", "joe"]
    assert second.record.run != first.record.run
    assert second.record.seed != first.record.seed


def test_an_interrupted_regrade_goes_on_where_it_was(course: Course) -> None:
    course.hand_in(a="score 1", b="score 2", c="interrupt")
    first = course.grade(Bench().start, regrade=True, workers=1)
    assert first.record.interrupted
    course.hand_in(c="score 3")
    again = Bench()
    second = course.grade(again.start, regrade=True, workers=1)
    assert names(again) == ["c"]
    assert second.record.run == first.record.run
    last = Bench()
    course.grade(last.start, regrade=True)
    assert names(last) == ["a", "b", "c"]


def test_an_interruption_keeps_what_is_finished_and_the_seed(course: Course) -> None:
    course.hand_in(a="score 1", b="score 2", c="interrupt", d="score 4")
    first = course.grade(Bench().start, workers=1)
    assert first.record.exit_code == 130
    assert [row.key for row in first.rows] == ["a", "b"]
    course.hand_in(c="score 3")
    again = Bench()
    second = course.grade(again.start, workers=1)
    assert names(again) == ["c", "d"]
    assert (second.record.run, second.record.seed) == (first.record.run, first.record.seed)
    assert second.record.exit_code == 0


def test_an_authors_error_keeps_what_is_finished(course: Course) -> None:
    course.hand_in(a="score 1", b="refuse")
    with pytest.raises(AuthoringError):
        course.grade(Bench().start, workers=1)
    course.hand_in(b="score 2")
    again = Bench()
    course.grade(again.start)
    assert names(again) == ["b"]


def test_a_seed_that_is_given_is_used_and_only_its_results_are_kept(course: Course) -> None:
    course.hand_in(jane="score 10")
    first = Bench()
    done = course.grade(first.start, seed=5)
    assert first.starts[0].seed == done.record.seed == 5
    same, other, any_seed = Bench(), Bench(), Bench()
    course.grade(same.start, seed=5)
    course.grade(other.start, seed=6)
    course.grade(any_seed.start)
    assert (same.graded, other.graded, any_seed.graded) == ([], ["jane"], [])


def test_an_interrupted_run_is_not_continued_under_another_seed(course: Course) -> None:
    course.hand_in(a="score 1", b="interrupt")
    first = course.grade(Bench().start, workers=1, seed=5)
    course.hand_in(b="score 2")
    second = course.grade(Bench().start, workers=1, seed=6)
    assert second.record.run != first.record.run
    assert second.record.graded_now == 2


def test_drawn_seeds_differ_and_are_never_the_public_one(course: Course) -> None:
    course.hand_in(jane="score 10")
    seeds = {course.grade(Bench().start, regrade=True).record.seed for _ in range(5)}
    assert len(seeds) == 5 and 0 not in seeds
    assert all(0 < seed < 2**53 for seed in seeds)


def test_a_run_over_some_tests_is_not_mistaken_for_one_over_all(course: Course) -> None:
    course.hand_in(jane="score 10")
    course.grade(Bench().start, only=("public/t.py::test",))
    again = Bench()
    course.grade(again.start)
    assert names(again) == ["jane"]


def test_the_order_carries_what_was_asked_for(course: Course) -> None:
    course.hand_in(jane="score 10")
    bench = Bench()
    course.grade(bench.start, only=("x",), require_isolation=2)
    order = bench.starts[0]
    assert (order.root, order.assignment, order.only) == (str(course.root), "a1", ("x",))
    assert order.require_isolation == 2


def test_a_rejected_submission_is_in_the_gradebook_and_stops_nobody(course: Course) -> None:
    course.hand_in(jane="score 10")
    (course.folder / "mallory").symlink_to(course.root / "solutions")
    first = course.grade(Bench().start)
    rejected = by_student(first)["mallory"]
    assert (rejected.status, rejected.score, rejected.max_score) == (Status.REJECTED, None, 10)
    assert "symbolic link" in rejected.message
    assert (first.record.exit_code, first.record.counts["rejected"]) == (0, 1)
    assert first.record.isolation.level == 2, "what never ran says nothing of the confinement"
    again = Bench()
    assert course.grade(again.start).rows == first.rows and again.starts == []


def test_only_rejected_submissions_need_no_judge(course: Course) -> None:
    (course.folder / "mallory").symlink_to(course.root)
    bench = Bench()
    done = course.grade(bench.start)
    assert bench.starts == [] and done.record.isolation is None
    assert done.rows[0].result.status is Status.REJECTED


def test_students_of_the_same_name_have_rows_of_their_own(course: Course) -> None:
    course.hand_in(jane="score 1")
    other = course.root / "evening" / "jane"
    other.mkdir(parents=True)
    (other / "hw.py").write_text("score 9")
    request = replace(course.request(), paths=[course.folder, other.parent])
    done = grade(request, start=Bench().start, listener=Record())
    assert [(row.result.student, row.result.score) for row in done.rows] == [("jane", 1), ("jane", 9)]
    assert done.rows[0].key != done.rows[1].key


def test_no_submission_opens_no_gradebook(course: Course) -> None:
    with pytest.raises(UsageError):
        course.grade(Bench().start)
    assert not Path(course.gradebook).exists()


def test_a_run_that_goes_on_elsewhere_is_left_alone(course: Course) -> None:
    course.hand_in(a="score 1", b="score 2")

    class Second(Record):
        """Starts a second run while the first one is at work."""

        def graded(self, result) -> None:
            super().graded(result)
            if len(self.results) == 1:
                self.inner = course.grade(Bench().start, workers=1)

    outer = Second()
    first = course.grade(Bench().start, outer, workers=1)
    assert outer.inner.record.run != first.record.run
    assert outer.inner.record.kept == 1
    assert (
        [row.result.score for row in first.rows] == [1, 2] == [row.result.score for row in outer.inner.rows]
    )


def test_every_result_is_kept_before_anybody_is_told(course: Course) -> None:
    course.hand_in(a="score 1", b="score 2", c="score 3")

    class Looks(Record):
        def graded(self, result) -> None:
            book = Gradebook.open(course.gradebook)
            assert book.result(result.run, result.student) == result
            book.close()
            super().graded(result)

    listener = Looks()
    course.grade(Bench().start, listener)
    assert len(listener.results) == 3


def test_results_that_no_judge_made_tell_the_courses_limits_too(course: Course) -> None:
    file = course.root / "autograder.yml"
    file.write_text("limits: {call_s: 9}\n" + file.read_text())
    course.hand_in(joe="die")
    (course.folder / "mallory").symlink_to(course.root)
    assert {row.result.limits.call_s for row in course.grade(Bench().start).rows} == {9}


def test_results_below_the_demanded_isolation_are_graded_again(course: Course) -> None:
    course.hand_in(jane="score 10")
    (course.folder / "mallory").symlink_to(course.root)
    course.grade(Bench().start)  # at level 2
    enough, more = Bench(), Bench()
    course.grade(enough.start, require_isolation=2)
    course.grade(more.start, require_isolation=3)
    assert (enough.graded, more.graded) == ([], ["jane"])
