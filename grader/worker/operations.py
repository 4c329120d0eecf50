"""Counting the operations that torch dispatches: how many, how large, how many FLOPs, how much memory.

Torch's own name of an operation is used, without `aten.` and without its overload: `x @ w` of two
matrices is `mm`, `x += 1` is `add_`. What is no `aten` operation (profiling marks of the optimizers,
say) is not counted. Views count as well: `x.mT` is one `transpose`.
"""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from grader.worker.trees import all_tensors


class OperationCounter(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's own, without types
    """Records while it is entered, in the thread that enters it: a dispatch mode belongs to its thread."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's own, without types
        self.ops: Counter[str] = Counter()
        self.largest_numel = 0
        """Elements of the largest tensor that an operation made or changed."""
        self.flops = 0
        """By the formulas of torch.utils.flop_counter: products of matrices, convolutions, attention."""
        self.peak_bytes = 0
        """The most bytes alive at a time in storages that recorded operations made; inputs do not count."""
        self.brought_in = 0
        """Elements of tensors that no recorded operation made and that were not there before."""
        self.paused = False
        self._alive_bytes = 0
        self._made: dict[int, weakref.ref[Any]] = {}
        self._before: dict[int, torch.Tensor] = {}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: torch would import its whole compiler at the first operation, a second of a student's run."""
        return False

    def __enter__(self) -> OperationCounter:
        # Held, so that no address among them is given to another tensor while this records.
        self._before = {_key(tensor): tensor for tensor in _held_by_python()}
        super().__enter__()  # type: ignore[no-untyped-call]  # torch's own, without types
        return self

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Let one operation run, and count it."""
        kwargs = kwargs or {}
        if self.paused or func.namespace != "aten":
            return func(*args, **kwargs)
        for tensor in all_tensors((args, kwargs)):
            self._meet(tensor)
        out = func(*args, **kwargs)
        self.ops[func.overloadpacket.__name__] += 1
        formula = flop_registry.get(func.overloadpacket)
        if formula is not None:
            self.flops += int(formula(*args, **kwargs, out_val=out))
        for tensor in all_tensors(out):
            self._note(tensor)
        return out

    def _meet(self, tensor: torch.Tensor) -> None:
        """An operation's argument, or a result: made by recorded operations, there before, or neither.

        A single number is none of it: torch itself wraps the numbers of an expression into such tensors.
        """
        key = _key(tensor)
        if tensor.dim() and key not in self._made and key not in self._before:
            self.brought_in += tensor.numel()
            self._before[key] = tensor

    def _note(self, tensor: torch.Tensor) -> None:
        self.largest_numel = max(self.largest_numel, tensor.numel())
        key = _key(tensor)
        if key in self._made or key in self._before:
            return
        with torch._C.DisableTorchFunction():  # no function mode shall take this for the program's doing
            storage = tensor.untyped_storage()
            size = storage.nbytes()

        def freed(_: weakref.ref[Any]) -> None:
            self._made.pop(key, None)
            self._alive_bytes -= size

        self._made[key] = weakref.ref(storage, freed)
        self._alive_bytes += size
        self.peak_bytes = max(self.peak_bytes, self._alive_bytes)

    def note_result(self, value: Any) -> None:
        """What the recorded call returned: tensors that no recorded operation made count as brought in."""
        for tensor in all_tensors(value):
            self._meet(tensor)


def _held_by_python() -> Iterator[torch.Tensor]:
    """Every tensor that Python holds: weights, constants at module level, what a closure keeps."""
    return (one for one in gc.get_objects() if issubclass(type(one), torch.Tensor))


def _key(tensor: torch.Tensor) -> int:
    """The identity of a tensor's memory; the same for all views of it."""
    try:
        with torch._C.DisableTorchFunction():
            return int(tensor.untyped_storage()._cdata)
    except (NotImplementedError, RuntimeError):  # sparse tensors and wrappers have none of their own
        return id(tensor)
