"""The guide's examples, run for real: its course is written to disk, proven, and run as a student would."""

import inspect
import re
from pathlib import Path

import pytest

import grader
from grader.course.verify import verify
from grader.judge import fixtures
from grader.judge.markers import MARKERS
from grader.model.proofs import Proof
from tests.warm import run

pytestmark = pytest.mark.usefixtures("one_fork_server")

GUIDE = (Path(__file__).parents[2] / "docs" / "writing_tests.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(python|yaml)\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide's files, each in its place."""
    root = tmp_path_factory.mktemp("guide")
    for _, name, text in BLOCK.findall(GUIDE):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def proof(course: Path) -> Proof:
    """The proof of the guide's assignment."""
    proofs: list[Proof] = []
    verify(course, "lesson", [3], proofs.append)
    return proofs[0]


def test_every_code_block_is_a_file() -> None:
    """No example escapes: python and yaml stand only in blocks that name their file."""
    assert len(re.findall(r"^```(?:python|yaml)$", GUIDE, re.MULTILINE)) == len(BLOCK.findall(GUIDE)) == 8


def test_the_lesson_is_proven(proof: Proof) -> None:
    """Everything that `grader verify` demands."""
    assert proof.problems == ()
    assert [task.reference for task in proof.tasks] == [7, 5, 4, 3]
    assert all(one.named for task in proof.tasks for one in task.misconceptions)


def test_the_tolerance_of_a_float32_test_follows_from_its_noise(proof: Proof) -> None:
    """What the guide says of `test_one_step`."""
    (step,) = [test for test in proof.tests if test.test.endswith("::test_one_step")]
    assert (step.dtype, step.measured_by) == ("float32", ("float64", "ulp", "threads"))
    assert step.noise is not None and step.noise == pytest.approx(0.03, abs=0.01)


def run_as_student(course: Path, *options: str) -> str:
    """What plain pytest prints."""
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "assignments/lesson", *options]
    return run(command, cwd=course, timeout=120).stdout


def test_the_students_run(course: Path) -> None:
    """The starter is not done yet, and the reference passes."""
    starter = run_as_student(course)
    assert "not done yet" in starter
    assert "3 failed" in starter
    assert "3 passed" in run_as_student(course, "--submission", "solutions/lesson/scaling.py")


def _table(title: str) -> list[str]:
    section = GUIDE.split(f"### {title}", 1)[1].split("\n### ", 1)[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


def _parameters(signature: str) -> list[str]:
    inside = signature.split("(", 1)[1].rstrip(")")
    return [part.split("=")[0].strip().lstrip("*") for part in re.split(r",(?![^(]*\))", inside)]


@pytest.mark.parametrize("signature", _table("Fixtures"))
def test_fixtures_are_as_described(signature: str) -> None:
    """Each fixture exists with the parameters that the guide lists."""
    name = re.split(r"[(.]", signature)[0]
    found = getattr(fixtures, name)
    source = inspect.getsource(getattr(found, "__wrapped__", None) or found._get_wrapped_function())
    if "(" in signature and "." not in signature.split("(")[0]:
        definition = source.split(f"def {name}(", 2)[-1].split('"""')[0]
        for parameter in filter(None, _parameters(signature)):
            assert re.search(rf"\b{parameter}\b", definition), (name, parameter)


@pytest.mark.parametrize("signature", _table("Helpers for probes, from `grader`"))
def test_helpers_are_as_described(signature: str) -> None:
    """Each helper is public, with the parameters that the guide lists."""
    helper = getattr(grader, signature.split("(")[0])
    listed = [name for name in _parameters(signature) if name]
    own = [name for name in inspect.signature(helper).parameters if name != "submission" or name in listed]
    assert listed == own


def test_markers_are_as_described() -> None:
    """None is left out, and none is promised."""
    section = GUIDE.split("### Markers", 1)[1].split("\n### ", 1)[0]
    names = {marker.split("(")[0] for marker in MARKERS}
    pytests = {"parametrize", "usefixtures", "filterwarnings", "skipif", "pytestmark", "autograder"}
    assert set(re.findall(r"`([a-z]+)", section)) - pytests == names


def test_every_public_name_is_described() -> None:
    """None is left out."""
    assert [name for name in grader.__all__ if f"`{name}(" not in GUIDE] == []
