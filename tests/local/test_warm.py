"""What the tests start in place of a new interpreter behaves as one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.warm import run

PROGRAMS = {
    "streams": "import sys; print(input()); sys.stderr.write('aside')",
    "arguments and folder": "import os, sys; print(sys.argv, os.getcwd(), sys.path[:2], __name__)",
    "environment": "import os; print(sorted(os.environ.items()))",
    "exit code": "raise SystemExit(3)",
    "last words": "import sys; sys.exit('no such thing')",
    "sudden end": "import os; os._exit(4)",
    "signal": "import os; os.kill(os.getpid(), 9)",
    "what is left to do at the end": "import atexit; atexit.register(print, 'goodbye')",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_ends_as_in_a_new_interpreter(tmp_path: Path, program: str) -> None:
    arguments, environment = ["-c", program, "one", "two"], {"LC_CTYPE": "C.UTF-8", "NAME": "value"}
    there = subprocess.run(
        [sys.executable, *arguments], cwd=tmp_path, env=environment, input="typed\n",
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    here = run(arguments, cwd=tmp_path, environment=environment, typed="typed\n")
    assert (here.returncode, here.stdout, here.stderr) == (there.returncode, there.stdout, there.stderr)


def test_nothing_of_a_program_is_left_for_the_next_one(tmp_path: Path) -> None:
    run(["-c", "import torch; torch.mine = 1"], cwd=tmp_path)
    assert "False" in run(["-c", "import torch; print(hasattr(torch, 'mine'))"], cwd=tmp_path).stdout


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run(["-c", "import time; time.sleep(60)"], cwd=tmp_path, timeout=0.2)
