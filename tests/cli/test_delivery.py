"""What `grader grade` writes for CI systems and platforms, and when it refuses to."""

from __future__ import annotations

import json
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


def test_metadata_that_is_none_is_told(grade) -> None:
    Path("meta.json").write_text('{"created_at": "yesterday"}')
    code, _, said = grade(
        "--gradescope", "results.json", "--gradescope-metadata", "meta.json", jane="score 4"
    )
    assert code == ExitCode.USAGE and "meta.json: is no submission_metadata.json" in said


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
