"""The measuring script runs and yields every figure. What the figures say is not tested: machines differ."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox.probes import probe

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "overhead.py"
KEYS = {
    "per_submission_overhead_ms",
    "speedup_over_pytest",
    "call_overhead_ms",
    "echo_64mb_ratio",
    "pytest_ms_per_test",
    "worker_private_mb",
    "student_run_beyond_import_torch_s",
}


@pytest.mark.slow
@pytest.mark.skipif(not probe().linux, reason="workers are confined on Linux only")
def test_quick_run_yields_every_figure(tmp_path):
    out = tmp_path / "overhead.json"
    command = [sys.executable, str(SCRIPT), "--quick", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures == json.loads(out.read_text())
    assert figures.keys() >= KEYS | {"machine"}
    for key in KEYS:
        assert figures[key].keys() >= {"median", "iqr", "n", "reach", "ok"}, key
