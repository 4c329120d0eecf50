"""Running a target beside itself in double precision, to see how far rounding moves its result.

The program itself runs as ever. Every floating-point storage it uses has a *shadow* of doubles with the
same layout; each operation is done once more on the shadows. So views, writes in place, `out=`,
`requires_grad`, parameters made inside and `.numpy()` all behave as they do without, random numbers are
drawn once, in the dtype that the program asked for, and what differs at the end is rounding alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_unflatten

_REAL = {torch.complex32: torch.float16, torch.complex64: torch.float32, torch.complex128: torch.float64}
_WIDER = {
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.float32: torch.float64,
    torch.complex32: torch.complex128,
    torch.complex64: torch.complex128,
}
_PURGE_EVERY = 256
_NOT_DONE = object()


class Shadows(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch
    """Doubles of everything that a program computes, kept by storage.

    An operation that cannot be done on doubles (one that looks at bits) starts its results afresh from
    the program's own values. Where a comparison or an argmax falls out otherwise in doubles, the shadows
    go on with the other choice: a result that hangs on it then differs by more than rounding.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch
        self._kept: dict[int, _Shadow] = {}
        self._next_purge = _PURGE_EVERY

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Do an operation on the program's tensors and, before, on their shadows."""
        kwargs = dict(kwargs or {})
        written = _written(func, args, kwargs)
        with torch.no_grad():
            doubled = self._doubled(func, args, kwargs, written)
        if func is torch.ops.aten._local_scalar_dense.default and doubled is not _NOT_DONE:
            return doubled
        value = func(*args, **kwargs)
        with torch.no_grad():
            self._settle(value, doubled, written)
        return value

    def precise(self, value: Any) -> Any:
        """A result with every tensor inside read from its shadow, in its own dtype."""
        with torch.no_grad():
            return self._precise(value)

    def write_back(self, inputs: Any) -> None:
        """Give inputs that the program wrote to the values of their shadows."""
        with torch.no_grad():
            for leaf in tree_flatten(inputs)[0]:
                if isinstance(leaf, torch.Tensor) and (shadow := self._of(leaf)) is not None:
                    leaf.copy_(shadow)

    def _precise(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            shadow = self._of(value)
            return value if shadow is None else shadow.to(value.dtype)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*map(self._precise, value))
        if type(value) in (list, tuple):
            return type(value)(map(self._precise, value))
        if isinstance(value, dict):
            return {key: self._precise(item) for key, item in value.items()}
        return value

    def _doubled(
        self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], written: Sequence[torch.Tensor]
    ) -> Any:
        """The operation's value on the shadows; _NOT_DONE where it draws at random or cannot be done so."""
        for tensor in written:
            self._begin(tensor)
        if _draws(func, args, kwargs):
            return _NOT_DONE
        leaves, shape = tree_flatten((list(args), dict(kwargs)))
        leaves = [self._leaf(leaf) for leaf in leaves]
        more_args, more_kwargs = tree_unflatten(leaves, shape)
        with contextlib.suppress(Exception), _double_by_default():
            return func(*more_args, **more_kwargs)
        return _NOT_DONE

    def _leaf(self, leaf: Any) -> Any:
        if isinstance(leaf, torch.dtype):
            return _WIDER.get(leaf, leaf)
        if not isinstance(leaf, torch.Tensor):
            return leaf
        shadow = self._of(leaf)
        if shadow is not None:
            return shadow
        return leaf.to(_WIDER[leaf.dtype]) if leaf.dtype in _WIDER else leaf

    def _settle(self, value: Any, doubled: Any, written: Sequence[torch.Tensor]) -> None:
        """Keep what was computed on the shadows; what was not begins afresh from the program's values."""
        own, other = tree_flatten(value)[0], tree_flatten(doubled)[0]
        if doubled is _NOT_DONE:
            other = [None] * len(own)
            for tensor in written:
                self._copy(tensor, tensor)
        addresses = {tensor.untyped_storage()._cdata for tensor in written}
        for one, two in zip(own, other, strict=True):
            if not isinstance(one, torch.Tensor) or not _is_plain(one):
                continue
            if one.untyped_storage()._cdata in addresses or self._of(one) is not None:
                continue  # written in place, or a view: the shadow's storage has it
            if isinstance(two, torch.Tensor) and two.shape == one.shape and _may_differ(one, two):
                self._begin(one)
                self._copy(one, two)

    def _begin(self, tensor: torch.Tensor) -> None:
        """Give a tensor's storage a shadow, if it has none."""
        if not _is_plain(tensor) or self._of(tensor) is not None:
            return
        self._purge()
        storage = tensor.untyped_storage()
        self._kept[storage._cdata] = _Shadow.of(tensor, storage)

    def _copy(self, tensor: torch.Tensor, values: torch.Tensor) -> None:
        shadow = self._of(tensor)
        if shadow is not None:
            shadow.copy_(values)

    def _of(self, tensor: torch.Tensor) -> torch.Tensor | None:
        """A tensor's view into the shadow of its storage."""
        if not _is_plain(tensor):
            return None
        storage = tensor.untyped_storage()
        kept = self._kept.get(storage._cdata)
        return kept.view_like(tensor, storage) if kept else None

    def _purge(self) -> None:
        if len(self._kept) >= self._next_purge:
            self._kept = {key: kept for key, kept in self._kept.items() if not kept.ref.expired()}
            self._next_purge = 2 * len(self._kept) + _PURGE_EVERY


@dataclass(frozen=True, slots=True)
class _Shadow:
    """A flat buffer as long as a storage has numbers; a complex number is two of them."""

    ref: Any
    """Torch's weak reference to the storage, which tells when its address may be another's."""
    dtype: torch.dtype
    bytes: int
    buffer: torch.Tensor

    @classmethod
    def of(cls, tensor: torch.Tensor, storage: torch.UntypedStorage) -> _Shadow:
        dtype = _REAL.get(tensor.dtype, tensor.dtype)
        own = torch.empty(0, dtype=dtype).set_(storage)
        buffer = own.to(torch.float64) if dtype.is_floating_point else own.clone()
        buffer = buffer.clone() if buffer is own else buffer
        ref = StorageWeakRef(storage)  # type: ignore[no-untyped-call]  # torch
        return cls(ref, dtype, storage.nbytes(), buffer)

    def view_like(self, tensor: torch.Tensor, storage: torch.UntypedStorage) -> torch.Tensor | None:
        """None where the storage is another one by now, or is read as another dtype."""
        stale = self.ref.expired() or self.bytes != storage.nbytes()
        if stale or _REAL.get(tensor.dtype, tensor.dtype) != self.dtype:
            return None
        base = self.buffer
        if tensor.dtype.is_complex:
            base = torch.view_as_complex(base.view(-1, 2))
        return base.as_strided(tensor.size(), tensor.stride(), tensor.storage_offset())


def _is_plain(tensor: torch.Tensor) -> bool:
    """A dense tensor on the CPU, without a pending conjugation or sign."""
    return (
        tensor.layout is torch.strided
        and tensor.device.type == "cpu"
        and not tensor.is_quantized
        and not tensor.is_conj()
        and not tensor.is_neg()
    )


def _may_differ(one: torch.Tensor, two: torch.Tensor) -> bool:
    """Whether a shadow is worth keeping: of whole numbers and booleans only where a choice fell otherwise."""
    if one.dtype.is_floating_point or one.dtype.is_complex:
        return True
    return one.dtype == two.dtype and not torch.equal(one, two)


def _draws(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether an operation uses random numbers; fused attention without dropout does not."""
    if torch.Tag.nondeterministic_seeded not in func.tags:
        return False
    for index, argument in enumerate(func._schema.arguments):
        if argument.name == "dropout_p":
            given = args[index] if index < len(args) else kwargs.get(argument.name, argument.default_value)
            return bool(given)
    return True


def _written(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[torch.Tensor]:
    """The tensors that an operation writes to, by its schema."""
    if not func._schema.is_mutable:
        return []
    found: list[torch.Tensor] = []
    for index, argument in enumerate(func._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            value = args[index] if index < len(args) else kwargs.get(argument.name)
            found += [leaf for leaf in tree_flatten(value)[0] if isinstance(leaf, torch.Tensor)]
    return found


@contextlib.contextmanager
def _double_by_default() -> Iterator[None]:
    """What has no dtype of its own, as a range or a quotient of whole numbers, is double too."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
