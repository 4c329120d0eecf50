"""Evidence about shared memory: what becomes of outputs when inputs are written to, and the reverse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch

from grader.worker.asking import Asked
from grader.worker.calls import invoke
from grader.worker.trees import named_inputs

Array = torch.Tensor | np.ndarray[Any, Any]


def arrays_in(value: Any, path: str = "") -> Iterator[tuple[str, Array]]:
    """Every tensor and array inside lists, tuples and dictionaries, with its path, in a fixed order."""
    if isinstance(value, torch.Tensor | np.ndarray):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from arrays_in(item, f"{path}[{key!r}]")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from arrays_in(item, f"{path}[{index}]")


@dataclass(frozen=True)
class Aliases(Asked):
    """Probe: what of a target's inputs and outputs lies in the same memory, shown by writing."""

    def __call__(
        self,
        submission: ModuleType,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        contents: Mapping[str, Array],
        place: float,
        amount: int,
    ) -> dict[str, Any]:
        """Call the target, write to its inputs and then to its outputs, and read the others each time.

        `contents` is what is written into each input tensor, by name; into each output goes one element,
        at `place` (0 to 1) of its elements in order, changed by `amount`, and changed back after reading,
        so that nothing depends on the order in which a student returns them.

        Returns `before`, the output; `after`, by name of an input the outputs once that was written to;
        and `inputs`, by path of an output the inputs once that was written to.
        """
        args, kwargs = _own([*args]), _own({**kwargs})
        inputs = dict(arrays_in_named(args, kwargs))
        output = invoke(submission, self.target, args, kwargs)
        outputs = dict(arrays_in(output))
        facts: dict[str, Any] = {"before": _read(output), "after": {}, "inputs": {}}
        with torch.no_grad():
            for name, array in inputs.items():
                _overwrite(array, contents[name])
                facts["after"][name] = {path: _read(one) for path, one in outputs.items()}
            for path, array in outputs.items():
                undo = _poke(array, place, amount)
                facts["inputs"][path] = {name: _read(one) for name, one in inputs.items()}
                undo()
        return facts


def arrays_in_named(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Iterator[tuple[str, Array]]:
    """The tensors and arrays among the inputs of a call, by name."""
    for name, value in named_inputs(args, kwargs).items():
        yield from arrays_in(value, name)


def _read(value: Any) -> Any:
    """A copy of everything as it is now."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, Mapping):
        return {key: _read(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_read(item) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    return value


def _own(value: Any) -> Any:
    """A copy to write to, which asks for gradients where the original does."""
    copy = _read(value)
    for (_, one), (_, other) in zip(arrays_in(copy), arrays_in(value), strict=True):
        if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
            one.requires_grad_(other.requires_grad)
    return copy


def _overwrite(array: Array, content: Array) -> None:
    if isinstance(array, torch.Tensor):
        array.copy_(content)  # type: ignore[arg-type]  # of the same kind, as the judge made it
    else:
        array[...] = content


def _poke(array: Array, place: float, amount: int) -> Callable[[], None]:
    """Change one element, which also an expanded tensor allows; what undoes it."""
    count = array.numel() if isinstance(array, torch.Tensor) else array.size
    if count == 0 or not (isinstance(array, torch.Tensor) or array.flags.writeable):
        return lambda: None
    where = tuple(int(one) for one in np.unravel_index(int(place * count), tuple(array.shape)))
    index: Any = (*where, ...)  # so that numpy too gives an array, not a number
    element: Array = array.detach()[index] if isinstance(array, torch.Tensor) else array[index]
    old = _read(element)
    is_bool = array.dtype in (torch.bool, np.dtype(bool))
    step = amount if isinstance(array, torch.Tensor) else array.dtype.type(amount)  # integers wrap around
    _overwrite(element, ~old if is_bool else old + step)
    return lambda: _overwrite(element, old)
