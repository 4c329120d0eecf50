"""One submission to one result."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Sequence

from grader.judge import naming
from grader.judge.conclude import Conclusion, too_long
from grader.judge.hinting import hint_of, with_hint
from grader.judge.opening import OpenJudge
from grader.judge.overtime import most_seconds
from grader.judge.session import Taken
from grader.judge.spec import TestSpec
from grader.model.orders import Submission
from grader.model.outcomes import Outcome, Visibility
from grader.model.results import (
    Result,
    SubmissionInfo,
    TestResult,
    score_of,
    status_of,
)
from grader.subjects.worker import WorkerSubject

_HIDDEN_MESSAGES = {
    Outcome.FAILED: "a hidden test fails",
    Outcome.ERROR: "your code raises an exception in a hidden test",
    Outcome.BAD_REPLY: "in a hidden test the result is not plain data",
    Outcome.CRASHED: "the program ends in a hidden test",
    Outcome.MISSING: "a name that a hidden test needs is not there, or its file cannot be imported",
}
_HIDDEN_FAULT = "a fault of the test, not of your work; `grader replay` tells staff which"
_MAX_MESSAGE = 8_000
_ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,16}\b")


class Examiner:
    """Grades submissions of one assignment, one after the other."""

    def __init__(self, judge: OpenJudge, *, run: str, candid: bool = False) -> None:
        """`candid` shows staff of hidden tests what students must not see."""
        self._setting = judge.setting
        self._session = judge.session
        self._solution = judge.solution
        self._isolation = judge.isolation
        self._environment = judge.environment
        self._room = judge.room
        self._run = run
        self._candid = candid

    def grade(self, submission: Submission) -> Result:
        """Run every test against a submission. Raises HarnessFault where no worker can be had."""
        try:
            return self._grade(submission)
        finally:
            if self._room is not None and self._room.is_in_use:
                self._solution.close()  # no worker of ours stays on a GPU that another judge may want
                self._room.leave()

    def _grade(self, submission: Submission) -> Result:
        started = time.perf_counter()
        setting = self._setting
        subject = WorkerSubject(
            setting.spawn,
            submission.files,
            setting.shipping,
            setting.limits,
            found=submission.found,
            cells=setting.assignment.cells,
        )
        try:
            taken = self._solution.sit(self._session, subject, self._wanted(submission))
        finally:
            subject.close()
        places = {spec.id: place for place, spec in enumerate(self._session.specs)}
        taken = sorted([*taken, *self._overran(submission)], key=lambda one: places[one.spec.id])
        tests = tuple(self._result_of(one) for one in taken)
        return self._assemble(submission, tests, subject.notes, time.perf_counter() - started)

    def _wanted(self, submission: Submission) -> list[TestSpec]:
        chosen = [spec for spec in self._session.specs if not submission.only or spec.id in submission.only]
        return [spec for spec in chosen if spec.id not in submission.overran]

    def _overran(self, submission: Submission) -> list[Taken]:
        """Tests that ended an earlier judge, and are not run again."""
        call_s = self._setting.limits.call_s
        return [
            Taken(
                spec=spec,
                conclusion=too_long(most_seconds(spec.seconds or call_s)),
                seconds=0.0,
                cpu_seconds=None,
                seed=self._setting.seed,
            )
            for spec in self._session.specs
            if spec.id in submission.overran
        ]

    def _assemble(
        self, submission: Submission, tests: tuple[TestResult, ...], notes: Sequence[str], seconds: float
    ) -> Result:
        info = SubmissionInfo(
            path=submission.path,
            digest=submission.digest,
            files=tuple(sorted(submission.files)),
            notes=tuple(map(_readable, notes)),
        )
        faults = [test for test in tests if test.outcome is Outcome.FAULT]
        return Result(
            run=self._run,
            assignment=self._setting.name,
            student=submission.student,
            submission=info,
            status=status_of(tests),
            score=score_of(tests),
            max_score=self.max_score,
            pending_points=sum(test.max_points for test in tests if test.outcome is Outcome.PENDING),
            tests=tests,
            isolation=self._isolation,
            environment=self._environment,
            limits=self._setting.limits,
            message=f"{faults[0].id}: {faults[0].message}" if faults else "",
            seconds=round(seconds, 6),
            task_points=self._task_points(tests),
        )

    @property
    def max_score(self) -> float:
        """The points of the tests of this run, less extra credit."""
        tasks = self._setting.assignment.tasks
        return round(sum(spec.points for spec in self._session.specs if not tasks[spec.task].extra), 6)

    def _task_points(self, tests: tuple[TestResult, ...]) -> dict[str, float]:
        sums: dict[str, float] = defaultdict(float)
        for test in tests:
            sums[test.task] += test.points
        return {task: round(sums[task], 6) for task in self._setting.assignment.tasks if task in sums}

    def _result_of(self, taken: Taken) -> TestResult:
        spec, conclusion = taken.spec, self._settled(taken)
        passed = conclusion.outcome is Outcome.PASSED
        misconception = None
        if naming.can_be_named(conclusion):
            records = self._solution.records(self._session, spec)
            misconception = naming.name(conclusion, records)
        hint = hint_of(conclusion, misconception)
        return TestResult(
            id=spec.id,
            title=spec.title,
            task=spec.task,
            points=round(spec.points, 6) if passed else 0.0,
            max_points=round(spec.points, 6),
            outcome=conclusion.outcome,
            visibility=spec.visibility,
            message=self._message(conclusion, spec.visibility, hint),
            misconception=misconception,
            hint=None if passed else spec.hint,
            seconds=round(taken.seconds, 6),
            cpu_seconds=None if taken.cpu_seconds is None else round(taken.cpu_seconds, 6),
            time_ratio=None if taken.time_ratio is None else round(taken.time_ratio, 6),
            seed=taken.seed,
        )

    def _message(self, conclusion: Conclusion, visibility: Visibility, hint: str | None) -> str:
        if self._candid:
            return with_hint(conclusion, hint).message
        return _message(conclusion, visibility, hint)

    def _settled(self, taken: Taken) -> Conclusion:
        """A test that raised is the student's failure only if the reference passes it in this run."""
        conclusion = taken.conclusion
        if not conclusion.unusable or self._solution.is_sound(self._session, taken.spec):
            return conclusion
        message = f"the test fails for the reference too: {conclusion.message}"
        return Conclusion(outcome=Outcome.FAULT, message=message)


def _message(conclusion: Conclusion, visibility: Visibility, hint: str | None) -> str:
    """What may be told: of a hidden test neither inputs nor values, nor any text that the student made.

    Nor how a program ended: an exit code is a number that the student chooses; nor in which line it ran out
    of time, for the same reason. A hint has no values in it.
    """
    if visibility is Visibility.HIDDEN and conclusion.outcome is Outcome.FAULT and not conclusion.of_harness:
        return _HIDDEN_FAULT
    if visibility is Visibility.HIDDEN:
        sentence, *_ = conclusion.message.splitlines() or [""]
        told = _HIDDEN_MESSAGES.get(conclusion.outcome, _readable(sentence))
        return f"{told}: {hint}" if hint else told
    return _readable(with_hint(conclusion, hint).message)


def _readable(text: str) -> str:
    """A text that may be the student's, fit to be stored and shown: no control characters, not too long."""
    text = _ADDRESS.sub("at ...", text)  # another in every run, and where things lie in the judge
    text = text if len(text) <= _MAX_MESSAGE else text[:_MAX_MESSAGE] + f"... ({len(text):,} characters)"
    return "".join(one if one.isprintable() or one in "\n\t" else repr(one)[1:-1] for one in text)
