"""What every plan keeps, whatever its layers: a worker answers, ends truly, and leaves nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from pathlib import Path

import pytest

from grader.sandbox import landlock, sweep
from grader.sandbox.layers import LANDLOCK, LIMITS, SECCOMP, WorkerLimits
from grader.wire.channel import ChannelClosed

WAYS_TO_END = """
import ctypes, os, signal
def leave(code): os._exit(code)
def kill(number): os.kill(os.getpid(), number)
def crash(): ctypes.string_at(0)
def abort(): os.abort()
"""


def processes() -> set[int]:
    with contextlib.suppress(ChildProcessError):  # bubblewrap leaves its first process to whoever is there
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return set(sweep.descendants(os.getpid()))


def names(folder: str) -> set[str]:
    return {entry.name for entry in Path(folder).iterdir()}


def traces() -> tuple[object, ...]:
    """Everything of a worker that could be left, seen from outside."""
    files = {name for name in names(tempfile.gettempdir()) if name.startswith("torchgrade-")}
    homes = {str(path) for name in files for path in Path(tempfile.gettempdir(), name).rglob("*")}
    mounts = Path("/proc/self/mounts").read_text()
    return processes(), files, homes, mounts, len(names("/proc/self/fd"))


def test_torch_answers(start):
    talk = start("import torch\ndef twice(x): return (2 * x).sum()")
    import torch

    assert talk.call("twice", torch.ones(3)) == 6


def test_training_works_under_all_layers(start):
    talk = start("""
import torch
def train():
    model = torch.nn.Linear(3, 1)
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.ones(4, 3)).square().mean().backward()
        optimizer.step()
    torch.save(model.state_dict(), "weights.pt")
    return len(torch.load("weights.pt"))
""")
    assert talk.call("train") == 2


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (("leave", 7), 7),
        (("kill", signal.SIGKILL), -signal.SIGKILL),
        (("crash",), -signal.SIGSEGV),
        (("abort",), -signal.SIGABRT),
    ],
    ids=["exit", "killed", "segfault", "abort"],
)
def test_the_true_end_is_known(start, call, expected):
    talk = start(WAYS_TO_END)
    talk.send(*(int(part) if isinstance(part, int) else part for part in call))
    with pytest.raises(ChannelClosed):
        talk.channel.receive(10)
    assert talk.worker.exit_status(5) == expected


def test_a_closed_socket_is_a_clean_end(start):
    talk = start("")
    import socket

    talk.worker.socket.shutdown(socket.SHUT_WR)
    assert talk.worker.exit_status(5) == 0


def test_a_running_worker_has_no_status(start):
    assert start("").worker.exit_status(0.01) is None


def test_output_arrives_also_without_a_flush(start):
    talk = start("def say(): print('one'); print('two', end='')")
    talk.call("say")
    time.sleep(0.02)
    assert os.read(talk.worker.output, 100) == b"one\ntwo"


def test_input_is_empty_and_no_other_descriptor_is_open(start):
    talk = start("""
import os, sys
def look():
    found = []
    for fd in range(256):
        try: os.fstat(fd)
        except OSError: continue
        found.append(fd)
    return sys.stdin.read(), found
""")
    assert talk.call("look") == ("", [0, 1, 2, 3])


def test_too_much_memory_is_an_error_in_the_worker(start, server):
    if LIMITS not in server.plan.inner:
        pytest.skip("no limits in this plan")
    talk = start("""
import torch
def by_torch(): return torch.empty(2**30, dtype=torch.uint8).numel()
def by_python(): return len(bytearray(2**30))
""")
    assert {"oom", "raised"} & set(talk.call("by_torch"))
    assert {"oom", "raised"} & set(talk.call("by_python"))


def test_cpu_limit_ends_the_worker(start, server):
    if LIMITS not in server.plan.inner:
        pytest.skip("no limits in this plan")
    talk = start("def spin():\n    while True: pass", WorkerLimits(memory_mb=256, cpu_s=1))
    talk.send("spin")
    assert talk.worker.exit_status(10) == -signal.SIGKILL


def test_no_new_processes_unless_allowed(start, server):
    if SECCOMP not in server.plan.inner:
        pytest.skip("no filter in this plan")
    source = """
import os, threading
def fork():
    pid = os.fork()
    if pid == 0: os._exit(3)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
def thread():
    done = []
    thread = threading.Thread(target=done.append, args=(1,))
    thread.start(); thread.join()
    return done
"""
    refused = start(source).call("fork")
    assert "PermissionError" in refused["raised"]["types"]
    assert start(source).call("thread") == [1]
    assert start(source, WorkerLimits(memory_mb=256, cpu_s=10, processes=4)).call("fork") == 3


def test_data_loader_with_workers(start, server):
    if "private-tmpfs" not in server.plan.inner and LANDLOCK in server.plan.inner:
        pytest.skip("shared memory needs a private one")
    talk = start(
        """
import torch
class Ones(torch.utils.data.Dataset):
    def __len__(self): return 6
    def __getitem__(self, index): return torch.full((2,), float(index))
def load():
    return [batch.sum().item() for batch in torch.utils.data.DataLoader(Ones(), batch_size=3, num_workers=2)]
""",
        WorkerLimits(memory_mb=512, cpu_s=20, processes=8),
    )
    assert talk.call("load") == [6.0, 24.0]


def test_environment_is_scrubbed(server, start):
    known = {"PATH", "HOME", "TMPDIR", "USER", "LOGNAME", "LANG", "MPLBACKEND", "PYTHONHASHSEED", "PWD", "TZ"}
    known |= {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TORCHINDUCTOR_CACHE_DIR"}
    talk = start("""
import os
def names():
    try: at_start = open("/proc/self/environ").read()
    except PermissionError: at_start = ""
    return sorted(os.environ), at_start
""")
    found, at_start = talk.call("names")
    assert set(found) <= known
    assert {part.partition("=")[0] for part in at_start.split("\0") if part} <= known


def test_a_kill_from_inside_reaches_no_one_outside(start, server):
    if LANDLOCK not in server.plan.inner or landlock.abi() < 6:
        pytest.skip("nothing keeps signals in here")
    talk = start("""
import os, signal
def shoot(judge):
    for pid in {judge, os.getppid(), -1}:
        try: os.kill(pid, signal.SIGKILL)
        except OSError: pass
    return "alive"
""")
    assert talk.call("shoot", os.getpid()) == "alive"
    assert start("def f(): return 1").call("f") == 1


DAEMONS = """
import os, time
def leave_behind(count):
    for _ in range(count):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
    return os.getpid()
"""


def test_nothing_is_left_after_a_kill(start, server):
    before = traces()
    talk = start(DAEMONS, WorkerLimits(memory_mb=256, cpu_s=10, processes=20))
    talk.call("leave_behind", 5)
    time.sleep(0.1)
    assert len(processes()) > len(before[0])
    talk.worker.kill()
    talk.worker.kill()
    assert traces() == before


def test_daemons_are_gone_after_the_worker_has_ended_by_itself(start, server):
    before = processes()
    talk = start(DAEMONS + WAYS_TO_END, WorkerLimits(memory_mb=256, cpu_s=10, processes=20))
    talk.call("leave_behind", 3)
    talk.send("leave", 0)
    assert talk.worker.exit_status(5) == 0
    talk.worker.kill()
    assert processes() - before == set()


def test_a_stopped_worker_can_be_killed(start):
    talk = start("def f(): return 1")
    talk.worker.pause()
    talk.worker.kill()
    assert talk.worker.exit_status(0) is None


def test_workers_do_not_see_each_others_files(start):
    source = """
import os, pathlib, tempfile
def put(): pathlib.Path("left.txt").write_text("x"); pathlib.Path(tempfile.gettempdir(), "t").touch()
def homes(): return sorted(os.listdir("."))
"""
    start(source).call("put")
    assert start(source).call("homes") == []


def test_cpu_and_memory_are_known(start):
    talk = start("def spin():\n    return sum(range(3_000_000))")
    before = talk.worker.cpu_seconds()
    talk.call("spin")
    assert before < talk.worker.cpu_seconds() < before + 5
    assert talk.worker.rss_bytes() > 50 * 2**20
    talk.worker.kill()
    assert talk.worker.rss_bytes() == 0
    assert talk.worker.cpu_seconds() > before
