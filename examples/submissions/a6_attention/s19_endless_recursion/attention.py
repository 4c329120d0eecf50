import torch
from torch import nn
from torch.nn.functional import one_hot, scaled_dot_product_attention as fused


def soft_attention(X):
    # the columns of X are the tokens; fused attention wants them as rows
    tokens = X.T
    H = fused(tokens, tokens, tokens, scale=1.0).T
    A = (tokens @ X).softmax(dim=1).T
    return H, A


def hard_attention(X):
    scores_of = X.T @ X
    A = one_hot(scores_of.argmax(0), X.shape[1]).to(X).T
    return X @ A, A


def scores(Q, K):
    return torch.matmul(Q, K.transpose(-1, -2)).div(Q.shape[-1] ** 0.5)


def _weights(Q, K, mask=None, scale=None):
    # the fused call keeps the weights to itself, so they are made here by hand
    logits = scores(Q, K) if scale is None else torch.matmul(Q, K.transpose(-1, -2)).mul(scale)
    if mask is None:
        return logits.softmax(-1)
    logits = torch.where(mask, logits, torch.finfo(logits.dtype).min)
    return torch.where(mask, logits.softmax(-1), 0.0)


def scaled_dot_product_attention(Q, K, V, mask=None, scale=None):
    # the one place where the fused call is not allowed
    A = _weights(Q, K, mask, scale)
    return torch.matmul(A, V), A


def causal_mask(N, device=None):
    return torch.full((N, N), True, device=device).tril()


def causal_attention(Q, K, V):
    H = fused(Q, K, V, is_causal=True)
    A = _weights(Q, K, causal_mask(Q.shape[-2], Q.device))
    return H, A


def padding_mask(ids, pad_id):
    real = ids.not_equal(pad_id)
    return real.unsqueeze(1).unsqueeze(1)


def split_heads(x, h):
    return torch.stack(x.split(_head_size(x.shape[-1], h), dim=-1), dim=1)


def _head_size(width, heads):
    if width % heads != 0:
        raise ValueError(f"{heads} heads do not divide {width} features")
    return width // heads


def merge_heads(x):
    return torch.cat(x.unbind(dim=1), dim=-1)


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0, d_input=None):
        super().__init__()
        _head_size(d_model, num_heads)
        self.num_heads = num_heads
        d_q, d_k, d_v = d_input or [d_model] * 3
        self.W_q = nn.Linear(d_q, d_model, bias=False)
        self.W_k = nn.Linear(d_k, d_model, bias=False)
        self.W_v = nn.Linear(d_v, d_model, bias=False)
        self.W_h = nn.Linear(d_model, d_model)
        self.dropout = dropout

    def forward(self, X_q, X_k, X_v, mask=None):
        Q = split_heads(self.W_q(X_q), self.num_heads)
        K = split_heads(self.W_k(X_k), self.num_heads)
        V = split_heads(self.W_v(X_v), self.num_heads)
        # drops weights by itself, after the softmax
        H = fused(Q, K, V, attn_mask=mask, dropout_p=self.dropout if self.training else 0.0)
        return self.W_h(merge_heads(H)), _weights(Q, K, mask)


def packed_qkv(x, W):
    return nn.functional.linear(x, W).tensor_split(3, dim=-1)


def pack_weights(*matrices):
    # the last one under all the others
    return torch.cat([pack_weights(*matrices), matrices[-1]])


def cross_attention(dec, enc, mha, mask=None):
    return mha(dec, enc, enc, mask)


def attention_stats(A):
    entropy = torch.special.entr(A).sum(-1)
    # mean of a - a^2, with sum(a) = 1 not assumed
    return dict(entropy=entropy, sensitivity=A.mean(-1) - A.square().mean(-1))


def saturation(d, scaled):
    S = torch.randn(100, 16, d) @ torch.randn(100, d, 16)
    S = S * (d ** -0.5 if scaled else 1.0)
    A = S.softmax(-1)
    return dict(variance=S.var().item(), sensitivity=(A * (1 - A)).mean().item())
