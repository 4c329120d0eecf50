"""Attention, from one softmax to many heads. Every mask is boolean: True = may attend."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def soft_attention(X: Tensor) -> tuple[Tensor, Tensor]:
    """Self-attention of the columns of X (n, t), without any weights: H (n, t) and A (t, t)."""
    A = torch.softmax(X.mT @ X, dim=0)
    return X @ A, A


def hard_attention(X: Tensor) -> tuple[Tensor, Tensor]:
    """As `soft_attention`, but each column of A is one-hot; ties go to the first index."""
    winner = (X.mT @ X).argmax(dim=0)
    A = F.one_hot(winner, num_classes=X.size(1)).to(X.dtype).mT
    return X @ A, A


def scores(Q: Tensor, K: Tensor) -> Tensor:
    """Scaled dot products of every query (.., N, d) with every key (.., M, d): (.., N, M)."""
    return Q @ K.mT / Q.size(-1) ** 0.5


def _attention_weights(Q: Tensor, K: Tensor, mask: Tensor | None, scale: float | None = None) -> Tensor:
    """Softmax over the keys of the scores, zero wherever the mask (True = may attend) is False."""
    S = scores(Q, K) if scale is None else scale * (Q @ K.mT)
    if mask is None:
        return torch.softmax(S, dim=-1)
    # The lowest number in place of -inf: a row without any key stays finite, forwards and backwards.
    S = S.masked_fill(~mask, torch.finfo(S.dtype).min)
    return torch.softmax(S, dim=-1).masked_fill(~mask, 0.0)


def scaled_dot_product_attention(
    Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None = None, scale: float | None = None
) -> tuple[Tensor, Tensor]:
    """Attention under a mask (True = may attend): H (.., N, d_v) and A (.., N, M)."""
    A = _attention_weights(Q, K, mask, scale)
    return A @ V, A


def causal_mask(N: int, device: torch.device | None = None) -> Tensor:
    """Mask (N, N), True = may attend: each token sees itself and what came before it."""
    return torch.ones(N, N, dtype=torch.bool, device=device).tril()


def causal_attention(Q: Tensor, K: Tensor, V: Tensor) -> tuple[Tensor, Tensor]:
    """Attention of N tokens to themselves and their past (mask: True = may attend)."""
    return scaled_dot_product_attention(Q, K, V, causal_mask(Q.size(-2), Q.device))


def padding_mask(ids: Tensor, pad_id: int) -> Tensor:
    """Mask (B, 1, 1, T) over the keys, True = may attend: False where ids (B, T) are padding."""
    return (ids != pad_id)[:, None, None, :]


def split_heads(x: Tensor, h: int) -> Tensor:
    """Cut the features of x (B, N, d) into h equal slices: (B, h, N, d / h)."""
    if x.size(-1) % h:
        raise ValueError(f"{x.size(-1)} features cannot be split evenly into {h} heads")
    return x.unflatten(-1, (h, -1)).transpose(1, 2)


def merge_heads(x: Tensor) -> Tensor:
    """Undo `split_heads`: (B, h, N, d_k) to (B, N, h * d_k)."""
    return x.transpose(1, 2).flatten(-2)


class MultiHeadAttention(nn.Module):
    """Attention by `num_heads` heads side by side, between learned projections."""

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        dropout: float = 0.0,
        d_input: tuple[int, int, int] | None = None,
    ) -> None:
        super().__init__()
        if d_model % num_heads:
            raise ValueError(f"d_model={d_model} is not a multiple of num_heads={num_heads}")
        d_q, d_k, d_v = d_input or (d_model, d_model, d_model)
        self.num_heads = num_heads
        self.W_q = nn.Linear(d_q, d_model, bias=False)
        self.W_k = nn.Linear(d_k, d_model, bias=False)
        self.W_v = nn.Linear(d_v, d_model, bias=False)
        self.W_h = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, X_q: Tensor, X_k: Tensor, X_v: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """H (B, N_q, d_model) and A (B, h, N_q, N_k); mask: True = may attend."""
        Q = split_heads(self.W_q(X_q), self.num_heads)
        K = split_heads(self.W_k(X_k), self.num_heads)
        V = split_heads(self.W_v(X_v), self.num_heads)
        A = _attention_weights(Q, K, mask)
        return self.W_h(merge_heads(self.dropout(A) @ V)), A


def packed_qkv(x: Tensor, W: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Project x (.., d_in) by the tall W (3d, d_in) in one product; q, k and v, each (.., d)."""
    q, k, v = F.linear(x, W).chunk(3, dim=-1)
    return q, k, v


def pack_weights(Wq: Tensor, Wk: Tensor, Wv: Tensor) -> Tensor:
    """Stack three matrices (d, d_in) into the tall W (3d, d_in) of `packed_qkv`."""
    return torch.cat((Wq, Wk, Wv), dim=0)


def cross_attention(
    dec: Tensor, enc: Tensor, mha: nn.Module, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Let the decoder's tokens attend to the encoder's (mask over these: True = may attend)."""
    return mha(dec, enc, enc, mask)


def attention_stats(A: Tensor) -> dict[str, Tensor]:
    """Per query of A (.., N, M): entropy in nats, and the mean over keys of a (1 - a)."""
    return {
        "entropy": torch.special.entr(A).sum(dim=-1),
        "sensitivity": (A * (1 - A)).mean(dim=-1),
    }


def saturation(d: int, scaled: bool) -> dict[str, float]:
    """What random scores do to softmax: their variance, and the mean sensitivity of the weights."""
    Q, K = torch.randn(2, 100, 16, d)
    S = scores(Q, K) if scaled else Q @ K.mT
    return {
        "variance": S.var().item(),
        "sensitivity": attention_stats(torch.softmax(S, dim=-1))["sensitivity"].mean().item(),
    }
