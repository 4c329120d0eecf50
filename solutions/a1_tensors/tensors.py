"""Reference solutions of assignment 1."""

from typing import Any

import numpy as np
import torch
from torch import Tensor


def make_tensors(data: list, array: np.ndarray) -> dict[str, Tensor]:
    """Six tensors; from_numpy lies on the memory of the array."""
    from_list = torch.tensor(data)
    return {
        "from_list": from_list,
        "from_numpy": torch.from_numpy(array),
        "ones23": torch.ones(2, 3),
        "zeros23": torch.zeros(2, 3),
        "eye23": torch.eye(2, 3),
        "empty_like_list": torch.empty_like(from_list),
    }


def describe(t: Tensor) -> dict[str, Any]:
    """A tensor's attributes as plain Python values."""
    return {
        "shape": tuple(t.shape),
        "dtype": t.dtype,
        "device": t.device.type,
        "requires_grad": t.requires_grad,
        "stride": t.stride(),
        "is_contiguous": t.is_contiguous(),
        "numel": t.numel(),
        "value": t.item() if t.numel() == 1 else None,
    }


def arith(A: Tensor, B: Tensor) -> dict[str, Tensor]:
    """Eight combinations of integer matrices (n, n); torch raises where B has a zero."""
    return {
        "add": A + B,
        "sub": A - B,
        "mul": A * B,
        "div": A / B,
        "floordiv": A // B,
        "mod": A % B,
        "pow": A**B,
        "matmul": A @ B,
    }


def normalise(mat: Tensor) -> Tensor:
    """(mat - mean) / std over all elements of mat (n, m); zeros where all are equal."""
    all_equal = mat.amin() == mat.amax()
    return torch.where(all_equal, 0, (mat - mat.mean()) / mat.std())


def standardise_columns(X: Tensor) -> Tensor:
    """Each column of X (n, d) with mean 0 and standard deviation 1; zeros where all its entries are equal."""
    centred = X - X.mean(dim=0)
    constant = X.amin(dim=0) == X.amax(dim=0)
    std = (centred.square().sum(dim=0) / max(X.size(0) - 1, 1)).sqrt()
    return torch.where(constant, 0, centred / torch.where(constant, 1, std))


def shares_storage(a: Tensor, b: Tensor) -> bool:
    """Compare the addresses of the blocks; a tensor without memory has address 0."""
    block = a.untyped_storage().data_ptr()
    return block != 0 and block == b.untyped_storage().data_ptr()


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Products of the sizes behind each dimension, from the last to the first."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


def is_contiguous_by_hand(shape: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    """Compare the strides, except where they are never used."""
    if 0 in shape:
        return True
    wanted = contiguous_strides(shape)
    return all(size == 1 or stride[i] == wanted[i] for i, size in enumerate(shape))


def as_shape(t: Tensor, shape: tuple[int, ...]) -> tuple[Tensor, bool]:
    """A view where there can be one, else a copy; and whether it is a copy."""
    try:
        return t.view(shape), False
    except RuntimeError:
        return t.contiguous().view(shape), True


def split_rows(T: Tensor, size: int) -> list[Tensor]:
    """Views of T (n, ...), `size` rows each; the last has what is left."""
    return list(torch.split(T, size))


def join(parts: list[Tensor], dim: int = 0) -> Tensor:
    """The parts one behind the other along `dim`."""
    return torch.cat(parts, dim=dim)


def to_nchw(img: Tensor) -> Tensor:
    """(H, W, C) or (N, H, W, C) to (N, C, H, W), contiguous."""
    batch = img if img.dim() == 4 else img.unsqueeze(0)
    return batch.permute(0, 3, 1, 2).contiguous()


def snapshot(t: Tensor) -> Tensor:
    """A copy without graph, in memory of its own."""
    return t.detach().clone()


def move(obj: Any, device: torch.device | str) -> Any:
    """A new structure with all tensors on the device."""
    if isinstance(obj, Tensor):
        return obj.to(device)
    if isinstance(obj, dict):
        return {key: move(value, device) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return type(obj)(move(item, device) for item in obj)
    return obj
