"""The machine and the software of a measurement, for whoever reads its figures later."""

from __future__ import annotations

import os
import platform
from typing import Any

from grader.judge.environment import describe_environment
from grader.model.results import Isolation


def machine(isolation: Isolation | None = None) -> dict[str, Any]:
    """Processor, cores, kernel, versions, and the confinement that was measured, if any was."""
    seen = describe_environment()
    confined = {"level": isolation.level, "layers": list(isolation.layers)} if isolation else None
    return {
        "cpu": seen.cpu,
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": seen.python,
        "torch": seen.torch,
        "grader": seen.grader,
        **({"isolation": confined} if confined else {}),
        # Far over the number of cores, others were at work.
        "load_at_end": [round(load, 2) for load in os.getloadavg()],
    }
