"""Reference."""

from torch import Tensor


def attention_weights(q: Tensor, k: Tensor) -> Tensor:
    return (q @ k.T / q.size(1) ** 0.5).softmax(dim=1)


def affine(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return x @ weight.T + bias


def column_means(x: Tensor) -> Tensor:
    return x.mean(dim=0)
