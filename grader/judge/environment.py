"""The software and the machine of a run, as a value."""

from __future__ import annotations

import platform
from pathlib import Path

import torch

from grader import __version__
from grader.judge.spec import TestSpec
from grader.model.results import Environment

NO_GPU = "needs a GPU, which is not here"
MEASURED_WHEN_GRADED = "what the reference gives on a GPU is not on the tape; measured when graded"


def describe_environment(gpu: str | None = None) -> Environment:
    """What goes into every result; `gpu` names the one that tests run on."""
    return Environment(
        grader=__version__,
        python=platform.python_version(),
        torch=str(torch.__version__),
        platform=platform.platform(),
        cpu=_cpu(),
        gpu=gpu,
        tf32=None if gpu is None else False,  # switched off for every call
        threads=torch.get_num_threads(),
    )


def lacks_gpu(spec: TestSpec) -> bool:
    """Whether a test has to wait for a machine with a GPU, in a run in this process."""
    return spec.gpu and not torch.cuda.is_available()


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
