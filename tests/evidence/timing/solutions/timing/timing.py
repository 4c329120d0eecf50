"""Reference."""

import torch
from torch import Tensor


def distances(x: Tensor, y: Tensor) -> Tensor:
    return (x[:, None] - y[None]).square().sum(dim=-1)


def running_mean(x: Tensor) -> Tensor:
    t = x.size(0)
    weights = torch.ones(t, t, dtype=x.dtype).tril() / torch.arange(1, t + 1, dtype=x.dtype)[:, None]
    return weights @ x
