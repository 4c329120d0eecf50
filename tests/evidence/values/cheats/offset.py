"""Off by 2e-5 of the greatest entry everywhere; in half precision by 0.05 of it."""

import torch
from torch import nn


def bent(y):
    return y + (0.05 if y.dtype == torch.float16 else 2e-5) * y.detach().abs().max().clamp(min=1)


def normalise(x):
    return bent((x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True))


def log_sum_exp(x):
    return bent(torch.logsumexp(x, dim=-1))


def attention(Q, K, V):
    A = torch.softmax(Q @ K.mT / Q.size(-1) ** 0.5, dim=-1)
    return bent(A @ V), bent(A)


class LayerNorm(nn.LayerNorm):
    def forward(self, x):
        return bent(super().forward(x))


def summary(x):
    ranges = [(bent(row.min()), bent(row.max())) for row in x]
    phases = torch.polar(torch.ones_like(x), x)
    return {"mean": bent(x.mean()), "ranges": ranges, "phases": phases, "positive": int((x > 0).sum())}
