"""Hidden tests of attention.py: other shapes, edges, gradients, dtypes."""

import pytest
import torch
from probes import (
    crossed,
    crossed_by_own_heads,
    crossed_in_two_orders,
    mha,
    mha_gradients,
    mha_output,
    mixtures,
    packed_then_projected,
    padding_and_causal,
    rows_before_change,
    split_and_merged,
    under_padding,
    with_gradients,
)

# ---------------------------------------------------------------- soft_attention


@pytest.mark.task("soft_attention")
@pytest.mark.points(1)
@pytest.mark.hint("With as many tokens as features the shapes fit whatever is multiplied by what.")
def test_soft_square(agree, rand):
    """As many tokens as features."""
    agree("soft_attention", rand(4, 4))


@pytest.mark.task("soft_attention")
@pytest.mark.points(1)
@pytest.mark.hint("exp of a large score overflows; torch.softmax takes care of that.")
def test_soft_large_scores(agree, rand):
    """Scores in the thousands."""
    agree("soft_attention", rand(3, 4, low=20, high=40))


@pytest.mark.task("soft_attention")
@pytest.mark.points(1)
@pytest.mark.timing
@pytest.mark.limits(seconds=20)  # a loop over 100 tokens, on a busy machine
@pytest.mark.hint(
    "One product of all tokens with all others takes hardly longer than one for a single token."
)
def test_soft_time(faster, rand):
    """A hundred tokens in at most four times the time of a solution without loops."""
    faster(mixtures, lambda: (rand(4, 100),), by=4)


# ---------------------------------------------------------------- hard_attention


@pytest.mark.task("hard_attention")
@pytest.mark.points(1)
def test_hard_more_inputs_than_features(agree, rand):
    """Many tokens of two features: most of them pick another one than themselves."""
    X = rand(2, 9)
    X[:, 4] = 3 * X[:, 5]
    agree("hard_attention", X, exact=True)


@pytest.mark.task("hard_attention")
@pytest.mark.points(1)
@pytest.mark.hint("A and H have the dtype of X.")
def test_hard_keeps_dtype(agree, rand):
    """float32 in, float32 out."""
    X = rand(3, 5, dtype=torch.float32)
    X[:, 0] = 2 * X[:, 4]
    agree("hard_attention", X, exact=True)


# ---------------------------------------------------------------- scores


@pytest.mark.task("scores")
@pytest.mark.points(1)
def test_scores_shared_keys(agree, rand):
    """Keys that all heads share broadcast."""
    agree("scores", rand(2, 3, 5, 4), rand(2, 1, 6, 4))


@pytest.mark.task("scores")
@pytest.mark.points(1)
@pytest.mark.hint("Row i holds the scores of query i.")
def test_scores_square(agree, rand):
    """As many queries as keys as features."""
    agree("scores", rand(3, 4, 4), rand(3, 4, 4))


# ---------------------------------------------------------------- scaled_dot_product_attention


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
@pytest.mark.hint("The mask broadcasts to (.., N, M).")
@pytest.mark.parametrize("shape", [(5, 6), (2, 1, 1, 6)], ids=["for all", "for keys"])
def test_sdpa_mask_shapes(agree, rand, shape):
    """Masks shared by all sentences and heads, or by all queries."""
    mask = rand(*shape) > 0
    mask[..., 0], mask[..., 1], mask[..., 2] = True, False, True  # of one key alone the weight is always 1
    agree("scaled_dot_product_attention", rand(2, 3, 5, 16), rand(2, 3, 6, 16), rand(2, 3, 6, 4), mask)


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
@pytest.mark.hint("`.data`, `.detach()` and `.item()` cut the graph: no gradient passes.")
def test_sdpa_gradients(agree, rand):
    """Gradients of Q, K and V."""
    inputs = rand(2, 4, 4), rand(2, 5, 4), rand(2, 5, 3)
    agree(with_gradients, "scaled_dot_product_attention", inputs, (rand(2, 4, 3), rand(2, 4, 5)))


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
@pytest.mark.hint("The results have the dtype of the inputs: no `.double()`, no `.float()`.")
def test_sdpa_keeps_dtype(agree, rand):
    """float32 in, float32 out."""
    Q, K, V = (rand(2, length, 4, dtype=torch.float32) for length in (3, 5, 5))
    agree("scaled_dot_product_attention", Q, K, V, rtol=1e-4, atol=1e-5)


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
def test_sdpa_plain_matrices(agree, rand):
    """No leading dimensions; values narrower than keys."""
    agree("scaled_dot_product_attention", rand(6, 16), rand(3, 16), rand(3, 2))


# ---------------------------------------------------------------- causal_mask, causal_attention


@pytest.mark.task("causal_mask")
@pytest.mark.points(2)
@pytest.mark.hint("What a token computes may depend on itself and the tokens before it, and on nothing else.")
def test_causal_future_has_no_influence(agree, student, rand, close):
    """Replacing the last tokens leaves the rows before them as they were."""
    arguments = rand(2, 6, 4), rand(2, 6, 4), rand(2, 6, 4), rand(2, 2, 4), rand(2, 2, 4), 4
    rows = student.call(rows_before_change, *arguments)
    close(rows["after"], rows["before"], what="the rows before the change")
    agree(rows_before_change, *arguments)


@pytest.mark.task("causal_mask")
@pytest.mark.points(1)
@pytest.mark.hint("-1e9 does not fit into float16: fill with -inf, or with torch.finfo(dtype).min.")
def test_causal_half_precision(agree, rand):
    """float16 in, float16 out."""
    Q, K, V = (rand(2, 4, 4, low=-1, high=1, dtype=torch.float16) for _ in range(3))
    agree("causal_attention", Q, K, V, rtol=1e-2, atol=1e-2)


# ---------------------------------------------------------------- padding_mask


@pytest.mark.task("padding_mask")
@pytest.mark.points(1)
@pytest.mark.hint("A mask (B, T) fits (N, N) when B = N = T, but then sentence i hides keys from query i.")
def test_padding_as_many_sentences_as_tokens(agree, rand):
    """Four sentences of four tokens."""
    ids = rand(4, 4, low=1, high=9, dtype=torch.int64)
    ids[0, 1:], ids[2, 3:] = 0, 0
    agree(under_padding, ids, 0, rand(4, 2, 4, 4))


@pytest.mark.task("padding_mask")
@pytest.mark.points(1)
@pytest.mark.hint("Only boolean masks combine by `&` into a boolean mask.")
def test_padding_with_causal_mask(agree, rand):
    """Combined with a causal mask."""
    ids, lengths = rand(4, 5, low=1, high=9, dtype=torch.int64), rand(4, 1, low=1, high=5, dtype=torch.int64)
    ids[torch.arange(5) >= lengths] = 0
    agree(padding_and_causal, ids, 0)


@pytest.mark.task("padding_mask")
@pytest.mark.points(1)
@pytest.mark.hint("Padding is where ids equal pad_id, whatever that is and wherever it stands.")
def test_padding_anywhere(agree, rand):
    """Padding at the start and in the middle, with another id than 0."""
    ids = rand(3, 6, low=0, high=4, dtype=torch.int64)
    ids[0, 0], ids[1, 1], ids[2, 2] = 3, 0, 1  # some padding at the start, and some words in any case
    agree("padding_mask", ids, 3)


# ---------------------------------------------------------------- split_heads, merge_heads


@pytest.mark.task("split_heads")
@pytest.mark.points(2)
def test_split_and_merge(agree, rand):
    """The heads, and the same heads merged again."""
    agree(split_and_merged, rand(3, 5, 8), 4, exact=True)


@pytest.mark.task("split_heads")
@pytest.mark.points(1)
@pytest.mark.parametrize("h", [1, 6])
def test_split_extreme_head_counts(agree, rand, h):
    """One head for everything, and one head for each feature."""
    agree("split_heads", rand(2, 3, 6), h, exact=True)


@pytest.mark.task("split_heads")
@pytest.mark.points(1)
@pytest.mark.hint("view(B, -1, h, d // h) invents a number of tokens when h does not divide d.")
def test_split_width_not_divisible(agree, student, rand):
    """Four heads share eight features, three cannot: that is an error."""
    x = rand(2, 6, 8)
    agree("split_heads", x, 4, exact=True)
    assert student.raises("split_heads", x, 3), "8 features cannot be split into 3 heads: raise an exception"


# ---------------------------------------------------------------- MultiHeadAttention


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(2)
@pytest.mark.hint("Use the layers themselves: through `.data` or `.detach()` no gradient reaches them.")
def test_mha_gradients(agree, rand, weights):
    """Gradients of the inputs and of every weight."""
    inputs = rand(2, 3, 8) / 3, rand(2, 4, 8) / 3, rand(2, 4, 8)
    agree(mha_gradients, (8, 2), weights("MultiHeadAttention", 8, 2), inputs, rand(2, 3, 8))


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
@pytest.mark.hint("d_input holds the widths of X_q, X_k and X_v.")
def test_mha_input_widths(agree, rand, weights):
    """Queries, keys and values of three different widths."""
    init = 8, 2, 0.0, (3, 5, 7)
    inputs = rand(2, 4, 3) / 2, rand(2, 6, 5) / 2, rand(2, 6, 7)
    agree(mha, init, weights("MultiHeadAttention", *init), inputs)


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
@pytest.mark.hint("A is returned as it was before dropout; dropout acts on the weights and on nothing else.")
def test_mha_dropout_in_training(agree, rand, weights):
    """In training with dropout 1, A is whole and H is nothing but the bias of W_h."""
    x, init = rand(2, 4, 8) / 3, (8, 2, 1.0)
    agree(mha, init, weights("MultiHeadAttention", *init), (x, x, x), train=True)


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
@pytest.mark.hint("nn.Dropout rests in eval mode; F.dropout has to be told so.")
def test_mha_no_dropout_in_eval(agree, rand, weights):
    """In eval mode nothing is dropped."""
    x, init = rand(2, 4, 8) / 3, (8, 2, 0.5)
    agree(mha_output, init, weights("MultiHeadAttention", *init), (x, x, x))


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
def test_mha_width_not_divisible(agree, student, rand, weights):
    """Four heads share a width of 16, three cannot: that is an error."""
    x, state = rand(1, 3, 16) / 4, weights("MultiHeadAttention", 16, 4)
    agree(mha_output, (16, 4), state, (x, x, x))
    assert student.raises(mha_output, (16, 3), state, (x, x, x)), (
        "d_model = 16 cannot be split into 3 heads: raise an exception"
    )


# ---------------------------------------------------------------- packed_qkv, pack_weights


@pytest.mark.task("packed_qkv")
@pytest.mark.points(2)
def test_packed_same_as_separate(agree, rand):
    """Three square matrices, packed and applied."""
    agree(packed_then_projected, rand(3, 4), rand(4, 4), rand(4, 4), rand(4, 4))


@pytest.mark.task("packed_qkv")
@pytest.mark.points(1)
def test_packed_gradients(agree, rand):
    """Gradients of x and of the tall matrix."""
    upstream = tuple(rand(2, 3, 4) for _ in "qkv")
    agree(with_gradients, "packed_qkv", (rand(2, 3, 5), rand(12, 5)), upstream)


# ---------------------------------------------------------------- cross_attention


@pytest.mark.task("cross_attention")
@pytest.mark.points(2)
def test_cross_own_multi_head_attention(agree, rand, weights):
    """Through your own MultiHeadAttention."""
    state = weights("MultiHeadAttention", 8, 2)
    agree(crossed_by_own_heads, (8, 2), state, rand(2, 3, 8) / 3, rand(2, 5, 8) / 3)


@pytest.mark.task("cross_attention")
@pytest.mark.points(1)
@pytest.mark.hint("The mask is handed on to mha as it is.")
def test_cross_encoder_mask(agree, rand):
    """Padding in the encoder's sentence stays hidden."""
    mask = torch.ones(2, 1, 1, 4, dtype=torch.bool)
    mask[0, ..., 2:], mask[1, ..., 3:] = False, False
    agree(crossed, rand(2, 4, 6), rand(2, 4, 6), mask)


@pytest.mark.task("cross_attention")
@pytest.mark.points(1)
@pytest.mark.hint("Nothing hides the encoder's later tokens, so their order does not matter.")
def test_cross_encoder_order(agree, student, rand, close):
    """Another order of the encoder's tokens gives the same output."""
    arguments = rand(2, 4, 4), rand(2, 4, 4), [2, 0, 3, 1]
    outputs = student.call(crossed_in_two_orders, *arguments)
    close(outputs["reordered"], outputs["as given"], what="output after reordering the encoder's tokens")
    agree(crossed_in_two_orders, *arguments)


# ---------------------------------------------------------------- attention_stats, saturation


@pytest.mark.task("attention_stats")
@pytest.mark.points(2)
@pytest.mark.hint("One number per query: sum or mean over the last dimension.")
def test_stats_batched(agree, rand):
    """Sentences, heads, queries, keys; as many queries as keys."""
    agree("attention_stats", torch.softmax(2 * rand(2, 3, 4, 4), dim=-1))
