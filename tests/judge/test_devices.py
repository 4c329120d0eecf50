"""Tests for a GPU: their points, their cases, and what they are where there is no GPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.model.errors import AuthoringError
from grader.model.outcomes import Outcome, Status
from grader.model.results import Result
from tests.judge.course import Course, by_test

DEVICES = 'parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)], indirect=True)'
PUBLIC = f"""
pytestmark = pytest.mark.task("f")


@pytest.mark.points(3)
@pytest.mark.{DEVICES}
@pytest.mark.parametrize("n", [1, 2])
def test_both(agree, rand, device, n):
    agree("f", rand(n).to(device))


@pytest.mark.points(4)
@pytest.mark.gpu
@pytest.mark.parametrize("n", [1, 2])
def test_gpu_only(agree, rand, device, n):
    agree("f", rand(n).to(device))


@pytest.mark.points(1)
def test_plain(agree, rand, device):
    assert device == torch.device("cpu")
    agree("f", rand(2))
"""
REFERENCE = "def f(x):\n    return x * 2\n"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """What right code gets where no GPU is."""
    course = Course.make(
        tmp_path_factory.mktemp("course"), tasks={"f": 8}, public=PUBLIC, reference=REFERENCE
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUDA_VISIBLE_DEVICES", "")
        with course.judge() as judge:
            return judge.grade(REFERENCE)


def test_the_cpu_cases_share_the_points_and_without_any_the_gpu_cases_do(result: Result) -> None:
    points = {name: test.max_points for name, test in by_test(result).items()}
    assert points == {
        "test_both[1-cpu]": 1.5,
        "test_both[1-cuda]": 0,
        "test_both[2-cpu]": 1.5,
        "test_both[2-cuda]": 0,
        "test_gpu_only[1]": 2,
        "test_gpu_only[2]": 2,
        "test_plain": 1,
    }


def test_without_a_gpu_its_tests_are_pending_and_nothing_is_lost(result: Result) -> None:
    pending = [test for test in result.tests if test.outcome is Outcome.PENDING]
    assert len(pending) == 4
    assert {test.message for test in pending} == {"needs a GPU, which is not here"}
    assert {test.seed for test in pending} == {None}, "they did not run"
    assert (result.status, result.score, result.max_score) == (Status.PENDING, 4, 8)
    assert result.pending_points == 4 and result.environment.gpu is None


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ('["cpu", "cuda"]', "the case for the device 'cuda' must be given as pytest.param(\"cuda\", marks="),
        ('[pytest.param("cpu", marks=pytest.mark.gpu)]', "the case for the device 'cpu' must be given as"),
        ('["gpu"]', "'gpu' is no device of torch's"),
    ],
)
def test_a_case_whose_marker_does_not_fit_its_device_is_the_authors_mistake(
    tmp_path: Path, cases: str, said: str
) -> None:
    test = f"""
@pytest.mark.task("f")
@pytest.mark.points(1)
@pytest.mark.parametrize("device", {cases}, indirect=True)
def test_it(agree, device):
    agree("f", 1)
"""
    course = Course.make(tmp_path, tasks={"f": 1}, public=test, reference=REFERENCE)
    with pytest.raises(AuthoringError) as error, course.judge():
        pass
    assert said in str(error.value)
