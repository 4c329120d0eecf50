"""The GPU's measuring script says that there is none, or yields every figure, here of a rehearsed one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox.devices import REHEARSAL

ROOT = Path(__file__).resolve().parents[2]


def run(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        str(ROOT / "bench" / "gpu.py"),
        "--rounds",
        "2",
        "--out",
        str(tmp_path / "gpu.json"),
    ]
    seen = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=seen)


def test_without_a_gpu_nothing_is_written(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 0 and "No GPU is here" in done.stdout, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_with_one_every_figure_is_there(tmp_path: Path) -> None:
    done = run(tmp_path, **{REHEARSAL: '{"wake_s": 0.1}', "XDG_RUNTIME_DIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr[-4000:]
    figures = json.loads((tmp_path / "gpu.json").read_text())
    assert figures == json.loads(done.stdout.splitlines()[-1])
    assert figures["gpu"] == "rehearsed GPU 0"
    for key in ("context_started_cold_ms", "context_started_ahead_ms", "submission_ms", "its_gpu_tests_ms"):
        assert figures[key]["n"] == 2, key
