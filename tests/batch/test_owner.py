"""Only a run whose process is gone is continued by another."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from grader.batch.owner import is_alive, this_process


def test_this_process_is_alive() -> None:
    assert is_alive(this_process())


def test_another_process_is_alive_until_it_ends() -> None:
    code = "from grader.batch.owner import this_process; print(this_process(), flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    owner = child.stdout.readline().strip()
    assert is_alive(owner)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(owner), "a dead process that nobody has waited for yet is dead"
    child.communicate()
    assert not is_alive(owner)


@pytest.mark.parametrize(
    "owner",
    [
        "",
        "host",
        "/1/2",
        "elsewhere.example/1/5",
        f"{socket.gethostname()}/x/5",
        f"{socket.gethostname()}/1/not-its-start",
    ],
)
def test_what_cannot_be_known_to_live_is_not_alive(owner: str) -> None:
    assert not is_alive(owner)
