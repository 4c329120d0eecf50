"""Find the bugs: multi-head attention that runs, and is wrong in five places.

`attention` is meant to do what its docstring says. Somebody wrote it in one evening, tried it on one
head and a square input, and was content. There are five mistakes, each independent of the others, and
each is graded by itself. Mend them where they stand: the signature and what is returned stay as they are.

No code is missing here, and nothing needs to be rewritten; every mend is a few characters long.
"""

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
    """Attention by `num_heads` heads, without projections; every mask: True = may attend.

    Arguments:
        Q: queries (B, N, d).
        K, V: keys and values (B, M, d); M and N may differ.
        num_heads: h, which divides d. Head j works with the j-th slice of d_k = d / h neighbouring
            features of Q, K and V, and its scores are divided by the square root of d_k.
        causal: whether query i may see only the keys 0 .. i.
        keep: boolean (B, M), True where a key may be attended to (a word), False where it may not
            (padding). With `causal` too, a key must be allowed by both.

    Every query has at least one key that it may see.

    Returns:
        H (B, N, d): the outputs of the heads, those of head j in the j-th slice of the features.
        A (B, h, N, M): the attention weights.
    """
    B, N, d = Q.shape
    M = Q.size(1)
    d_k = d // num_heads

    q = Q.view(B, N, num_heads, d_k).transpose(1, 2)
    k = K.view(B, M, num_heads, d_k).transpose(1, 2)
    v = V.view(B, M, num_heads, d_k).transpose(1, 2)

    mask = torch.ones(N, M, dtype=torch.bool, device=Q.device)
    if causal:
        mask = mask.tril(diagonal=1)
    if keep is not None:
        mask = mask | keep[:, None, None, :]

    S = q @ k.transpose(-2, -1) / d**0.5
    A = torch.softmax(S.masked_fill(~mask, -torch.inf), dim=-1)
    H = (A @ v).reshape(B, N, d)
    return H, A
