"""The table at the end of a run, and the header before it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.model.counting import counted
from grader.model.orders import Ready
from grader.model.outcomes import Outcome, Status
from grader.model.results import Result, TestResult
from grader.model.runs import Row, RunHeader, RunRecord
from grader.reports.isolation import is_weak, isolation_line
from grader.reports.speaker import Speaker
from grader.reports.statistics import Scores, fault_reasons, misconceptions, reached_share, scores, task_means
from grader.reports.text import number, one_line

MAX_LINES = 10
MAX_IGNORED = 10
_STYLES = {
    Status.GRADED: "",
    Status.PENDING: "yellow",
    Status.FAULT: "bold red",
    Status.REJECTED: "magenta",
}
_MARK_STYLES = {"full": "green", "part": "yellow", "none": "red", "pending": "cyan", "fault": "bold red"}


def print_header(console: Console, header: RunHeader) -> None:
    """What is going to be graded."""
    say = Speaker(console)
    say.line(f"{one_line(header.title)} ({header.assignment})", style="bold")
    kept = f", {header.kept} unchanged and kept" if header.kept else ""
    rejected = f", {header.rejected} rejected" if header.rejected else ""
    say.line(f"{counted(header.submissions, 'submission')}: {header.to_grade} to grade{kept}{rejected}")
    for line in header.detected:
        say.line(one_line(line))
    for entry in header.ignored[:MAX_IGNORED]:
        say.line(f"ignored {one_line(entry.path)}: it {entry.reason}", style="yellow")
    if len(header.ignored) > MAX_IGNORED:
        say.line(f"ignored {len(header.ignored) - MAX_IGNORED} more; all are in run.json", style="yellow")
    if header.to_grade:
        verb = "continues run" if header.continued else "run"
        say.line(f"{verb} {header.run}, seed {header.seed}, {counted(header.workers, 'worker')}")


def print_ready(console: Console, ready: Ready) -> None:
    """How strongly submissions are confined, before the first one is graded."""
    Speaker(console).line(
        f"isolation {isolation_line(ready.isolation)}",
        style="yellow" if is_weak(ready.isolation) else "green",
    )


def print_table(console: Console, record: RunRecord, rows: Sequence[Row]) -> None:
    """Every submission, then the class."""
    say = Speaker(console)
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    widest = max((len(score_text(record, row.result)) for row in rows), default=0)
    # Where there is little room, only the columns that may wrap give some up; their cells are cut instead.
    table.add_column("student", min_width=8, max_width=32)
    table.add_column("score", justify="right", no_wrap=True, min_width=widest)
    table.add_column("status", no_wrap=True, min_width=8)
    table.add_column("tasks", no_wrap=True, min_width=len(record.tasks))
    table.add_column("first reason")
    for row in rows:
        result = row.result
        table.add_row(
            say.cell(one_line(result.student)),
            Text(score_text(record, result)),
            Text(result.status.value, style=_STYLES[result.status]),
            _task_bar(record, result, say.marks),
            say.cell(first_reason(result)),
        )
    if rows:
        console.print(table)
    _print_class(say, record, [row.result for row in rows])


def first_reason(result: Result) -> str:
    """Why points are missing, in one line: the misconception where one is named."""
    if result.message:
        return one_line(result.message)
    lost = [test for test in result.tests if test.outcome is not Outcome.PASSED]
    # What stops everything explains more than its consequences; a named misconception more than a number.
    named = next((test for test in lost if test.misconception), None)
    settled = next((test for test in lost if test.outcome is not Outcome.PENDING), None)
    first = named or settled or next(iter(lost), None)
    if first is None:
        return ""
    more = f" (+{len(lost) - 1} more)" if len(lost) > 1 else ""
    return f"{first.task}: {_reason(first)}{more}"


def _reason(test: TestResult) -> str:
    said = test.misconception or test.message.strip().partition("\n")[0] or test.hint or test.title
    prefix = "" if test.misconception or test.outcome is Outcome.FAILED else f"{test.outcome.value}: "
    return one_line(prefix + said, limit=160)


def score_text(record: RunRecord, result: Result) -> str:
    """`88/90, 10 pending`: pending points are not lost, and not yet among those that could be reached."""
    if result.score is None:
        return "-"
    if not result.pending_points:
        return f"{number(result.score)}/{number(result.max_score)}"
    extra = {task.id for task in record.tasks if task.extra}
    waiting = (test for test in result.tests if test.outcome is Outcome.PENDING and test.task in extra)
    beside = sum(test.max_points for test in waiting)  # extra credit is no part of the maximum
    possible = result.max_score - (result.pending_points - beside)
    return f"{number(result.score)}/{number(possible)}, {number(result.pending_points)} pending"


def _task_bar(record: RunRecord, result: Result, marks: dict[str, str]) -> Text:
    bar = Text()
    for task in record.tasks:
        kind = task_kind(result, task.id)
        bar.append(marks[kind] if kind else " ", style=_MARK_STYLES.get(kind, ""))
    return bar


def task_kind(result: Result, task: str) -> str:
    """`full`, `part`, `none`, `pending` or `fault`; empty where nothing of the task was run."""
    # A case for a GPU beside one for the CPU has no points: nothing of the task waits for it.
    outcomes = {
        test.outcome
        for test in result.tests
        if test.task == task and (test.max_points or test.outcome is not Outcome.PENDING)
    }
    if Outcome.FAULT in outcomes or (result.status is Status.FAULT and not result.tests):
        return "fault"
    if Outcome.PENDING in outcomes:
        return "pending"
    share = reached_share(result, task)
    if share is None:
        return ""
    return "none" if share <= 0 else "part" if share < 1 - 1e-6 else "full"


def _print_class(say: Speaker, record: RunRecord, results: Sequence[Result]) -> None:
    say.line("")
    if record.tasks:
        words = {"full": "all", "part": "some", "none": "no points", "pending": "pending", "fault": "fault"}
        legend = ", ".join(f"{say.marks[kind]} {word}" for kind, word in words.items())
        means = task_means(record, results)
        names = (f"{task.id} {means[task.id]:.0%}" if task.id in means else task.id for task in record.tasks)
        say.line(f"tasks from left to right, with the share of points reached ({legend}):")
        say.line("  " + ", ".join(names))
    say.line(_totals(record, len(results)), style="bold")
    _print_scores(say, record, results)
    named = misconceptions(results)
    if named:
        say.line("misconceptions:", style="bold")
        _print_counts(say, named)
    if record.isolation is not None:
        style = "yellow" if is_weak(record.isolation) else ""
        say.line(f"isolation {isolation_line(record.isolation)}", style=style)
    for note in record.notes:
        say.line(one_line(note), style="yellow")
    if record.counts.get(Status.PENDING.value):
        say.line(
            "Pending tests wait for what was not here, and everything else is kept. Where it is (a GPU, a "
            "quiet machine), add --pending to the command.",
            style="yellow",
        )
    if record.counts.get(Status.FAULT.value):
        say.line("A fault is never the student's: run the same command again to regrade them.", style="red")
        _print_counts(say, fault_reasons(results), style="red", limit=200)


def _print_counts(
    say: Speaker, counts: Sequence[tuple[str, int]], *, style: str = "", limit: int = 0
) -> None:
    for text, count in counts[:MAX_LINES]:
        say.line(f"  {count:>4} x {one_line(text, limit)}", style=style)
    if len(counts) > MAX_LINES:
        say.line(f"  and {len(counts) - MAX_LINES} more", style=style)


def _print_scores(say: Speaker, record: RunRecord, results: Sequence[Result]) -> None:
    found = scores(results)
    if found is None or found.count < 2:
        return
    say.line(f"scores of {found.count}: {scores_text(found, record)}")


def scores_text(found: Scores, record: RunRecord) -> str:
    """Where the scores of a class lie."""
    span = f"from {number(found.low)} to {number(found.high)}, of {number(record.max_score)}"
    return f"mean {number(found.mean)}, median {number(found.median)}, {span}"


def _totals(record: RunRecord, known: int) -> str:
    missing = record.submissions - known
    open_ = f", {missing} not graded yet" if missing else ""
    return f"{counted(record.submissions, 'submission')}: {counts_text(record)}{open_}"


def counts_text(record: RunRecord) -> str:
    """`28 graded, 2 rejected`."""
    counts = ", ".join(f"{count} {status}" for status, count in record.counts.items() if count)
    return counts or "none graded"
