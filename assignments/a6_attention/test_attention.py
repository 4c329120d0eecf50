"""Public tests of attention.py. Inputs are random float64 tensors unless a test says otherwise."""

import pytest
import torch
import torch.nn.functional as F
from probes import crossed, mha, mha_output, mha_parameters, mha_weights, under_padding

# ---------------------------------------------------------------- soft_attention


@pytest.mark.task("soft_attention")
@pytest.mark.points(2)
@pytest.mark.hint("X^T X is symmetric here, so a softmax over the wrong dimension gives the transpose of A.")
def test_soft_worked_example(agree):
    """Three tokens of two features, small enough to check by hand."""
    agree("soft_attention", torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]], dtype=torch.float64))


@pytest.mark.task("soft_attention")
@pytest.mark.points(1)
@pytest.mark.hint("Tokens are the columns of X: H = X A has the shape of X.")
def test_soft_columns(agree, rand):
    """Random tokens, more features than tokens: H and A."""
    agree("soft_attention", rand(4, 3))


@pytest.mark.task("soft_attention")
@pytest.mark.points(1)
@pytest.mark.hint("X^T X holds all dot products at once, and X A all mixtures.")
def test_soft_operations(ops_at_most, rand):
    """Thirty-two tokens by at most 50 operations: no loop over tokens."""
    ops_at_most("soft_attention", 50, rand(4, 32))


# ---------------------------------------------------------------- hard_attention


@pytest.mark.task("hard_attention")
@pytest.mark.points(2)
@pytest.mark.hint("A has one column per token, and in each column a single 1.")
def test_hard_picks_one_input(agree, rand):
    """Every column of A is one-hot, and H holds the chosen tokens."""
    X = rand(4, 6)
    X[:, 1] = 2 * X[:, 0]  # so that not everyone picks itself
    agree("hard_attention", X, exact=True)


@pytest.mark.task("hard_attention")
@pytest.mark.points(2)
@pytest.mark.hint("Where several tokens share the highest score, the first of them gets the 1.")
def test_hard_ties_take_the_first(agree, rand):
    """Every token stands there twice, so every highest score is shared."""
    X = rand(3, 4, low=-4, high=5, dtype=torch.int64).double()
    agree("hard_attention", torch.cat((X, X), dim=1), exact=True)


# ---------------------------------------------------------------- scores


@pytest.mark.task("scores")
@pytest.mark.points(2)
def test_scores_of_two_matrices(agree, rand):
    """Five queries and seven keys of four features."""
    agree("scores", rand(5, 4), rand(7, 4))


@pytest.mark.task("scores")
@pytest.mark.points(1)
@pytest.mark.hint("Swap only the last two dimensions of K; the leading ones are sentences and heads.")
def test_scores_of_batched_heads(agree, rand):
    """Two sentences, three heads."""
    agree("scores", rand(2, 3, 5, 16), rand(2, 3, 7, 16))


@pytest.mark.task("scores")
@pytest.mark.points(1)
@pytest.mark.hint("One product `@` multiplies the matrices of all sentences and heads.")
def test_scores_operations(ops_at_most, rand):
    """Two sentences, eight heads, by at most 40 operations: no loop over tokens, heads or sentences."""
    ops_at_most("scores", 40, rand(2, 8, 8, 4), rand(2, 8, 12, 4))


# ---------------------------------------------------------------- scaled_dot_product_attention


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
@pytest.mark.hint("The query matches the second key, so the answer is nearly the second value.")
def test_sdpa_sanity_check(agree):
    """A query that equals one of the keys finds that key's value (scale 1/8)."""
    K = 10 * torch.eye(3, dtype=torch.float64)[[0, 1, 2, 2]]
    V = torch.tensor([[1, 0, 0], [10, 0, 0], [100, 5, 0], [1000, 6, 0]], dtype=torch.float64)
    agree("scaled_dot_product_attention", K[1:2], K, V, scale=1 / 8)


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(2)
@pytest.mark.hint("Each row of A belongs to a query and sums to one; sqrt(d) is that of queries and keys.")
@pytest.mark.forbid("torch.nn.functional.scaled_dot_product_attention")
def test_sdpa_batched_heads(agree, rand):
    """Batched heads, more keys than queries, values wider than keys; not by the fused call."""
    agree("scaled_dot_product_attention", rand(2, 3, 5, 4), rand(2, 3, 7, 4), rand(2, 3, 7, 9))


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
@pytest.mark.hint("Q K^T holds the scores of all queries at once, and A V all outputs.")
@pytest.mark.forbid("torch.nn.functional.scaled_dot_product_attention")
def test_sdpa_operations(ops_at_most, rand):
    """Twenty-four queries by at most 60 operations: no loop over queries."""
    ops_at_most("scaled_dot_product_attention", 60, rand(24, 4), rand(16, 4), rand(16, 9))


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(2)
@pytest.mark.hint("True = may attend. What is hidden must be gone before the softmax, not after it.")
def test_sdpa_mask(agree, rand):
    """A mask of its own for every query."""
    mask = rand(2, 3, 5, 7) > 0
    mask[..., 0], mask[..., 1] = True, False  # everyone sees something, nobody everything
    agree("scaled_dot_product_attention", rand(2, 3, 5, 4), rand(2, 3, 7, 4), rand(2, 3, 7, 4), mask=mask)


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
@pytest.mark.hint("`scale` is what the dot products are multiplied by, in place of 1 / sqrt(d).")
def test_sdpa_scale_argument(agree, rand):
    """A scale that the caller chooses."""
    agree("scaled_dot_product_attention", rand(2, 5, 4), rand(2, 6, 4), rand(2, 6, 4), scale=0.3)


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
@pytest.mark.hint(
    "softmax of a row of -inf is NaN, of equal large negative numbers uniform; zeros are asked."
)
def test_sdpa_fully_masked_row(agree, rand):
    """A query that may attend to nothing gets weights 0 and output 0."""
    mask = torch.ones(4, 6, dtype=torch.bool)
    mask[2], mask[0, 3] = False, False
    agree("scaled_dot_product_attention", rand(2, 4, 4), rand(2, 6, 4), rand(2, 6, 4), mask=mask)


# ---------------------------------------------------------------- causal_mask, causal_attention


@pytest.mark.task("causal_mask")
@pytest.mark.points(2)
@pytest.mark.hint("Row i belongs to query i, which may see itself: the diagonal is True.")
@pytest.mark.parametrize("N", [3, 6])
def test_causal_mask_values(agree, N):
    """The mask itself: boolean, True on and below the diagonal."""
    agree("causal_mask", N)


@pytest.mark.task("causal_mask")
@pytest.mark.points(1)
@pytest.mark.hint("`tril` keeps one half of a matrix; or compare the positions of queries and keys.")
def test_causal_mask_operations(ops_at_most):
    """The mask of 32 tokens by at most 20 operations: no loop over tokens."""
    ops_at_most("causal_mask", 20, 32)


@pytest.mark.task("causal_mask")
@pytest.mark.points(2)
def test_causal_attention(agree, rand):
    """Outputs and weights of batched heads under the causal mask."""
    agree("causal_attention", rand(2, 2, 5, 4), rand(2, 2, 5, 4), rand(2, 2, 5, 3))


@pytest.mark.task("causal_mask")
@pytest.mark.points(1)
@pytest.mark.hint("With equal scores, token i spreads its attention evenly over the tokens 0 .. i.")
def test_causal_uniform_scores(agree, rand):
    """All scores equal: the rows of A are (1, 0, 0), (1/2, 1/2, 0), (1/3, 1/3, 1/3)."""
    agree("causal_attention", torch.zeros(3, 4, dtype=torch.float64), rand(3, 4), rand(3, 2))


# ---------------------------------------------------------------- padding_mask


@pytest.mark.task("padding_mask")
@pytest.mark.points(2)
@pytest.mark.hint("(B, 1, 1, T): one for the heads, one for the queries; the keys come last.")
def test_padding_mask_of_ids(agree, rand):
    """Shape, dtype and values for four sentences, padded at the end with 0."""
    ids, lengths = rand(4, 7, low=1, high=50, dtype=torch.int64), rand(4, 1, low=2, high=7, dtype=torch.int64)
    ids[torch.arange(7) >= lengths] = 0
    agree("padding_mask", ids, 0)


@pytest.mark.task("padding_mask")
@pytest.mark.points(2)
@pytest.mark.hint("It is the keys that must be hidden: no word may look at padding.")
def test_padding_changes_nothing(student, rand, close):
    """Padding appended to a sentence does not change what its words see."""
    ids, x = rand(2, 5, low=1, high=50, dtype=torch.int64), rand(2, 3, 5, 4)
    padded_ids = torch.cat((ids, torch.zeros(2, 3, dtype=torch.int64)), dim=1)
    padded_x = torch.cat((x, rand(2, 3, 3, 4)), dim=2)
    seen = student.call(under_padding, padded_ids, 0, padded_x)
    close(seen[..., :5, :], F.scaled_dot_product_attention(x, x, x), what="the words' outputs")


# ---------------------------------------------------------------- split_heads, merge_heads


@pytest.mark.task("split_heads")
@pytest.mark.points(1)
@pytest.mark.hint("Token 0 is 0..7, token 1 is 8..15; head 0 takes the first half of each: 0..3, 8..11, ...")
def test_split_counted_numbers(agree):
    """The numbers 0 .. 23 as three tokens of eight features, for two heads."""
    agree("split_heads", torch.arange(24).view(1, 3, 8), 2)


@pytest.mark.task("split_heads")
@pytest.mark.points(1)
def test_split_batch(agree, rand):
    """Random tokens of two sentences, for three heads."""
    agree("split_heads", rand(2, 5, 6), 3, exact=True)


@pytest.mark.task("split_heads")
@pytest.mark.points(2)
@pytest.mark.hint("First bring the heads of one token beside each other, then join the last two dimensions.")
def test_merge_batch(agree, rand):
    """The heads of two sentences side by side again."""
    agree("merge_heads", rand(2, 3, 5, 4), exact=True)


# ---------------------------------------------------------------- MultiHeadAttention


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(2)
@pytest.mark.hint("W_q, W_k and W_v have no bias, W_h has one.")
def test_mha_parameters(agree, weights):
    """Names and shapes of the parameters, which take the given weights."""
    agree(mha_parameters, (12, 3), weights("MultiHeadAttention", 12, 3))


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(2)
@pytest.mark.forbid("torch.nn.MultiheadAttention")
def test_mha_output(agree, rand, weights):
    """The output H of self-attention, with given weights; without nn.MultiheadAttention."""
    x = rand(2, 5, 16) / 4
    agree(mha_output, (16, 4), weights("MultiHeadAttention", 16, 4), (x, x, x))


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
@pytest.mark.hint("Heads are a dimension of the batch: one product computes the scores of all of them.")
@pytest.mark.forbid("torch.nn.MultiheadAttention")
def test_mha_operations(ops_at_most, rand, weights):
    """Sixteen heads by at most 150 operations: all heads in one batched product, no loop over heads."""
    x = rand(1, 3, 64) / 8
    ops_at_most(mha, 150, (64, 16), weights("MultiHeadAttention", 64, 16), (x, x, x))


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
@pytest.mark.hint("The scores of a head are scaled by the width of the head, not by that of the model.")
def test_mha_weights(agree, rand, weights):
    """The weights A of every head."""
    x = rand(2, 5, 16) / 4
    agree(mha_weights, (16, 4), weights("MultiHeadAttention", 16, 4), (x, x, x))


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
@pytest.mark.hint("True = may attend, as everywhere in this file.")
def test_mha_mask(agree, rand, weights):
    """A padding mask that broadcasts over heads and queries."""
    x, mask = rand(2, 5, 8) / 3, torch.ones(2, 1, 1, 5, dtype=torch.bool)
    mask[0, ..., 3:], mask[1, ..., 4:] = False, False
    agree(mha, (8, 2), weights("MultiHeadAttention", 8, 2), (x, x, x, mask))


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
@pytest.mark.hint("Take the number of keys from the keys, not from the queries.")
def test_mha_lengths_differ(agree, rand, weights):
    """Three queries, seven keys."""
    queries, memory = rand(2, 3, 8) / 3, rand(2, 7, 8) / 3
    agree(mha, (8, 2), weights("MultiHeadAttention", 8, 2), (queries, memory, memory))


# ---------------------------------------------------------------- packed_qkv, pack_weights


@pytest.mark.task("packed_qkv")
@pytest.mark.points(2)
def test_pack_weights(agree, rand):
    """Three matrices stacked into a tall one."""
    agree("pack_weights", rand(4, 5), rand(4, 5), rand(4, 5), exact=True)


@pytest.mark.task("packed_qkv")
@pytest.mark.points(2)
@pytest.mark.hint("The first d rows of W make the queries, the next d the keys, the last d the values.")
def test_packed_projection(agree, rand):
    """Queries, keys and values from one product."""
    agree("packed_qkv", rand(2, 6, 5), rand(12, 5))


@pytest.mark.task("packed_qkv")
@pytest.mark.points(1)
@pytest.mark.hint("Multiply by the whole of W first, then cut the result.")
def test_packed_one_product(ops_at_most, rand):
    """One product of matrices, and at most 40 operations in all."""
    ops_at_most("packed_qkv", {"matmul": 1, "all": 40}, rand(2, 4, 5), rand(12, 5))


# ---------------------------------------------------------------- cross_attention


@pytest.mark.task("cross_attention")
@pytest.mark.points(2)
@pytest.mark.hint("The one who asks brings the queries; keys and values come from what is looked up in.")
def test_cross_same_length(agree, rand):
    """As many tokens in the decoder as in the encoder."""
    agree(crossed, rand(2, 4, 6), rand(2, 4, 6))


@pytest.mark.task("cross_attention")
@pytest.mark.points(2)
@pytest.mark.hint("The output has as many tokens as the decoder.")
def test_cross_lengths_differ(agree, rand):
    """Three tokens in the decoder, five in the encoder."""
    agree(crossed, rand(2, 3, 6), rand(2, 5, 6))


# ---------------------------------------------------------------- attention_stats, saturation


@pytest.mark.task("attention_stats")
@pytest.mark.points(2)
@pytest.mark.hint("One number per query: sum or mean over the last dimension. Entropy uses the natural log.")
def test_stats_of_weights(agree, rand):
    """Entropy and sensitivity of three queries over five keys."""
    agree("attention_stats", torch.softmax(rand(3, 5), dim=-1))


@pytest.mark.task("attention_stats")
@pytest.mark.points(1)
@pytest.mark.hint("0 ln 0 counts as 0, but 0 * log(0) is NaN.")
def test_stats_zero_weights(agree, rand):
    """Weights with zeros, as a causal mask makes them."""
    hidden = torch.ones(4, 4, dtype=torch.bool).triu(diagonal=1)
    agree("attention_stats", torch.softmax(rand(4, 4).masked_fill(hidden, -torch.inf), dim=-1))


@pytest.mark.task("attention_stats")
@pytest.mark.points(2)
@pytest.mark.hint("Unscaled, the variance of a dot product is d, and softmax saturates; scaled, it is 1.")
def test_saturation(student, within):
    """Variance of the scores and sensitivity of the weights for d = 64, without and with scaling."""
    raw, scaled = student.call("saturation", 64, False), student.call("saturation", 64, True)
    within(float(raw["variance"]), 58, 70, what="variance of unscaled scores", false_fail=1e-9)
    within(float(scaled["variance"]), 0.9, 1.1, what="variance of scaled scores", false_fail=1e-9)
    within(float(raw["sensitivity"]), 0.0105, 0.017, what="sensitivity without scaling", false_fail=1e-9)
    within(float(scaled["sensitivity"]), 0.052, 0.056, what="sensitivity with scaling", false_fail=1e-9)
