"""Assignment 6: attention, from one softmax to many heads.

Fill in the functions below. README.md has the formulas and says how to run the tests.

Conventions that hold for the whole file:

- A mask is a boolean tensor, and True means "may attend". (`F.scaled_dot_product_attention` uses the
  same convention, `nn.MultiheadAttention` the opposite one.)
- Results have the dtype and the device of the inputs; inputs are never changed.
- Where gradients can flow, they do: work on the tensors themselves, not on `.data` or `.detach()`.
- `(.., N, d)` means any number of leading dimensions, also none. Letters: B batch, h heads, N queries,
  M keys, d features, d_k features of one head.
- No loops over tokens, heads or sentences: one matrix product does them all. Some tests count torch's
    operations (README.md, "How it is graded").
"""

import torch
from torch import Tensor, nn


def soft_attention(X: Tensor) -> tuple[Tensor, Tensor]:
    """Self-attention of the columns of X, without any weights.

    Here, and in `hard_attention`, the tokens are the columns, as one of the lectures has them:

        A = softmax of X^T X, so that every column of A sums to one (not scaled by anything)
        H = X A

    Scores may be in the thousands: their exp alone would overflow, which torch's softmax takes care of.

    Arguments:
        X: (n, t), t tokens of n features.

    Returns:
        H (n, t): column i is the mixture of tokens that token i asked for.
        A (t, t): column i holds the t weights of that mixture.

    By at most 50 operations of torch for 32 tokens, and for 100 tokens in at most four times the time that
    a solution without loops takes.
    """
    raise NotImplementedError


def hard_attention(X: Tensor) -> tuple[Tensor, Tensor]:
    """As `soft_attention`, but each token picks exactly one token: the one with the highest score.

    Arguments:
        X: (n, t), t tokens of n features.

    Returns:
        H = X A (n, t).
        A (t, t), dtype of X: column i is one-hot, with its 1 in the row of the token with the highest
        score x_j . x_i. When several tokens share the highest score, the first of them (the smallest j)
        gets the 1.
    """
    raise NotImplementedError


def scores(Q: Tensor, K: Tensor) -> Tensor:
    """Scaled dot product of every query with every key: q_i . k_j / sqrt(d).

    From here on tokens are rows.

    Arguments:
        Q: (.., N, d), N queries.
        K: (.., M, d), M keys. Leading dimensions broadcast against those of Q.

    Returns:
        (.., N, M): row i holds the scores of query i.

    By at most 40 operations of torch for 16 matrices Q.
    """
    raise NotImplementedError


def scaled_dot_product_attention(
    Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None = None, scale: float | None = None
) -> tuple[Tensor, Tensor]:
    """Attention of queries to keys and values under a mask, where True = may attend.

    Arguments:
        Q: (.., N, d), K: (.., M, d), V: (.., M, d_v). d_v may differ from d.
        mask: None (everything may be attended to), or boolean and broadcastable to (.., N, M).
        scale: what the dot products are multiplied by; None means 1 / sqrt(d), with d the width of the
            queries and keys.

    A query that may attend to nothing at all gets weights 0 and output 0. (What would softmax make of a
    row of -inf?)

    Do not call `F.scaled_dot_product_attention` in any form; it does not return the weights. At most 60
    operations of torch for 24 queries.

    Returns:
        H (.., N, d_v): the outputs, A V.
        A (.., N, M): the weights. Each row sums to one, and is exactly 0 where the mask is False.
    """
    raise NotImplementedError


def causal_mask(N: int, device: torch.device | None = None) -> Tensor:
    """The mask of a decoder, True = may attend: token i may attend to the tokens 0, 1, .., i.

    Returns:
        (N, N), torch.bool, on `device` (None: the default device). Row i belongs to query i.

    By at most 20 operations of torch for 32 tokens.
    """
    raise NotImplementedError


def causal_attention(Q: Tensor, K: Tensor, V: Tensor) -> tuple[Tensor, Tensor]:
    """`scaled_dot_product_attention` under the causal mask (True = may attend).

    Arguments:
        Q, K: (.., N, d), V: (.., N, d_v): as many queries as keys. Every floating dtype works, float16
            too: its lowest number is -65504, so a fill value such as -1e9 does not fit.

    Returns:
        H (.., N, d_v) and A (.., N, N).
    """
    raise NotImplementedError


def padding_mask(ids: Tensor, pad_id: int) -> Tensor:
    """The mask that hides padding, True = may attend: no query may attend to a padded key.

    It says nothing about padded queries: what they compute is thrown away later.

    Arguments:
        ids: (B, T) token ids of B sentences, integers.
        pad_id: the id that stands for padding. It may stand anywhere in a sentence.

    Returns:
        (B, 1, 1, T), torch.bool: broadcasts over the heads and the queries of scores (B, h, N, T), and
        combines with a causal mask by `&`.
    """
    raise NotImplementedError


def split_heads(x: Tensor, h: int) -> Tensor:
    """Cut the features of every token into h slices of d_k = d / h neighbours; slice j goes to head j.

    Arguments:
        x: (B, N, d).
        h: number of heads. If it does not divide d, raise an exception (any).

    Returns:
        (B, h, N, d_k), so that result[b, j, n] is x[b, n, j * d_k : (j + 1) * d_k].
    """
    raise NotImplementedError


def merge_heads(x: Tensor) -> Tensor:
    """Undo `split_heads`: put the slices of the heads side by side again.

    Arguments:
        x: (B, h, N, d_k).

    Returns:
        (B, N, h * d_k).
    """
    raise NotImplementedError


class MultiHeadAttention(nn.Module):
    """Attention by several heads at once, between learned projections.

    Submodules by these names, with these weights (tests load weights by these names):

        W_q: nn.Linear, width of X_q -> d_model, without bias
        W_k: nn.Linear, width of X_k -> d_model, without bias
        W_v: nn.Linear, width of X_v -> d_model, without bias
        W_h: nn.Linear, d_model -> d_model, with bias

    and a dropout layer, which has no weights and any name.

    Arguments:
        d_model: width of the model, h * d_k.
        num_heads: h. If it does not divide d_model, raise an exception (any).
        dropout: probability of dropping a weight, in training mode only.
        d_input: widths of (X_q, X_k, X_v); None means that all three are d_model.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        dropout: float = 0.0,
        d_input: tuple[int, int, int] | None = None,
    ) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(
        self, X_q: Tensor, X_k: Tensor, X_v: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Project, split into heads, attend under the mask (True = may attend), merge, project by W_h.

        Arguments:
            X_q: (B, N, width), X_k and X_v: (B, M, width); N and M may differ.
            mask: None, or boolean and broadcastable to (B, h, N, M).

        All heads are computed in one batched product: at most 150 operations of torch for 16 heads, and
        no `nn.MultiheadAttention`. Dropout acts on the weights, after softmax, with
        nothing else dropped: H is made from the dropped weights, A is returned as it was before.

        Returns:
            H (B, N, d_model) and A (B, h, N, M).
        """
        raise NotImplementedError


def packed_qkv(x: Tensor, W: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values of x from one matrix product with the tall W.

    Arguments:
        x: (.., d_in).
        W: (3 d, d_in), as `nn.Linear` keeps its weight: the result of a token is W x. Its first d rows
            make the queries, the next d the keys, the last d the values.

    Returns:
        q, k, v: three tensors (.., d).

    By one product of matrices, and at most 40 operations of torch in all.
    """
    raise NotImplementedError


def pack_weights(Wq: Tensor, Wk: Tensor, Wv: Tensor) -> Tensor:
    """The tall W for `packed_qkv` from three matrices.

    Arguments:
        Wq, Wk, Wv: (d, d_in) each.

    Returns:
        (3 d, d_in): Wq on top, then Wk, then Wv.
    """
    raise NotImplementedError


def cross_attention(
    dec: Tensor, enc: Tensor, mha: nn.Module, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Let the decoder's tokens ask the encoder's; the mask is over the latter, True = may attend.

    Arguments:
        dec: (B, N, width) what the decoder has so far: it asks.
        enc: (B, M, width) what the encoder made of its sentence: it is looked up in. Every token of it
            may be seen, also those to the right, unless the mask says otherwise.
        mha: a module that is called as `mha(X_q, X_k, X_v, mask)` and returns (H, A): your own
            `MultiHeadAttention` or another one. It is given; do not build one.
        mask: None, or boolean and broadcastable to (B, h, N, M); handed on to `mha`.

    Returns:
        H (B, N, d_model) and A (B, h, N, M), as `mha` returns them.
    """
    raise NotImplementedError


def attention_stats(A: Tensor) -> dict[str, Tensor]:
    """How sharp each query's attention is.

    Arguments:
        A: (.., N, M), each row a distribution over M keys. Zeros are allowed (a mask makes them).

    Returns: a dict with
        "entropy": (.., N), - sum over the keys of a ln a, in nats, where 0 ln 0 counts as 0.
        "sensitivity": (.., N), mean over the keys of a (1 - a), which is the derivative of a weight by
            its own score: near 0, the softmax is saturated and passes no gradient on.
    """
    raise NotImplementedError


def saturation(d: int, scaled: bool) -> dict[str, float]:
    """Measure why the scores are divided by sqrt(d).

    Draw queries and keys of shape (100, 16, d) each (100 sentences of 16 tokens), independent and
    standard normal; no seed needs to be set. Take the dot products of all queries with all keys of the
    same sentence, divided by sqrt(d) if `scaled`, and the softmax over the keys.

    Returns: a dict of two Python floats
        "variance": the variance of all these scores together.
        "sensitivity": the mean of `attention_stats(A)["sensitivity"]` over all queries.
    """
    raise NotImplementedError
