"""Another right solution: what torch has ready, complex numbers, einsum, float32 tables."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PAD = 1

# ---------------------------------------------------------------- given with the starter


def causal_mask(N: int, device: torch.device | None = None) -> Tensor:
    """Mask (N, N), True = may attend: each token sees itself and what came before it."""
    return torch.ones(N, N, dtype=torch.bool, device=device).tril()


def padding_mask(ids: Tensor, pad_id: int = PAD) -> Tensor:
    """Mask (B, 1, 1, N) over the keys, True = may attend: False where ids (B, N) are padding."""
    return (ids != pad_id)[:, None, None, :]


class MultiHeadAttention(nn.Module):
    """Attention by `num_heads` heads side by side, between learned projections.

    Called as `mha(X_q, X_k, X_v, mask)`; returns the output H (B, N, d_model) and the weights A
    (B, h, N, M). X_q is (B, N, d_model), X_k and X_v are (B, M, d_model); the mask is None, or boolean and
    broadcastable to (B, h, N, M), True = may attend. Dropout acts on the weights, in training only.
    """

    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        if d_model % num_heads:
            raise ValueError(f"d_model={d_model} is not a multiple of num_heads={num_heads}")
        self.num_heads = num_heads
        self.W_q = nn.Linear(d_model, d_model, bias=False)
        self.W_k = nn.Linear(d_model, d_model, bias=False)
        self.W_v = nn.Linear(d_model, d_model, bias=False)
        self.W_h = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def split_heads(self, x: Tensor) -> Tensor:
        """(B, N, d_model) to (B, h, N, d_k): slice j of the features goes to head j."""
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)

    def merge_heads(self, x: Tensor) -> Tensor:
        """(B, h, N, d_k) back to (B, N, d_model)."""
        return x.transpose(1, 2).flatten(-2)

    def forward(
        self, X_q: Tensor, X_k: Tensor, X_v: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """H (B, N, d_model) and A (B, h, N, M); mask: True = may attend."""
        Q, K, V = (
            self.split_heads(layer(x)) for layer, x in ((self.W_q, X_q), (self.W_k, X_k), (self.W_v, X_v))
        )
        S = Q @ K.mT / Q.size(-1) ** 0.5
        if mask is not None:
            S = S.masked_fill(~mask, torch.finfo(S.dtype).min)
        A = torch.softmax(S, dim=-1)
        if mask is not None:
            A = A.masked_fill(~mask, 0.0)  # a query without any key gets zeros
        return self.W_h(self.merge_heads(self.dropout(A) @ V)), A


# ---------------------------------------------------------------- the tasks


def positional_encoding(L, d, base=10000.0):
    t = torch.arange(L, dtype=torch.float32)
    omega = torch.exp(torch.arange(0, d, 2, dtype=torch.float32) * (-torch.log(torch.tensor(base)) / d))
    P = torch.view_as_real(torch.polar(torch.ones(L, len(omega)), torch.outer(t, omega)))
    return P.flip(-1).reshape(L, -1)[:, :d]


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=1000):
        super().__init__()
        self.register_buffer("table", positional_encoding(max_len, d_model)[None])

    def forward(self, x):
        if x.shape[1] > self.table.shape[1]:
            raise ValueError("the sentence is too long")
        return torch.add(x, self.table[:, : x.shape[1]])


class LayerNormScratch(nn.Module):
    def __init__(self, d, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        var, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
        return torch.addcmul(self.bias, (x - mean) * torch.rsqrt(var + self.eps), self.weight)


class FeedForward(nn.Module):
    def __init__(self, d_model, hidden):
        super().__init__()
        self.k1convL1 = nn.Linear(d_model, hidden)
        self.k1convL2 = nn.Linear(hidden, d_model)

    def forward(self, x):
        """As the convolution that the names tell of."""
        first, second = self.k1convL1, self.k1convL2
        x = F.conv1d(x.mT, first.weight[..., None], first.bias).clamp(min=0)
        return F.conv1d(x, second.weight[..., None], second.bias).mT


class Embeddings(nn.Module):
    def __init__(self, d_model, vocab_size, max_len=1000, dropout=0.0):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocab_size, d_model, padding_idx=1)
        self.position_embeddings = PositionalEncoding(d_model, max_len)
        self.LayerNorm = nn.LayerNorm(d_model)
        self.p = dropout

    def forward(self, ids):
        x = self.position_embeddings(F.embedding(ids, self.word_embeddings.weight, padding_idx=1))
        return self.LayerNorm(F.dropout(x, self.p, self.training))


def _attend(mha, x, other, mask):
    """torch's own multi-head attention with the weights of ours; its masks have True = hidden."""
    if mask is not None:
        N, M, h = x.size(1), other.size(1), mha.num_heads
        mask = ~mask.expand(x.size(0), h, N, M).reshape(-1, N, M)
    return F.multi_head_attention_forward(
        x.transpose(0, 1),
        other.transpose(0, 1),
        other.transpose(0, 1),
        x.size(-1),
        mha.num_heads,
        None,
        None,
        None,
        None,
        False,
        mha.dropout.p,
        mha.W_h.weight,
        mha.W_h.bias,
        training=mha.training,
        attn_mask=mask,
        need_weights=False,
        use_separate_proj_weight=True,
        q_proj_weight=mha.W_q.weight,
        k_proj_weight=mha.W_k.weight,
        v_proj_weight=mha.W_v.weight,
    )[0].transpose(0, 1)


class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, hidden, dropout=0.0):
        super().__init__()
        self.mha = MultiHeadAttention(d_model, num_heads, dropout)
        self.cnn = FeedForward(d_model, hidden)
        self.layernorm1 = nn.LayerNorm(d_model)
        self.layernorm2 = nn.LayerNorm(d_model)

    def forward(self, x, mask=None):
        x = self.layernorm1(x + _attend(self.mha, x, x, mask))
        return self.layernorm2(x + self.cnn(x))


class TransformerEncoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, hidden, vocab_size, max_len=1000, dropout=0.0):
        super().__init__()
        self.embedding = Embeddings(d_model, vocab_size, max_len, dropout)
        self.enc_layers = nn.ModuleList()
        for _ in range(num_layers):
            self.enc_layers.append(EncoderLayer(d_model, num_heads, hidden, dropout))

    def forward(self, ids, mask=None):
        x = self.embedding(ids)
        for layer in self.enc_layers:
            x = layer(x, mask)
        return x


class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, hidden, dropout=0.0):
        super().__init__()
        self.self_mha = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_mha = MultiHeadAttention(d_model, num_heads, dropout)
        self.cnn = FeedForward(d_model, hidden)
        self.layernorm1 = nn.LayerNorm(d_model)
        self.layernorm2 = nn.LayerNorm(d_model)
        self.layernorm3 = nn.LayerNorm(d_model)

    def forward(self, x, memory, memory_mask=None, target_mask=None):
        at = torch.arange(x.size(1), device=x.device)
        mask = (at <= at[:, None])[None, None]
        if target_mask is not None:
            mask = torch.logical_and(mask, target_mask)
        x = self.layernorm1(x + _attend(self.self_mha, x, x, mask))
        x = self.layernorm2(x + _attend(self.cross_mha, x, memory, memory_mask))
        return self.layernorm3(x + self.cnn(x))


class TransformerClassifier(nn.Module):
    def __init__(
        self, num_layers, d_model, num_heads, hidden, vocab_size, num_answers, max_len=1000, dropout=0.0
    ):
        super().__init__()
        self.encoder = TransformerEncoder(
            num_layers, d_model, num_heads, hidden, vocab_size, max_len, dropout
        )
        self.dense = nn.Linear(d_model, num_answers)

    def forward(self, ids):
        words = ids != PAD
        x = self.encoder(ids, words[:, None, None, :])
        values, _ = torch.where(words[..., None], x, torch.finfo(x.dtype).min).max(dim=1)
        return self.dense(values)


def greedy_decode(step_fn, sos, eos, max_len, pad=PAD):
    """The whole table is there from the start, full of pad."""
    ids = torch.full((len(sos), max_len + 1), pad)
    ids[:, 0] = sos
    going, t = torch.ones(len(sos), dtype=torch.bool), 0
    while t < max_len and going.any():
        t += 1
        ids[going, t] = step_fn(ids[:, :t]).max(dim=1).indices[going]
        going &= ids[:, t] != eos
    return ids[:, 1 : t + 1]


class KVCache:
    """A list of parts, joined when they are asked for."""

    def __init__(self):
        self.keys, self.values = [], []

    def __len__(self):
        return sum(K.shape[2] for K in self.keys)

    def append(self, K, V):
        self.keys.append(K)
        self.values.append(V)
        return torch.cat(self.keys, dim=2), torch.cat(self.values, dim=2)


def decode_step(mha, x, cache, P):
    x = x + P[len(cache)].to(x.dtype)
    q, k, v = (
        layer(x).unflatten(2, (mha.num_heads, -1)).transpose(1, 2) for layer in (mha.W_q, mha.W_k, mha.W_v)
    )
    K, V = cache.append(k, v)
    H = F.scaled_dot_product_attention(q, K, V)
    return F.linear(H.transpose(1, 2).reshape(x.shape), mha.W_h.weight, mha.W_h.bias)


def patchify(img, p):
    if any(size % p for size in img.shape[2:]):
        raise ValueError
    return F.unfold(img, p, stride=p).mT


def unpatchify(patches, p, height, width):
    return F.fold(patches.mT, (height, width), p, stride=p)


def rope(x, positions, base=10000.0):
    d = x.shape[-1]
    angle = torch.outer(positions.float(), torch.pow(base, -torch.arange(0, d, 2).float() / d))
    turn = torch.polar(torch.ones_like(angle), angle)
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(pairs * turn).flatten(-2).to(x.dtype)


def window_mask(N, w, device=None):
    return torch.ones(N, N, dtype=torch.bool, device=device).tril(w).triu(-w)
