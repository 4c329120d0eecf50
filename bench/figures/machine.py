"""The machine and the software of a measurement, for whoever reads its figures later."""

from __future__ import annotations

import os
import platform
from typing import Any

from grader.judge.environment import describe_environment
from grader.model.results import Isolation


def machine(isolation: Isolation) -> dict[str, Any]:
    """Processor, cores, kernel, versions, and the confinement that was measured."""
    seen = describe_environment()
    return {
        "cpu": seen.cpu,
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": seen.python,
        "torch": seen.torch,
        "grader": seen.grader,
        "isolation": {"level": isolation.level, "layers": list(isolation.layers)},
        "load_at_start": [round(load, 2) for load in os.getloadavg()],
    }
