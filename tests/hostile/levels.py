"""The confinements under which the table is tried, and a judge that grades under one of them.

strong   the best that the machine has: level 3 with bubblewrap or namespaces
shared   no namespaces of the worker's own: other processes can be seen. Level 2
plain    every worker a new interpreter with nothing around it, as outside Linux. Level 0
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from grader.judge.process import JudgeProcess
from grader.model.orders import Order, Ready
from grader.sandbox.layers import LANDLOCK, PIDNS, SECCOMP, Plan
from grader.sandbox.plans import plans
from grader.wire.channel import Channel

COURSE = Path(__file__).parent / "course"
LEVELS = {"strong": 3, "shared": 2, "plain": 0}
TOKEN = "GITHUB_TOKEN"  # a name, not a secret
_CHILD = """
import sys
from grader.sandbox import plans
from grader.judge.main import main
from tests.hostile.levels import plan_of
name = sys.argv.pop()
plans.plans = lambda: (plan_of(name),)
main()
"""


def plan_of(name: str) -> Plan | None:
    """The strongest plan of this machine that may reach such a level and no more."""
    if name == "plain":
        return Plan(outer="none", inner=(), fork=False)
    with_spaces = name == "strong"
    found = (plan for plan in plans() if (PIDNS in plan.inner) is with_spaces)
    return next((plan for plan in found if {LANDLOCK, SECCOMP} <= set(plan.inner)), None)


def start_judge(name: str, temporary: Path) -> tuple[JudgeProcess, Ready]:
    """A judge of the course under such a confinement; skips where this machine does not reach the level.

    Its temporary files lie in a folder of its own, and its environment holds what must not be seen.
    """
    if plan_of(name) is None:
        pytest.skip(f"this machine has no confinement of the kind {name!r}")
    ours, theirs = socket.socketpair()
    with theirs:
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(theirs.fileno()), str(os.getpid()), name],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "TMPDIR": str(temporary), TOKEN: "secret4711"},
        )
    judge = JudgeProcess(child, Channel(ours))
    order = Order(root=str(COURSE), assignment="small", run="hostile", seed=4711)
    Channel(ours).send({"kind": "order", "value": msgspec.to_builtins(order)})
    ready = judge.receive(120)
    assert isinstance(ready, Ready)
    if ready.isolation.level < LEVELS[name]:
        judge.close()
        pytest.skip(f"this machine reaches level {ready.isolation.level}: {', '.join(ready.isolation.could)}")
    return judge, ready
