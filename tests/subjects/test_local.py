"""In one process the same calls have the same kinds of outcome."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import torch

from grader.model.outcomes import Outcome
from grader.subjects.base import Answer, Call, Ended, Raised, Returned
from grader.subjects.local import LocalSubject


def ask(text: str, *args: object, seconds: float = 5, **kwargs: object) -> Answer:
    subject = LocalSubject({"hw.py": text.encode()}, {"hw.py": "here/hw.py"}, import_s=1)
    return subject.answer(Call(target="f", file="hw.py", args=args, kwargs=kwargs, seed=1, seconds=seconds))


@pytest.mark.parametrize(
    ("text", "outcome", "message"),
    [
        ("def g(): pass", Outcome.MISSING, "`f` is not defined (found: g)"),
        ("1 / 0", Outcome.MISSING, "hw.py cannot be imported (line 1): ZeroDivisionError: division by zero"),
        ("import sys; sys.exit()", Outcome.MISSING, "hw.py cannot be imported (line 1): importing it ended"),
        ("while True: pass", Outcome.TIMEOUT, "importing hw.py took longer than the limit of 1 s"),
        ("def f():\n    while True: pass", Outcome.TIMEOUT, "f took longer than the limit of 0.4 s"),
        ("def f(): return object()", Outcome.BAD_REPLY, "the result cannot be graded: type object is not"),
        ("def f(): raise MemoryError", Outcome.OOM, "it asked for more memory than there is"),
    ],
)
def test_outcomes_have_the_words_of_a_worker(text: str, outcome: Outcome, message: str) -> None:
    answer = ask(text, seconds=0.4)
    assert isinstance(answer, Ended)
    assert answer.outcome is outcome
    assert answer.message.startswith(message)


def test_an_import_that_raises_without_words_is_told_without_a_colon() -> None:
    answer = ask("x = 1\nassert x == 2")
    assert isinstance(answer, Ended)
    assert answer.message == "hw.py cannot be imported (line 2): AssertionError"


def test_an_alarm_that_is_swallowed_rings_again() -> None:
    began = time.monotonic()
    text = (
        "def f():\n    try:\n        while True: pass\n    except BaseException: pass\n    while True: pass"
    )
    answer = ask(text, seconds=0.3)
    assert isinstance(answer, Ended)
    assert time.monotonic() - began < 3


def test_the_import_of_a_library_is_not_the_students_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_library.py").write_text("import time\ntime.sleep(1)\nvalue = 3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    text = "def f():\n    import slow_library\n    return slow_library.value"
    assert ask(text, seconds=0.4) == Returned(value=3)


def test_time_after_the_import_of_a_library_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "quick_library.py").write_text("def forever():\n    while True: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    answer = ask("def f():\n    import quick_library\n    quick_library.forever()", seconds=0.4)
    assert isinstance(answer, Ended)
    assert answer.outcome is Outcome.TIMEOUT


def test_an_exception_keeps_its_object_for_a_debugger() -> None:
    answer = ask("def f(x):\n    return 1 / x", 0)
    assert isinstance(answer, Raised)
    assert isinstance(answer.error, ZeroDivisionError)
    assert [frame.text for frame in answer.frames] == ["return 1 / x"]
    assert answer.frames[0].file == "here/hw.py"


def test_an_exit_within_a_call_is_an_error() -> None:
    answer = ask("import sys\ndef f(): sys.exit(0)")
    assert isinstance(answer, Raised)
    assert answer.types[0] == "SystemExit"


def test_ctrl_c_ends_the_run_and_not_the_call() -> None:
    with pytest.raises(KeyboardInterrupt):
        ask("def f(): raise KeyboardInterrupt")


def test_inputs_changed_in_place_are_told_and_the_originals_kept() -> None:
    mine = torch.zeros(1)
    answer = ask("def f(x, y): x += 1; y.append(1); return x", mine, y=[0])
    assert isinstance(answer, Returned)
    assert answer.inputs_after is not None
    assert [answer.inputs_after[0].item(), answer.inputs_after[1]] == [1, [0, 1]]
    assert mine.item() == 0
