"""Right solutions of assignment 1 by torch's own tools."""

from functools import reduce
from itertools import accumulate
from operator import mul
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._pytree import tree_map


def make_tensors(data: list, array: np.ndarray) -> dict[str, Tensor]:
    from_list = torch.tensor(data)
    ones = torch.ones((2, 3))
    return {
        "empty_like_list": torch.zeros_like(from_list),
        "eye23": torch.diag_embed(torch.ones(3))[:2],
        "zeros23": torch.zeros_like(ones),
        "ones23": ones,
        "from_numpy": torch.asarray(array, copy=False),
        "from_list": from_list,
    }


def describe(t: Tensor) -> dict[str, Any]:
    return {
        "shape": t.size(),
        "dtype": t.dtype,
        "device": "cuda" if t.is_cuda else "cpu",
        "requires_grad": t.requires_grad,
        "stride": t.stride(),
        "is_contiguous": t.is_contiguous(),
        "numel": t.numel(),
        "value": t.detach().sum().item() if t.numel() == 1 else None,
    }


def arith(A: Tensor, B: Tensor) -> dict[str, Tensor]:
    return {
        "add": torch.add(A, B),
        "sub": torch.sub(A, B),
        "mul": torch.mul(A, B),
        "div": torch.true_divide(A, B),
        "floordiv": torch.div(A, B, rounding_mode="floor"),
        "mod": torch.remainder(A, B),
        "pow": torch.pow(A, B),
        "matmul": torch.einsum("ij,jk->ik", A, B),
    }


def normalise(mat: Tensor) -> Tensor:
    std, mean = torch.std_mean(mat)
    lowest, highest = torch.aminmax(mat)
    return torch.nan_to_num((mat - mean) / std) * (lowest != highest)


def standardise_columns(X: Tensor) -> Tensor:
    if X.size(0) == 1:
        return torch.zeros_like(X)
    std, mean = torch.std_mean(X, dim=0, keepdim=True)
    lowest, highest = torch.aminmax(X, dim=0, keepdim=True)
    equal = lowest == highest
    return ((X - mean) / std.masked_fill(equal, 1)).masked_fill(equal, 0)


def shares_storage(a: Tensor, b: Tensor) -> bool:
    blocks = {a.untyped_storage().data_ptr(), b.untyped_storage().data_ptr()}
    return len(blocks) == 1 and blocks != {0}


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    sizes = (max(size, 1) for size in shape[:0:-1])
    return tuple(accumulate(sizes, mul, initial=1))[::-1] if shape else ()


def is_contiguous_by_hand(shape: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    expected = 1
    for size, step in zip(reversed(shape), reversed(stride), strict=True):
        if size != 1 and step != expected and reduce(mul, shape, 1):
            return False
        expected *= size
    return True


def as_shape(t: Tensor, shape: tuple[int, ...]) -> tuple[Tensor, bool]:
    result = torch.reshape(t, shape)
    return result, result._base is None


def split_rows(T: Tensor, size: int) -> tuple[Tensor, ...]:
    return T.tensor_split(tuple(range(size, T.size(0), size)))


def join(parts: list[Tensor], dim: int = 0) -> Tensor:
    return torch.concat(tuple(parts), axis=dim)


def to_nchw(img: Tensor) -> Tensor:
    channels_first = torch.movedim(img, -1, -3)
    return torch.atleast_3d(channels_first).contiguous().view(-1, *channels_first.shape[-3:])


def snapshot(t: Tensor) -> Tensor:
    with torch.no_grad():
        return t.clone(memory_format=torch.contiguous_format)


def move(obj: Any, device: torch.device | str) -> Any:
    return tree_map(lambda leaf: leaf.to(device) if isinstance(leaf, Tensor) else leaf, obj)
