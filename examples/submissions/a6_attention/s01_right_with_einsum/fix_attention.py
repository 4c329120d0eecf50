import torch


def attention(Q, K, V, num_heads=1, causal=False, keep=None):
    B, N, d = Q.shape
    M = K.size(1)
    d_k = d // num_heads

    q = Q.view(B, N, num_heads, d_k).transpose(1, 2)
    k = K.view(B, M, num_heads, d_k).transpose(1, 2)
    v = V.view(B, M, num_heads, d_k).transpose(1, 2)

    mask = torch.ones(N, M, dtype=torch.bool, device=Q.device)
    if causal:
        mask = mask.tril(diagonal=0)
    if keep is not None:
        mask = mask & keep[:, None, None, :]

    S = q @ k.transpose(-2, -1) / d_k**0.5
    A = torch.softmax(S.masked_fill(~mask, -torch.inf), dim=-1)
    H = (A @ v).transpose(1, 2).reshape(B, N, d)
    return H, A
