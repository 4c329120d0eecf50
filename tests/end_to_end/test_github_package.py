"""The package for GitHub: the steps of its workflows are run as Actions would run them."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from grader.course.packaging.github import package_github
from grader.course.release import release
from grader.model.configuration import load_course
from grader.model.errors import UsageError
from grader.sandbox.probes import probe
from tests.end_to_end.small_course import SmallCourse

pytestmark = [
    pytest.mark.usefixtures("one_fork_server"),
    pytest.mark.skipif(not probe().linux, reason="the workflows run on Linux"),
]
WRONG = "def double(x):\n    return 3 * x\n"
STRANGERS = {"actions/checkout@v4", "actions/setup-python@v5", "actions/upload-artifact@v4",
             "classroom-resources/autograding-grading-reporter@v1"}  # fmt: skip
INSTALLED = "Install"  # what it installs is installed here


@dataclass
class Runner:
    """One job: a workspace, GitHub's files, and the `run` steps of a workflow."""

    workspace: Path
    temp: Path

    def __post_init__(self) -> None:
        self.temp.mkdir()
        self.summary, self.output = self.temp / "summary.md", self.temp / "output"
        programs = self.temp / "bin"
        programs.mkdir()
        packages = Path(pytest.__file__).parents[1]  # what the step "Install" would have installed
        python = f'PYTHONPATH="$PYTHONPATH:{packages}" exec {sys.executable} "$@"'
        (programs / "python").write_text(f"#!/bin/sh\n{python}\n")
        (programs / "python").chmod(0o755)
        self.environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(self.temp),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_OUTPUT": str(self.output),
            "RUNNER_TEMP": str(self.temp),
        }

    def run(self, workflow: Path, skip: str, **environment: str) -> str:
        """What the steps printed."""
        data = yaml.safe_load(workflow.read_text())
        (job,) = data["jobs"].values()
        return "".join(self._steps(data, job, skip, environment))

    def _steps(self, data: dict, job: dict, skip: str, environment: dict[str, str]) -> Iterator[str]:
        for step in job["steps"]:
            if "uses" in step:
                assert step["uses"] in STRANGERS
                continue
            if step["name"] in (INSTALLED, skip):
                continue
            own = {key: self._filled(value) for key, value in step.get("env", {}).items()}
            done = subprocess.run(
                ["bash", "-e", "-c", step["run"]],
                cwd=self._filled(step.get("working-directory", str(self.workspace))),
                env={**self.environment, **data.get("env", {}), **own, **environment},
                capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
            yield done.stdout

    def _filled(self, text: str) -> str:
        known = {"runner.temp": self.temp, "github.workspace": self.workspace}
        for name, value in known.items():
            text = text.replace(f"${{{{ {name} }}}}", str(value))
        folder = self.workspace / text
        return str(folder) if folder.is_dir() else text


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("github")
    course = SmallCourse(folder / "course", students=0, pause=0)
    release(course.root, "a1")
    (course.root / "assignments" / "a1" / "ideas.py").write_text("# for next year: return 2 * x\n")
    package_github(course.root, load_course(course.root), "a1", folder / "out", organization="example")
    return folder / "out"


def test_what_students_can_read_holds_no_solution_and_no_hidden_test(package: Path) -> None:
    texts = [path.read_bytes() for part in ("tests", "student") for path in (package / part).rglob("*")
             if path.is_file() and "harness" not in path.parts]  # fmt: skip
    assert texts and not any(b"return 2 * x" in text or b"test_nothing" in text for text in texts)
    assert not list((package / "tests").rglob("solutions"))


def test_a_students_push_is_checked_and_told(package: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "work"
    shutil.copytree(package / "student", workspace)
    (workspace / "double.py").write_text(WRONG)
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], cwd=package / "tests", check=True)
    runner = Runner(workspace, tmp_path / "temp")
    printed = runner.run(
        workspace / ".github/workflows/a1.yml", skip="", TESTS_REPOSITORY=str(package / "tests")
    )
    assert "::error file=double.py,line=1,title=double%3A Random numbers.::" in printed
    assert "| double | 0 of 2 |" in runner.summary.read_text()
    name, _, value = runner.output.read_text().strip().partition("=")
    payload = json.loads(base64.b64decode(value))
    assert name == "result" and payload["max_score"] == 2
    assert [(test["name"], test["status"], test["score"]) for test in payload["tests"]] == [
        ("double: Random numbers.", "fail", 0)
    ]


def test_staff_grade_clones_with_hidden_tests(package: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "work"
    shutil.copytree(package / "staff", workspace)
    runner = Runner(workspace, tmp_path / "temp")
    for student, text in {"a1-one": "def double(x):\n    return x + x\n", "a1-two": WRONG}.items():
        folder = runner.temp / "submissions" / student
        folder.mkdir(parents=True)
        (folder / "double.py").write_text(text)
    printed = runner.run(workspace / ".github/workflows/a1.yml", skip="Clone the submissions")
    assert printed.startswith("::stop-commands::"), "no line of a student's is a command"
    summary = runner.summary.read_text()
    assert "| a1\\-one | graded | 3 of 3 points |" in summary
    assert "| a1\\-two | graded | 1 of 3 points |" in summary, "the empty input of the hidden test"
    assert (runner.temp / "out" / "junit.xml").is_file()


def test_a_folder_that_holds_something_is_left_alone(package: Path) -> None:
    root = package.parent / "course"
    with pytest.raises(UsageError, match="is not empty"):
        package_github(root, load_course(root), "a1", package)
