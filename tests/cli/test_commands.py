"""The command line: help, exit codes, and what goes to which stream."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest

from grader.cli.app import COMMANDS, app
from grader.cli.exits import ExitCode
from grader.judge.process import JudgeProcess
from grader.reports.findings import Fact
from tests.batch.courses import Course
from tests.batch.fakes import Bench

ROOT = Path(__file__).parents[2]
FAKE = """
from grader.cli import app
from grader.judge.process import JudgeProcess
from grader.reports.findings import Fact
from tests.batch.fakes import Bench

JudgeProcess.start = Bench().start
app.run()
"""


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def here(course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Calls the command in this process, inside the course, with judges that need no torch."""
    monkeypatch.chdir(course.root)
    monkeypatch.setattr(JudgeProcess, "start", Bench().start)

    def run(*arguments: str) -> Done:
        with pytest.raises(SystemExit) as ended:
            app(arguments)
        printed = capsys.readouterr()
        return Done(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def graded(here):
    return lambda *more: here("grade", "a1", "class", *more)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course.make(tmp_path)


def call(*arguments: str, cwd: Path, code: str | None = None) -> subprocess.CompletedProcess[str]:
    start = ["-c", code] if code else ["-m", "grader"]
    return subprocess.run(
        [sys.executable, *start, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom grader.cli.app import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'numpy', 'sqlalchemy', 'pydantic', 'rich', 'pytest', 'yaml'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = call(cwd=ROOT, code=code)
    assert done.returncode == 0, done.stderr
    for command in COMMANDS:
        assert command.__name__ in done.stdout


@pytest.mark.parametrize(
    "package",
    [
        "grader.batch.grading",
        "grader.batch.handed_in",
        "grader.reports.html.report",
        "grader.reports.table",
        "grader.reports.files",
        "grader.model.configuration",
    ],
)
def test_layers_that_do_not_grade_import_no_torch(package: str) -> None:
    code = f"import sys, {package}\nassert not {{'torch', 'numpy', 'pytest'}} & set(sys.modules)"
    assert call(cwd=ROOT, code=code).stderr == ""


def test_the_version() -> None:
    assert call("--version", cwd=ROOT).stdout == "grader 0.1.0\n"


def test_without_the_extra_the_command_says_what_to_install() -> None:
    code = "import sys\nsys.modules['typer'] = None\nfrom grader.cli import main\nmain()"
    done = call(cwd=ROOT, code=code)
    assert done.returncode == 2
    assert "pip install 'torchgrade[grade]'" in done.stderr and "Traceback" not in done.stderr


def test_a_class_is_graded_and_written(course: Course, graded) -> None:
    course.hand_in(jane="score 10", joe="score 4")
    done = graded()
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "2 submissions: 2 to grade" in done.stdout and "isolation level 2" in done.stdout
    assert "10/10" in done.stdout and "4/10" in done.stdout
    out = course.root / "out" / "a1"
    rows = list(csv.DictReader((out / "grades.csv").read_text().splitlines()))
    assert [(row["student"], row["score"], row["t"]) for row in rows] == [
        ("jane", "10", "10"),
        ("joe", "4", "4"),
    ]
    run = json.loads((out / "run.json").read_text())
    assert (run["exit_code"], run["graded_now"]) == (0, 2)
    assert (out / "results" / "jane.json").exists() and (out / "gradebook.db").exists()
    again = graded()
    assert "0 to grade, 2 unchanged and kept" in again.stdout


def test_json_is_all_that_is_printed(course: Course, graded) -> None:
    course.hand_in(jane="score 10", joe="pending")
    done = graded("--json")
    data = json.loads(done.stdout)
    assert done.returncode == 0 and "to grade" in done.stderr
    assert [result["student"] for result in data["results"]] == ["jane", "joe"]
    schema = json.loads((ROOT / "docs" / "result.schema.json").read_text())
    for result in data["results"]:
        jsonschema.validate(result, schema)
    assert data["run"]["counts"]["pending"] == 1


def test_pending_results_are_kept_and_the_way_to_complete_them_is_said(course: Course, graded) -> None:
    course.hand_in(joe="pending")
    for _ in range(2):
        done = graded()
        assert done.returncode == 0 and "0/0, 10 pending" in done.stdout
        assert "add --pending to the command" in done.stdout
    assert "0 to grade, 1 unchanged and kept" in done.stdout
    again = graded("--pending")
    assert again.returncode == 0 and "1 to grade" in again.stdout and "continues run" in again.stdout


@pytest.mark.parametrize("other", [("--regrade",), ("--seed", "5")])
def test_pending_goes_with_no_other_seed(course: Course, graded, other: tuple[str, ...]) -> None:
    course.hand_in(joe="pending")
    done = graded("--pending", *other)
    assert done.returncode == ExitCode.USAGE and "own seed" in done.stderr


def test_faults_exit_with_1(course: Course, graded) -> None:
    course.hand_in(jane="score 10", joe="die")
    done = graded()
    assert done.returncode == ExitCode.REGRADE
    assert "Traceback" not in done.stderr
    assert json.loads((course.root / "out/a1/run.json").read_text())["exit_code"] == 1


def test_an_interruption_exits_with_130_and_writes_what_is_finished(course: Course, graded) -> None:
    course.hand_in(a="score 1", b="interrupt")
    done = graded("--workers", "1")
    assert done.returncode == ExitCode.INTERRUPTED
    assert "the same command continues" in done.stderr and "Traceback" not in done.stderr
    assert "1 not graded yet" in done.stdout
    assert len((course.root / "out/a1/grades.csv").read_text().splitlines()) == 2


def test_sigterm_is_an_interruption(course: Course) -> None:
    course.hand_in(a="score 1", b="interrupt")
    code = FAKE.replace("app.run()", "import signal\nsignal.SIGINT = signal.SIGTERM\napp.run()")
    done = call("grade", "a1", "class", "--workers", "1", cwd=course.root, code=code)
    assert done.returncode == ExitCode.INTERRUPTED, done.stderr


def test_options_reach_the_run(course: Course, graded) -> None:
    course.hand_in(jane="score 10")
    options = ["--seed", "5", "--only", "x", "--only", "y", "--require-isolation", "1", "--workers", "3"]
    done = graded(*options, "--out", "here", "--gradebook", "elsewhere/book.db", "--regrade", "--json")
    run = json.loads(done.stdout)["run"]
    assert run["seed"] == 5
    assert run["options"] == {
        "only": ["x", "y"],
        "regrade": True,
        "pending": False,
        "require_isolation": 1,
        "workers": 3,
    }
    assert (course.root / "here" / "run.json").exists() and (course.root / "elsewhere" / "book.db").exists()
    assert not (course.root / "out").exists()


def test_the_courses_isolation_is_demanded(course: Course, graded) -> None:
    file = course.root / "autograder.yml"
    file.write_text("isolation: 2\n" + file.read_text())
    course.hand_in(jane="score 10")
    assert json.loads(graded("--json").stdout)["run"]["options"]["require_isolation"] == 2


def test_an_assignment_may_be_given_as_its_folder_from_below(
    course: Course, here, monkeypatch: pytest.MonkeyPatch
) -> None:
    course.hand_in(jane="score 10")
    monkeypatch.chdir(course.root / "assignments")
    done = here("grade", "a1/", "../class")
    assert done.returncode == 0, done.stderr
    assert (course.root / "assignments" / "out" / "a1" / "run.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["grade"], "Missing argument"),
        (["grade", "a1", "class", "--workers", "0"], "--workers"),
        (["grade", "a1", "class", "--seed", "-1"], "--seed"),
        (["grade", "a1", "class", "--require-isolation", "4"], "--require-isolation"),
        (["grade", "a1", "class", "--nonsense"], "--nonsense"),
        (["nonsense"], "nonsense"),
        (["grade", "a11", "class"], "Did you mean 'a1'"),
        (["grade", "a1", "nowhere"], "nowhere"),
        (["grade", "a1", "class"], "No submission found"),
        (["grade", "a1", "assignments/a1", "--gradebook", "foo://bar"], "foo://bar"),
        (["check", "a9"], "No assignment 'a9'. Did you mean 'a1'? There are: a1"),
        (["check", "a1", "--submission", "no.py"], "no file 'no.py'"),
    ],
)
def test_wrong_usage_exits_with_2_and_a_sentence(here, arguments: list[str], said: str) -> None:
    done = here(*arguments)
    assert done.returncode == ExitCode.USAGE
    assert said in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_wrong_configuration_exits_with_2_and_all_its_lines(course: Course, graded) -> None:
    (course.root / "autograder.yml").write_text("course: 3\nasignments: {}\n")
    done = graded()
    assert done.returncode == ExitCode.USAGE
    assert "autograder.yml:1: course: must be text; given 3" in done.stderr.splitlines()
    assert "did you mean 'assignments'" in done.stderr


def test_an_authors_error_exits_with_2(course: Course, graded) -> None:
    course.hand_in(jane="refuse")
    done = graded()
    assert (done.returncode, done.stderr) == (2, "test_t.py:3: the reference raises\n")


def test_a_gradebook_of_another_kind_exits_with_2(course: Course, graded) -> None:
    course.hand_in(jane="score 10")
    (course.root / "notes.db").write_text("notes" * 1000)
    done = graded("--gradebook", "notes.db")
    assert done.returncode == ExitCode.USAGE and "not a database" in done.stderr


def test_outside_a_course_is_said(tmp_path_factory, here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    done = here("grade", "a1", ".")
    assert done.returncode == 2 and "No autograder.yml" in done.stderr
    done = here("check")
    assert done.returncode == 2 and "No folder `assignments`" in done.stderr
    assert "or name the assignment's folder with its path" in done.stderr


CHECKS = [
    ("def test():\n    pass\n", ExitCode.DONE),
    ("def test():\n    assert False\n", ExitCode.DONE),
    ("import nonsense_that_is_not_there\n", ExitCode.USAGE),
    ("def test():\n    raise KeyboardInterrupt\n", ExitCode.INTERRUPTED),
    ("", ExitCode.USAGE),
]


@pytest.mark.parametrize(("tests", "code"), CHECKS)
def test_check_runs_the_tests_and_failures_are_no_failure(tmp_path: Path, tests: str, code: ExitCode) -> None:
    folder = tmp_path / "assignments" / "a1"
    folder.mkdir(parents=True)
    (folder / "test_it.py").write_text(tests)
    done = call("check", "a1", cwd=tmp_path, code=NO_PLUGIN)
    assert done.returncode == code, done.stdout + done.stderr


def test_check_warns_of_nothing_that_is_not_the_students(tmp_path: Path) -> None:
    folder = tmp_path / "assignments" / "a1"
    folder.mkdir(parents=True)
    (folder / "test_it.py").write_text("def test():\n    pass\n")
    assert "warning" not in call("check", "a1", cwd=tmp_path).stdout


NO_PLUGIN = """
import os
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
from grader.cli.app import run
run()
"""


@pytest.fixture
def examined(here, monkeypatch: pytest.MonkeyPatch):
    """The doctor's command over findings that are known."""
    findings = (
        Fact(name="bubblewrap", ok=False, detail="not installed", remedy="apt-get install bubblewrap"),
        Fact(name="level", ok=True, detail="3 of 3"),
    )
    module = ModuleType("grader.sandbox.doctor")
    module.examine = lambda: findings
    monkeypatch.setitem(sys.modules, "grader.sandbox.doctor", module)
    return lambda *more: here("doctor", *more)


def test_the_doctor_tells_versions_findings_and_remedies(examined) -> None:
    done = examined()
    assert done.returncode == ExitCode.DONE
    for words in ("grader", "python", "torch", "not installed", "to mend: apt-get install bubblewrap"):
        assert words in done.stdout


def test_the_doctor_tells_the_same_as_json(examined) -> None:
    found = {entry["name"]: entry for entry in json.loads(examined("--json").stdout)}
    assert found["bubblewrap"]["remedy"] == "apt-get install bubblewrap"
    assert found["level"] == {"name": "level", "ok": True, "detail": "3 of 3", "remedy": ""}
    assert found["torch"]["ok"]
