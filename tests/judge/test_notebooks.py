"""Notebooks graded by a real judge: what they earn, what is told, and what they cannot do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.model.orders import Submission
from grader.model.outcomes import Outcome, Status
from grader.model.results import Result
from grader.sandbox.probes import probe
from tests.judge.course import Course, Judge, by_test
from tests.worker.notebook_files import code, notebook, version_3

pytestmark = pytest.mark.skipif(not probe().linux, reason="workers are confined on Linux only")

REFERENCE = "import torch\ndef f(x):\n    return x * 2\ndef g(x):\n    return x.exp()\n"
PUBLIC = """
@pytest.mark.task("f")
@pytest.mark.points(1)
@pytest.mark.forbid("torch.add")
def test_f(agree, rand):
    agree("f", rand(3))

@pytest.mark.task("g")
@pytest.mark.points(1)
def test_g(agree, rand):
    agree("g", rand(3))
"""
HIDDEN = """
@pytest.mark.task("g")
@pytest.mark.points(1)
def test_g_of_a_matrix(agree, rand):
    agree("g", rand(3, 3))
"""
MISCONCEPTIONS = """
from grader import misconception

@misconception("f", "It is tripled.")
def tripled(x):
    return x * 3
"""
LIMITS = "{call_s: 2, import_s: 1.5, memory_mb: 400}"
F, G = "def f(x):\n    return x * 2", "def g(x):\n    return x.exp()"


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    root = tmp_path_factory.mktemp("course")
    course = Course.make(
        root, tasks={"f": 1, "g": 2}, public=PUBLIC, hidden=HIDDEN, reference=REFERENCE, limits=LIMITS,
        misconceptions=MISCONCEPTIONS,
    )  # fmt: skip
    with course.judge() as opened:
        yield opened


def graded(judge: Judge, *cells: str, data: bytes | None = None) -> Result:
    files = {"hw.ipynb": notebook("import torch", *cells) if data is None else data}
    judge.process.submit(Submission(student="s", path="p", digest="d", files=files))
    return judge.receive()


def test_a_notebook_earns_what_its_code_earns(judge: Judge) -> None:
    result = graded(judge, "%matplotlib inline", F, G)
    assert (result.status, result.score) == (Status.GRADED, 3)
    assert result.submission.files == ("hw.ipynb",)
    assert result.submission.notes == ("hw.ipynb, cell 2, line 1: dropped, and not run: %matplotlib inline",)


def test_megabytes_of_plots_do_not_matter_and_an_old_notebook_is_upgraded(judge: Judge) -> None:
    plots = [{"output_type": "display_data", "data": {"image/png": "A" * 5 * 2**20}, "metadata": {}}]
    assert graded(judge, data=notebook("import torch", F, code(G, outputs=plots))).score == 3
    result = graded(judge, data=version_3("import torch", F, G))
    assert result.score == 3
    assert result.submission.notes == ("hw.ipynb: it was upgraded from version 3 of the notebook format",)


def test_a_failing_cell_costs_what_it_defines_and_is_named_where_a_name_is_missing(judge: Judge) -> None:
    result = graded(judge, F, "1 / 0\n\n" + G)
    tests = by_test(result)
    assert [test.outcome for test in result.tests] == [Outcome.PASSED, Outcome.MISSING, Outcome.MISSING]
    assert "hw.ipynb, cell 3, line 1: ZeroDivisionError: division by zero" in tests["test_g"].message
    assert "ZeroDivision" not in tests["test_g_of_a_matrix"].message
    assert result.submission.notes == ("hw.ipynb, cell 3, line 1: ZeroDivisionError: division by zero",)


def test_an_exception_is_told_with_cell_and_line(judge: Judge) -> None:
    said = by_test(graded(judge, "\ndef f(x):\n    return x @ 5", G))["test_f"].message
    assert "hw.ipynb, cell 2, line 3, in f: return x @ 5" in said


def test_a_cell_that_never_ends_is_stopped_and_after_a_crash_no_time_is_lost_on_it(judge: Judge) -> None:
    result = graded(judge, F, "while True:\n    pass", "import os\ndef g(x):\n    os._exit(3)")
    assert [test.outcome for test in result.tests] == [Outcome.PASSED, Outcome.CRASHED, Outcome.CRASHED]
    assert result.submission.notes == ("hw.ipynb, cell 3: ran over its 1.5 s and was stopped",)


def test_a_cell_that_cannot_be_stopped_ends_the_import_once_for_all_tests(judge: Judge) -> None:
    stubborn = (
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\nwhile True:\n    pass"
    )
    result = graded(judge, F, stubborn)
    assert {test.outcome for test in result.tests} == {Outcome.TIMEOUT}
    said, where = result.tests[0].message.splitlines()
    assert said == "importing hw.ipynb took longer than the limit of 6 s"
    assert where.startswith("  hw.ipynb, cell 3, line ")


def test_shell_lines_and_magics_are_never_run(judge: Judge) -> None:
    leave = "touch /tmp/was_here $HOME/was_here"
    look = (
        "import os\nran = os.path.exists('/tmp/was_here') or os.path.exists(os.path.expanduser('~/was_here'))"
    )
    result = graded(judge, f"!{leave}", f"%%bash\n{leave}", f"%sx {leave}", look, "if ran: del torch", F, G)
    assert result.score == 3
    assert len(result.submission.notes) == 3


def test_the_source_of_a_notebook_is_checked_with_cell_and_line(judge: Judge) -> None:
    test = by_test(graded(judge, G, "# by adding\ndef f(x):\n    return torch.add(x, x)"))["test_f"]
    assert test.outcome is Outcome.FAILED
    assert "hw.ipynb, cell 3, line 3, uses torch.add" in test.message


def test_a_misconception_is_named(judge: Judge) -> None:
    assert (
        by_test(graded(judge, "def f(x):\n    return x * 3", G))["test_f"].misconception == "It is tripled."
    )


def test_broken_notebooks_are_missing_and_the_next_submission_is_graded(judge: Judge) -> None:
    no_kind = notebook({"cell_type": "sql", "metadata": {}, "source": "select"})
    for data in (b"{", b"[" * 10**6, b'{"nbformat": 4}', no_kind):
        result = graded(judge, data=data)
        assert {test.outcome for test in result.tests} == {Outcome.MISSING}
        assert re.match("hw.ipynb is not a (valid )?notebook: ", result.tests[0].message)
    assert graded(judge, F, G).score == 3


def test_the_check_of_a_released_notebook_does_nothing_when_graded(judge: Judge) -> None:
    result = graded(judge, F, G, "from grader.notebook import check\n\ncheck()")
    assert result.score == 3
    assert result.submission.notes == ()


def test_only_definitions_run_where_the_course_says_so_also_if_it_asks_for_notebooks(tmp_path: Path) -> None:
    course = Course.make(
        tmp_path, tasks={"f": 1, "g": 1}, public=PUBLIC, reference=REFERENCE, limits=LIMITS,
        misconceptions=MISCONCEPTIONS,
    )  # fmt: skip
    text = (tmp_path / "autograder.yml").read_text()
    text = text.replace("title: First", "title: First, cells: definitions").replace("hw.py", "hw.ipynb")
    (tmp_path / "autograder.yml").write_text(text)
    with course.judge() as judge:
        result = graded(judge, "def f(x):\n    return x * 3", "while True:\n    pass", "print('training')", G)
        as_file = judge.grade(f"import torch\n{F}\n{G}\n")
    assert (result.score, result.submission.notes) == (1, ())
    assert by_test(result)["test_f"].misconception == "It is tripled."
    assert as_file.score == 2
