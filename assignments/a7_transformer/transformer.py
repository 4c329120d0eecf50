"""Assignment 7: the Transformer, part by part.

Fill in the functions and classes below. README.md has the formulas and says how to run the tests.

Conventions that hold for the whole file:

- A mask is a boolean tensor, and True means "may attend".
- Padding has the id 1 (`PAD`).
- Every LayerNorm has eps = 1e-5, and stands after the residual (post-LN).
- Results have the dtype and the device of the inputs (where there are none to follow, the docstring says
  which); inputs are never changed.
- Submodules have the names that the docstrings give, because tests load weights by these names. Layers
  without weights (dropout, ReLU) have any name. Nothing else has weights.
- Dropout is only where a docstring has it, with the probability `dropout`, in training mode only.
- Where gradients can flow, they do: work on the tensors themselves, not on `.data` or `.detach()`.
- Letters: B batch, N tokens in a sentence, M tokens in the encoder's sentence, h heads, d or d_model
  features of a token, d_k = d_model / h features of one head.
- No loops over tokens, heads or sentences (but `greedy_decode` has to go step by step).
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

PAD = 1

# ------------------------------------------------------------------------------------------------
# Given: attention, as in assignment 6. Use it as it is; you need not have done that assignment.
# (Your own MultiHeadAttention will do as well, if it has the same names and arguments.)


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


# ------------------------------------------------------------------------------------------------
# Your tasks


def positional_encoding(L: int, d: int, base: float = 10000.0) -> Tensor:
    """The table of sines and cosines that tells the positions 0, 1, .., L-1 apart.

    With t the row (from 0) and k = 0, 1, 2, ..:

        P[t, 2k]     = sin(t * w_k)        w_k = base ** (-2k / d)
        P[t, 2k + 1] = cos(t * w_k)

    so sines and cosines take turns, and the first pair has w_0 = 1. An odd d is fine: the last column is
    a sine without its cosine. Row 1 for d = 4: .8415, .5403, .0100, .99995; for d = 5: .8415, .5403,
    .0251, .9997, .0006.

    By at most 40 operations of torch for 70 positions, so without a loop.

    Returns:
        (L, d), of torch's default dtype. Computing in float32 is precise enough: 5e-5 is allowed up to 50
        positions, 1e-3 up to 1000.
    """
    raise NotImplementedError


class PositionalEncoding(nn.Module):
    """Adds `positional_encoding` to the tokens of a sentence: x + P. No scaling, no dropout.

    It learns nothing, so it has no parameters. Its table follows the module through `.double()`,
    `.to(torch.bfloat16)` and `.to(device)`: a buffer does. Whether the buffer is saved (`persistent`), and
    its name and shape, is up to you.

    Arguments:
        d_model: width of the tokens.
        max_len: number of positions that the table has, 2 or more. For a longer sentence, either give the
            right result or raise ValueError, RuntimeError or IndexError.
    """

    def __init__(self, d_model: int, max_len: int = 1000) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """x (B, N, d_model), of the module's dtype, to x + P (B, N, d_model): row t of the table is added
        to token t of every sentence."""
        raise NotImplementedError


class LayerNormScratch(nn.Module):
    """Layer normalisation by hand, over the last dimension:

        y = (x - mean) / sqrt(var + eps) * weight + bias

    with mean and var over the d features of each token by itself. var is the mean of the squared distances
    from the mean (divided by d, not by d - 1). Subtract the mean before you square: the mean may be a
    million times the standard deviation and more. Equal features give exactly `bias`.

    Two parameters, `weight` (d,), ones at the beginning, and `bias` (d,), zeros; tests load weights by
    these names.

    Do not use `nn.LayerNorm`, `F.layer_norm` or `torch.native_layer_norm` here (from the next task on,
    `nn.LayerNorm` is right). At most 40 operations of torch for 48 tokens.

    Arguments:
        d: number of features.
        eps: added to the variance, inside the root.
    """

    def __init__(self, d: int, eps: float = 1e-5) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x (.., d), with any number of leading dimensions, also none, to the same shape."""
        raise NotImplementedError


class FeedForward(nn.Module):
    """Two linear layers, the same for every token, with a ReLU between them and nothing after them.

    Submodules (the names say that this is a convolution with a kernel of one token):

        k1convL1: nn.Linear, d_model -> hidden, with bias
        k1convL2: nn.Linear, hidden -> d_model, with bias

    No dropout, no residual.
    """

    def __init__(self, d_model: int, hidden: int) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """Transform x (B, N, d_model) to the same shape."""
        raise NotImplementedError


class Embeddings(nn.Module):
    """From ids to vectors that know their positions: LayerNorm(dropout(word + position)).

    Neither words nor positions are scaled. Submodules:

        word_embeddings: nn.Embedding(vocab_size, d_model), whose row 1 (PAD) is padding: no gradient
            reaches it
        position_embeddings: your PositionalEncoding(d_model, max_len)
        LayerNorm: nn.LayerNorm(d_model), eps 1e-5

    Padding has a position like any other token.
    """

    def __init__(self, d_model: int, vocab_size: int, max_len: int = 1000, dropout: float = 0.0) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, ids: Tensor) -> Tensor:
        """ids (B, N), torch.int64, to vectors (B, N, d_model)."""
        raise NotImplementedError


class EncoderLayer(nn.Module):
    """One encoder layer, each norm after its residual (post-LN):

        y = layernorm1(x + attention of x to itself)
        z = layernorm2(y + cnn(y))

    Submodules:

        mha: MultiHeadAttention(d_model, num_heads, dropout), given above
        cnn: your FeedForward(d_model, hidden)
        layernorm1, layernorm2: nn.LayerNorm(d_model), eps 1e-5

    Dropout acts inside mha, on the attention weights, and nowhere else.
    """

    def __init__(self, d_model: int, num_heads: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Encode x (B, N, d_model) to z, of the same shape.

        mask: None, or boolean and broadcastable to (B, h, N, N), True = may attend; for mha.
        """
        raise NotImplementedError


class TransformerEncoder(nn.Module):
    """Embeddings, then `num_layers` encoder layers one after the other, each with weights of its own.

    Submodules:

        embedding: your Embeddings(d_model, vocab_size, max_len, dropout)
        enc_layers: nn.ModuleList of your EncoderLayer(d_model, num_heads, hidden, dropout)

    No norm and no dropout after the last layer.
    """

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
        raise NotImplementedError

    def forward(self, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """Encode ids (B, N), torch.int64, to (B, N, d_model).

        mask: as in EncoderLayer, True = may attend; for every layer. The encoder makes no mask of its own.
        """
        raise NotImplementedError


class DecoderLayer(nn.Module):
    """One decoder layer, each norm after its residual (post-LN):

        y = layernorm1(x + attention of x to itself, under a causal mask)
        z = layernorm2(y + attention of y to memory)
        out = layernorm3(z + cnn(z))

    Submodules:

        self_mha, cross_mha: MultiHeadAttention(d_model, num_heads, dropout), given above
        cnn: your FeedForward(d_model, hidden)
        layernorm1, layernorm2, layernorm3: nn.LayerNorm(d_model), eps 1e-5

    Dropout acts inside the two attentions, on their weights, and nowhere else.
    """

    def __init__(self, d_model: int, num_heads: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        memory_mask: Tensor | None = None,
        target_mask: Tensor | None = None,
    ) -> Tensor:
        """Decode x; in every mask True = may attend.

        Arguments:
            x: (B, N, d_model), the decoder's own tokens. Token i sees the tokens 0 .. i and no later one,
                always: the layer makes this mask by itself.
            memory: (B, M, d_model), what the encoder made of its sentence: keys and values of cross_mha.
            memory_mask: None, or broadcastable to (B, h, N, M), for cross_mha: it hides the encoder's
                padding.
            target_mask: None, or broadcastable to (B, h, N, N): it hides padding among the decoder's own
                tokens. They see what this mask *and* the causal one allow.

        Returns:
            out (B, N, d_model).
        """
        raise NotImplementedError


class TransformerClassifier(nn.Module):
    """Says for whole sentences what they are: encoder, maximum over the words, linear layer.

    Each of the d_model features is the greatest that it is in any *word* of the sentence: where ids are 1
    (PAD) there is no word. In the encoder no word attends to padding. So padding, which stands behind the
    words of a sentence, changes nothing. Submodules:

        encoder: your TransformerEncoder, of all arguments but num_answers
        dense: nn.Linear, d_model -> num_answers, with bias

    No softmax: these are logits. For num_layers=1, d_model=32, num_heads=2, hidden=128, vocab_size=50002 and
    num_answers=2 there are 1,612,802 parameters in 18 tensors.
    """

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
        raise NotImplementedError

    def forward(self, ids: Tensor) -> Tensor:
        """ids (B, N), torch.int64, at least one word in each sentence, to logits (B, num_answers)."""
        raise NotImplementedError


def greedy_decode(
    step_fn: Callable[[Tensor], Tensor], sos: Tensor, eos: int, max_len: int, pad: int = PAD
) -> Tensor:
    """Write B sequences, taking the most probable token at each step.

    Arguments:
        step_fn: called with the ids of *all* tokens so far (B, t), torch.int64, sos included; returns
            logits (B, V) for the token that follows. Call it with all B rows, also when some have ended
            (what you pass behind an end, and what comes back for it, does not matter).
        sos: (B,), torch.int64, the first token of each sequence.
        eos: the token that ends a sequence.
        max_len: at most so many tokens are written (1 or more), sos not counted.
        pad: what follows the end of a sequence that is shorter than others.

    Returns:
        (B, L), torch.int64, without sos. Each row holds its tokens up to its eos, the eos itself, then pad.
        As soon as every sequence has ended, or max_len tokens are written, step_fn is not called any more,
        so L is the length of the longest sequence with its eos, and at most max_len.

    Example, with sos = [2, 2], eos = 3 and pad = 1:

        step_fn([[2], [2]])                 the highest logits are those of 5 and 4
        step_fn([[2, 5], [2, 4]])           those of 3 and 6: the first sequence has ended
        step_fn([[2, 5, 3], [2, 4, 6]])     those of 7 and 3: now both have
        result [[5, 3, 1], [4, 6, 3]]
    """
    raise NotImplementedError


class KVCache:
    """The keys and values of all tokens so far, so that no step computes them again. Empty at first."""

    def __init__(self) -> None:
        raise NotImplementedError

    def __len__(self) -> int:
        """Number of tokens in the cache."""
        raise NotImplementedError

    def append(self, K: Tensor, V: Tensor) -> tuple[Tensor, Tensor]:
        """Add the keys and values of n new tokens (1 or more).

        Arguments:
            K, V: (B, h, n, d_k). B, h and d_k are the same in every call.

        Returns:
            Keys and values of all tokens so far, (B, h, len(self), d_k) each, the oldest first.
        """
        raise NotImplementedError


def decode_step(mha: MultiHeadAttention, x: Tensor, cache: KVCache, P: Tensor) -> Tensor:
    """What causal self-attention gives the newest token, computed for this token alone.

    The newest token stands at position t = len(cache), counted before the call. Add P[t] to x, and let the
    sum attend, by the layers of mha, to itself and to the tokens in the cache. Its key and value are added
    to the cache; those of the others are taken from there and not computed anew.

    Calls for the tokens 0, 1, 2, .. with one cache give the rows 0, 1, 2, .. of
    `mha(X + P[:N], X + P[:N], X + P[:N], causal_mask(N))[0]`.

    Arguments:
        mha: the MultiHeadAttention given above, in eval mode: it has W_q, W_k, W_v, W_h, num_heads,
            split_heads and merge_heads.
        x: (B, 1, d_model), the newest token without its position.
        cache: your KVCache; changed by the call.
        P: (L, d_model), what each position adds to its token, such as a table of `positional_encoding`.

    At the 25th token at most 40,000 floating-point operations are spent on products of matrices for
    d_model = 32 and one sentence; without a cache it would be more than 100,000.

    Returns:
        (B, 1, d_model).
    """
    raise NotImplementedError


def patchify(img: Tensor, p: int) -> Tensor:
    """Cut images into square patches, the "words" of a vision Transformer.

    Arguments:
        img: (B, C, H, W), of a floating dtype.
        p: height and width of a patch. Where it does not divide both H and W, raise ValueError.

    Returns:
        (B, N, C * p * p), N = (H / p) * (W / p). Patches are in reading order: the first row of patches
        from left to right, then the next row. Inside a patch the channel comes first: all p * p numbers of
        channel 0 in reading order, then those of channel 1, and so on.

    Example, 4 x 4 pixels and p = 2, one channel, and below it three channels of 2 x 4 pixels:

         0  1 |  2  3
         4  5 |  6  7                   patches (0, 1, 4, 5), (2, 3, 6, 7), (8, 9, 12, 13), (10, 11, 14, 15)
        ------+-------
         8  9 | 10 11
        12 13 | 14 15

        channels  0 1 | 2 3    8  9 | 10 11    16 17 | 18 19
                  4 5 | 6 7   12 13 | 14 15    20 21 | 22 23

        patches (0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21), (2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23)

    By at most 30 operations of torch for 64 patches.
    """
    raise NotImplementedError


def unpatchify(patches: Tensor, p: int, height: int, width: int) -> Tensor:
    """Undo `patchify`.

    Arguments:
        patches: (B, N, C * p * p), in the order that `patchify` gives them.
        p: height and width of a patch; divides height and width.

    Returns:
        (B, C, height, width).
    """
    raise NotImplementedError


def rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    """Rotary position embedding of *neighbouring* features: the pairs (0, 1), (2, 3), .. are rotated.

    Pair k (from 0) of the token at position t is turned by the angle a = t * base ** (-2k / d):

        y[2k]     = x[2k] * cos(a) - x[2k + 1] * sin(a)
        y[2k + 1] = x[2k] * sin(a) + x[2k + 1] * cos(a)

    (There is also a layout that pairs feature k with feature k + d / 2. It is not this one.)
    (1, 0, 1, 0) at position 1 becomes (.5403, .8415, .99995, .0100).

    Arguments:
        x: (.., N, d), d even, with any number of leading dimensions, also none: queries or keys.
        positions: (N,), torch.int64, the position of each token. They need not start at 0.

    Returns:
        (.., N, d), the dtype of x. Angles in float32 are precise enough.
    """
    raise NotImplementedError


def window_mask(N: int, w: int, device: torch.device | None = None) -> Tensor:
    """The mask of local attention, True = may attend: token i sees the tokens i - w, .., i, .., i + w.

    So w counts the neighbours on one side, and both sides have as many. For N = 5 and w = 1 there are 13
    pairs. w may be 0, or greater than N.

    Returns:
        (N, N), torch.bool, on `device` (None: the default device). Row i belongs to query i.
    """
    raise NotImplementedError
