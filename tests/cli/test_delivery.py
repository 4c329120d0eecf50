"""What `grader grade` writes for CI systems and platforms, and when it refuses to."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from grader.cli.app import app
from grader.cli.exits import ExitCode
from grader.judge.process import JudgeProcess
from tests.batch.courses import Course
from tests.batch.fakes import Bench

COMMAND = "::stop-commands::"


@pytest.fixture
def grade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Grades a class by judges that need no torch; gives the exit code and both outputs."""
    course = Course.make(tmp_path)
    monkeypatch.chdir(course.root)
    monkeypatch.setattr(JudgeProcess, "start", Bench().start)
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)

    course.hand_in()

    def run(*options: str, **texts: str) -> tuple[int, str, str]:
        course.hand_in(**texts)
        with pytest.raises(SystemExit) as ended:
            app(["grade", "a1", "class", *options])
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def test_one_submission_gives_gradescopes_file(grade, tmp_path: Path) -> None:
    code, _, _ = grade("--gradescope", "results/results.json", jane="score 4")
    found = json.loads(Path("results/results.json").read_text())
    assert code == ExitCode.DONE and found["score"] == 4
    assert Path("results/results.json").stat().st_mode & 0o044, "Gradescope's own user reads it"


def test_a_fault_is_no_zero_on_gradescope(grade) -> None:
    code, _, said = grade("--gradescope", "results.json", jane="fault")
    assert code == ExitCode.REGRADE and not Path("results.json").exists()
    assert "not the student's" in said


def test_a_class_is_nothing_for_gradescope(grade) -> None:
    code, _, said = grade("--gradescope", "results.json", jane="score 4", joe="score 5")
    assert code == ExitCode.USAGE and "2 were graded" in said
    assert Path("out/a1/grades.csv").exists(), "what was graded is kept"


def test_gradescopes_metadata_tells_of_earlier_hand_ins(grade, tmp_path: Path) -> None:
    told = {
        "created_at": "2026-12-02T00:00:00-08:00",
        "assignment": {"due_date": "2026-12-01T23:59:00-08:00"},
        "users": [{"name": "Student, One", "email": "one@school.example"}],
        "previous_submissions": [{"score": 2.0, "autograder_error": False}],
    }
    shutil.rmtree("class")
    Path("class/submission").mkdir(parents=True)
    Path("class/submission/hw.py").write_text("score 4")
    Path("class/submission_metadata.json").write_text(json.dumps(told))
    assert grade("--gradescope", "results.json")[0] == ExitCode.DONE
    said = json.loads(Path("results.json").read_text())["output"].splitlines()
    assert said[1:] == [
        "Handed in 1 min after the due date.",
        "This is hand-in number 2. The best one before had 2 points.",
    ]


def test_junit_has_the_whole_class(grade) -> None:
    assert grade("--junit", "ci/junit.xml", jane="score 10", joe="score 5")[0] == ExitCode.DONE
    root = ElementTree.parse("ci/junit.xml").getroot()
    assert {suite.attrib["name"]: suite.attrib["failures"] for suite in root} == {"jane": "0", "joe": "1"}


def test_on_github_what_is_printed_of_submissions_is_no_command(grade, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    code, out, _ = grade("--github", jane="score 4")
    lines = out.splitlines()
    token = lines[0].removeprefix(COMMAND)
    end = lines.index(f"::{token}::")
    assert code == ExitCode.DONE and lines[0].startswith(COMMAND) and len(token) == 32
    assert any("jane" in line for line in lines[1:end])
    assert [line for line in lines[end + 1 :] if line.startswith("::error ")]
    assert "4 of 10 points" in (tmp_path / "summary").read_text()
    assert (tmp_path / "output").read_text().startswith("result=")


def test_json_and_githubs_commands_do_not_mix(grade) -> None:
    code, _, said = grade("--github", "--json", jane="score 4")
    assert code == ExitCode.USAGE and "give one of them" in said
