"""`grader report`: a stored run shown again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader.cli.app import app
from grader.cli.exits import ExitCode
from grader.judge.process import JudgeProcess
from tests.batch.courses import Course
from tests.batch.fakes import Bench

ROOT = Path(__file__).parents[2]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Calls the command inside a course in which ann and bob are graded."""
    course = Course.make(tmp_path)
    monkeypatch.chdir(course.root)
    monkeypatch.setattr(JudgeProcess, "start", Bench().start)
    course.hand_in(ann="score 4", bob="score 10")

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            app(arguments)
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    assert run("grade", "a1", "class")[0] == ExitCode.DONE
    return run


def page(student: str) -> str:
    return Path(f"pages/submissions/{student}.html").read_text()


@pytest.mark.parametrize("out", ["a1", "out/a1", "assignments/a1/"])
def test_without_pages_the_table_is_shown_again(here, out: str) -> None:
    code, printed, _ = here("report", out)
    assert code == ExitCode.DONE and "ann" in printed and "10/10" in printed
    data = json.loads(here("report", out, "--json")[1])
    assert [one["student"] for one in data["results"]] == ["ann", "bob"]


def test_pages_are_made_with_the_submissions_in_them(here) -> None:
    code, printed, _ = here("report", "a1", "--html", "pages")
    assert code == ExitCode.DONE and "2 pages with what students may see" in printed
    assert ">score</span>" in page("ann") and "4 of 10 points" in page("ann")
    assert "submissions/bob.html" in Path("pages/index.html").read_text()


def test_pages_for_staff_say_so(here) -> None:
    assert "2 pages for staff" in here("report", "a1", "--html", "pages", "--staff")[1]
    assert "For staff" in page("ann") and "digest" in page("ann")
    assert "2 pages with" in here("report", "a1", "--html", "pages")[1]
    assert "For staff" not in page("ann"), "a page for staff does not stay where students' pages are"


def test_what_was_written_is_data_too(here) -> None:
    Path("class/ann/hw.py").unlink()
    data = json.loads(here("report", "a1", "--html", "pages", "--json")[1])
    assert data["pages"] == 2 and data["audience"] == "student" and data["index"] == "pages/index.html"
    assert len(data["notes"]) == 1


def test_a_submission_that_has_changed_is_not_shown_and_told(here) -> None:
    Path("class/ann/hw.py").write_text("another file")
    _, printed, _ = here("report", "a1", "--html", "pages")
    assert "not shown: ann: What is found now is not what was graded" in printed
    assert (
        "its digest differs" in page("ann")
        and "another" not in page("ann")
        and ">score</span>" in page("bob")
    )


def test_a_submission_that_has_gone_is_told_and_can_be_shown_from_elsewhere(here) -> None:
    Path("class").rename("moved")
    assert here("report", "a1", "--html", "pages")[1].count("not where it was graded any more") == 2
    code, printed, _ = here("report", "a1", "--html", "pages", "--submissions", "moved")
    assert code == ExitCode.DONE and "not shown" not in printed and ">score</span>" in page("ann")


def test_submissions_in_an_archive_are_found(here) -> None:
    with zipfile.ZipFile("class.zip", "w") as archive:
        archive.writestr("cleo/hw.py", "score 7")
        archive.writestr("dan/hw.py", "score 8")
    assert here("grade", "a1", "class.zip", "--out", "zipped")[0] == ExitCode.DONE
    assert "not shown" not in here("report", "zipped", "--html", "pages")[1]
    assert ">score</span>" in page("dan")


def test_outside_of_a_course_pages_have_no_source(here, tmp_path_factory, monkeypatch) -> None:
    out = Path("out/a1").absolute()
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    code, printed, _ = here("report", str(out), "--html", "pages")
    assert (
        code == ExitCode.DONE and printed.count("without the course") == 2 and "4 of 10 points" in page("ann")
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing",), "no results in nothing or out/nothing"),
        (("a1", "--staff"), "give --html DIR"),
        (("a1", "--outputs"), "give --html DIR"),
        (("a1", "--html", "pages", "--submissions", "nowhere"), "There is no nowhere"),
    ],
)
def test_wrong_usage_is_a_sentence(here, arguments: tuple[str, ...], said: str) -> None:
    code, _, printed = here("report", *arguments)
    assert code == ExitCode.USAGE and said in printed and not Path("pages").exists()


def test_without_the_extra_the_command_says_what_to_install(here) -> None:
    code = "import sys\nsys.modules['nbconvert'] = None\nfrom grader.cli import main\nmain()"
    command = [sys.executable, "-c", code, "report", "a1", "--html", "pages"]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert done.returncode == ExitCode.USAGE and not Path("pages").exists()
    assert done.stderr.startswith("--html needs nbconvert") and "'torchgrade[reports]'" in done.stderr
