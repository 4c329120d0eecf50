"""Attention from its definition: softmax written out, masks by comparison, heads by reshaping columns."""

import torch
from torch import Tensor, nn


def _softmax(S: Tensor, dim: int) -> Tensor:
    """exp(s) over its sum, moved by the largest score so that nothing overflows."""
    E = (S - S.amax(dim, keepdim=True)).exp()
    return E / E.sum(dim, keepdim=True)


def _masked_softmax(S: Tensor, mask: Tensor) -> Tensor:
    """The same over what a mask allows; a row that may see nothing stays zero."""
    seen = torch.where(mask, S, torch.finfo(S.dtype).min)
    E = torch.where(mask, (seen - seen.amax(-1, keepdim=True)).exp(), 0.0)
    total = E.sum(-1, keepdim=True)
    return E / torch.where(total == 0, 1.0, total)


def soft_attention(X: Tensor) -> tuple[Tensor, Tensor]:
    tokens = X.t()
    A = _softmax(tokens.matmul(X), 0)
    return A.t().matmul(tokens).t(), A


def hard_attention(X: Tensor) -> tuple[Tensor, Tensor]:
    S = X.t() @ X
    is_best = S.amax(0) == S
    first = is_best & (is_best.long().cumsum(0) == 1)
    A = first.to(X.dtype)
    return X @ A, A


def scores(Q: Tensor, K: Tensor) -> Tensor:
    return (Q / Q.shape[-1] ** 0.5) @ K.transpose(-1, -2)


def scaled_dot_product_attention(
    Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None = None, scale: float | None = None
) -> tuple[Tensor, Tensor]:
    S = (Q.unsqueeze(-2) * K.unsqueeze(-3)).sum(-1)
    S = S * (Q.shape[-1] ** -0.5 if scale is None else scale)
    A = _softmax(S, -1) if mask is None else _masked_softmax(S, mask.expand_as(S))
    return (A.unsqueeze(-1) * V.unsqueeze(-3)).sum(-2), A


def causal_mask(N: int, device: torch.device | None = None) -> Tensor:
    place = torch.arange(N, device=device)
    return place.view(-1, 1) >= place


def causal_attention(Q: Tensor, K: Tensor, V: Tensor) -> tuple[Tensor, Tensor]:
    S = (Q / Q.shape[-1] ** 0.5) @ K.mT
    S = S + torch.full(S.shape[-2:], -torch.inf, dtype=S.dtype, device=S.device).triu(1)
    A = S.softmax(-1)
    return A @ V, A


def padding_mask(ids: Tensor, pad_id: int) -> Tensor:
    return ~ids.eq(pad_id).view(len(ids), 1, 1, -1)


def split_heads(x: Tensor, h: int) -> Tensor:
    assert x.shape[-1] % h == 0, f"{h} heads do not divide {x.shape[-1]} features"
    return torch.stack(x.tensor_split(h, dim=-1), dim=1)


def merge_heads(x: Tensor) -> Tensor:
    return torch.cat(x.unbind(1), dim=-1)


class MultiHeadAttention(nn.Module):
    def __init__(
        self,
        d_model: int,
        num_heads: int,
        dropout: float = 0.0,
        d_input: tuple[int, int, int] | None = None,
    ) -> None:
        super().__init__()
        self.d_k, rest = divmod(d_model, num_heads)
        if rest:
            raise ValueError("the heads do not divide the width")
        widths = (d_model,) * 3 if d_input is None else d_input
        self.W_q, self.W_k, self.W_v = (nn.Linear(width, d_model, bias=False) for width in widths)
        self.W_h = nn.Linear(d_model, d_model)
        self.p = nn.Dropout(dropout)

    def forward(
        self, X_q: Tensor, X_k: Tensor, X_v: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        B, N = X_q.shape[:2]
        q = self.W_q(X_q).reshape(B, N, -1, self.d_k).permute(0, 2, 1, 3)
        k = self.W_k(X_k).reshape(B, X_k.shape[1], -1, self.d_k).permute(0, 2, 3, 1)
        v = self.W_v(X_v).reshape(B, X_v.shape[1], -1, self.d_k).permute(0, 2, 1, 3)
        S = q @ k * self.d_k**-0.5
        A = _softmax(S, -1) if mask is None else _masked_softmax(S, mask.expand_as(S))
        H = (self.p(A) @ v).permute(0, 2, 1, 3).reshape(B, N, -1)
        return self.W_h(H), A


def packed_qkv(x: Tensor, W: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    packed = x @ W.t()
    d = len(W) // 3
    return packed[..., :d], packed[..., d : 2 * d], packed[..., 2 * d :]


def pack_weights(Wq: Tensor, Wk: Tensor, Wv: Tensor) -> Tensor:
    W = Wq.new_empty(3, *Wq.shape)
    W[0], W[1], W[2] = Wq, Wk, Wv
    return W.flatten(0, 1)


def cross_attention(
    dec: Tensor, enc: Tensor, mha: nn.Module, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    H, A = mha(X_q=dec, X_k=enc, X_v=enc, mask=mask)
    return H, A


def attention_stats(A: Tensor) -> dict[str, Tensor]:
    logs = torch.where(A > 0, A, 1.0).log()
    return {"entropy": -(A * logs).sum(-1), "sensitivity": A.mean(-1) - A.square().mean(-1)}


def saturation(d: int, scaled: bool) -> dict[str, float]:
    Q, K = torch.randn(100, 16, d), torch.randn(100, 16, d)
    S = torch.bmm(Q, K.mT)
    if scaled:
        S /= d**0.5
    sharp = attention_stats(S.softmax(-1))["sensitivity"]
    return {"variance": float(S.var()), "sensitivity": float(sharp.mean())}
