"""Recording one call: its operations, the values that leave torch, and watched names.

What precedes a probe's `yield` is not recorded. Operations are counted with gradients off, unless the
target itself turns them on: the graph adds operations of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from grader.worker.operations import OperationCounter
from grader.worker.trees import with_tensors
from grader.worker.watching import Watch

_TAKES_OUT = frozenset(
    {
        "tolist",
        "numpy",
        "__array__",
        "__dlpack__",
        "__reduce_ex__",
        "data_ptr",
        "storage",
        "untyped_storage",
        "apply_",
        "map_",
        "map2_",
    }
)
_PRINTS = frozenset({"__repr__", "__format__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What to record of a call."""

    operations: bool = False
    device: str | None = None
    """`meta`: the call runs on shapes alone, and gives shapes."""
    watched: tuple[str, ...] = ()
    """Names of torch to watch for."""
    graded: tuple[str, ...] = ()
    """The names of the hand-in that the test grades."""

    def plain(self) -> dict[str, Any]:
        """As a worker is asked for it."""
        return {
            "operations": self.operations,
            "device": self.device,
            "watched": list(self.watched),
            "graded": list(self.graded),
        }

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Recording:
        """Back from plain data."""
        return cls(
            operations=data["operations"],
            device=data["device"],
            watched=tuple(data["watched"]),
            graded=tuple(data["graded"]),
        )


class Recorder:
    """Records one call. To be used once: `entered` stands around what is recorded."""

    def __init__(self, recording: Recording, own_files: Collection[str], *, probe: bool) -> None:
        self._recording = recording
        self._counter = OperationCounter() if recording.operations else None
        self._leaving = _Leaving(self._counter) if self._counter else None
        self._watch = Watch(recording.watched, own_files, not probe) if recording.watched else None

    def entered(self) -> AbstractContextManager[object]:
        """The context to run the target in, after its set-up."""
        stack = ExitStack()
        if self._recording.device is not None:
            stack.enter_context(torch.device(self._recording.device))
        if self._counter is not None and self._leaving is not None:
            stack.enter_context(torch.no_grad())
            stack.enter_context(self._leaving)
            stack.enter_context(self._counter)
        if self._watch is not None:
            stack.enter_context(self._watch)
        return stack

    def moved(self, arguments: Any) -> Any:
        """The arguments, on the device that the recording asks for."""
        device = self._recording.device
        return arguments if device is None else with_tensors(arguments, lambda _, tensor: tensor.to(device))

    def result(self, value: Any, module: ModuleType) -> Any:
        """What the target returned, as it is sent: from the meta device, only shapes and dtypes come."""
        if self._counter is not None:
            self._counter.note_result(value)
        if self._watch is not None:
            self._watch.note_bound(module, self._recording.graded)
        return with_tensors(value, _outline) if self._recording.device == "meta" else value

    def record(self) -> dict[str, Any]:
        """What was seen, as plain data."""
        facts: dict[str, Any] = {"operations": None, "seen": []}
        if self._counter is not None and self._leaving is not None:
            facts["operations"] = {
                "ops": dict(self._counter.ops),
                "largest_numel": self._counter.largest_numel,
                "flops": self._counter.flops,
                "peak_bytes": self._counter.peak_bytes,
                "brought_in": self._counter.brought_in,
                "taken_out": self._leaving.elements,
            }
        if self._watch is not None:
            facts["seen"] = [[name, how, count] for (name, how), count in sorted(self._watch.seen.items())]
        return facts


def recorder(
    recording: Recording | None, own_files: Collection[str], *, probe: bool
) -> tuple[Recorder | None, AbstractContextManager[object]]:
    """The recorder of a call and the context to run it in; nothing where nothing is to be recorded."""
    if recording is None:
        return None, nullcontext()
    made = Recorder(recording, own_files, probe=probe)
    return made, _Late(made.entered)


class _Late(AbstractContextManager[object]):
    """A context that begins to exist when it is entered: set-up must not find half of it in place."""

    def __init__(self, make: Callable[[], AbstractContextManager[object]]) -> None:
        self._make = make
        self._made: AbstractContextManager[object] = nullcontext()

    def __enter__(self) -> object:
        self._made = self._make()
        return self._made.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._made.__exit__(*error)


def _outline(_path: str, tensor: torch.Tensor) -> dict[str, Any]:
    return {"shape": tuple(tensor.shape), "dtype": tensor.dtype}


class _Leaving(TorchFunctionMode):
    """Counts the elements that leave torch for Python: `tolist` and the like dispatch no operation.

    `item` and `float(x)` do: one each. What printing a tensor computes is not the program's doing.
    """

    def __init__(self, counter: OperationCounter) -> None:
        super().__init__()
        self._counter = counter
        self.elements = 0

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        name = getattr(func, "__name__", "")
        if name in _TAKES_OUT and args and isinstance(args[0], torch.Tensor):
            self.elements += args[0].numel()
        if name not in _PRINTS or self._counter.paused:
            return func(*args, **(kwargs or {}))
        self._counter.paused = True
        try:
            return func(*args, **(kwargs or {}))
        finally:
            self._counter.paused = False
