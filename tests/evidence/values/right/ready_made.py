"""What torch.nn.functional has ready: fused attention, layer_norm."""

import torch
import torch.nn.functional as F
from torch import nn


def normalise(x):
    n = x.size(1)
    return F.layer_norm(x, (n,), eps=0.0) * ((n - 1) / n) ** 0.5


def log_sum_exp(x):
    return x[..., 0] - F.log_softmax(x, dim=-1)[..., 0]


def attention(Q, K, V):
    eye = torch.eye(K.size(-2), dtype=V.dtype).expand(*V.shape[:-2], -1, -1)
    return F.scaled_dot_product_attention(Q, K, V), F.scaled_dot_product_attention(Q, K, eye)


class LayerNorm(nn.LayerNorm):
    def __init__(self, d, eps=1e-5):
        super().__init__(d, eps)


def summary(x):
    low, high = torch.quantile(x, torch.tensor([0, 1], dtype=x.dtype), dim=1)
    return {
        "mean": F.adaptive_avg_pool1d(x.reshape(1, 1, -1), 1).reshape(()),
        "ranges": [*zip(low.unbind(), high.unbind(), strict=True)],
        "phases": torch.exp(x * 1j),
        "positive": int(torch.heaviside(x, torch.zeros((), dtype=x.dtype)).sum()),
    }
