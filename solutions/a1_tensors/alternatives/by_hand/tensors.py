"""Right solutions of assignment 1 by hand: slices, sums and rules instead of ready-made functions."""

import math
from itertools import pairwise, product
from typing import Any

import numpy as np
import torch
from torch import Tensor


def make_tensors(data: list, array: np.ndarray) -> dict[str, Tensor]:
    tensors = {"from_list": torch.as_tensor(data), "from_numpy": torch.as_tensor(array)}
    tensors["ones23"] = torch.full((2, 3), 1.0)
    tensors["zeros23"] = 0 * tensors["ones23"]
    tensors["eye23"] = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    tensors["empty_like_list"] = tensors["from_list"].clone()
    return tensors


def describe(t: Tensor) -> dict[str, Any]:
    numel = math.prod(t.shape)
    return {
        "value": t.reshape(-1)[0].item() if numel == 1 else None,
        "numel": numel,
        "is_contiguous": t.is_contiguous(),
        "stride": tuple(t.stride(i) for i in range(t.dim())),
        "requires_grad": not t.is_leaf or t.requires_grad,
        "device": str(t.device).partition(":")[0],
        "dtype": t.dtype,
        "shape": tuple(t.size(i) for i in range(t.dim())),
    }


def arith(A: Tensor, B: Tensor) -> dict[str, Tensor]:
    n = len(A)
    a, b = A.tolist(), B.tolist()
    places = list(product(range(n), range(n)))
    by_element = {
        "add": [a[i][j] + b[i][j] for i, j in places],
        "sub": [a[i][j] - b[i][j] for i, j in places],
        "mul": [a[i][j] * b[i][j] for i, j in places],
        "floordiv": [a[i][j] // b[i][j] for i, j in places],
        "mod": [a[i][j] % b[i][j] for i, j in places],
        "pow": [int(a[i][j] ** b[i][j]) for i, j in places],
        "matmul": [sum(a[i][k] * b[k][j] for k in range(n)) for i, j in places],
    }
    results = {key: torch.tensor(values).view(n, n) for key, values in by_element.items()}
    return results | {"div": A.float() / B.float()}


def normalise(mat: Tensor) -> Tensor:
    centred = mat - mat.sum() / mat.numel()
    variance = centred.square().sum() / max(mat.numel() - 1, 1)
    result = centred / variance.sqrt()
    return torch.where((mat == mat[0, 0]).all(), torch.zeros_like(mat), result)


def standardise_columns(X: Tensor) -> Tensor:
    n = len(X)
    mean = X.sum(dim=0) / n
    variance = ((X - mean) ** 2).sum(dim=0) / max(n - 1, 1)
    varies = (X[0] != X).any(dim=0)
    return (X - mean) * varies / torch.where(varies, variance, torch.ones_like(variance)) ** 0.5


def shares_storage(a: Tensor, b: Tensor) -> bool:
    blocks = [(start := t.untyped_storage().data_ptr(), start + t.untyped_storage().nbytes()) for t in (a, b)]
    return max(start for start, _ in blocks) < min(end for _, end in blocks)


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    sizes = [max(size, 1) for size in shape]
    return tuple(math.prod(sizes[i + 1 :]) for i in range(len(sizes)))


def is_contiguous_by_hand(shape: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    # Walk over all elements in order: each must lie one behind the other.
    offsets = [
        sum(index * step for index, step in zip(indices, stride, strict=True))
        for indices in product(*map(range, shape))
    ]
    return all(after - before == 1 for before, after in pairwise(offsets))


def as_shape(t: Tensor, shape: tuple[int, ...]) -> tuple[Tensor, bool]:
    result = t.reshape(shape)
    copied = result.untyped_storage().data_ptr() != t.untyped_storage().data_ptr()
    return result, copied


def split_rows(T: Tensor, size: int) -> list[Tensor]:
    return [T[start : start + size] for start in range(0, len(T), size)]


def join(parts: list[Tensor], dim: int = 0) -> Tensor:
    shape = list(parts[0].shape)
    shape[dim] = sum(part.size(dim) for part in parts)
    joined, start = parts[0].new_empty(shape), 0
    for part in parts:
        joined.narrow(dim, start, part.size(dim)).copy_(part)
        start += part.size(dim)
    return joined


def to_nchw(img: Tensor) -> Tensor:
    batch = img if img.dim() == 4 else img.unsqueeze(0)
    return torch.stack([batch[..., channel] for channel in range(batch.size(-1))], dim=1)


def snapshot(t: Tensor) -> Tensor:
    copy = torch.empty(t.shape, dtype=t.dtype, device=t.device)
    copy.copy_(t.detach())
    return copy


def move(obj: Any, device: torch.device | str) -> Any:
    match obj:
        case Tensor():
            return obj.to(device)
        case dict():
            return dict(zip(obj, move(list(obj.values()), device), strict=True))
        case tuple():
            return tuple(move(list(obj), device))
        case list():
            moved = []
            for item in obj:
                moved.append(move(item, device))
            return moved
    return obj
