"""Judges take turns at timing, and one that dies holds nobody up."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.judge.turns import turn
from grader.model.errors import HarnessFault

pytestmark = pytest.mark.skipif(not hasattr(os, "getuid"), reason="judges run side by side on Unix")

HOLD = """
import sys, time
from grader.judge.turns import turn
with turn():
    print("held", flush=True)
    time.sleep(60)
"""
TRY = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDWR)
try:
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    sys.exit(3)
"""


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def lock(folder: Path) -> Path:
    (found,) = folder.glob("torchgrade-timing-*.lock")
    return found


def test_nobody_else_has_a_turn_meanwhile(runtime: Path) -> None:
    with turn():
        assert subprocess.run([sys.executable, "-c", TRY, str(lock(runtime))]).returncode == 3
    assert subprocess.run([sys.executable, "-c", TRY, str(lock(runtime))]).returncode == 0


def test_a_judge_that_dies_gives_its_turn_back(runtime: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.wait()
    began = time.monotonic()
    with turn():
        assert time.monotonic() - began < 30


def test_a_turn_that_raises_is_over(runtime: Path) -> None:
    with pytest.raises(KeyError), turn():
        raise KeyError
    assert subprocess.run([sys.executable, "-c", TRY, str(lock(runtime))]).returncode == 0


def test_a_link_in_the_place_of_the_lock_is_not_followed(runtime: Path) -> None:
    target = runtime / "precious"
    (runtime / f"torchgrade-timing-{os.getuid()}.lock").symlink_to(target)
    with pytest.raises(HarnessFault, match="take turns"), turn():
        pass
    assert not target.exists()
