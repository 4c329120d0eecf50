"""What people read: the table, the header, the progress, the doctor's findings."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from grader.model.orders import Ready
from grader.model.outcomes import Outcome, Status
from grader.model.results import Isolation
from grader.model.runs import Ignored, Row
from grader.reports.findings import Fact, finding_data, print_findings
from grader.reports.isolation import isolation_line
from grader.reports.progress import RunProgress
from grader.reports.statistics import misconceptions, scores, task_means
from grader.reports.table import first_reason, print_header, print_ready, print_table
from tests.reports.samples import ENVIRONMENT, check, class_rows, header, record, result

READY = Ready(isolation=Isolation(level=3), environment=ENVIRONMENT, tests=(), max_score=10)


class Sheet:
    """A console that writes into memory."""

    def __init__(self, encoding: str = "utf-8", width: int = 140, terminal: bool = False) -> None:
        self.raw = io.BytesIO()
        file = io.TextIOWrapper(self.raw, encoding=encoding)
        self.console = Console(file=file, width=width, force_terminal=terminal, highlight=False)

    @property
    def text(self) -> str:
        self.console.file.flush()
        return self.raw.getvalue().decode(self.console.encoding)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.text.splitlines()]

    def line_with(self, words: str) -> str:
        (line,) = [line for line in self.lines if words in line]
        return line


def table(rows, sheet: Sheet | None = None, **more) -> Sheet:
    sheet = sheet or Sheet()
    print_table(sheet.console, record(rows, **more), rows)
    return sheet


def test_each_submission_is_a_line_with_score_tasks_and_first_reason() -> None:
    sheet = table(class_rows())
    assert sheet.line_with("ann").split() == ["ann", "10/10", "graded", "██"]
    bob = sheet.line_with("bob")
    assert "0.333/10" in bob and "▄·" in bob
    assert bob.endswith("dot: The scores are not divided by the square root of d_k. (+1 more)")
    assert "4/4, 6 pending" in sheet.line_with("cleo") and "█?" in sheet.line_with("cleo")
    assert "!!!" in sheet.line_with("dan  ")
    assert sheet.line_with("eve ").split(maxsplit=3)[1:3] == ["-", "rejected"]


def test_a_pending_case_without_points_hides_neither_points_nor_reasons() -> None:
    waits = replace(check("dot", Outcome.PENDING, message="needs a GPU"), max_points=0)
    wrong = check("mask", Outcome.FAILED, message="all wrong")
    full = check("dot", Outcome.PASSED, 4)
    row = result("ann", Status.PENDING, full, waits, wrong)
    line = table([Row(key="k", result=row)]).line_with("ann")
    assert line.split()[1:4] == ["4/10", "pending", "█·"] and "all wrong" in line
    assert first_reason(result("ann", Status.PENDING, full, waits)) == "dot: pending: needs a GPU"


def test_the_class_is_summed_up() -> None:
    sheet = table(class_rows())
    assert "6 submissions: 3 graded, 1 pending, 1 fault, 1 rejected" in sheet.text
    assert "scores of 4: mean 3.583, median 2.167, from 0 to 10, of 10" in sheet.text
    assert "   2 x The scores are not divided" in sheet.text
    assert "  dot 51%, mask 50%, bonus" in sheet.lines
    assert "run the same command again" in sheet.text
    assert "isolation level 3 of 3, strong" in sheet.text


def test_why_there_are_faults_is_told_with_how_many_they_hit() -> None:
    lost = check("dot", Outcome.FAULT, message="a worker was lost:\nthe machine ran out of memory")
    rows = [Row(key=name, result=result(name, Status.FAULT, lost, lost)) for name in ("x", "y")]
    rows.append(Row(key="z", result=result("z", Status.FAULT, message="the judge was killed")))
    text = table(rows).text
    assert "   2 x a worker was lost: the machine ran out of memory" in text
    assert "   1 x the judge was killed" in text


def test_hostile_text_reaches_no_terminal() -> None:
    for terminal in (False, True):
        text = table(class_rows(), Sheet(terminal=terminal)).text
        assert "\x1b[2J" not in text and "\u202e" not in text
        assert "[bold]" in text, "markup is shown, not obeyed"
        assert "=HYPERLINK" in text
        assert not any(line.startswith("forged") for line in text.splitlines())


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437"])
def test_a_terminal_with_few_characters_is_enough(encoding: str) -> None:
    rows = [
        *class_rows(),
        replace(class_rows()[0], result=result("李 é", Status.GRADED, check("dot", Outcome.PASSED, 4))),
    ]
    text = table(rows, Sheet(encoding=encoding)).text
    assert "ann" in text and ("##" in text or encoding == "cp437")


def test_a_narrow_terminal_cuts_reasons_and_keeps_scores() -> None:
    text = table(class_rows(), Sheet(width=60)).text
    assert "0.333/10" in text and "rejected" in text


def test_an_interrupted_run_says_how_many_are_left() -> None:
    assert (
        "9 submissions: 3 graded, 1 pending, 1 fault, 1 rejected, 3 not graded yet"
        in table(class_rows(), submissions=9).text
    )
    assert "2 submissions: none graded, 2 not graded yet" in table([], submissions=2, isolation=None).text


def test_a_misconception_explains_more_than_the_failure_before_it() -> None:
    some = result(
        "x",
        Status.GRADED,
        check("dot", Outcome.FAILED, message="3 of 4 differ"),
        check("mask", Outcome.FAILED, misconception="The mask is inverted."),
    )
    assert first_reason(some) == "mask: The mask is inverted. (+1 more)"
    assert (
        first_reason(result("x", Status.GRADED, check("dot", Outcome.CRASHED, message="signal 11")))
        == "dot: crashed: signal 11"
    )
    assert first_reason(result("x", Status.GRADED, check("dot", Outcome.PASSED, 4))) == ""


def test_a_task_without_tests_in_this_run_is_blank() -> None:
    rows = [replace(class_rows()[0], result=result("x", Status.GRADED, check("mask", Outcome.PASSED, 6)))]
    assert table(rows).line_with("6/10").split() == ["x", "6/10", "graded", "█"]


@pytest.mark.parametrize(("level", "word"), [(3, "strong"), (2, "good"), (1, "weak"), (0, "none")])
def test_levels_are_said_in_plain_words(level: int, word: str) -> None:
    line = isolation_line(Isolation(level=level, could=("pids", "udp")))
    assert word in line and "the canary could: pids, udp" in line
    assert ("accidents" in line and "grader doctor" in line) == (level <= 1)


def test_the_header_says_what_is_graded_and_what_is_not() -> None:
    sheet = Sheet()
    many = tuple(Ignored(path=f"/s/{number}", reason="is hidden") for number in range(12))
    print_header(sheet.console, header(ignored=many, continued=True, rejected=1))
    print_ready(sheet.console, READY)
    assert "Attention (a6)" in sheet.text
    assert "5 submissions: 4 to grade, 1 unchanged and kept, 1 rejected" in sheet.text
    assert "ignored /s/0: it is hidden" in sheet.text and "ignored 2 more" in sheet.text
    assert "continues run r1, seed 9, 2 workers" in sheet.text
    assert "isolation level 3" in sheet.text


def test_progress_elsewhere_than_in_a_terminal_is_a_few_lines() -> None:
    sheet = Sheet()
    now = iter(range(1000))
    with RunProgress(sheet.console, clock=lambda: float(next(now))) as progress:
        progress.started(header(to_grade=500))
        progress.ready(READY)
        for _ in range(500):
            progress.graded(result("x", Status.GRADED))
    counted = [line for line in sheet.lines if "/500" in line]
    assert 15 <= len(counted) <= 25
    assert counted[-1] == "500/500  500 graded"
    assert "left" in counted[0]


def test_progress_in_a_terminal_is_live_and_leaves_nothing_behind_on_errors() -> None:
    sheet = Sheet(terminal=True)
    with pytest.raises(RuntimeError), RunProgress(sheet.console) as progress:
        progress.started(header(to_grade=2))
        progress.ready(READY)
        progress.graded(result("x", Status.FAULT, message="m"))
        raise RuntimeError
    assert sheet.text.count("\x1b[?25l") == sheet.text.count("\x1b[?25h") == 1, "the cursor is shown again"


def test_progress_counts_the_outcomes_of_tests() -> None:
    sheet = Sheet()
    tests = (check("t", Outcome.PASSED), check("t", Outcome.PASSED), check("t", Outcome.TIMEOUT))
    with RunProgress(sheet.console) as progress:
        progress.started(header(to_grade=1))
        progress.ready(READY)
        progress.graded(result("x", Status.GRADED, *tests))
    assert sheet.lines[-1] == "1/1  1 graded (tests: 2 passed, 1 timeout)"


def test_progress_with_nothing_to_do_says_only_so() -> None:
    sheet = Sheet()
    with RunProgress(sheet.console) as progress:
        progress.started(header(to_grade=0, kept=5, ignored=()))
    assert sheet.lines == ["Attention (a6)", "5 submissions: 0 to grade, 5 unchanged and kept"]


def test_statistics_of_nobody() -> None:
    assert scores([]) is None
    assert task_means(record([]), []) == {}
    assert misconceptions([]) == []


def test_findings_are_shown_with_their_remedies() -> None:
    sheet = Sheet()
    facts = [
        Fact(name="bubblewrap", ok=False, detail="not installed", remedy="apt install bubblewrap\nor ask"),
        Fact(name="cores", ok=True, detail="2"),
    ]
    print_findings(sheet.console, facts)
    assert sheet.lines[0] == "--  bubblewrap  not installed"
    assert "to mend: apt install bubblewrap" in sheet.lines[1] and "to mend: or ask" in sheet.lines[2]
    assert sheet.lines[-1] == "1 of 2 can be mended"
    assert finding_data(facts[1]) == {"name": "cores", "ok": True, "detail": "2", "remedy": ""}
