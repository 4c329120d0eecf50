"""Inputs for timing: drawn when they are needed, many for one request, never the same twice."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from typing import Any

import msgspec
import torch

from grader.judge.exam import Exam
from grader.model.errors import AuthoringError
from grader.subjects.base import Target
from grader.wire.codec import NotPlainData, pack

Draw = Callable[[], tuple[Any, ...]]
_LOOKED_AT = 4


class Frames:
    """Fresh inputs by the test's own function, from a source of randomness of their own."""

    def __init__(self, exam: Exam, inputs: Draw, label: str, *targets: Target) -> None:
        """For these targets. Raises AuthoringError where they cannot be timed, or `inputs` not be called."""
        self._exam = exam
        self._where = f"{exam.spec.id}: {label}"
        self._expect_fit(targets)
        if not callable(inputs):
            raise AuthoringError(
                f"{self._where}: `inputs` must be a function that draws one tuple of fresh arguments at each "
                f"call, like `lambda: (rand(64, 64),)`; given {type(inputs).__name__}"
            )
        self._inputs = inputs
        self._generator = torch.Generator().manual_seed(exam.derived(label, "inputs"))
        self._seen: list[bytes] = []

    def _expect_fit(self, targets: tuple[Target, ...]) -> None:
        if not self._exam.spec.timing:
            raise AuthoringError(f"{self._where}: a test that measures time is marked @pytest.mark.timing")
        for target in targets:
            # The judge's clock runs from request to reply; nothing that a worker says stops it between.
            if not isinstance(target, str) and inspect.isgeneratorfunction(target):
                raise AuthoringError(
                    f"{self._where}: {target.__name__} cannot be timed, because its set-up before the "
                    "`yield` would be timed too; pass what it makes as an argument"
                )

    def take(self, count: int) -> list[tuple[Any, ...]]:
        """So many inputs. Raises AuthoringError where they are no tuples, or always the same."""
        return [self._exam.drawn_apart(self._generator, self._one) for _ in range(count)]

    def _one(self) -> tuple[Any, ...]:
        args = self._inputs()
        if type(args) is not tuple:
            raise AuthoringError(
                f"{self._where}: `inputs` must return a tuple of arguments (`(x,)` for one); "
                f"it returned {type(args).__name__}"
            )
        if len(self._seen) < _LOOKED_AT:
            self._seen.append(self._digest(args))
            if len(self._seen) == _LOOKED_AT and len(set(self._seen)) == 1:
                raise AuthoringError(
                    f"{self._where}: `inputs` draws the same arguments every time, so that an answer could "
                    "be remembered; draw them with `rand` inside the function"
                )
        return args

    def _digest(self, args: tuple[Any, ...]) -> bytes:
        try:
            tree, buffers = pack(list(args))
        except NotPlainData as error:
            raise AuthoringError(f"{self._where}: `inputs` draws what is not plain data: {error}") from None
        digest = hashlib.blake2b(msgspec.msgpack.encode(tree), digest_size=16)
        for buffer in buffers:
            digest.update(buffer)
        return digest.digest()


def bytes_of(args: tuple[Any, ...]) -> int:
    """What the tensors and arrays of one input take."""
    return sum(len(buffer) for buffer in pack(list(args))[1])
