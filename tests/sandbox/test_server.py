"""The fork server itself: it hides the course, and takes everything along when it goes."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import grader
from grader.model.errors import HarnessFault
from grader.sandbox import namespaces, sweep
from grader.sandbox.layers import LIMITS, Plan, WorkerLimits
from grader.sandbox.plans import plans
from grader.sandbox.server import ForkServer

PACKAGE = Path(grader.__file__).resolve().parent
OUTERS = sorted({plan.outer for plan in plans()})
FEW = WorkerLimits(memory_mb=256, cpu_s=10, processes=4)

JUDGE = """
import sys, time
from grader.sandbox.layers import WorkerLimits
from grader.sandbox.plans import plans
from grader.sandbox.server import ForkServer
plan = next(plan for plan in plans() if plan.outer == sys.argv[1])
limits = WorkerLimits(memory_mb=256, cpu_s=10)
"""


def judge(script: str, outer: str, **options: object) -> subprocess.Popen[str]:
    """A judge in a process of its own, with this process's import path."""
    environment = {
        **os.environ,
        "TMPDIR": tempfile.gettempdir(),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    environment |= options.pop("environment", {})
    command = [sys.executable, "-c", JUDGE + script, outer]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, **options)


@pytest.mark.parametrize("outer", OUTERS)
def test_everything_goes_when_the_judge_is_killed(outer):
    before = set(sweep.descendants(os.getpid()))
    script = """
server = ForkServer.start(plan)
worker = server.spawn(limits)
print("up", flush=True)
time.sleep(99)
"""
    with judge(script, outer) as process:
        assert process.stdout.readline() == "up\n"
        assert len(set(sweep.descendants(os.getpid())) - before) >= 4
        process.kill()
    assert left_within(5, before) == set()
    assert not list(Path(tempfile.gettempdir()).glob("torchgrade-*/home-*"))


def left_within(seconds: float, before: set[int]) -> set[int]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        left = set(sweep.descendants(os.getpid())) - before
        if not left:
            break
        time.sleep(0.02)
    return left


@pytest.mark.parametrize("outer", OUTERS)
def test_a_course_beside_the_package_is_out_of_reach(outer, tmp_path):
    """As with an editable install: `solutions/` lies in the folder from which `grader` is imported."""
    beside = "/var/tmp" if os.access("/var/tmp", os.W_OK) else tmp_path
    course = Path(os.path.realpath(tempfile.mkdtemp(dir=beside)))
    course.chmod(0o755)  # not the folder's mode keeps others out
    shutil.copytree(PACKAGE, course / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    try:
        (course / "solutions").mkdir()
        (course / "solutions" / "secret.py").write_text("answer = 42")
        (course / "autograder.yml").write_text("course: secret")
        script = """
from grader.sandbox.level import measure, READS_COURSE
import grader, os
assert grader.__file__.startswith(os.getcwd()), grader.__file__
with ForkServer.start(plan) as server:
    print(measure(server))
    server.plan = type(plan)(outer="none", inner=("rlimits",))
    if plan.outer == "none": print(READS_COURSE in measure(server).could)
"""
        environment = {"PYTHONPATH": os.pathsep.join([str(course), *filter(None, sys.path)])}
        with judge(script, outer, cwd=course, environment=environment) as process:
            said = process.stdout.read().splitlines()
    finally:
        shutil.rmtree(course)
    assert "could=()" in said[0]
    assert said[1:] == (["True"] if outer == "none" else [])


def test_a_fork_server_that_cannot_start_says_why():
    with pytest.raises(HarnessFault, match="no_such_module"):
        ForkServer.start(Plan(outer="none", inner=(LIMITS,)), warm=["no_such_module"])


def test_a_closed_server_spawns_nothing(servers):
    with ForkServer.start(Plan(outer="none", inner=(LIMITS,)), warm=["wave"]) as server:
        worker = server.spawn(FEW)
    assert worker.exit_status(0) is None
    with pytest.raises(HarnessFault, match="gone"):
        server.spawn(FEW)


def test_many_workers_live_at_a_time(servers):
    server = next(iter(servers.values()))
    workers = [server.spawn(FEW) for _ in range(5)]
    assert len({worker.pid for worker in workers}) == 5
    for worker in workers:
        worker.kill()


@pytest.mark.skipif(os.getuid() != 0, reason="an ordinary user runs these tests anyway")
def test_the_same_holds_for_an_ordinary_user():
    interpreter = reachable_interpreter()
    if interpreter is None or shutil.which("setpriv") is None:
        pytest.skip("no interpreter of this version that every user may run")
    here = Path(__file__).parent
    packages = [entry for entry in sys.path if entry.endswith("-packages")]
    user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    command = [*user, interpreter, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    environment |= {"PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), *packages])}
    environment |= {name: os.environ[name] for name in os.environ if name.startswith("PYTEST_DISABLE")}
    these = "missed or can_do_nothing or fails_in or torch_answers or left_after or true_end or no_new"
    these += " or counts or refused"
    done = subprocess.run(
        [*command, "-k", these, here / "test_contract.py", here / "test_level.py", here / "test_watch.py"],
        env=environment, capture_output=True, text=True, check=False, cwd=here,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def reachable_interpreter() -> str | None:
    """One of this very version, because the packages are shared."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = [os.path.realpath(sys.executable), f"/usr/bin/{version}", f"/usr/local/bin/{version}"]
    ways = [path for path in found if Path(path).exists() and namespaces.closed_folder(path) is None]
    return next(iter(ways), None)


def test_a_signal_number_is_what_is_reported(servers):
    server = next(iter(servers.values()))
    worker = server.spawn(FEW)
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.exit_status(5) == -signal.SIGTERM
    worker.kill()
