"""The right shape and dtype on the meta device, with no values at all."""

import torch
from torch import nn


def bent(y):
    return y.to("meta")


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
