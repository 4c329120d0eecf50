import torch
from torch import Tensor, nn

NEGATIVE = float("-inf")


def _masked_softmax(logits: Tensor, mask: Tensor | None) -> Tensor:
    if mask is None:
        return torch.softmax(logits, dim=-1)
    peak = logits.masked_fill(~mask, NEGATIVE).amax(dim=-1, keepdim=True)
    peak = peak.masked_fill(peak == NEGATIVE, 0.0)
    weights = torch.exp(logits - peak) * mask
    return weights / weights.sum(dim=-1, keepdim=True).clamp(min=torch.finfo(logits.dtype).tiny)


def soft_attention(X: Tensor) -> tuple[Tensor, Tensor]:
    powers = X.transpose(0, 1).matmul(X).exp()
    A = powers / powers.sum(dim=0, keepdim=True)
    return X.matmul(A), A


def hard_attention(X: Tensor) -> tuple[Tensor, Tensor]:
    gram = X.transpose(0, 1).matmul(X)
    A = torch.where(gram == gram.amax(dim=0, keepdim=True), 1.0, 0.0).to(X.dtype)
    return X.matmul(A), A


def scores(Q: Tensor, K: Tensor) -> Tensor:
    width = Q.shape[-1]
    return Q.matmul(K.transpose(-2, -1)) / width**0.5


def scaled_dot_product_attention(
    Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None = None, scale: float | None = None
) -> tuple[Tensor, Tensor]:
    factor = Q.shape[-1] ** -0.5 if scale is None else scale
    logits = Q.matmul(K.transpose(-2, -1)) * factor
    if mask is not None:
        logits = torch.where(mask, logits, -1e9)
    A = logits.softmax(dim=-1)
    return A.matmul(V), A


def causal_mask(N: int, device: torch.device | None = None) -> Tensor:
    return ~torch.ones(N, N, dtype=torch.bool, device=device).triu(diagonal=1)


def causal_attention(Q: Tensor, K: Tensor, V: Tensor) -> tuple[Tensor, Tensor]:
    future = torch.full((Q.shape[-2], K.shape[-2]), NEGATIVE, dtype=Q.dtype, device=Q.device).triu(diagonal=1)
    A = torch.softmax(scores(Q, K) + future, dim=-1)
    return A.matmul(V), A


def padding_mask(ids: Tensor, pad_id: int) -> Tensor:
    is_word = ids != pad_id
    return is_word.reshape(ids.shape[0], 1, 1, ids.shape[1])


def split_heads(x: Tensor, h: int) -> Tensor:
    if x.shape[-1] % h:
        raise ValueError("the width must be a multiple of the number of heads")
    return x.unflatten(-1, (h, x.shape[-1] // h)).movedim(2, 1)


def merge_heads(x: Tensor) -> Tensor:
    return x.movedim(1, 2).flatten(2)


def pack_weights(Wq: Tensor, Wk: Tensor, Wv: Tensor) -> Tensor:
    return torch.concat((Wq, Wk, Wv), dim=0)


def packed_qkv(x: Tensor, W: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    q, k, v = (x @ W.mT).split(W.shape[0] // 3, dim=-1)
    return q, k, v


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.0, d_input=None):
        super().__init__()
        if d_model % num_heads:
            raise ValueError("the model's width must be a multiple of the number of heads")
        widths = (d_model, d_model, d_model) if d_input is None else d_input
        self.num_heads = num_heads
        self.W_q, self.W_k, self.W_v = (nn.Linear(width, d_model, bias=False) for width in widths)
        self.W_h = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def _project(self, X_q: Tensor, X_k: Tensor, X_v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        if X_q is X_k and X_k is X_v:  # self-attention: one product instead of three
            return packed_qkv(X_q, pack_weights(self.W_q.weight, self.W_k.weight, self.W_v.weight))
        return self.W_q(X_q), self.W_k(X_k), self.W_v(X_v)

    def forward(self, X_q: Tensor, X_k: Tensor, X_v: Tensor, mask: Tensor | None = None):
        q, k, v = (split_heads(part, self.num_heads) for part in self._project(X_q, X_k, X_v))
        A = _masked_softmax(scores(q, k), mask)
        return self.W_h(merge_heads(self.dropout(A) @ v)), A


def cross_attention(dec: Tensor, enc: Tensor, mha: nn.Module, mask: Tensor | None = None):
    return mha(dec, enc, enc, mask)


def attention_stats(A: Tensor) -> dict[str, Tensor]:
    return {"entropy": (-A * A.log()).sum(dim=-1), "sensitivity": (A * (1 - A)).mean(dim=-1)}


def saturation(d: int, scaled: bool) -> dict[str, float]:
    Q, K = torch.randn(100, 16, d), torch.randn(100, 16, d)
    S = scores(Q, K) if scaled else Q @ K.mT
    A = torch.softmax(S, dim=-1)
    return {"variance": S.var().item(), "sensitivity": attention_stats(A)["sensitivity"].mean().item()}
