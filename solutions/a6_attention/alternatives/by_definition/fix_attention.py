"""Multi-head attention without weights, head by head from einsum, with a mask of what is forbidden."""

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
    q, k, v = (x.unflatten(-1, (num_heads, -1)) for x in (Q, K, V))
    S = torch.einsum("bnhd,bmhd->bhnm", q, k) / q.shape[-1] ** 0.5
    forbidden = torch.zeros_like(S, dtype=torch.bool)
    if causal:
        forbidden |= torch.ones_like(forbidden).triu(1)
    if keep is not None:
        forbidden |= ~keep[:, None, None]
    A = S.masked_fill(forbidden, -torch.inf).softmax(-1)
    return torch.einsum("bhnm,bmhd->bnhd", A, v).flatten(2), A
