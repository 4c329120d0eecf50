"""Where the student's code was when its time was up."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.model.outcomes import Outcome
from grader.sandbox.probes import probe
from grader.subjects.base import Ended, Frame
from grader.subjects.stacks import frames_of
from grader.subjects.wording import places
from grader.worker.stacks import HEAD
from tests.subjects.conftest import Ask

FILES = {"hw.py": b"def f():\n    while True:\n        g()\n", "book.ipynb": b"{}"}
# What a worker writes comes of a real one; reading it is text alone, and tested on every platform.
workers = pytest.mark.skipif(not probe().linux, reason="workers are confined on Linux only")

LOOP = "def f():\n    return wait(3)\n\ndef wait(n):\n    while n:\n        pass\n"


def told(submission: Ask, text: str, target: str = "f", **options: float) -> list[str]:
    answer = submission(text)(target, seconds=0.5, **options)
    assert isinstance(answer, Ended)
    assert answer.outcome is Outcome.TIMEOUT
    return places(answer.frames)


@workers
def test_an_endless_loop_is_told_with_its_line(submission: Ask) -> None:
    first, last = told(submission, LOOP)
    assert first == "  hw.py, line 2, in f: return wait(3)"
    assert last in ("  hw.py, line 5, in wait: while n:", "  hw.py, line 6, in wait: pass")


@workers
def test_a_long_call_of_a_library_is_told_with_the_line_that_made_it(submission: Ask) -> None:
    """Also of one that gives the interpreter no chance to run a handler."""
    assert told(submission, "def f():\n    return sum(range(10**15))\n") == [
        "  hw.py, line 2, in f: return sum(range(10**15))"
    ]


@workers
def test_sleep_is_told_with_its_line(submission: Ask) -> None:
    assert told(submission, "import time\ndef f():\n    time.sleep(99)\n") == [
        "  hw.py, line 3, in f: time.sleep(99)"
    ]


@workers
def test_an_import_that_does_not_end_is_told_with_its_line(submission: Ask) -> None:
    ask = submission("import time\ntime.sleep(99)\ndef f(): pass\n", import_s=0.5)
    for _ in range(2):  # it is not run again, and told again
        answer = ask("f")
        assert isinstance(answer, Ended)
        assert places(answer.frames) == ["  hw.py, line 2, in <module>: time.sleep(99)"]


HUSHED = [
    "import signal\n    signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
    "import signal\n    signal.signal(signal.SIGUSR1, signal.SIG_DFL)",
    "import signal\n    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))",
    "import os\n    os.close(1); os.close(2)",
    "import faulthandler\n    faulthandler.unregister(10)",
]


@workers
@pytest.mark.parametrize("first", HUSHED)
def test_code_that_does_not_let_itself_be_asked_is_out_of_time_all_the_same(
    submission: Ask, first: str
) -> None:
    assert told(submission, f"def f():\n    {first}\n    while True: pass\n") == []


@workers
def test_what_it_prints_in_place_of_a_stack_tells_nothing_but_its_own_lines(submission: Ask) -> None:
    """A claim like any other: what stands in a line is read in the file that was handed in."""
    lies = f'Stack {HEAD}\\n  File "/etc/passwd", line 1 in root\\n  File "hw.py", line 1 in <b>\\n'
    text = (
        "import faulthandler, os, signal\n\ndef f():\n"
        "    faulthandler.unregister(signal.SIGUSR1)\n"
        f"    signal.signal(signal.SIGUSR1, lambda *_: os.write(2, b'{lies}'))\n"
        "    while True: pass\n"
    )
    assert told(submission, text) == ["  hw.py, line 1, in <b>: import faulthandler, os, signal"]


@workers
def test_who_writes_for_ever_is_not_waited_for(submission: Ask) -> None:
    text = (
        "import faulthandler, os, signal, time\n\ndef drip(*_):\n"
        "    for _ in range(2000): os.write(2, b'x'); time.sleep(0.01)\n\n"
        "def f():\n    faulthandler.unregister(signal.SIGUSR1)\n    signal.signal(signal.SIGUSR1, drip)\n"
        "    while True: pass\n"
    )
    began = time.monotonic()
    assert told(submission, text) == []
    assert time.monotonic() - began < 10, "it writes for twenty"


def test_the_innermost_frame_comes_last() -> None:
    places = [("hw.py", 3, "g"), ("library.py", 1, "h"), ("hw.py", 2, "f")]
    stack = "".join(f'  File "{name}", line {line} in {function}\n' for name, line, function in places)
    assert frames_of(f"noise\nStack {HEAD}\n{stack}".encode(), FILES) == (
        Frame(file="hw.py", line=2, function="f", text="while True:"),
        Frame(file="hw.py", line=3, function="g", text="g()"),
    )


def test_a_cell_is_told_without_its_text() -> None:
    written = f'Stack {HEAD}\n  File "book.ipynb, cell 3", line 2 in <module>\n'
    assert places(frames_of(written.encode(), FILES)) == ["  book.ipynb, cell 3, line 2, in <module>"]


@pytest.mark.parametrize("line", [0, 4, 999_999_999])
def test_a_line_that_the_file_does_not_have_is_left_out(line: int) -> None:
    assert frames_of(f'Stack {HEAD}\n  File "hw.py", line {line} in f\n'.encode(), FILES) == ()


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_whatever_is_written_gives_frames_of_the_files_or_none(before: bytes, after: bytes) -> None:
    written = before + HEAD.encode() + b'\n  File "hw.py", line 3 in f\n' + after
    for found in (frames_of(written, FILES), frames_of(after, FILES)):
        assert {frame.file for frame in found} <= {"hw.py"}
