"""How a run goes on: a live line in a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from grader.model.orders import Ready
from grader.model.results import Result
from grader.model.runs import RunHeader
from grader.reports.speaker import Speaker
from grader.reports.table import print_header, print_ready

PLAIN_LINES = 20
"""About so many lines are printed where there is no terminal, however many submissions there are."""


class RunProgress:
    """Listens to a run; use it as a context manager, so that the terminal is left in order."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._outcomes: Counter[str] = Counter()
        self._total = 0
        self._began = 0.0
        self._is_ready = False
        self._before = 0
        """Results that took no judge's time."""
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> RunProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def started(self, header: RunHeader) -> None:
        """The plan is known."""
        print_header(self._console, header)
        self._total = header.to_grade + header.rejected
        if self._console.is_terminal and self._total:
            self._bar = Progress(
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[counts]}"),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._task = self._bar.add_task("", total=self._total, counts="starting")
            self._bar.start()

    def ready(self, ready: Ready) -> None:
        """The first judge has warmed up: time is counted from here."""
        print_ready(self._console, ready)
        self._is_ready = True
        self._began, self._before = self._clock(), self._counts.total()

    def graded(self, result: Result) -> None:
        """One more result is kept."""
        self._counts[result.status.value] += 1
        self._outcomes.update(test.outcome.value for test in result.tests)
        done = self._counts.total()
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, counts=self._said())
        elif done == self._total or done % max(1, -(-self._total // PLAIN_LINES)) == 0:
            Speaker(self._console).line(f"{done}/{self._total}  {self._said()}{self._left(done)}")

    def _said(self) -> str:
        submissions = ", ".join(f"{count} {status}" for status, count in sorted(self._counts.items()))
        tests = ", ".join(f"{count} {outcome}" for outcome, count in self._outcomes.most_common())
        return f"{submissions} (tests: {tests})" if tests else submissions

    def _left(self, done: int) -> str:
        judged = done - self._before
        if done == self._total or not judged or not self._is_ready:
            return ""
        seconds = (self._clock() - self._began) / judged * (self._total - done)
        return f", about {seconds / 60:.0f} min left" if seconds >= 90 else f", about {seconds:.0f} s left"
