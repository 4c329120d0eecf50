"""Limits of all of a worker's processes together, and what a worker used although it has ended."""

from __future__ import annotations

import errno
import os

import pytest

from grader.sandbox.layers import LANDLOCK, LIMITS, MOUNTS, PIDNS, SECCOMP, WorkerLimits
from grader.worker.forkserver import OVER_FILES, OVER_MEMORY

SEVERAL = WorkerLimits(memory_mb=200, cpu_s=20, processes=4)
MAPS = """
import mmap
def take(flags): return len(mmap.mmap(-1, 2**20, flags=flags))
def zero():
    with open("/dev/zero", "rb") as file:
        return len(mmap.mmap(file.fileno(), 2**20, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ))
"""
SHARED, PRIVATE, ANONYMOUS, GROWS_DOWN = 1, 2, 0x20, 0x100
CHILDREN = """
import os, time
KEPT = []
def keep(mb):
    KEPT.append(b"x" * (mb << 20))
def grow(children, mb, seconds):
    pids = []
    for _ in range(children):
        pids.append(os.fork())
        if pids[-1] == 0:
            mine = b"y" * (mb << 20) if mb else sum(map(len, KEPT))
            time.sleep(seconds)
            os._exit(0)
    for pid in pids:
        os.waitpid(pid, 0)
    return children
"""


@pytest.fixture
def limited(server):
    if LIMITS not in server.plan.inner:
        pytest.skip("no limits in this plan")
    return server.plan


def test_memory_that_no_limit_counts_is_refused(start, limited):
    if SECCOMP not in limited.inner:
        pytest.skip("no filter in this plan")
    talk = start(MAPS)
    assert talk.call("take", SHARED | ANONYMOUS) == {"oom": True}
    assert talk.call("take", PRIVATE | ANONYMOUS | GROWS_DOWN) == {"oom": True}
    assert talk.call("take", PRIVATE | ANONYMOUS) == 2**20


def test_zeros_of_the_system_are_out_of_view(start, limited):
    if LANDLOCK not in limited.inner:
        pytest.skip("nothing closes files in this plan")
    assert start(MAPS).call("zero")["raised"]["text"].startswith(f"[Errno {errno.EACCES}]")


def test_memory_of_all_processes_counts_together(start, limited):
    if os.getuid() and not {PIDNS, LANDLOCK} & set(limited.inner):
        pytest.skip("here no process of this user may look at another's memory, not even the stub")
    talk = start(CHILDREN, SEVERAL)
    talk.send("grow", 4, 120, 60)
    assert talk.worker.exit_status(20) == OVER_MEMORY


def test_what_processes_share_counts_once(start, limited):
    talk = start(CHILDREN, SEVERAL)
    talk.call("keep", 120)
    assert talk.call("grow", 4, 0, 0.3) == 4


def test_files_are_limited_in_number(start, limited):
    talk = start("""
def fill(number):
    for each in range(number):
        open(f"f{each}", "x").close()
    import time; time.sleep(60)
""")
    talk.send("fill", 6000)
    if MOUNTS in limited.inner:
        reply = talk.channel.receive(30)[0]
        assert reply["raised"]["text"].startswith(f"[Errno {errno.ENOSPC}]")
    else:
        assert talk.worker.exit_status(20) == OVER_FILES


def test_the_time_of_a_worker_that_ended_is_known(start):
    talk = start("""
import os, time
def leave(seconds):
    while time.process_time() < seconds: pass
    os._exit(0)
""")
    talk.send("leave", 0.4)
    assert talk.worker.exit_status(20) == 0
    assert 0.39 <= talk.worker.cpu_seconds() < 5
    talk.worker.kill()
    assert talk.worker.cpu_seconds() >= 0.39
