"""Judges of the scheduler's protocol without torch: one in this process, one as a child process.

What a submission holds decides what becomes of it:

    score N        N points of 10
    pending        a result with pending points
    fault          the judge reports a fault
    die            the judge dies
    die-first      the judge dies, unless the file named behind it exists (it is made)
    hang           no answer ever comes
    mixed          the answer names another student
    refuse         a GraderError that ends the run
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from grader.model.errors import AuthoringError, HarnessFault
from grader.model.orders import Order, Ready, Submission, TestSummary
from grader.model.outcomes import Outcome, Status, Visibility
from grader.model.results import Environment, Isolation, Result, SubmissionInfo, TestResult

FAKE_ENVIRONMENT = Environment(grader="0", python="3", torch="2", platform="fake", cpu="fake")
READY = Ready(
    isolation=Isolation(level=2, layers=("fake",), could=("pids",)),
    environment=FAKE_ENVIRONMENT,
    tests=(TestSummary(id="public/t.py::test", title="A test.", task="t", points=10, visibility="public"),),
    max_score=10,
)


def fake_result(order: Order, submission: Submission) -> Result:
    """The result that a submission's text asks for."""
    word, _, rest = submission.files.get("hw.py", b"missing").decode().strip().partition(" ")
    outcome = {
        "score": Outcome.PASSED if rest == "10" else Outcome.FAILED,
        "pending": Outcome.PENDING,
        "fault": Outcome.FAULT,
    }.get(word, Outcome.MISSING)
    points = float(rest) if word == "score" else 0.0
    status = {Outcome.PENDING: Status.PENDING, Outcome.FAULT: Status.FAULT}.get(outcome, Status.GRADED)
    test = TestResult(
        id="public/t.py::test",
        title="A test.",
        task="t",
        points=points,
        max_points=10,
        outcome=outcome,
        visibility=Visibility.PUBLIC,
        message="" if outcome is Outcome.PASSED else "3 of 4 values differ",
        seed=order.seed,
    )
    return Result(
        run=order.run,
        assignment=order.assignment,
        student="somebody else" if word == "mixed" else submission.student,
        submission=SubmissionInfo(
            path=submission.path, digest=submission.digest, files=tuple(submission.files)
        ),
        status=status,
        score=None if status is Status.FAULT else points,
        max_score=10,
        pending_points=10 if status is Status.PENDING else 0,
        tests=(test,),
        isolation=READY.isolation,
        environment=FAKE_ENVIRONMENT,
        task_points={"t": points},
    )


@dataclass
class Bench:
    """Starts in-process judges and remembers what happened to them."""

    starts: list[Order] = field(default_factory=list)
    judges: list[InstantJudge] = field(default_factory=list)
    graded: list[str] = field(default_factory=list)
    start_fails: Callable[[int], bool] = lambda number: False
    never_ready: Callable[[int], bool] = lambda number: False

    def start(self, order: Order) -> InstantJudge:
        number = len(self.starts)
        self.starts.append(order)
        if self.start_fails(number):
            raise HarnessFault("no memory for another process")
        judge = InstantJudge(self, order, dies=self.never_ready(number))
        self.judges.append(judge)
        return judge

    @property
    def all_gone(self) -> bool:
        return all(judge.is_gone for judge in self.judges)


class InstantJudge:
    """Answers at once, through a pipe, in the scheduler's own process."""

    def __init__(self, bench: Bench, order: Order, *, dies: bool) -> None:
        self._bench, self._order = bench, order
        self._read, self._write = os.pipe()
        self.is_gone = False
        self._messages: list[Ready | Result | Exception] = []
        self._say(HarnessFault("it died while it started") if dies else READY)

    def _say(self, message: Ready | Result | Exception) -> None:
        self._messages.append(message)
        os.write(self._write, b"x")

    def fileno(self) -> int:
        return self._read

    def submit(self, submission: Submission) -> None:
        self._bench.graded.append(submission.student)
        word, _, rest = submission.files.get("hw.py", b"missing").decode().strip().partition(" ")
        if word == "die" or (word == "die-first" and not Path(rest).exists()):
            if rest:
                Path(rest).touch()
            self._say(HarnessFault("the process died of signal 9"))
        elif word == "refuse":
            self._say(AuthoringError("test_t.py:3: the reference raises"))
        elif word == "interrupt":
            signal.raise_signal(signal.SIGINT)
        elif word == "submit-fails":
            raise BrokenPipeError
        elif word != "hang":
            self._say(fake_result(self._order, submission))

    def receive(self) -> Ready | Result:
        os.read(self._read, 1)
        message = self._messages.pop(0)
        if isinstance(message, Exception):
            raise message
        return message

    def close(self) -> None:
        self._end()

    def kill(self) -> None:
        self._end()

    def _end(self) -> None:
        assert not self.is_gone, "ended twice"
        self.is_gone = True
        os.close(self._read)
        os.close(self._write)


class ChildJudge:
    """A real process that appends each student to a log before it answers, a little later."""

    def __init__(self, process: subprocess.Popen[bytes], order: Order) -> None:
        self._process, self._order, self._submission = process, order, None

    @classmethod
    def starter(cls, log: Path, delay_s: float) -> Callable[[Order], ChildJudge]:
        def start(order: Order) -> ChildJudge:
            command = [sys.executable, "-S", "-E", str(Path(__file__).with_name("fake_child.py"))]
            process = subprocess.Popen(
                [*command, str(log), str(delay_s)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
            )
            return cls(process, order)

        return start

    def fileno(self) -> int:
        return self._process.stdout.fileno()

    def submit(self, submission: Submission) -> None:
        self._submission = submission
        self._process.stdin.write(json.dumps(submission.student).encode() + b"\n")

    def receive(self) -> Ready | Result:
        line = self._process.stdout.readline()
        if not line:
            raise HarnessFault("the child died")
        if line == b"ready\n":
            return READY
        return msgspec.convert(msgspec.to_builtins(fake_result(self._order, self._submission)), Result)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def kill(self) -> None:
        self._process.kill()
        self.close()
