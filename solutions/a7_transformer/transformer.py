"""The Transformer, part by part. Every mask is boolean: True = may attend. Padding has the id 1."""

from collections.abc import Callable

import torch
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


def positional_encoding(L: int, d: int, base: float = 10000.0) -> Tensor:
    """Table (L, d), default dtype: sin in the even columns, cos in the odd ones; d may be odd."""
    t = torch.arange(L, dtype=torch.float64)[:, None]
    omega = base ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    P = torch.stack(((t * omega).sin(), (t * omega).cos()), dim=-1)
    return P.flatten(-2)[:, :d].to(torch.get_default_dtype())


class PositionalEncoding(nn.Module):
    """Adds the position to each token of x (B, N, d_model)."""

    def __init__(self, d_model: int, max_len: int = 1000) -> None:
        super().__init__()
        self.register_buffer("P", positional_encoding(max_len, d_model), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """x + P, of the same shape; sentences longer than `max_len` get a table of their own."""
        P = self.P if x.size(1) <= len(self.P) else positional_encoding(*x.shape[1:]).to(x)
        return x + P[: x.size(1)]


class LayerNormScratch(nn.Module):
    """Layer normalisation over the last dimension, with a gain `weight` (d,) and a shift `bias` (d,)."""

    def __init__(self, d: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x (.., d) token by token."""
        centred = x - x.mean(dim=-1, keepdim=True)
        variance = centred.square().mean(dim=-1, keepdim=True)
        return centred / (variance + self.eps).sqrt() * self.weight + self.bias


class FeedForward(nn.Module):
    """The same two linear layers for every token, with a ReLU between them."""

    def __init__(self, d_model: int, hidden: int) -> None:
        super().__init__()
        self.k1convL1 = nn.Linear(d_model, hidden)
        self.k1convL2 = nn.Linear(hidden, d_model)

    def forward(self, x: Tensor) -> Tensor:
        """Transform x (.., d_model) to the same shape."""
        return self.k1convL2(torch.relu(self.k1convL1(x)))


class Embeddings(nn.Module):
    """From ids to vectors that know their position: norm(dropout(word + position))."""

    def __init__(self, d_model: int, vocab_size: int, max_len: int = 1000, dropout: float = 0.0) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(vocab_size, d_model, padding_idx=PAD)
        self.position_embeddings = PositionalEncoding(d_model, max_len)
        self.dropout = nn.Dropout(dropout)
        self.LayerNorm = nn.LayerNorm(d_model, eps=1e-5)

    def forward(self, ids: Tensor) -> Tensor:
        """Ids (B, N) to vectors (B, N, d_model)."""
        x = self.position_embeddings(self.word_embeddings(ids))
        return self.LayerNorm(self.dropout(x))


class EncoderLayer(nn.Module):
    """Self-attention, then the feed-forward network, each with a residual and a norm after it (post-LN)."""

    def __init__(self, d_model: int, num_heads: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.mha = MultiHeadAttention(d_model, num_heads, dropout)
        self.cnn = FeedForward(d_model, hidden)
        self.layernorm1 = nn.LayerNorm(d_model, eps=1e-5)
        self.layernorm2 = nn.LayerNorm(d_model, eps=1e-5)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Encode x (B, N, d_model) to the same shape; mask: True = may attend."""
        y = self.layernorm1(x + self.mha(x, x, x, mask)[0])
        return self.layernorm2(y + self.cnn(y))


class TransformerEncoder(nn.Module):
    """Embeddings, then `num_layers` encoder layers, each with weights of its own."""

    def __init__(
        self,
        num_layers: int,
        d_model: int,
        num_heads: int,
        hidden: int,
        vocab_size: int,
        max_len: int = 1000,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = Embeddings(d_model, vocab_size, max_len, dropout)
        self.enc_layers = nn.ModuleList(
            EncoderLayer(d_model, num_heads, hidden, dropout) for _ in range(num_layers)
        )

    def forward(self, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """Ids (B, N) to (B, N, d_model); mask: True = may attend, for every layer."""
        x = self.embedding(ids)
        for layer in self.enc_layers:
            x = layer(x, mask)
        return x


class DecoderLayer(nn.Module):
    """Causal self-attention, cross-attention, feed-forward network; a norm after each residual."""

    def __init__(self, d_model: int, num_heads: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.self_mha = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_mha = MultiHeadAttention(d_model, num_heads, dropout)
        self.cnn = FeedForward(d_model, hidden)
        self.layernorm1 = nn.LayerNorm(d_model, eps=1e-5)
        self.layernorm2 = nn.LayerNorm(d_model, eps=1e-5)
        self.layernorm3 = nn.LayerNorm(d_model, eps=1e-5)

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        memory_mask: Tensor | None = None,
        target_mask: Tensor | None = None,
    ) -> Tensor:
        """Decode x (B, N, d_model) beside memory (B, M, d_model); masks: True = may attend."""
        mask = causal_mask(x.size(1), x.device)
        if target_mask is not None:
            mask = mask & target_mask
        y = self.layernorm1(x + self.self_mha(x, x, x, mask)[0])
        z = self.layernorm2(y + self.cross_mha(y, memory, memory, memory_mask)[0])
        return self.layernorm3(z + self.cnn(z))


class TransformerClassifier(nn.Module):
    """An encoder, the maximum over the words of a sentence, and a linear layer."""

    def __init__(
        self,
        num_layers: int,
        d_model: int,
        num_heads: int,
        hidden: int,
        vocab_size: int,
        num_answers: int,
        max_len: int = 1000,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.encoder = TransformerEncoder(
            num_layers, d_model, num_heads, hidden, vocab_size, max_len, dropout
        )
        self.dense = nn.Linear(d_model, num_answers)

    def forward(self, ids: Tensor) -> Tensor:
        """Ids (B, N) to logits (B, num_answers); padding has no influence."""
        x = self.encoder(ids, padding_mask(ids))
        x = x.masked_fill((ids == PAD)[..., None], -torch.inf)
        return self.dense(x.amax(dim=1))


def greedy_decode(
    step_fn: Callable[[Tensor], Tensor], sos: Tensor, eos: int, max_len: int, pad: int = PAD
) -> Tensor:
    """The most probable next token again and again, for B sequences: (B, L) with L <= max_len."""
    ids = sos[:, None]
    ended = torch.zeros_like(sos, dtype=torch.bool)
    while ids.size(1) <= max_len and not ended.all():
        following = step_fn(ids).argmax(dim=-1).masked_fill(ended, pad)
        ids = torch.cat((ids, following[:, None]), dim=1)
        ended = ended | (following == eos)
    return ids[:, 1:]


class KVCache:
    """The keys and values of all tokens so far."""

    def __init__(self) -> None:
        self.K: Tensor | None = None
        self.V: Tensor | None = None

    def __len__(self) -> int:
        return 0 if self.K is None else self.K.size(-2)

    def append(self, K: Tensor, V: Tensor) -> tuple[Tensor, Tensor]:
        """Add K, V (B, h, n, d_k) of n new tokens; returns those of all tokens, the oldest first."""
        if self.K is not None and self.V is not None:
            K, V = torch.cat((self.K, K), dim=-2), torch.cat((self.V, V), dim=-2)
        self.K, self.V = K, V
        return K, V


def decode_step(mha: MultiHeadAttention, x: Tensor, cache: KVCache, P: Tensor) -> Tensor:
    """Causal self-attention of the newest token x (B, 1, d_model) alone: (B, 1, d_model)."""
    x = x + P[len(cache)]
    Q = mha.split_heads(mha.W_q(x))
    K, V = cache.append(mha.split_heads(mha.W_k(x)), mha.split_heads(mha.W_v(x)))
    A = torch.softmax(Q @ K.mT / Q.size(-1) ** 0.5, dim=-1)
    return mha.W_h(mha.merge_heads(A @ V))


def patchify(img: Tensor, p: int) -> Tensor:
    """Cut images (B, C, H, W) into p x p patches, row by row: (B, N, C * p * p)."""
    B, C, H, W = img.shape
    if H % p or W % p:
        raise ValueError(f"patches of {p} x {p} do not fill an image of {H} x {W}")
    cut = img.reshape(B, C, H // p, p, W // p, p)
    return cut.permute(0, 2, 4, 1, 3, 5).reshape(B, -1, C * p * p)


def unpatchify(patches: Tensor, p: int, height: int, width: int) -> Tensor:
    """Undo `patchify`: (B, N, C * p * p) to (B, C, height, width)."""
    B, C = patches.size(0), patches.size(-1) // p**2
    cut = patches.reshape(B, height // p, width // p, C, p, p)
    return cut.permute(0, 3, 1, 4, 2, 5).reshape(B, C, height, width)


def rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    """Rotate each pair of neighbouring features of x (.., N, d) by an angle that grows with the position."""
    d = x.size(-1)
    omega = base ** (-torch.arange(0, d, 2, dtype=x.dtype, device=x.device) / d)
    angle = positions.to(x)[:, None] * omega
    cos, sin = angle.cos(), angle.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


def window_mask(N: int, w: int, device: torch.device | None = None) -> Tensor:
    """Mask (N, N), True = may attend: each token sees w tokens on either side, and itself."""
    at = torch.arange(N, device=device)
    return (at[:, None] - at).abs() <= w
