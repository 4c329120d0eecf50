"""From a wrong file to the sentence that its author reads: judged in a worker, and locally the same."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from grader.course.release import release
from grader.judge.grading import Examiner
from grader.judge.opening import OpenJudge
from grader.model.orders import Submission
from grader.model.results import Result, TestResult
from grader.sandbox.probes import probe
from tests.evidence.courses import FOLDER, Kind
from tests.warm import run

pytestmark = pytest.mark.usefixtures("one_fork_server")

KIND = Kind(FOLDER / "hints")
WRONG = sorted((KIND.root / "wrong").glob("*.py"))
TASKS = ("attention_weights", "affine", "column_means")
NAMED = "The rows are averaged, not the columns: the mean goes over dim=0."
HIDDEN = "a hidden test fails"

linux = pytest.mark.skipif(not probe().linux, reason="workers are confined on Linux only")

# For each wrong file and task: the hint of the public test, and that of the hidden one.
HINTS: dict[tuple[str, str], tuple[str, str]] = {
    ("orientation", "attention_weights"): ("the result is the expected one transposed",) * 2,
    ("orientation", "affine"): ("the result is the expected one reversed along dimension 1",) * 2,
    ("orientation", "column_means"): (
        "every value is the expected one times a constant: "
        "the size of the last dimension, 7 (a sum where a mean is asked for?)",
        "every value is the expected one times a constant: "
        "the size of dimension 0 of an input (a sum where a mean is asked for?)",
    ),
    ("other_dimension", "attention_weights"): (
        "the values sum to one along dimension 0, where dimension 1 is asked for: "
        "a softmax over the other dimension",
    )
    * 2,
    ("other_dimension", "affine"): (
        "the result and the expected one differ by one vector along dimension 1: "
        "a bias that is missing, or one too many?",
    )
    * 2,
    ("constants", "attention_weights"): (
        "every value is the expected one times a constant: "
        "the square root of the size of the last dimension of an input?",
    )
    * 2,
    ("constants", "affine"): ("every value has the wrong sign",) * 2,
    ("constants", "column_means"): (
        "every value is the expected one times a constant: "
        "n / (n - 1), n being the size of the last dimension, 7?",
        "every value is the expected one times a constant: "
        "n / (n - 1), n being the size of dimension 0 of an input?",
    ),
    ("places", "attention_weights"): (
        "the result is the expected one shifted by one along dimension 1, around the end",
    )
    * 2,
    ("places", "affine"): (
        "the result is the expected one transposed",
        "the result has the expected values in other places: a view where a transpose is needed?",
    ),
    ("places", "column_means"): (
        "the values are right; there is a dimension of size 1 too many: keepdim, or squeeze it",
    )
    * 2,
    ("precision", "attention_weights"): (
        "the values are right, in lower precision: is something made without dtype=, or cast?",
    )
    * 2,
    ("precision", "affine"): (
        "the values are right to about seven digits: is a part of it computed in float32, "
        "or a small constant another?",
    )
    * 2,
    ("precision", "column_means"): ("every value is off by the same number",) * 2,
    ("nothing_to_say", "attention_weights"): ("", ""),
    ("nothing_to_say", "affine"): ("", ""),
    ("nothing_to_say", "column_means"): ("", ""),
}


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    """Every wrong file and every cheat, as students see their results."""
    found: dict[str, Result] = {}

    def work(judge: OpenJudge) -> None:
        for file in [*WRONG, *KIND.cheats]:
            files = {KIND.hand_in: file.read_bytes()}
            submission = Submission(student=file.stem, path="", digest="", files=files)
            found[file.stem] = Examiner(judge, run="evidence").grade(submission)

    KIND.open(11, work)
    return found


def of_task(result: Result, task: str) -> tuple[TestResult, TestResult]:
    """The public and the hidden test of a task."""
    public, hidden = (test for test in result.tests if test.task == task)
    return public, hidden


@linux
@pytest.mark.parametrize(("file", "task"), list(HINTS))
def test_the_hint_stands_after_the_sentence(results: dict[str, Result], file: str, task: str) -> None:
    public, hidden = of_task(results[file], task)
    here, there = HINTS[file, task]
    lines = public.message.splitlines()
    assert (lines[1].strip() if here else lines[1:2]) == (here or [lines[1]])
    assert ("a" in lines[0], hidden.message) == (True, f"{HIDDEN}: {there}" if there else HIDDEN)
    assert public.misconception is hidden.misconception is None


@linux
def test_a_misconception_is_named_instead(results: dict[str, Result]) -> None:
    public, hidden = of_task(results["other_dimension"], "column_means")
    assert public.misconception == hidden.misconception == NAMED
    assert "dimension 1" not in public.message
    assert hidden.message == HIDDEN


@linux
@pytest.mark.parametrize("file", [file.stem for file in KIND.cheats])
def test_hidden_messages_tell_cheats_no_value(results: dict[str, Result], file: str) -> None:
    for task in TASKS:
        message = of_task(results[file], task)[1].message
        assert re.findall(r"\d+", message.replace("float32", "").replace("of size 1 ", "")) == []


@pytest.fixture(scope="module")
def folder_of_students(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What students get: the assignment with its tape, and no solution."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(KIND.root, root, dirs_exist_ok=True)
    release(root, KIND.name)
    shutil.rmtree(root / "solutions")
    return root


@linux
@pytest.mark.parametrize("file", [file.stem for file in WRONG])
def test_the_same_is_told_locally(folder_of_students: Path, tmp_path: Path, file: str) -> None:
    told = tmp_path / "told.json"
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "assignments/hints"]
    command += ["--submission", str(KIND.root / "wrong" / f"{file}.py"), "--grader-json", str(told)]
    done = run(command, cwd=folder_of_students, timeout=120)
    messages = {test["task"]: test["message"].splitlines() for test in json.loads(told.read_text())}
    for task in TASKS:
        hint = HINTS.get((file, task), ("", ""))[0]
        if hint:
            assert messages[task][1].strip() == hint
            assert hint in done.stdout
        else:
            assert not messages[task][1].strip().startswith(("the ", "every "))
