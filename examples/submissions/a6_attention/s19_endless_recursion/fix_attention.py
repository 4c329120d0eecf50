"""All five found."""

import math

import torch


def attention(Q, K, V, num_heads=1, causal=False, keep=None):
    batch, n_queries, width = Q.shape
    n_keys = K.shape[-2]

    def heads(x):
        return x.unflatten(-1, (num_heads, width // num_heads)).transpose(1, 2)

    q, k, v = heads(Q), heads(K), heads(V)

    allowed = torch.ones(batch, 1, n_queries, n_keys, dtype=torch.bool, device=Q.device)
    if causal:
        allowed = allowed.tril()
    if keep is not None:
        allowed = allowed & keep.view(batch, 1, 1, n_keys)

    S = q @ k.mT / math.sqrt(width // num_heads)
    A = S.masked_fill(~allowed, -math.inf).softmax(dim=-1)
    H = (A @ v).transpose(1, 2).flatten(2)
    return H, A
