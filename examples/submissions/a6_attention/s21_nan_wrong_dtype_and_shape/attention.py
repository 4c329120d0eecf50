import math

import torch
from torch import nn


def soft_attention(X):
    # every column of X is one input, column j of A says how much of each input output j takes
    scores = torch.einsum("ni,nj->ij", X, X)
    A = torch.softmax(scores, dim=0)
    H = torch.einsum("ni,ij->nj", X, A)
    return H, A


def hard_attention(X):
    scores = torch.einsum("ni,nj->ij", X, X)
    winner = scores.argmax(dim=0)
    A = torch.zeros_like(scores)
    A[winner, torch.arange(X.shape[1])] = 1
    return torch.einsum("ni,ij->nj", X, A), A


def scores(Q, K):
    d = torch.tensor(-Q.shape[-1], dtype=Q.dtype)
    return torch.einsum("...nd,...md->...nm", Q, K) / torch.sqrt(d)


def scaled_dot_product_attention(Q, K, V, mask=None, scale=None):
    if scale is None:
        scale = 1 / math.sqrt(K.shape[-1])
    S = torch.einsum("...nd,...md->...nm", Q, K) * scale
    if mask is not None:
        S = S.masked_fill(~mask, -math.inf)
    A = torch.softmax(S, dim=-1)
    if mask is not None:
        # softmax of a row of -inf is nan: such a query attends to nothing
        A = torch.where(mask, A, torch.zeros_like(A))
    H = torch.einsum("...nm,...mv->...nv", A, V)
    return H, A


def causal_mask(N, device=None):
    i = torch.arange(N, device=device)
    return i[:, None] >= i[None, :]


def causal_attention(Q, K, V):
    return scaled_dot_product_attention(Q, K, V, mask=causal_mask(Q.shape[-2], Q.device))


def padding_mask(ids, pad_id):
    return (ids != pad_id)[:, None, None, :]


def split_heads(x, h):
    batch, length, width = x.shape
    if width % h != 0:
        raise ValueError(f"cannot cut a width of {width} into {h} heads")
    return x.reshape(batch, length, h, width // h).permute(0, 2, 1, 3)


def merge_heads(x):
    B, h, N, dk = x.shape
    merged = torch.zeros(B, N, h * dk)
    for i in range(h):
        merged[:, :, i * dk:(i + 1) * dk] = x[:, i]
    return merged


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0, d_input=None):
        super().__init__()
        if d_model % num_heads != 0:
            raise ValueError(f"{d_model} is not a multiple of {num_heads}")
        d_q, d_k, d_v = (d_model,) * 3 if d_input is None else d_input
        self.num_heads = num_heads
        self.d_head = d_model // num_heads
        self.W_q = nn.Linear(d_q, d_model, bias=False)
        self.W_k = nn.Linear(d_k, d_model, bias=False)
        self.W_v = nn.Linear(d_v, d_model, bias=False)
        self.W_h = nn.Linear(d_model, d_model)
        self.drop = nn.Dropout(dropout)

    def forward(self, X_q, X_k, X_v, mask=None):
        # (h, d_head, d_input): the rows of each matrix belong to the heads one after the other
        wq = self.W_q.weight.unflatten(0, (self.num_heads, self.d_head))
        wk = self.W_k.weight.unflatten(0, (self.num_heads, self.d_head))
        wv = self.W_v.weight.unflatten(0, (self.num_heads, self.d_head))
        q = torch.einsum("bni,hdi->bhnd", X_q, wq)
        k = torch.einsum("bmi,hdi->bhmd", X_k, wk)
        v = torch.einsum("bmi,hdi->bhmd", X_v, wv)
        S = torch.einsum("bhnd,bhmd->bhnm", q, k) / math.sqrt(self.d_head)
        if mask is not None:
            S = S.masked_fill(~mask, -math.inf)
        A = torch.softmax(S, dim=-1)
        if mask is not None:
            A = A.masked_fill(~mask, 0.0)
        H = torch.einsum("bhnm,bhmd->bnhd", self.drop(A), v).flatten(2)
        return self.W_h(H), A


def packed_qkv(x, W):
    d = W.shape[0] // 3
    # third, feature, input: one product, then taken apart along the first letter
    q, k, v = torch.einsum("cdi,...i->c...d", W.reshape(3, d, W.shape[1]), x)
    return q, k, v


def pack_weights(Wq, Wk, Wv):
    return torch.stack([Wq, Wk, Wv]).flatten(0, 1)


def cross_attention(dec, enc, mha, mask=None):
    # the decoder asks, the encoder answers
    return mha(dec, enc, enc, mask)


def attention_stats(A):
    entropy = -torch.special.xlogy(A, A).sum(-1)
    spread = (A * (1 - A)).mean(-1, keepdim=True)
    return {"entropy": entropy, "sensitivity": spread}


def saturation(d, scaled):
    q = torch.randn(100, 16, d)
    k = torch.randn(100, 16, d)
    s = torch.einsum("rnd,rmd->rnm", q, k)
    if scaled:
        s = s / math.sqrt(d)
    stats = attention_stats(torch.softmax(s, -1))
    return {"variance": float(s.var()), "sensitivity": float(stats["sensitivity"].mean())}
