"""The inputs of a test: random tensors, and weights for a class. Fixtures, as `grader.judge.fixtures`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch

from grader.judge.exam import DESK
from grader.model.errors import AuthoringError
from grader.subjects.base import Returned
from grader.worker.probes import shapes_of


@pytest.fixture
def rand(request: pytest.FixtureRequest) -> Callable[..., torch.Tensor]:
    """Random tensors from the run's seed and the test's id."""
    desk = request.config.stash[DESK]

    def rand(
        *shape: int,
        dtype: torch.dtype = torch.float64,
        low: float | None = None,
        high: float | None = None,
        requires_grad: bool = False,
    ) -> torch.Tensor:
        """Standard normal, or uniform in [low, high); integers need both. Drawn in float64, then cast."""
        return draw(desk.exam.generator, shape, dtype, low, high).requires_grad_(requires_grad)

    return rand


def draw(
    generator: torch.Generator,
    shape: tuple[int, ...],
    dtype: torch.dtype,
    low: float | None,
    high: float | None,
) -> torch.Tensor:
    """A random tensor; see the fixture `rand`. Raises AuthoringError on bounds that do not fit."""
    if (low is None) != (high is None):
        raise AuthoringError("rand needs both low and high, or neither")
    if low is None or high is None:
        if not (dtype.is_floating_point or dtype.is_complex):
            raise AuthoringError(f"rand of {dtype} needs low and high")
        return torch.randn(shape, dtype=torch.float64, generator=generator).to(dtype)
    if not low < high:
        raise AuthoringError(f"rand needs low < high, got {low} and {high}")
    if dtype.is_floating_point:
        uniform = torch.rand(shape, dtype=torch.float64, generator=generator)
        return (low + (high - low) * uniform).to(dtype)
    return torch.randint(int(low), int(high), shape, generator=generator).to(dtype)


@pytest.fixture
def pick(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Random choices from the run's seed and the test's id: what `rand` is for things without numbers."""
    desk = request.config.stash[DESK]

    def pick(options: Iterable[Any], count: int | None = None) -> Any:
        """One of the options; with `count`, a list of so many different ones in random order.

        Raises AuthoringError where there are fewer options than that.
        """
        known = list(options)
        wanted = 1 if count is None else count
        if not 0 <= wanted <= len(known) or not known:
            raise AuthoringError(f"pick cannot take {wanted} of {len(known)} options")
        order = torch.randperm(len(known), generator=desk.exam.generator).tolist()
        chosen = [known[index] for index in order[:wanted]]
        return chosen[0] if count is None else chosen

    return pick


@pytest.fixture
def weights(request: pytest.FixtureRequest) -> Callable[..., dict[str, torch.Tensor]]:
    """Random weights of the shapes that the reference's class has."""
    desk = request.config.stash[DESK]

    def weights(
        name: str, *init: Any, dtype: torch.dtype | None = None, scale: float = 1.0, **options: Any
    ) -> dict[str, torch.Tensor]:
        """A state_dict for the class `name` built with `init` and `options`: shapes the reference's.

        Floating entries are drawn by `rand`, multiplied by `scale`, and given `dtype` (the reference's
        own where None); those named `running_var` are uniform in 0.5 .. 1.5, because variances are
        positive. All others are zeros.
        """
        exam = desk.exam
        answer = exam.ask_reference(shapes_of, (name, *init), options)
        if not isinstance(answer, Returned):
            raise AuthoringError(f"weights({name!r}): the reference cannot build it: {answer}")
        return {
            key: fill(exam.generator, key, shape, dtype if dtype and own.is_floating_point else own, scale)
            for key, (shape, own) in answer.value.items()
        }

    return weights


def fill(
    generator: torch.Generator, key: str, shape: tuple[int, ...], dtype: torch.dtype, scale: float
) -> torch.Tensor:
    """A random entry of a state_dict; see the fixture `weights`."""
    if not dtype.is_floating_point:
        return torch.zeros(shape, dtype=dtype)
    if key.endswith("running_var"):
        return draw(generator, shape, dtype, 0.5, 1.5)
    return (scale * draw(generator, shape, torch.float64, None, None)).to(dtype)


@pytest.fixture
def device(request: pytest.FixtureRequest) -> torch.device:
    """The device of a test: the GPU for tests and cases marked `gpu`, else the CPU.

    Give it both as cases by `parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)],
    indirect=True)`.
    """
    if request.node.get_closest_marker("gpu"):
        return request.config.stash[DESK].gpu
    return torch.device("cpu")
