"""Products by einsum, variances as means of squares of centred values."""

import torch
from torch import nn


def centred(x):
    return x - torch.einsum("...d->...", x)[..., None] / x.size(-1)


def normalise(x):
    y = centred(x)
    return y / (torch.einsum("nd,nd->n", y, y) / (x.size(1) - 1)).sqrt()[:, None]


def log_sum_exp(x):
    top = x.amax(-1)
    return top + torch.einsum("...n->...", (x - top[..., None]).exp()).log()


def attention(Q, K, V):
    scores = torch.einsum("...nd,...md->...nm", Q, K) * Q.size(-1) ** -0.5
    weights = scores.softmax(-1)
    return torch.einsum("...nm,...mv->...nv", weights, V), weights


class LayerNorm(nn.Module):
    def __init__(self, d, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))
        self.eps = eps

    def forward(self, x):
        y = centred(x)
        return (
            torch.einsum(
                "...d,d->...d", y * torch.rsqrt((y * y).mean(-1, keepdim=True) + self.eps), self.weight
            )
            + self.bias
        )


def summary(x):
    low, high = x.aminmax(dim=1)
    return {
        "mean": x.sum() / x.numel(),
        "ranges": list(zip(low, high, strict=True)),
        "phases": torch.complex(x.cos(), x.sin()),
        "positive": torch.count_nonzero(x > 0).item(),
    }
