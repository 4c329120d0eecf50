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
    B, N, d = Q.shape
    M = K.shape[1]  # was Q's
    d_k = d // num_heads

    q = Q.view(B, N, num_heads, d_k).transpose(1, 2)
    k = K.view(B, M, num_heads, d_k).transpose(1, 2)
    v = V.view(B, M, num_heads, d_k).transpose(1, 2)

    mask = torch.ones(N, M, dtype=torch.bool, device=Q.device)
    if causal:
        mask = mask.tril()  # diagonal=1 showed every token its successor
    if keep is not None:
        mask = mask.logical_and(keep[:, None, None, :])  # both masks must allow, not one of them

    S = q @ k.transpose(-2, -1) / d_k**0.5  # each head is only d_k wide
    A = torch.softmax(S.masked_fill(~mask, -torch.inf), dim=-1)
    H = (A @ v).permute(0, 2, 1, 3).reshape(B, N, d)  # heads behind tokens before they are joined
    return H, A
