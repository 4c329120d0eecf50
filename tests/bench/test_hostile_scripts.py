"""The scripts that soak and fuzz run, and find nothing in a small run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.probes import probe

ROOT = Path(__file__).resolve().parents[2]


def run(script: str, out: Path, *options: str) -> dict[str, Any]:
    """The figures that a script writes."""
    command = [sys.executable, str(ROOT / "bench" / script), *options, "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=570, check=False, cwd=out.parent, env=environment
    )
    assert done.returncode == 0, done.stderr[-4000:]
    figures: dict[str, Any] = json.loads(out.read_text())
    assert json.loads(done.stdout.splitlines()[-1]) == figures
    return figures


@pytest.mark.slow
@pytest.mark.skipif(not probe().linux, reason="workers are confined on Linux only")
def test_a_small_soak_differs_in_nothing(tmp_path: Path) -> None:
    options = ("--submissions", "8", "--kills", "1", "--folder", str(tmp_path / "soak"))
    figures = run("soak.py", tmp_path / "soak.json", *options)
    assert figures["submissions"] == 8
    assert not figures["without_result"] + figures["not_final"] + figures["different"]
    assert figures["exit_codes"] == [0, 0]
    assert sum(figures["killed"].values()) <= 1
    assert figures["nothing_left"]


def test_a_thousand_frames_and_some_archives_find_nothing(tmp_path: Path) -> None:
    figures = run("fuzz.py", tmp_path / "fuzz.json", "--frames", "1000", "--archives", "100")
    frames, archives = figures["frames"], figures["archives"]
    assert frames["count"] == sum(frames["outcomes"].values()) == 1000
    assert archives["count"] == sum(archives["outcomes"].values()) == 100
    assert frames["outcomes"]["honest: value"] and archives["outcomes"]["honest: taken"]
    assert archives["outcomes"]["path: rejected"] and archives["outcomes"]["truncated: rejected"]
