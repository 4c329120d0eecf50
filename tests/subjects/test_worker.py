"""Every way in which a submission may answer, or fail to, from real confined workers."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

import pytest
import torch

from grader.model.errors import HarnessFault
from grader.model.outcomes import Outcome, Visibility
from grader.subjects.base import Call, Ended, Frame, Raised, Returned
from grader.subjects.worker import WorkerSubject
from tests.subjects.conftest import Ask

SPEAK = """
import socket, struct, threading
import msgspec
sock = socket.socket(fileno=3)
def frame(message, *buffers):
    header = message if isinstance(message, bytes) else msgspec.msgpack.encode(message)
    return (struct.pack("!4sIIQ", b"tgf1", len(header), len(buffers), sum(map(len, buffers)))
            + struct.pack(f"!{len(buffers)}Q", *map(len, buffers)) + header + b"".join(buffers))
def good(): return 1
"""


def test_a_value_comes_back_with_its_types(submission: Ask) -> None:
    ask = submission("def f(x, k=1): return {'sum': x.sum() + k, 'n': [1, True, None]}")
    answer = ask("f", torch.ones(3), kwargs={"k": 2})
    assert isinstance(answer, Returned)
    assert answer.value["n"] == [1, True, None]
    assert answer.value["sum"].item() == 5
    assert answer.inputs_after is None


def test_an_exception_shows_the_students_own_frames_only(submission: Ask) -> None:
    ask = submission("import torch\n\ndef f(x):\n    return g(x)\n\ndef g(x):\n    return x @ x\n")
    answer = ask("f", torch.ones(2, 3))
    assert isinstance(answer, Raised)
    assert answer.types[0] == "RuntimeError"
    assert answer.frames == (
        Frame(file="hw.py", line=4, function="f", text="return g(x)"),
        Frame(file="hw.py", line=7, function="g", text="return x @ x"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def g(): pass\nclass C: pass\nimport math\n", "`f` is not defined (found: g, C)"),
        ("f = 3", "`f` is not a function but of type int"),
        ("def f(:", "hw.py cannot be imported: SyntaxError: invalid syntax (hw.py, line 1): def f(:"),
        ("x = 1\n1 / 0", "hw.py cannot be imported (line 2): ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(0)", "hw.py cannot be imported (line 1): importing it ended the program"),
        ("raise KeyboardInterrupt", "hw.py cannot be imported (line 1): KeyboardInterrupt"),
        ("x = '\0'", "hw.py cannot be "),
        ("input()", "hw.py cannot be imported (line 1): EOFError: EOF when reading a line"),
    ],
)
def test_what_is_missing_is_told_with_what_was_found(submission: Ask, text: str, message: str) -> None:
    answer = submission(text)("f")
    assert isinstance(answer, Ended)
    assert answer.outcome is Outcome.MISSING
    assert answer.message.startswith(message)


def test_a_file_that_was_not_handed_in_is_missing(submission: Ask) -> None:
    answer = submission({"other.py": ""})("f")
    said = "hw.py was not handed in (found: other.py)"
    assert answer == Ended(outcome=Outcome.MISSING, message=said, elsewhere=True)


def test_what_lies_there_beside_the_hand_ins_is_told_as_well(submission: Ask) -> None:
    ask = submission({"other.py": ""})
    subject = WorkerSubject(ask._spawn, {}, ask.shipping, ask.limits, found=["HW.py", "src/hw.py"])
    answer = subject.answer(Call(target="f", file="hw.py", seed=1, seconds=1))
    subject.close()
    assert isinstance(answer, Ended)
    assert answer.message == "hw.py was not handed in (found: HW.py, src/hw.py)"


def test_a_probe_that_finds_no_name_is_missing_and_its_own_attribute_errors_are_not(submission: Ask) -> None:
    ask = submission("class C: pass")
    absent = ask(lambda submission: submission.Missing())
    assert isinstance(absent, Ended)
    assert absent.message == "`Missing` is not defined (found: C)"
    raised = ask(lambda submission: submission.C().size)
    assert isinstance(raised, Raised)
    assert raised.types[0] == "AttributeError"


FAULTS = [
    ("import os; os._exit(0)", Outcome.CRASHED, "the program exited with code 0 before it returned"),
    ("import os; os.kill(os.getpid(), 9)", Outcome.CRASHED, "was ended by the signal SIGKILL"),
    ("import ctypes; ctypes.string_at(0)", Outcome.CRASHED, "was ended by the signal SIGSEGV"),
    ("import os; os.abort()", Outcome.CRASHED, "was ended by the signal SIGABRT"),
    ("while True: pass", Outcome.TIMEOUT, "f took longer than the limit of 0.5 s"),
    ("sum(range(10**15))", Outcome.TIMEOUT, "f took longer than the limit of 0.5 s"),
    (
        "import signal, time; signal.pthread_sigmask(0, range(1, 65)); time.sleep(99)",
        Outcome.TIMEOUT,
        "f took",
    ),
    ("print('x' * 50_000_000)", Outcome.OUTPUT_LIMIT, "it printed more than the limit of 256 KiB"),
    ("import os\n    while True: os.write(2, b'x' * 60000)", Outcome.OUTPUT_LIMIT, "it printed more than"),
    ("return object()", Outcome.BAD_REPLY, "the result cannot be graded: type object is not plain data"),
    (
        "return [torch.zeros(1).expand(10**12)]",
        Outcome.BAD_REPLY,
        "the result cannot be graded: at result[0]",
    ),
    ("return torch.zeros(3 * 2**20)", Outcome.BAD_REPLY, "the result cannot be graded: a tens"),
    ("return ['x' * 7_000_000] * 3", Outcome.BAD_REPLY, "the result cannot be graded: at result[1]: this"),
    ("return torch.zeros(2**28)", Outcome.OOM, "it asked for more memory than the limit of 300 MiB"),
    ("return bytearray(2**30)", Outcome.OOM, "it asked for more memory than the limit of 300 MiB"),
    ("x = []\n    while True: x.append(torch.zeros(2**20))", Outcome.OOM, "it asked for more memory"),
]


@pytest.mark.parametrize(("body", "outcome", "message"), FAULTS)
def test_a_worker_that_faults_is_replaced_and_loads_the_hand_in_again(
    submission: Ask, body: str, outcome: Outcome, message: str
) -> None:
    ask = submission(f"import torch\ncount = 0\n\ndef f():\n    {body}\n\ndef good(): return 'good'\n")
    assert ask("good") == Returned(value="good")
    answer = ask("f", seconds=0.5 if outcome is Outcome.TIMEOUT else 5)
    assert isinstance(answer, Ended)
    assert answer.outcome is outcome
    assert message in answer.message
    assert ask("good") == Returned(value="good")
    assert len(ask.workers) == 2


@pytest.mark.parametrize(
    "kind", ["SystemExit(3)", "KeyboardInterrupt()", "GeneratorExit()", "BaseException()"]
)
def test_an_exit_within_a_call_is_an_error_and_the_worker_goes_on(submission: Ask, kind: str) -> None:
    ask = submission(f"def f(): raise {kind}\ndef good(): return 1")
    answer = ask("f")
    assert isinstance(answer, Raised)
    assert answer.types[0] == kind.split("(")[0]
    assert ask("good") == Returned(value=1)
    assert len(ask.workers) == 1


def test_an_exception_with_any_text_is_an_error(submission: Ask) -> None:
    ask = submission("class E(SyntaxError): pass\ndef f():\n    e = E('\\ud800'); e.text = 5; raise e")
    assert isinstance(ask("f"), Raised)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("while True: pass", Outcome.TIMEOUT),
        ("import os; os._exit(7)", Outcome.CRASHED),
        ("import torch; torch.zeros(2**28)", Outcome.OOM),
        ("print('x' * 10**6)", Outcome.OUTPUT_LIMIT),
    ],
)
def test_an_import_that_ends_the_worker_is_charged_once_for_all_calls(
    submission: Ask, text: str, outcome: Outcome
) -> None:
    ask = submission(text, import_s=1)
    first = ask("f")
    began = time.monotonic()
    assert isinstance(first, Ended)
    assert first.outcome is outcome
    assert ask("g") == ask("h") == first
    assert time.monotonic() - began < 0.1
    assert len(ask.workers) == 1


def test_one_file_that_cannot_be_imported_leaves_the_others(submission: Ask) -> None:
    ask = submission({"hw.py": "def f(): return 1", "bad.py": "1 / 0"})
    assert isinstance(ask("g", file="bad.py"), Ended)
    assert ask("f") == Returned(value=1)


def test_all_calls_together_have_a_budget(submission: Ask) -> None:
    ask = submission("import time\ndef f(): time.sleep(0.5)\ndef good(): return 1", submission_s=1.2)
    assert isinstance(ask("f"), Returned)
    assert isinstance(ask("f"), Returned)
    said = "the submission used up its 1.2 s in all"
    spent = Ended(outcome=Outcome.TIMEOUT, message=said, elsewhere=True)
    assert ask("f") == spent
    began = time.monotonic()
    assert ask("good") == spent
    assert time.monotonic() - began < 0.5


def test_a_worker_that_served_a_hidden_call_serves_no_public_one(submission: Ask) -> None:
    ask = submission("seen = []\ndef f(x):\n    seen.append(x)\n    return list(seen)")
    assert ask("f", 1) == Returned(value=[1])
    assert ask("f", 2, visibility=Visibility.HIDDEN) == Returned(value=[1, 2])
    assert ask("f", 3, visibility=Visibility.HIDDEN) == Returned(value=[1, 2, 3])
    assert ask("f", 4) == Returned(value=[4])
    assert ask("f", 5) == Returned(value=[4, 5])
    assert len(ask.workers) == 2


def test_nothing_on_disk_outlives_a_worker(submission: Ask) -> None:
    ask = submission(
        "import os, tempfile\n"
        "PLACES = ['kept', '/tmp/kept', '/dev/shm/kept', os.path.join(tempfile.gettempdir(), 'kept')]\n"
        "def keep():\n    done = 0\n    for place in PLACES:\n"
        "        try: open(place, 'w').write('secret'); done += 1\n        except OSError: pass\n"
        "    return done\n"
        "def found(): return [place for place in PLACES if os.path.exists(place)]\n"
    )
    kept = ask("keep", visibility=Visibility.HIDDEN)
    assert isinstance(kept, Returned)
    assert kept.value > 0
    assert ask("found") == Returned(value=[])


def test_a_test_with_other_limits_gets_a_worker_of_its_own(submission: Ask) -> None:
    ask = submission("import torch\ndef f(n): return torch.zeros(n * 2**18).sum()")
    assert isinstance(ask("f", 500), Ended)
    assert isinstance(ask("f", 500, memory_mb=900), Returned)
    assert len(ask.workers) == 2


def test_state_is_reset_between_calls(submission: Ask) -> None:
    ask = submission(
        "import random, numpy, torch\n"
        "def spoil():\n"
        "    torch.set_default_dtype(torch.float64); torch.set_grad_enabled(False)\n"
        "    torch.set_default_device('meta'); torch.manual_seed(5); random.seed(5)\n"
        "def state():\n"
        "    x = torch.ones(1, requires_grad=True) * 2\n"
        "    return [x.dtype, x.device, x.requires_grad, torch.rand(1).item(), random.random(),\n"
        "            numpy.random.rand(), torch.get_num_threads()]\n"
    )
    before = ask("state")
    ask("spoil")
    assert ask("state") == before
    other = ask("state", seed=2)
    assert isinstance(before, Returned)
    assert isinstance(other, Returned)
    assert before.value[:3] == [torch.float32, torch.device("cpu"), True]
    assert all(one != two for one, two in zip(before.value[3:6], other.value[3:6], strict=True))


def test_inputs_changed_in_place_are_told_also_those_passed_by_name(submission: Ask) -> None:
    ask = submission("def f(x, y=None):\n    x += 1\n    if y: y.append(9)\n    return 0")
    answer = ask("f", torch.zeros(1), kwargs={"y": [3]})
    assert isinstance(answer, Returned)
    assert answer.inputs_after is not None
    assert answer.inputs_after[0].item() == 1
    assert answer.inputs_after[1] == [3, 9]
    assert ask("f", 1) == Returned(value=0)


def test_the_inputs_of_the_judge_are_never_touched(submission: Ask) -> None:
    mine = torch.zeros(1)
    submission("def f(x): x += 1")("f", mine)
    assert mine.item() == 0


def test_a_leaf_stays_a_leaf(submission: Ask) -> None:
    ask = submission("def f(xs):\n    xs['a'][0].square().sum().backward()\n    return xs['a'][0].grad")
    answer = ask("f", {"a": [torch.tensor([3.0], requires_grad=True), torch.ones(1)]})
    assert isinstance(answer, Returned)
    assert answer.value.item() == 6


FORGED: list[tuple[str, Any]] = [
    ("frame({'value': [0, 42]})", 42),
    ("frame({'value': [0, 42], 'verdict': 'passed', 'points': 100})", 42),
    ("b'garbage' * 10", Outcome.BAD_REPLY),
    ("frame({})", Outcome.BAD_REPLY),
    ("frame([1])", Outcome.BAD_REPLY),
    ("frame({'value': 3})", Outcome.BAD_REPLY),
    ("frame({'value': [0, 1, 2, 3]})", Outcome.BAD_REPLY),
    ("frame({'value': [0, [9, 'float32', [10**9], 'cpu', 0]]})", Outcome.BAD_REPLY),
    ("frame({'value': [0, 1, 5]})", Outcome.BAD_REPLY),
    ("frame({'raised': 3})", Outcome.BAD_REPLY),
    ("frame({'raised': {'types': [], 'text': '', 'frames': []}})", Outcome.BAD_REPLY),
    ("frame({'raised': {'types': ['E'], 'text': [[]], 'frames': []}})", Outcome.BAD_REPLY),
    ("frame({'raised': {'types': ['E'], 'text': 'x' * 10**6, 'frames': []}})", Outcome.BAD_REPLY),
    ("frame({'raised': {'types': ['E'], 'text': '', 'frames': [{'file': 3}]}})", Outcome.BAD_REPLY),
    ("frame({'raised': {'types': ['E'] * 10**6, 'text': '', 'frames': []}})", Outcome.BAD_REPLY),
    ("frame({'value': [0, [10, '2)', [], 0]]})", Outcome.BAD_REPLY),
    ("frame({'missing': ['?']})", Outcome.MISSING),
    ("struct.pack('!4sIIQ', b'tgf1', 1, 0, 2**63)", Outcome.BAD_REPLY),
    ("frame(b'\\xdd' + struct.pack('!I', 10**7) + b'\\x90' * 10**7)", Outcome.BAD_REPLY),
    ("frame(b'\\xdd' + struct.pack('!I', 2 * 10**7) + b'\\x90' * 2 * 10**7)", Outcome.BAD_REPLY),
    ("b''.join(frame({'value': [0, 1]})[:20])", Outcome.BAD_REPLY),
]


@pytest.mark.parametrize(("speech", "expected"), FORGED)
def test_what_a_student_writes_to_the_socket_is_only_a_claim(
    submission: Ask, speech: str, expected: Any
) -> None:
    ask = submission(f"{SPEAK}\ndef f():\n    sock.sendall({speech})\n    while True: pass\n")
    answer = ask("f", seconds=4)
    if isinstance(expected, Outcome):
        assert isinstance(answer, Ended | Raised)
        if not speech.startswith("b''.join"):
            assert isinstance(answer, Ended)
            assert answer.outcome is expected
    else:
        assert answer == Returned(value=expected)


def test_a_reply_that_nothing_asked_for_ends_the_worker(submission: Ask) -> None:
    ask = submission(f"{SPEAK}\ndef f(): sock.sendall(frame({{'value': [0, 42]}}))\n")
    assert ask("f") == Returned(value=42)
    time.sleep(0.2)
    late = ask("good")
    assert late == Ended(
        outcome=Outcome.BAD_REPLY,
        message="the result cannot be graded: it sent a reply that nothing asked for",
    )
    assert ask("good") == Returned(value=1)


def test_a_reply_that_drips_is_over_in_time(submission: Ask) -> None:
    ask = submission(
        f"{SPEAK}\nimport time\ndef f():\n    for byte in frame({{'value': [0, 'x' * 999]}}):\n"
        "        sock.send(bytes([byte])); time.sleep(0.05)\n"
    )
    began = time.monotonic()
    answer = ask("f", seconds=1)
    assert isinstance(answer, Ended)
    assert answer.outcome is Outcome.TIMEOUT
    assert time.monotonic() - began < 2


def test_a_closed_socket_is_a_crash(submission: Ask) -> None:
    answer = submission("import os\ndef f():\n    os.close(3)\n    while True: pass")("f")
    assert isinstance(answer, Ended)
    assert answer.outcome is Outcome.CRASHED


def test_a_worker_that_dies_between_calls_costs_the_next_call_only(submission: Ask) -> None:
    ask = submission(
        "import threading, os\ndef f(): threading.Timer(0.1, lambda: os._exit(3)).start()\ndef g(): return 1"
    )
    assert isinstance(ask("f"), Returned)
    time.sleep(0.5)
    answer = ask("g")
    assert isinstance(answer, Ended)
    assert "exited with code 3" in answer.message
    assert ask("g") == Returned(value=1)


def test_cpu_time_of_ended_workers_stays_counted(submission: Ask) -> None:
    ask = submission("import time\ndef f():\n    while time.process_time() < 0.5: pass\n    time.sleep(60)")
    ask("f", seconds=5)
    used = ask.subject.cpu_seconds()
    assert used is not None
    assert 0.4 < used < 2
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_worker_that_is_lost_is_not_the_students_fault(submission: Ask) -> None:
    asked = submission("import time\ndef wait(): time.sleep(60)\ndef one(): return 1")
    assert asked("one") == Returned(value=1)
    worker = asked.workers[-1]
    if not worker._shielded:
        pytest.skip("here its own code could have done it")
    threading.Timer(0.2, worker._stub.signal, [signal.SIGKILL]).start()
    with pytest.raises(HarnessFault, match="lost"):
        asked("wait")
    assert asked("one") == Returned(value=1)


THREADS = """
import hashlib, threading, time
def spin(seconds):
    block, end = bytes(2**22), time.thread_time() + seconds
    while time.thread_time() < end: hashlib.sha256(block)  # without the interpreter's lock
def work(seconds):
    threads = [threading.Thread(target=spin, args=(seconds,)) for _ in range(3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return seconds
"""


def test_cpu_time_of_all_threads_counts_for_a_call(submission: Ask) -> None:
    answer = submission(THREADS)("work", 0.6, seconds=1.0)
    assert answer.outcome is Outcome.TIMEOUT  # by the wall clock where there is one processor
    assert "limit of 1 s" in answer.message


def test_the_judges_work_on_answers_counts_for_the_submission(submission: Ask) -> None:
    asked = submission("def one(): return 1", submission_s=5)
    assert asked("one") == Returned(value=1)
    asked.subject.charge(6)
    assert asked("one").message == "the submission used up its 5 s in all"
