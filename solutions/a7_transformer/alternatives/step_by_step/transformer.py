"""Another right solution: matrices, shifts and words one after the other, in the order of the formulas."""

import torch
from torch import nn

PAD = 1

# ---------------------------------------------------------------- attention, as one might have it from before


def causal_mask(N, device=None):
    at = torch.arange(N, device=device)
    return at[:, None] >= at


def padding_mask(ids, pad_id=PAD):
    return ids.ne(pad_id).unsqueeze(1).unsqueeze(1)


class MultiHeadAttention(nn.Module):
    """Head by head, by slices of the weights."""

    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.W_q = nn.Linear(d_model, d_model, bias=False)
        self.W_k = nn.Linear(d_model, d_model, bias=False)
        self.W_v = nn.Linear(d_model, d_model, bias=False)
        self.W_h = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, X_q, X_k, X_v, mask=None):
        outputs, weights = [], []
        d_k = X_q.size(-1) // self.num_heads
        for head in range(self.num_heads):
            part = slice(head * d_k, (head + 1) * d_k)
            S = self.W_q(X_q)[..., part] @ self.W_k(X_k)[..., part].mT / d_k**0.5
            if mask is not None:
                S = S.masked_fill(~mask.expand(S.size(0), self.num_heads, *S.shape[1:])[:, head], -1e9)
            A = torch.softmax(S, dim=-1)
            outputs.append(self.dropout(A) @ self.W_v(X_v)[..., part])
            weights.append(A)
        return self.W_h(torch.cat(outputs, dim=-1)), torch.stack(weights, dim=1)


# ---------------------------------------------------------------- the tasks


def positional_encoding(L, d, base=10000.0):
    column = torch.arange(d)
    angle = torch.arange(L)[:, None] / torch.pow(base, (column - column % 2) / d)
    return torch.sin(angle + torch.pi / 2 * (column % 2))


class PositionalEncoding(nn.Module):
    """Without a table: positions are computed anew for each sentence."""

    def __init__(self, d_model, max_len=1000):
        super().__init__()
        self.d_model = d_model

    def forward(self, x):
        P = positional_encoding(x.shape[1], self.d_model)
        return x + P.to(dtype=x.dtype, device=x.device)


class LayerNormScratch(nn.Module):
    def __init__(self, d, eps=1e-5):
        super().__init__()
        self.d, self.eps = d, eps
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        middle = torch.eye(self.d, dtype=x.dtype) - torch.full((self.d, self.d), 1 / self.d, dtype=x.dtype)
        c = (x - x[..., :1]) @ middle
        return (
            self.bias + self.weight * c * (torch.linalg.vecdot(c, c)[..., None] / self.d + self.eps) ** -0.5
        )


class FeedForward(nn.Module):
    def __init__(self, d_model, hidden):
        super().__init__()
        self.k1convL1 = nn.Linear(d_model, hidden)
        self.activation = nn.ReLU()
        self.k1convL2 = nn.Linear(hidden, d_model)

    def forward(self, x):
        x = self.k1convL1(x)
        x = self.activation(x)
        return self.k1convL2(x)


class Embeddings(nn.Module):
    def __init__(self, d_model, vocab_size, max_len=1000, dropout=0.0):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocab_size, d_model, padding_idx=1)
        self.position_embeddings = PositionalEncoding(d_model, max_len)
        self.LayerNorm = nn.LayerNorm(d_model, eps=1e-5)
        self.drop = nn.Dropout(dropout)

    def forward(self, ids):
        words = torch.stack([self.word_embeddings(column) for column in ids.unbind(dim=1)], dim=1)
        return self.LayerNorm(self.drop(self.position_embeddings(words)))


class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, hidden, dropout=0.0):
        super().__init__()
        self.mha = MultiHeadAttention(d_model, num_heads, dropout)
        self.cnn = FeedForward(d_model, hidden)
        self.layernorm1 = nn.LayerNorm(d_model, eps=1e-5)
        self.layernorm2 = nn.LayerNorm(d_model, eps=1e-5)

    def forward(self, x, mask=None):
        attended, _ = self.mha(x, x, x, mask)
        y = self.layernorm1(attended + x)
        return self.layernorm2(self.cnn(y) + y)


class TransformerEncoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, hidden, vocab_size, max_len=1000, dropout=0.0):
        super().__init__()
        layers = [EncoderLayer(d_model, num_heads, hidden, dropout) for _ in range(num_layers)]
        self.enc_layers = nn.ModuleList(layers)
        self.embedding = Embeddings(d_model, vocab_size, max_len, dropout)

    def forward(self, ids, mask=None):
        return self.through(self.embedding(ids), mask, 0)

    def through(self, x, mask, first):
        if first == len(self.enc_layers):
            return x
        return self.through(self.enc_layers[first](x, mask), mask, first + 1)


class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, hidden, dropout=0.0):
        super().__init__()
        self.layernorm1, self.layernorm2, self.layernorm3 = (nn.LayerNorm(d_model) for _ in range(3))
        self.self_mha, self.cross_mha = (MultiHeadAttention(d_model, num_heads, dropout) for _ in range(2))
        self.cnn = FeedForward(d_model, hidden)

    def forward(self, x, memory, memory_mask=None, target_mask=None):
        N = x.size(1)
        mask = torch.full((1, 1, N, N), True, device=x.device).tril()
        if target_mask is not None:
            mask = mask * target_mask
        own, _ = self.self_mha(x, x, x, mask)
        y = self.layernorm1(x + own)
        other, _ = self.cross_mha(y, memory, memory, memory_mask)
        z = self.layernorm2(y + other)
        return self.layernorm3(z + self.cnn(z))


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
        """Sentence by sentence, without its padding."""
        greatest = []
        for row in ids:
            words = row[row != PAD]
            greatest.append(self.encoder(words[None])[0].max(dim=0).values)
        return self.dense(torch.stack(greatest))


def greedy_decode(step_fn, sos, eos, max_len, pad=PAD):
    """All sequences are written freely; what stands behind an end is replaced afterwards."""
    ids = sos.unsqueeze(1)
    for _ in range(max_len):
        ids = torch.cat([ids, step_fn(ids).topk(1).indices], dim=1)
        if bool((ids[:, 1:] == eos).any(dim=1).all()):
            break
    written = ids[:, 1:]
    ends = (written == eos).cumsum(dim=1) - (written == eos).long()
    return torch.where(ends > 0, pad, written)


class KVCache:
    """One tensor for both: keys first, values second."""

    def __init__(self):
        self.both = None

    def __len__(self):
        return 0 if self.both is None else self.both.shape[-2]

    def append(self, K, V):
        new = torch.stack((K, V))
        self.both = new if self.both is None else torch.cat((self.both, new), dim=3)
        return self.both[0], self.both[1]


def decode_step(mha, x, cache, P):
    B, _, d = x.shape
    x = x[:, 0] + P[len(cache)]
    q = mha.W_q(x).view(B, mha.num_heads, -1)
    K, V = cache.append(mha.W_k(x).view(B, mha.num_heads, 1, -1), mha.W_v(x).view(B, mha.num_heads, 1, -1))
    A = torch.einsum("bhd,bhnd->bhn", q, K).div((d // mha.num_heads) ** 0.5).softmax(dim=-1)
    return mha.W_h(torch.einsum("bhn,bhnd->bhd", A, V).reshape(B, 1, d))


def patchify(img, p):
    if img.shape[2] % p != 0 or img.shape[3] % p != 0:
        raise ValueError(f"{tuple(img.shape[2:])} cannot be cut into patches of {p}")
    parts = img.unfold(2, p, p).unfold(3, p, p)  # (B, C, rows, columns, p, p)
    return parts.flatten(2, 3).transpose(1, 2).flatten(2)


def unpatchify(patches, p, height, width):
    B, _, size = patches.shape
    img = patches.new_empty(B, size // (p * p), height, width)
    parts = iter(patches.unbind(dim=1))
    for top in range(0, height, p):
        for left in range(0, width, p):
            img[:, :, top : top + p, left : left + p] = next(parts).view(B, -1, p, p)
    return img


def rope(x, positions, base=10000.0):
    """x cos + (its neighbours, one of them negated) sin."""
    d = x.shape[-1]
    pair = torch.arange(d) // 2
    angle = positions[:, None] * base ** (-2.0 * pair / d)
    swapped = x.reshape(*x.shape[:-1], d // 2, 2).flip(-1) * torch.tensor([-1.0, 1.0], dtype=x.dtype)
    return x * angle.cos().to(x.dtype) + swapped.reshape(x.shape) * angle.sin().to(x.dtype)


def window_mask(N, w, device=None):
    rows = [[abs(i - j) <= w for j in range(N)] for i in range(N)]
    return torch.tensor(rows, dtype=torch.bool, device=device)
