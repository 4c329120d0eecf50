"""Known wrong versions, each the reference with one name replaced."""

import math

import torch
import torch.nn.functional as F
from attention import MultiHeadAttention, causal_mask, merge_heads, scaled_dot_product_attention, split_heads

from grader import misconception

# ---------------------------------------------------------------- soft_attention


@misconception(
    "soft_attention", "The softmax runs over the rows of A: each row sums to one, not each column."
)
def soft_rows(X):
    A = torch.softmax(X.T @ X, dim=1)
    return X @ A, A


@misconception("soft_attention", "H is A X^T, with tokens as rows; here tokens are columns: H = X A.")
def soft_transposed(X):
    A = torch.softmax(X.T @ X, dim=0)
    return A @ X.T, A


@misconception("soft_attention", "The scores are divided by a square root; this first form is not scaled.")
def soft_scaled(X):
    A = torch.softmax(X.T @ X / X.size(0) ** 0.5, dim=0)
    return X @ A, A


@misconception("soft_attention", "The softmax does not subtract the largest score, so large scores overflow.")
def soft_overflow(X):
    E = torch.exp(X.T @ X)
    A = E / E.sum(dim=0)
    return X @ A, A


@misconception("soft_attention", "A loop goes over the tokens; X^T X and X A do all of them at once.")
def soft_over_tokens(X):
    A = torch.stack([torch.softmax(X.T @ x, dim=0) for x in X.T], dim=1)
    return X @ A, A


@misconception("soft_attention", "Two loops go over all pairs of tokens; X^T X holds all their products.")
def soft_over_pairs(X):
    S = torch.stack([torch.stack([(x * y).sum() for y in X.T]) for x in X.T])
    A = torch.softmax(S, dim=0)
    return torch.stack([sum(a * x for a, x in zip(each, X.T, strict=True)) for each in A.T], dim=1), A


# ---------------------------------------------------------------- hard_attention


@misconception("hard_attention", "A holds the index of the best token, not a one-hot column.")
def hard_index(X):
    A = (X.T @ X).argmax(dim=0).to(X.dtype)
    return X @ A, A


@misconception("hard_attention", "Tokens that share the highest score all get a 1; only the first should.")
def hard_all_ties(X):
    S = X.T @ X
    A = S.eq(S.max(dim=0).values).to(X.dtype)
    return X @ A, A


@misconception("hard_attention", "The one-hot vectors are the rows of A; they should be its columns.")
def hard_rows(X):
    A = F.one_hot((X.T @ X).argmax(dim=0), X.size(1)).to(X.dtype)
    return X @ A, A


@misconception(
    "hard_attention", "Tokens that share the highest score: the last of them is taken, not the first."
)
def hard_last_tie(X):
    S = (X.T @ X).flip(0)
    A = F.one_hot(X.size(1) - 1 - S.argmax(dim=0), X.size(1)).to(X.dtype).T
    return X @ A, A


@misconception("hard_attention", "A is float32 whatever the dtype of X: give it the dtype of X.")
def hard_float(X):
    A = F.one_hot((X.T @ X).argmax(dim=0), X.size(1)).T.float()
    return X @ A, A


@misconception("hard_attention", "The results are float64 whatever the dtype of X.")
def hard_double(X):
    A = F.one_hot((X.T @ X).argmax(dim=0), X.size(1)).T.double()
    return X.double() @ A, A


# ---------------------------------------------------------------- scores


@misconception("scores", "K.T reverses every dimension of K; only the last two should be swapped.")
def scores_full_transpose(Q, K):
    return Q @ K.permute(*reversed(range(K.dim()))) / Q.size(-1) ** 0.5


@misconception("scores", "The scores are divided by d; it should be the square root of d.")
def scores_divided_by_d(Q, K):
    return Q @ K.mT / Q.size(-1)


@misconception("scores", "The scores are not divided by the square root of d.")
def scores_unscaled(Q, K):
    return Q @ K.mT


@misconception("scores", "The scores are scaled by the width of all heads together, not of one head.")
def scores_by_model_width(Q, K):
    heads = Q.size(-3) if Q.dim() > 3 else 1
    return Q @ K.mT / (heads * Q.size(-1)) ** 0.5


@misconception("scores", "The result is transposed: rows should belong to queries, columns to keys.")
def scores_keys_first(Q, K):
    return K @ Q.mT / Q.size(-1) ** 0.5


@misconception("scores", "A loop goes over sentences and heads; one product `@` does all of them.")
def scores_over_heads(Q, K):
    lead = torch.broadcast_shapes(Q.shape[:-2], K.shape[:-2])
    q, k = (x.expand(*lead, *x.shape[-2:]).reshape(-1, *x.shape[-2:]) for x in (Q, K))
    parts = [each @ other.T / Q.size(-1) ** 0.5 for each, other in zip(q, k, strict=True)]
    return torch.stack(parts).reshape(*lead, Q.size(-2), K.size(-2))


@misconception("scores", "Two loops go over all pairs of query and key; one product `@` does all of them.")
def scores_over_pairs(Q, K):
    d, keys = Q.size(-1), K.unbind(dim=-2)
    rows = [torch.stack([(q * k).sum(dim=-1) / d**0.5 for k in keys], dim=-1) for q in Q.unbind(dim=-2)]
    return torch.stack(rows, dim=-2)


# ---------------------------------------------------------------- scaled_dot_product_attention


def _attend(Q, K, V, mask, scale, dim=-1):
    S = Q @ K.mT * (Q.size(-1) ** -0.5 if scale is None else scale)
    if mask is None:
        A = torch.softmax(S, dim=dim)
    else:
        A = torch.softmax(S.masked_fill(~mask, -1e30), dim=dim).masked_fill(~mask, 0)
    return A @ V, A


@misconception("scaled_dot_product_attention", "The scores are not divided by the square root of d.")
def sdpa_unscaled(Q, K, V, mask=None, scale=None):
    return _attend(Q, K, V, mask, 1.0 if scale is None else scale)


@misconception(
    "scaled_dot_product_attention", "The scores are divided by d; it should be the square root of d."
)
def sdpa_divided_by_d(Q, K, V, mask=None, scale=None):
    return _attend(Q, K, V, mask, 1 / Q.size(-1) if scale is None else scale)


@misconception(
    "scaled_dot_product_attention", "The scale comes from the width of V, not of the queries and keys."
)
def sdpa_scale_from_values(Q, K, V, mask=None, scale=None):
    return _attend(Q, K, V, mask, V.size(-1) ** -0.5 if scale is None else scale)


@misconception("scaled_dot_product_attention", "The argument `scale` is not used.")
def sdpa_scale_ignored(Q, K, V, mask=None, scale=None):
    return _attend(Q, K, V, mask, None)


@misconception(
    "scaled_dot_product_attention", "The scores are divided by `scale`; they should be multiplied by it."
)
def sdpa_scale_divides(Q, K, V, mask=None, scale=None):
    return _attend(Q, K, V, mask, None if scale is None else 1 / scale)


@misconception(
    "scaled_dot_product_attention",
    "The softmax runs over the queries: each column of A sums to one, and it should be each row.",
)
def sdpa_softmax_over_queries(Q, K, V, mask=None, scale=None):
    return _attend(Q, K, V, mask, scale, dim=-2)


@misconception(
    "scaled_dot_product_attention",
    "The mask is read the other way round: here True = may attend, as in F.scaled_dot_product_attention; "
    "nn.MultiheadAttention has True = hidden.",
)
def sdpa_mask_inverted(Q, K, V, mask=None, scale=None):
    return _attend(Q, K, V, None if mask is None else ~mask, scale)


@misconception("scaled_dot_product_attention", "The mask is not used.")
def sdpa_mask_ignored(Q, K, V, mask=None, scale=None):
    return _attend(Q, K, V, None, scale)


@misconception("scaled_dot_product_attention", "A row without any key becomes NaN: softmax of a row of -inf.")
def sdpa_nan_row(Q, K, V, mask=None, scale=None):
    S = Q @ K.mT * (Q.size(-1) ** -0.5 if scale is None else scale)
    A = torch.softmax(S if mask is None else S.masked_fill(~mask, -torch.inf), dim=-1)
    return A @ V, A


@misconception(
    "scaled_dot_product_attention",
    "A row without any key attends to all keys evenly: equal large negative scores give equal weights.",
)
def sdpa_uniform_row(Q, K, V, mask=None, scale=None):
    S = Q @ K.mT * (Q.size(-1) ** -0.5 if scale is None else scale)
    A = torch.softmax(S if mask is None else S.masked_fill(~mask, -1e9), dim=-1)
    return A @ V, A


@misconception(
    "scaled_dot_product_attention",
    "The mask is applied after the softmax only, so the rows of A no longer sum to one.",
)
def sdpa_mask_after_softmax(Q, K, V, mask=None, scale=None):
    _, A = _attend(Q, K, V, None, scale)
    A = A if mask is None else A * mask
    return A @ V, A


@misconception(
    "scaled_dot_product_attention",
    "Hidden scores are set to 0, and e^0 = 1: they still get weight. They should be -inf.",
)
def sdpa_mask_zeroes_scores(Q, K, V, mask=None, scale=None):
    S = Q @ K.mT * (Q.size(-1) ** -0.5 if scale is None else scale)
    A = torch.softmax(S if mask is None else S * mask, dim=-1)
    return A @ V, A


@misconception("scaled_dot_product_attention", "No gradient reaches Q and K: the graph is cut on the way.")
def sdpa_detached(Q, K, V, mask=None, scale=None):
    _, A = _attend(Q.detach(), K.detach(), V, mask, scale)
    return A @ V, A


@misconception("scaled_dot_product_attention", "The result is float64 whatever the dtype of the inputs.")
def sdpa_double(Q, K, V, mask=None, scale=None):
    return _attend(Q.double(), K.double(), V.double(), mask, scale)


@misconception(
    "scaled_dot_product_attention",
    "F.scaled_dot_product_attention does the work; this task is to write it.",
)
def sdpa_fused(Q, K, V, mask=None, scale=None):
    _, A = _attend(Q, K, V, mask, scale)
    return F.scaled_dot_product_attention(Q, K, V, attn_mask=mask, scale=scale), A


@misconception("scaled_dot_product_attention", "A loop goes over the queries; one product does all of them.")
def sdpa_over_queries(Q, K, V, mask=None, scale=None):
    masks = (
        [None] * Q.size(-2) if mask is None else mask.expand(*mask.shape[:-2], Q.size(-2), -1).split(1, -2)
    )
    rows = [_attend(q, K, V, m, scale) for q, m in zip(Q.split(1, dim=-2), masks, strict=True)]
    H, A = zip(*rows, strict=True)
    return torch.cat(H, dim=-2), torch.cat(A, dim=-2)


@misconception(
    "scaled_dot_product_attention",
    "Two loops go over all pairs of query and key; one product does all of them.",
)
def sdpa_over_pairs(Q, K, V, mask=None, scale=None):
    scale = Q.size(-1) ** -0.5 if scale is None else scale
    keys, values = K.unbind(dim=-2), V.unbind(dim=-2)
    S = torch.stack(
        [torch.stack([(q * k).sum(dim=-1) * scale for k in keys], dim=-1) for q in Q.unbind(dim=-2)], dim=-2
    )
    A = torch.softmax(S if mask is None else S.masked_fill(~mask, -1e30), dim=-1)
    A = A if mask is None else A.masked_fill(~mask, 0)
    rows = [
        sum(a.unsqueeze(-1) * v for a, v in zip(row.unbind(dim=-1), values, strict=True))
        for row in A.unbind(dim=-2)
    ]
    return torch.stack(rows, dim=-2), A


# ---------------------------------------------------------------- causal_mask, causal_attention


@misconception("causal_mask", "The diagonal is hidden too: each token should see itself.")
def causal_mask_without_self(N, device=None):
    return torch.ones(N, N, dtype=torch.bool, device=device).tril(diagonal=-1)


@misconception("causal_mask", "Off by one: each token sees the token after it as well.")
def causal_mask_one_ahead(N, device=None):
    return torch.ones(N, N, dtype=torch.bool, device=device).tril(diagonal=1)


@misconception(
    "causal_mask", "The mask is the wrong way round: True marks the future, which should be hidden."
)
def causal_mask_inverted(N, device=None):
    return torch.ones(N, N, dtype=torch.bool, device=device).triu(diagonal=1)


@misconception("causal_mask", "The mask is transposed: each token sees itself and what comes after it.")
def causal_mask_transposed(N, device=None):
    return torch.ones(N, N, dtype=torch.bool, device=device).triu()


@misconception("causal_mask", "The mask holds the numbers 0 and 1; it should be boolean.")
def causal_mask_of_numbers(N, device=None):
    return torch.ones(N, N, device=device).tril()


@misconception("causal_mask", "A loop fills the mask row by row; `tril` makes it at once.")
def causal_mask_by_rows(N, device=None):
    mask = torch.zeros(N, N, dtype=torch.bool, device=device)
    for i in range(N):
        mask[i, : i + 1] = True
    return mask


@misconception("causal_mask", "Two loops fill the mask entry by entry; `tril` makes it at once.")
def causal_mask_by_entries(N, device=None):
    mask = torch.zeros(N, N, dtype=torch.bool, device=device)
    for i in range(N):
        for j in range(i + 1):
            mask[i, j] = True
    return mask


def _causal_scores(Q, K):
    return Q @ K.mT / Q.size(-1) ** 0.5, causal_mask(Q.size(-2))


@misconception("causal_attention", "No mask is applied: every token sees the future.")
def causal_unmasked(Q, K, V):
    S, _ = _causal_scores(Q, K)
    A = torch.softmax(S, dim=-1)
    return A @ V, A


@misconception("causal_attention", "Future scores are set to 0, and e^0 = 1: the future still gets weight.")
def causal_zeroes_scores(Q, K, V):
    S, mask = _causal_scores(Q, K)
    A = torch.softmax(S * mask, dim=-1)
    return A @ V, A


@misconception(
    "causal_attention", "The mask is applied after the softmax only, so the rows do not sum to one."
)
def causal_after_softmax(Q, K, V):
    S, mask = _causal_scores(Q, K)
    A = torch.softmax(S, dim=-1) * mask
    return A @ V, A


@misconception("causal_attention", "The fill value -1e9 does not fit into float16.")
def causal_fill_overflow(Q, K, V):
    S, mask = _causal_scores(Q, K)
    A = torch.softmax(S.masked_fill(~mask, -1e9), dim=-1)
    return A @ V, A


# ---------------------------------------------------------------- padding_mask


@misconception("padding_mask", "The mask hides padded queries; it is padded keys that nobody may look at.")
def padding_of_queries(ids, pad_id):
    return (ids != pad_id)[:, None, :, None]


@misconception("padding_mask", "A mask (B, T) lacks the dimensions of heads and queries: (B, 1, 1, T).")
def padding_flat(ids, pad_id):
    return ids != pad_id


@misconception("padding_mask", "The mask is the wrong way round: True = may attend, so padding is False.")
def padding_inverted(ids, pad_id):
    return (ids == pad_id)[:, None, None, :]


@misconception("padding_mask", "Padding is taken to be id 0; it is pad_id.")
def padding_is_zero(ids, pad_id):
    return (ids != 0)[:, None, None, :]


@misconception("padding_mask", "Everything from the first padding on is hidden; padding may stand anywhere.")
def padding_from_first(ids, pad_id):
    return ((ids == pad_id).cumsum(dim=1) == 0)[:, None, None, :]


@misconception("padding_mask", "The mask holds the numbers 0 and 1; it should be boolean.")
def padding_of_numbers(ids, pad_id):
    return (ids != pad_id)[:, None, None, :].long()


# ---------------------------------------------------------------- split_heads, merge_heads


@misconception(
    "split_heads",
    "view(B, h, N, d_k) deals out whole tokens to the heads; view(B, N, h, d_k) and then transpose.",
)
def split_by_view(x, h):
    B, N, d = x.shape
    return x.reshape(B, h, N, d // h)


@misconception("split_heads", "Each head takes every h-th feature; it should take d / h neighbours.")
def split_interleaved(x, h):
    B, N, d = x.shape
    return x.reshape(B, N, d // h, h).permute(0, 3, 1, 2)


@misconception("split_heads", "The tokens come before the heads: (B, N, h, d_k); swap these two dimensions.")
def split_not_transposed(x, h):
    return x.unflatten(-1, (h, -1))


@misconception("split_heads", "A number of heads that does not divide d is accepted, and invents tokens.")
def split_infers_length(x, h):
    B, _, d = x.shape
    return x.reshape(B, -1, h, d // h).transpose(1, 2)


@misconception("merge_heads", "The heads are joined without swapping heads and tokens back first.")
def merge_without_transpose(x):
    B, h, N, d_k = x.shape
    return x.reshape(B, N, h * d_k)


@misconception("merge_heads", "After transpose the memory is not in order: view cannot join it, reshape can.")
def merge_by_view(x):
    B, h, N, d_k = x.shape
    return x.transpose(1, 2).view(B, N, h * d_k)


@misconception("merge_heads", "The features of the heads are interleaved; those of one head stay together.")
def merge_interleaved(x):
    return x.permute(0, 2, 3, 1).flatten(-2)


# ---------------------------------------------------------------- MultiHeadAttention


class _MultiHead(MultiHeadAttention):
    """The reference with its steps apart, so that each mistake below is one of them."""

    def split(self, x):
        return split_heads(x, self.num_heads)

    def weights(self, Q, K, mask):
        return scaled_dot_product_attention(Q, K, K, mask)[1]

    def merge(self, x):
        return merge_heads(x)

    def forward(self, X_q, X_k, X_v, mask=None):
        Q, K, V = self.split(self.W_q(X_q)), self.split(self.W_k(X_k)), self.split(self.W_v(X_v))
        A = self.weights(Q, K, mask)
        return self.W_h(self.merge(self.dropout(A) @ V)), A


@misconception(
    "MultiHeadAttention",
    "The heads are split by view(B, h, N, d_k), which deals out whole tokens; split the features instead.",
)
class MhaSplitByView(_MultiHead):
    def split(self, x):
        B, N, d = x.shape
        return x.view(B, self.num_heads, N, d // self.num_heads)


@misconception("MultiHeadAttention", "The heads are joined without swapping heads and tokens back first.")
class MhaMergeWithoutTranspose(_MultiHead):
    def merge(self, x):
        B, h, N, d_k = x.shape
        return x.reshape(B, N, h * d_k)


@misconception("MultiHeadAttention", "The heads are returned as they are: the projection W_h is not applied.")
class MhaWithoutProjection(_MultiHead):
    def forward(self, X_q, X_k, X_v, mask=None):
        Q, K, V = self.split(self.W_q(X_q)), self.split(self.W_k(X_k)), self.split(self.W_v(X_v))
        A = self.weights(Q, K, mask)
        return self.merge(self.dropout(A) @ V), A


@misconception(
    "MultiHeadAttention", "The scores are scaled by the width of the model, not by that of a head."
)
class MhaScaledByModel(_MultiHead):
    def weights(self, Q, K, mask):
        scale = (self.num_heads * Q.size(-1)) ** -0.5
        return scaled_dot_product_attention(Q, K, K, mask, scale)[1]


@misconception(
    "MultiHeadAttention",
    "Two things at once: the heads are split by view, which deals out whole tokens, and their scores are "
    "scaled by the width of the model.",
)
class MhaSplitByViewScaledByModel(MhaSplitByView):
    def weights(self, Q, K, mask):
        scale = (self.num_heads * Q.size(-1)) ** -0.5
        return scaled_dot_product_attention(Q, K, K, mask, scale)[1]


@misconception("MultiHeadAttention", "The scores are not scaled.")
class MhaUnscaled(_MultiHead):
    def weights(self, Q, K, mask):
        return scaled_dot_product_attention(Q, K, K, mask, 1.0)[1]


@misconception("MultiHeadAttention", "The number of keys is taken from the queries, so other lengths break.")
class MhaLengthOfQueries(_MultiHead):
    def forward(self, X_q, X_k, X_v, mask=None):
        B, N, _ = X_q.shape
        shape = B, N, self.num_heads, -1
        Q = self.W_q(X_q).view(shape).transpose(1, 2)
        K = self.W_k(X_k).view(B, N, self.num_heads, Q.size(-1)).transpose(1, 2)
        V = self.W_v(X_v).view(B, N, self.num_heads, Q.size(-1)).transpose(1, 2)
        A = self.weights(Q, K, mask)
        return self.W_h(self.merge(self.dropout(A) @ V)), A


@misconception("MultiHeadAttention", "The mask is not used.")
class MhaMaskIgnored(_MultiHead):
    def weights(self, Q, K, mask):
        return scaled_dot_product_attention(Q, K, K)[1]


@misconception(
    "MultiHeadAttention",
    "The mask is read the other way round: here True = may attend, in nn.MultiheadAttention True = hidden.",
)
class MhaMaskInverted(_MultiHead):
    def weights(self, Q, K, mask):
        return scaled_dot_product_attention(Q, K, K, None if mask is None else ~mask)[1]


@misconception(
    "MultiHeadAttention", "Dropout also acts in eval mode: F.dropout needs training=self.training."
)
class MhaDropoutInEval(_MultiHead):
    def forward(self, X_q, X_k, X_v, mask=None):
        Q, K, V = self.split(self.W_q(X_q)), self.split(self.W_k(X_k)), self.split(self.W_v(X_v))
        A = self.weights(Q, K, mask)
        return self.W_h(self.merge(F.dropout(A, self.dropout.p) @ V)), A


@misconception("MultiHeadAttention", "The weights are returned after dropout; A should be as it was before.")
class MhaDroppedWeightsReturned(_MultiHead):
    def weights(self, Q, K, mask):
        return self.dropout(super().weights(Q, K, mask))


@misconception("MultiHeadAttention", "Nothing is ever dropped: the argument `dropout` is not used.")
class MhaWithoutDropout(_MultiHead):
    def __init__(self, d_model, num_heads, dropout=0.0, d_input=None):
        super().__init__(d_model, num_heads, 0.0, d_input)


@misconception("MultiHeadAttention", "Dropout acts on the output H; it should act on the attention weights.")
class MhaDropoutOnOutput(_MultiHead):
    def forward(self, X_q, X_k, X_v, mask=None):
        Q, K, V = self.split(self.W_q(X_q)), self.split(self.W_k(X_k)), self.split(self.W_v(X_v))
        A = self.weights(Q, K, mask)
        return self.dropout(self.W_h(self.merge(A @ V))), A


@misconception(
    "MultiHeadAttention", "The layers are used through `.data`, so no gradient reaches their weights."
)
class MhaDetachedWeights(_MultiHead):
    def forward(self, X_q, X_k, X_v, mask=None):
        Q, K, V = (
            self.split(F.linear(X, W.weight.data))
            for X, W in ((X_q, self.W_q), (X_k, self.W_k), (X_v, self.W_v))
        )
        A = self.weights(Q, K, mask)
        return self.W_h(self.merge(self.dropout(A) @ V)), A


@misconception("MultiHeadAttention", "W_q, W_k and W_v have biases; only W_h should have one.")
class MhaAllBiases(_MultiHead):
    def __init__(self, d_model, num_heads, dropout=0.0, d_input=None):
        super().__init__(d_model, num_heads, dropout, d_input)
        for name in ("W_q", "W_k", "W_v"):
            setattr(self, name, torch.nn.Linear(getattr(self, name).in_features, d_model))


@misconception("MultiHeadAttention", "W_h has no bias; it should have one.")
class MhaNoBias(_MultiHead):
    def __init__(self, d_model, num_heads, dropout=0.0, d_input=None):
        super().__init__(d_model, num_heads, dropout, d_input)
        self.W_h = torch.nn.Linear(d_model, d_model, bias=False)


@misconception(
    "MultiHeadAttention", "The layers are kept in a plain list, so the module has no such parameters."
)
class MhaPlainList(_MultiHead):
    def __init__(self, d_model, num_heads, dropout=0.0, d_input=None):
        super().__init__(d_model, num_heads, dropout, d_input)
        projections = [self.W_q, self.W_k, self.W_v]
        del self.W_q, self.W_k, self.W_v
        self.projections = projections

    def forward(self, X_q, X_k, X_v, mask=None):
        W_q, W_k, W_v = self.projections
        Q, K, V = self.split(W_q(X_q)), self.split(W_k(X_k)), self.split(W_v(X_v))
        A = self.weights(Q, K, mask)
        return self.W_h(self.merge(self.dropout(A) @ V)), A


@misconception("MultiHeadAttention", "d_input is not used: inputs of another width than d_model do not fit.")
class MhaOneWidth(_MultiHead):
    def __init__(self, d_model, num_heads, dropout=0.0, d_input=None):
        super().__init__(d_model, num_heads, dropout)


@misconception("MultiHeadAttention", "A width that the number of heads does not divide is accepted.")
class MhaAnyHeadCount(_MultiHead):
    def __init__(self, d_model, num_heads, dropout=0.0, d_input=None):
        super().__init__(d_model, math.gcd(d_model, num_heads), dropout, d_input)


@misconception(
    "MultiHeadAttention", "A loop goes over the heads; as a dimension of the batch they need none."
)
class MhaOverHeads(_MultiHead):
    def forward(self, X_q, X_k, X_v, mask=None):
        Q, K, V = self.split(self.W_q(X_q)), self.split(self.W_k(X_k)), self.split(self.W_v(X_v))
        heads, A = [], []
        for j in range(self.num_heads):
            own = mask[:, j : j + 1] if mask is not None and mask.dim() == 4 and mask.size(1) > 1 else mask
            A.append(self.weights(Q[:, j : j + 1], K[:, j : j + 1], own))
            heads.append(self.dropout(A[-1]) @ V[:, j : j + 1])
        return self.W_h(self.merge(torch.cat(heads, dim=1))), torch.cat(A, dim=1)


@misconception("MultiHeadAttention", "nn.MultiheadAttention does the work; this task is to write it.")
class MhaByTorch(_MultiHead):
    def forward(self, X_q, X_k, X_v, mask=None):
        d, widths = self.W_h.in_features, [W.in_features for W in (self.W_q, self.W_k, self.W_v)]
        inner = torch.nn.MultiheadAttention(
            d, self.num_heads, self.dropout.p, kdim=widths[1], vdim=widths[2], batch_first=True
        )
        own = {"in_proj_bias": self.W_q.weight.new_zeros(3 * d)}
        own |= {"out_proj.weight": self.W_h.weight, "out_proj.bias": self.W_h.bias}
        if inner.in_proj_weight is None:
            own |= {f"{x}_proj_weight": getattr(self, f"W_{x}").weight for x in "qkv"}
        else:
            own["in_proj_weight"] = torch.cat([self.W_q.weight, self.W_k.weight, self.W_v.weight])
        options = {}
        if mask is not None:
            shape = X_q.size(0), self.num_heads, X_q.size(1), X_k.size(1)
            options["attn_mask"] = ~mask.expand(shape).flatten(0, 1)
        inner.train(self.training)
        H, _ = torch.func.functional_call(inner, own, (X_q, X_k, X_v), options)
        return H, super().forward(X_q, X_k, X_v, mask)[1]


# ---------------------------------------------------------------- packed_qkv, pack_weights


@misconception("packed_qkv", "q, k and v take every third feature in turn; they are three blocks of d.")
def packed_interleaved(x, W):
    return F.linear(x, W).unflatten(-1, (-1, 3)).unbind(dim=-1)


@misconception(
    "packed_qkv", "W is read head by head (q, k and v of head 1, then of head 2); it is q, k, v first."
)
def packed_by_head(x, W):
    y = F.linear(x, W).unflatten(-1, (2, 3, -1))
    return tuple(part.flatten(-2) for part in y.unbind(dim=-2))


@misconception(
    "packed_qkv", "The result is cut along the tokens; cut it along the features, the last dimension."
)
def packed_cut_tokens(x, W):
    return F.linear(x, W).chunk(3, dim=-2)


@misconception("packed_qkv", "The parts come in the order k, q, v; it is q, k, v.")
def packed_keys_first(x, W):
    q, k, v = F.linear(x, W).chunk(3, dim=-1)
    return k, q, v


@misconception("packed_qkv", "There are three products of matrices; the tall W needs only one.")
def packed_three_products(x, W):
    return tuple(F.linear(x, part) for part in W.chunk(3))


@misconception("packed_qkv", "No gradient reaches W: the graph is cut on the way.")
def packed_detached(x, W):
    return F.linear(x, W.detach()).chunk(3, dim=-1)


@misconception("pack_weights", "The matrices stand side by side (d, 3 d_in); stack them into (3 d, d_in).")
def pack_side_by_side(Wq, Wk, Wv):
    return torch.cat((Wq, Wk, Wv), dim=1)


@misconception(
    "pack_weights", "torch.stack makes a new dimension (3, d, d_in); join the rows into (3 d, d_in)."
)
def pack_stacked(Wq, Wk, Wv):
    return torch.stack((Wq, Wk, Wv))


@misconception("pack_weights", "The rows of the three matrices alternate; they should be three blocks.")
def pack_alternating(Wq, Wk, Wv):
    return torch.stack((Wq, Wk, Wv), dim=1).flatten(0, 1)


# ---------------------------------------------------------------- cross_attention


@misconception(
    "cross_attention", "The encoder asks and the decoder is looked up in; it is the other way round."
)
def cross_swapped(dec, enc, mha, mask=None):
    return mha(enc, dec, dec, mask)


@misconception("cross_attention", "Keys and values come from the decoder: this is self-attention.")
def cross_self(dec, enc, mha, mask=None):
    return mha(dec, dec, dec, mask)


@misconception("cross_attention", "The encoder's sentence is masked causally; the decoder may see all of it.")
def cross_causal(dec, enc, mha, mask=None):
    past = torch.ones(dec.size(1), enc.size(1), dtype=torch.bool).tril()
    return mha(dec, enc, enc, past if mask is None else past & mask)


@misconception(
    "cross_attention", "The keys come from the decoder; keys and values both come from the encoder."
)
def cross_keys_from_decoder(dec, enc, mha, mask=None):
    return mha(dec, dec, enc, mask)


@misconception("cross_attention", "The mask is not handed on.")
def cross_mask_dropped(dec, enc, mha, mask=None):
    return mha(dec, enc, enc)


# ---------------------------------------------------------------- attention_stats, saturation


def _sensitivity(A):
    return (A * (1 - A)).mean(dim=-1)


@misconception("attention_stats", "0 * log(0) is NaN; a weight of 0 should add 0 to the entropy.")
def stats_nan(A):
    return {"entropy": -(A * A.log()).sum(dim=-1), "sensitivity": _sensitivity(A)}


@misconception("attention_stats", "The entropy is in bits (log2); nats are asked, the natural logarithm.")
def stats_bits(A):
    return {"entropy": torch.special.entr(A).sum(dim=-1) / math.log(2), "sensitivity": _sensitivity(A)}


@misconception("attention_stats", "The sums run over the queries; there should be one number per query.")
def stats_per_key(A):
    return {"entropy": torch.special.entr(A).sum(dim=-2), "sensitivity": (A * (1 - A)).mean(dim=-2)}


@misconception("attention_stats", "The entropy is the mean over the keys; it should be their sum.")
def stats_mean_entropy(A):
    return {"entropy": torch.special.entr(A).mean(dim=-1), "sensitivity": _sensitivity(A)}


def _draw(d, scale):
    Q, K = torch.randn(100, 16, d), torch.randn(100, 16, d)
    S = Q @ K.mT * scale
    return {"variance": S.var().item(), "sensitivity": _sensitivity(torch.softmax(S, dim=-1)).mean().item()}


@misconception("saturation", "The scores are scaled whether `scaled` says so or not.")
def saturation_always_scaled(d, scaled):
    return _draw(d, d**-0.5)


@misconception("saturation", "The scores are never scaled, whatever `scaled` says.")
def saturation_never_scaled(d, scaled):
    return _draw(d, 1.0)


@misconception("saturation", "The scores are divided by d; it should be the square root of d.")
def saturation_divided_by_d(d, scaled):
    return _draw(d, 1 / d if scaled else 1.0)


@misconception("saturation", "These are correlations of queries and keys; their dot products are asked.")
def saturation_of_correlations(d, scaled):
    Q, K = (F.normalize(torch.randn(100, 16, d), dim=-1) for _ in range(2))
    S = Q @ K.mT
    return {"variance": S.var().item(), "sensitivity": _sensitivity(torch.softmax(S, dim=-1)).mean().item()}


# ---------------------------------------------------------------- fix_attention.py: one bug left in


def _fixed_but(bug, Q, K, V, num_heads, causal, keep):
    B, N, d = Q.shape
    M = N if bug == "length" else K.size(1)
    d_k = d // num_heads
    q, k, v = (x.view(B, n, num_heads, d_k).transpose(1, 2) for x, n in ((Q, N), (K, M), (V, M)))
    mask = torch.ones(N, M, dtype=torch.bool)
    if causal:
        mask = mask.tril(diagonal=1 if bug == "diagonal" else 0)
    if keep is not None:
        words = keep[:, None, None, :]
        mask = mask | words if bug == "or" else mask & words
    S = q @ k.mT / (d if bug == "scale" else d_k) ** 0.5
    A = torch.softmax(S.masked_fill(~mask, -torch.inf), dim=-1)
    H = A @ v if bug == "merge" else (A @ v).transpose(1, 2)
    return H.reshape(B, N, d), A


@misconception(
    "attention",
    "The scores are scaled by the width of all heads together; a head works with d_k features.",
    file="fix_attention.py",
)
def fix_leaves_scale(Q, K, V, num_heads=1, causal=False, keep=None):
    return _fixed_but("scale", Q, K, V, num_heads, causal, keep)


@misconception(
    "attention",
    "The causal mask is off by one: each token still sees the token after it.",
    file="fix_attention.py",
)
def fix_leaves_diagonal(Q, K, V, num_heads=1, causal=False, keep=None):
    return _fixed_but("diagonal", Q, K, V, num_heads, causal, keep)


@misconception(
    "attention",
    "The number of keys is still taken from the queries.",
    file="fix_attention.py",
)
def fix_leaves_length(Q, K, V, num_heads=1, causal=False, keep=None):
    return _fixed_but("length", Q, K, V, num_heads, causal, keep)


@misconception(
    "attention",
    "The heads are joined without swapping heads and tokens back first.",
    file="fix_attention.py",
)
def fix_leaves_merge(Q, K, V, num_heads=1, causal=False, keep=None):
    return _fixed_but("merge", Q, K, V, num_heads, causal, keep)


@misconception(
    "attention",
    "The masks are joined by `or`: a key must be allowed by both, padding and past.",
    file="fix_attention.py",
)
def fix_leaves_or(Q, K, V, num_heads=1, causal=False, keep=None):
    return _fixed_but("or", Q, K, V, num_heads, causal, keep)
