"""Memory that runs out on the machine, though every submission keeps its limit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.container import memory_group, why_no_memory_group
from tests.end_to_end.small_course import SmallCourse

WHY_NOT = why_no_memory_group()
MACHINE_MB = 900
WITHIN_ITS_LIMIT = "import torch\n\nBALLAST = torch.ones(900, 2**18)\n\n\ndef double(x):\n    return 2 * x\n"


# It needs a control group with a limit on memory, which only root can make: WHY_NOT says what is missing.
@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
def test_the_worker_is_ended_and_not_the_judge_and_it_is_nobodys_zero(tmp_path: Path) -> None:
    """900 MiB under a limit of 1 GiB, where judge, reference and all have 900 MiB together."""
    course = SmallCourse(tmp_path, students=3, pause=0)
    (course.root / "class" / "s01" / "double.py").write_text(WITHIN_ITS_LIMIT)
    grade = [sys.executable, "-m", "grader", "grade", "a1", "class"]
    with memory_group(MACHINE_MB) as enter:
        done = subprocess.run(
            ["sh", "-c", f'{enter}; exec "$@"', "sh", *grade, "--out", str(course.out), "--workers", "1"],
            cwd=course.root, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "ran out of memory" in " ".join(done.stdout.split())
    result = course.result("s01")
    assert (result["status"], result["score"]) == ("fault", None)
    assert [course.result(other)["score"] for other in ("s00", "s02")] == [1, 3]
