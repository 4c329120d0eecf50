"""Submissions are handed out one at a time, and a judge's death costs no student anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from grader.batch.schedule import Job, Patience, Scheduler
from grader.model.errors import AuthoringError, GradebookError, HarnessFault
from grader.model.orders import Order, Ready, Submission
from grader.model.outcomes import Status
from grader.model.results import Result
from tests.batch.fakes import READY, Bench

ORDER = Order(root="/course", assignment="a1", run="r", seed=7)


@dataclass
class Seen:
    readies: list[Ready] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)

    def ready(self, ready: Ready) -> None:
        self.readies.append(ready)

    def graded(self, job: Job, result: Result) -> None:
        assert job.key not in self.results, "a result came twice"
        self.results[job.key] = result


def jobs(*texts: str) -> list[Job]:
    return [
        Job(
            key=f"s{number}",
            submission=Submission(
                student=f"s{number}",
                path=f"/class/s{number}",
                digest=str(number),
                files={"hw.py": text.encode()},
            ),
        )
        for number, text in enumerate(texts)
    ]


def run(bench: Bench, work: Sequence[Job], workers: int = 2, **settings: object) -> Seen:
    seen = Seen()
    Scheduler(order=ORDER, start=bench.start, watch=seen, workers=workers, **settings).run(work)
    assert bench.all_gone
    return seen


def test_all_are_graded_once() -> None:
    bench = Bench()
    seen = run(bench, jobs(*["score 5"] * 40), workers=4)
    assert len(seen.results) == 40
    assert sorted(bench.graded) == sorted(seen.results)
    assert len(bench.starts) == 4
    assert seen.readies == [READY]


def test_no_more_judges_than_submissions() -> None:
    bench = Bench()
    run(bench, jobs("score 1", "score 2"), workers=16)
    assert len(bench.starts) == 2


def test_nothing_to_do_starts_no_judge() -> None:
    bench = Bench()
    assert run(bench, []).results == {}
    assert bench.starts == []


def test_a_judges_death_is_survived_by_its_submission(tmp_path) -> None:
    bench = Bench()
    seen = run(bench, jobs("score 1", f"die-first {tmp_path / 'died'}", "score 3"))
    assert {key: result.status for key, result in seen.results.items()} == {
        "s0": Status.GRADED,
        "s1": Status.GRADED,
        "s2": Status.GRADED,
    }
    assert bench.graded.count("s1") == 2


def test_a_submission_that_always_kills_its_judge_is_a_fault_after_three_attempts() -> None:
    bench = Bench()
    seen = run(bench, jobs("score 1", "die", "score 3"))
    fault = seen.results["s1"]
    assert (fault.status, fault.score, fault.run, fault.student) == (Status.FAULT, None, "r", "s1")
    assert "3 times" in fault.message and "signal 9" in fault.message
    assert bench.graded.count("s1") == 3
    assert seen.results["s0"].score == 1 and seen.results["s2"].score == 3


def test_each_retry_gets_a_judge_that_has_served_nobody() -> None:
    bench = Bench()
    run(bench, jobs("score 1", "score 1", "die", "score 1", "die", "score 1"), workers=1)
    assert len(bench.starts) == 1 + 3 + 3, "one for the first, one after each death"


def test_a_reported_fault_is_tried_in_new_judges_and_then_recorded() -> None:
    bench = Bench()
    seen = run(bench, jobs("fault", "score 2"), workers=1)
    assert bench.graded.count("s0") == 3
    assert seen.results["s0"].status is Status.FAULT
    assert seen.results["s0"].tests, "the judge's own account is kept"
    assert seen.results["s1"].score == 2


def test_faults_of_all_submissions_do_not_restart_a_judge_for_each() -> None:
    bench = Bench()
    seen = run(bench, jobs(*["fault"] * 20), workers=1)
    assert [result.status for result in seen.results.values()] == [Status.FAULT] * 20
    assert len(bench.graded) == 3 * 3 + 17


def test_an_answer_for_another_submission_is_never_recorded() -> None:
    seen = run(Bench(), jobs("mixed", "score 2"))
    assert seen.results["s0"].status is Status.FAULT
    assert seen.results["s0"].student == "s0"


def test_a_submission_that_cannot_be_handed_over_is_tried_again() -> None:
    bench = Bench()
    assert run(bench, jobs("submit-fails")).results["s0"].status is Status.FAULT
    assert len(bench.starts) == 3


def test_a_judge_that_does_not_start_is_replaced() -> None:
    bench = Bench(start_fails=lambda number: number in (0, 2), never_ready=lambda number: number == 1)
    assert len(run(bench, jobs(*["score 1"] * 5)).results) == 5


@pytest.mark.parametrize("how", ["start_fails", "never_ready"])
def test_a_machine_that_starts_no_judge_ends_the_run(how: str) -> None:
    bench = Bench(**{how: lambda number: True})
    with pytest.raises(HarnessFault, match="No judge could be started"):
        run(bench, jobs("score 1"))
    assert bench.all_gone
    assert len(bench.starts) <= 6


def test_judges_that_stop_starting_in_mid_run_end_it_once_nothing_works() -> None:
    bench = Bench(start_fails=lambda number: number > 0)
    seen = Seen()
    work = jobs("score 1", "score 2", "die")
    with pytest.raises(HarnessFault, match="No judge could be started"):
        Scheduler(order=ORDER, start=bench.start, watch=seen, workers=1).run(work)
    assert set(seen.results) == {"s0", "s1"}


def test_an_authors_error_ends_the_run_and_leaves_no_judge() -> None:
    bench = Bench()
    with pytest.raises(AuthoringError, match="the reference raises"):
        run(bench, jobs("refuse", "score 1"))
    assert bench.all_gone


def test_an_interruption_leaves_no_judge() -> None:
    bench = Bench()
    with pytest.raises(KeyboardInterrupt):
        run(bench, jobs("score 1", "interrupt", "score 1"))
    assert bench.all_gone


def test_a_gradebook_that_fails_ends_the_run() -> None:
    class Broken(Seen):
        def graded(self, job: Job, result: Result) -> None:
            raise GradebookError("disk full")

    bench = Bench()
    with pytest.raises(GradebookError):
        Scheduler(order=ORDER, start=bench.start, watch=Broken(), workers=2).run(jobs("score 1"))
    assert bench.all_gone


def test_a_silent_judge_counts_as_dead() -> None:
    now = iter(range(0, 100_000, 10))  # each look at the clock is ten seconds later
    bench = Bench()
    patience = Patience(start_s=1000, submission_s=30)
    seen = run(bench, jobs("hang"), clock=lambda: float(next(now)), patience=patience)
    assert "no answer in time" in seen.results["s0"].message
    assert bench.graded == ["s0"] * 3
