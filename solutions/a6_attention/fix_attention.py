"""Multi-head attention without weights; the five bugs of the hand-out are mended."""

import torch
from torch import Tensor


def attention(
    Q: Tensor,
    K: Tensor,
    V: Tensor,
    num_heads: int = 1,
    causal: bool = False,
    keep: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Attention by `num_heads` heads; H (B, N, d) and A (B, h, N, M); masks: True = may attend."""
    B, N, d = Q.shape
    M = K.size(1)
    d_k = d // num_heads

    q = Q.view(B, N, num_heads, d_k).transpose(1, 2)
    k = K.view(B, M, num_heads, d_k).transpose(1, 2)
    v = V.view(B, M, num_heads, d_k).transpose(1, 2)

    mask = torch.ones(N, M, dtype=torch.bool, device=Q.device)
    if causal:
        mask = mask.tril()
    if keep is not None:
        mask = mask & keep[:, None, None, :]

    S = q @ k.transpose(-2, -1) / d_k**0.5
    A = torch.softmax(S.masked_fill(~mask, -torch.inf), dim=-1)
    H = (A @ v).transpose(1, 2).reshape(B, N, d)
    return H, A
