"""Attention with loops: slow, but every number can be followed by hand."""

from math import sqrt

import torch
from torch import nn


def soft_attention(X):
    n, t = X.shape
    columns_A = []
    columns_H = []
    for i in range(t):
        # dot product of input i with every input
        r = torch.stack([torch.dot(X[:, j], X[:, i]) for j in range(t)])
        e = torch.exp(r - r.max())
        a = e / e.sum()
        h = torch.zeros_like(X[:, 0])
        for j in range(t):
            h = h + a[j] * X[:, j]
        columns_A.append(a)
        columns_H.append(h)
    return torch.stack(columns_H, dim=1), torch.stack(columns_A, dim=1)


def hard_attention(X):
    n, t = X.shape
    H = torch.zeros_like(X)
    A = X.new_zeros(t, t)
    for i in range(t):
        best, best_score = 0, None
        for j in range(t):
            s = torch.dot(X[:, j], X[:, i]).item()
            if best_score is None or s > best_score:
                best, best_score = j, s
        A[best, i] = 1
        H[:, i] = X[:, best]
    return H, A


def scores(Q, K):
    d = Q.shape[-1]
    rows = []
    for i in range(Q.shape[-2]):
        row = []
        for j in range(K.shape[-2]):
            row.append((Q[..., i, :] * K[..., j, :]).sum(-1) / sqrt(d))
        rows.append(torch.stack(row, dim=-1))
    return torch.stack(rows, dim=-2)


def scaled_dot_product_attention(Q, K, V, mask=None, scale=None):
    if scale is None:
        scale = 1 / sqrt(Q.shape[-1])
    N, M = Q.shape[-2], K.shape[-2]
    H, A = [], []
    for i in range(N):
        s = torch.stack([(Q[..., i, :] * K[..., j, :]).sum(-1) for j in range(M)], dim=-1) * scale
        # biggest score first, so that exp never overflows
        e = torch.exp(s - s.max(dim=-1, keepdim=True).values)
        if mask is not None:
            # the one row of the mask that belongs to this query
            allowed = mask if mask.dim() == 1 or mask.shape[-2] == 1 else mask[..., i:i + 1, :]
            allowed = allowed.reshape(allowed.shape[:-2] + allowed.shape[-1:])
            s = s.masked_fill(~allowed, -torch.inf)
            top = s.max(dim=-1, keepdim=True).values
            top = torch.where(top == -torch.inf, torch.zeros_like(top), top)
            e = torch.exp(s - top)
        total = e.sum(dim=-1, keepdim=True)
        total = torch.where(total == 0, torch.ones_like(total), total)
        a = e / total
        h = 0
        for j in range(M):
            h = h + a[..., j:j + 1] * V[..., j, :]
        A.append(a)
        H.append(h)
    return torch.stack(H, dim=-2), torch.stack(A, dim=-2)


def causal_mask(N, device=None):
    mask = torch.zeros(N, N, dtype=torch.bool, device=device)
    for i in range(N):
        for j in range(i + 1):
            mask[i, j] = True
    return mask


def causal_attention(Q, K, V):
    H, A = [], []
    N = Q.shape[-2]
    for i in range(N):
        # token i only ever gets to see the first i + 1 keys
        h, a = scaled_dot_product_attention(Q[..., i:i + 1, :], K[..., :i + 1, :], V[..., :i + 1, :])
        H.append(h)
        A.append(torch.nn.functional.pad(a, (0, N - i - 1)))
    return torch.cat(H, dim=-2), torch.cat(A, dim=-2)


def padding_mask(ids, pad_id):
    B, T = ids.shape
    mask = torch.ones(B, 1, 1, T, dtype=torch.bool, device=ids.device)
    for b in range(B):
        for t in range(T):
            if ids[b, t].item() == pad_id:
                mask[b, 0, 0, t] = False
    return mask


def split_heads(x, h):
    d = x.shape[-1]
    if d % h:
        raise ValueError("the heads would not all be of the same size")
    size = d // h
    return torch.stack([x[..., i * size:(i + 1) * size] for i in range(h)], dim=1)


def merge_heads(x):
    return torch.cat([x[:, i] for i in range(x.shape[1])], dim=-1)


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0, d_input=None):
        super().__init__()
        if d_model % num_heads:
            raise ValueError("num_heads has to divide d_model")
        if d_input is None:
            d_input = [d_model] * 3
        self.num_heads = num_heads
        self.W_q = nn.Linear(d_input[0], d_model, bias=False)
        self.W_k = nn.Linear(d_input[1], d_model, bias=False)
        self.W_v = nn.Linear(d_input[2], d_model, bias=False)
        self.W_h = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, X_q, X_k, X_v, mask=None):
        Q, K, V = self.W_q(X_q), self.W_k(X_k), self.W_v(X_v)
        size = Q.shape[-1] // self.num_heads
        heads, weights = [], []
        for i in range(self.num_heads):
            part = slice(i * size, (i + 1) * size)
            m = mask
            if m is not None and m.dim() == 4:
                m = m[:, i] if m.shape[1] > 1 else m[:, 0]
            _, a = scaled_dot_product_attention(Q[..., part], K[..., part], V[..., part], m)
            heads.append(self.dropout(a) @ V[..., part])
            weights.append(a)
        return self.W_h(torch.cat(heads, dim=-1)), torch.stack(weights, dim=1)


def packed_qkv(x, W):
    y = nn.functional.linear(x, W)
    d = W.shape[0] // 3
    return tuple(y[..., i * d:(i + 1) * d] for i in range(3))


def pack_weights(Wq, Wk, Wv):
    rows = []
    for W in (Wq, Wk, Wv):
        for row in W:
            rows.append(row)
    return torch.stack(rows)


def cross_attention(dec, enc, mha, mask=None):
    return mha(dec, enc, enc, mask=mask)


def attention_stats(A):
    entropy = torch.zeros_like(A[..., 0])
    sensitivity = torch.zeros_like(A[..., 0])
    for j in range(A.shape[-1]):
        a = A[..., j]
        # 0 log 0 counts as 0
        safe = torch.where(a > 0, a, torch.ones_like(a))
        entropy = entropy - a * torch.log(safe)
        sensitivity = sensitivity + a * (1 - a)
    return {"entropy": entropy, "sensitivity": sensitivity / A.shape[-1]}


def saturation(d, scaled):
    all_scores, all_sens = [], []
    for _ in range(100):
        q = torch.randn(16, d)
        k = torch.randn(16, d)
        s = q @ k.T
        if scaled:
            s = s / sqrt(d)
        all_scores.append(s)
        all_sens.append(attention_stats(torch.softmax(s, dim=-1))["sensitivity"])
    return {
        "variance": torch.stack(all_scores).var().item(),
        "sensitivity": torch.stack(all_sens).mean().item(),
    }
