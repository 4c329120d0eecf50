"""Hidden tests of transformer.py: other shapes, edges, gradients, dtypes."""

import pytest
import torch
from probes import (
    cached,
    cached_in_turns,
    encodings,
    fresh,
    gradients,
    hidden_and_cut,
    in_steps,
    output,
    positioned,
    positioned_elsewhere,
    positioned_in_steps,
    rotated_scores,
    there_and_back,
    written,
    written_from_history,
)

ROUGH = {"rtol": 0.0, "atol": 5e-5}
CLOSE = {"rtol": 1e-5, "atol": 1e-5}
TOO_LONG = {"ValueError", "RuntimeError", "IndexError"}


@pytest.fixture
def sentences(rand):
    """Draws ids (B, N) of words, any but 1, for a vocabulary of 20."""

    def draw(B, N):
        ids = rand(B, N, low=1, high=20, dtype=torch.int64)
        return ids.masked_fill(ids == 1, 0)

    return draw


@pytest.fixture
def drawn(weights):
    """Draws weights for a class in float64: those of norms near one, the vector of padding zero."""

    def draw(name, *init, scale=0.4):
        state = weights(name, *init, dtype=torch.float64, scale=scale)
        for key in state:
            if key.endswith("word_embeddings.weight"):
                state[key][1] = 0.0
            elif "norm" in key.lower() and key.endswith("weight"):
                state[key] += 1.0
        return state

    return draw


# ---------------------------------------------------------------- positional_encoding


@pytest.mark.task("positional_encoding")
@pytest.mark.points(1)
@pytest.mark.hint("With an odd d there is one cosine less than sines; the exponent is still -2k / d.")
def test_positions_odd(agree, pick):
    """An odd number of features."""
    agree(encodings, pick(range(20, 51)), 2 * pick(range(3, 15)) + 1, **ROUGH)


@pytest.mark.task("positional_encoding")
@pytest.mark.points(1)
@pytest.mark.hint("base is an argument.")
def test_positions_base(agree, pick, rand):
    """Another base than 10000."""
    agree(encodings, pick(range(20, 51)), 8, base=rand(low=20, high=500).item(), **ROUGH)


@pytest.mark.task("positional_encoding")
@pytest.mark.points(1)
@pytest.mark.hint("A table of any length: sines and cosines go on for ever.")
def test_positions_long(agree, pick):
    """Nearly a thousand positions."""
    agree(encodings, pick(range(900, 1001)), 6, rtol=0.0, atol=1e-3)


@pytest.mark.task("positional_encoding")
@pytest.mark.points(1)
@pytest.mark.hint("The result has torch's default dtype, float32 unless it was changed.")
def test_positions_dtype(agree, pick):
    """The table itself has the default dtype."""
    agree("positional_encoding", pick(range(8, 30)), 2 * pick(range(3, 9)), **ROUGH)


# ---------------------------------------------------------------- PositionalEncoding


@pytest.mark.task("PositionalEncoding")
@pytest.mark.points(1)
@pytest.mark.hint("Tokens are dimension 1 of x; dimension 0 is the sentences.")
def test_positions_added_square(agree, rand):
    """As many sentences as tokens."""
    agree(positioned, 6, 50, rand(4, 4, 6), **CLOSE)


@pytest.mark.task("PositionalEncoding")
@pytest.mark.points(1)
@pytest.mark.hint("A tensor that is a plain attribute stays float32; `register_buffer` makes it follow.")
def test_positions_follow_dtype(agree, rand, pick):
    """bfloat16 and float64 in, bfloat16 and float64 out."""
    dtypes = pick([torch.bfloat16, torch.float64, torch.float16], 3)
    x = rand(2, 3, 4)
    agree(positioned, 4, 10, x, **CLOSE)
    agree(positioned_in_steps, 4, 10, x, dtypes)


@pytest.mark.task("PositionalEncoding")
@pytest.mark.points(1)
@pytest.mark.hint("A tensor that is a plain attribute stays on the CPU; `register_buffer` makes it follow.")
def test_positions_follow_device(agree, rand, pick):
    """The table moves with the module to another device."""
    agree(positioned, 4, 10, rand(2, 3, 4), **CLOSE)
    agree(positioned_elsewhere, 4, 10, (2, pick(range(2, 9)), 4))


@pytest.mark.task("PositionalEncoding")
@pytest.mark.points(1)
@pytest.mark.hint("More tokens than max_len: the right result, or ValueError, RuntimeError or IndexError.")
def test_positions_too_long(agree, student, rand):
    """More tokens than max_len give the right result, or an error; 1000 fit unless said otherwise."""
    agree(positioned, 4, 6, rand(2, 6, 4), **CLOSE)
    agree(fresh, "PositionalEncoding", [2], rand(1, 1000, 2), rtol=0.0, atol=1e-3)
    x = rand(2, 9, 4)
    if not TOO_LONG & set(student.raises(positioned, 4, 6, x)):
        agree(positioned, 4, 6, x, **CLOSE)


# ---------------------------------------------------------------- LayerNormScratch


@pytest.mark.task("LayerNormScratch")
@pytest.mark.points(1)
@pytest.mark.hint("eps is added to the variance, inside the root; and it is an argument.")
@pytest.mark.parametrize("eps", [1e-5, 1e-2])
def test_norm_small_features(agree, rand, weights, eps):
    """Features with a standard deviation near the root of eps, for two values of eps."""
    state = weights("LayerNormScratch", 6, dtype=torch.float64)
    agree(output, "LayerNormScratch", [6, eps], state, eps**0.5 * rand(3, 6))


@pytest.mark.task("LayerNormScratch")
@pytest.mark.points(1)
@pytest.mark.hint("The mean of squares minus the square of the mean cancels; subtract the mean first.")
def test_norm_far_from_zero(agree, rand, pick, weights):
    """Thousands about ten thousand million: -3, -1, 0 and 2 of them, in any order."""
    state = weights("LayerNormScratch", 4, dtype=torch.float64)
    offsets = torch.tensor([pick([-3, -1, 0, 2], 4) for _ in range(3)], dtype=torch.float64)
    agree(output, "LayerNormScratch", [4], state, 1e10 + 1000 * offsets, rtol=1e-6, atol=1e-6)


@pytest.mark.task("LayerNormScratch")
@pytest.mark.points(1)
@pytest.mark.hint("Mean and variance depend on x too: no `.detach()`, no `.data`.")
def test_norm_gradients(check_gradients, rand, weights):
    """Gradients of the input, the weight and the bias."""
    state = weights("LayerNormScratch", 5, dtype=torch.float64)
    check_gradients("LayerNormScratch", rand(3, 5), init=[5], state=state)


@pytest.mark.task("LayerNormScratch")
@pytest.mark.points(1)
@pytest.mark.hint("Any number of leading dimensions; as many sentences, tokens and features hide mistakes.")
@pytest.mark.parametrize("shape", [(4,), (4, 4, 4)], ids=["one token", "cube"])
def test_norm_shapes(agree, rand, weights, shape):
    """A single token, and equal sizes everywhere."""
    state = weights("LayerNormScratch", 4, dtype=torch.float64)
    agree(output, "LayerNormScratch", [4], state, rand(*shape))


# ---------------------------------------------------------------- FeedForward


@pytest.mark.task("FeedForward")
@pytest.mark.points(1)
@pytest.mark.hint("Use the layers themselves: through `.data` or `.detach()` no gradient reaches them.")
def test_feed_forward_gradients(agree, rand, weights):
    """Gradients of the input and of all weights, with as many hidden features as others."""
    state = weights("FeedForward", 4, 4, dtype=torch.float64)
    agree(gradients, "FeedForward", [4, 4], state, [rand(4, 4, 4)], rand(4, 4, 4))


# ---------------------------------------------------------------- Embeddings


@pytest.mark.task("Embeddings")
@pytest.mark.points(1)
@pytest.mark.hint("padding_idx=1 keeps the row of padding from being trained.")
def test_embeddings_padding_row(agree, sentences, drawn, rand):
    """Gradients of all weights, for sentences with padding."""
    ids = sentences(3, 5)
    ids[0, 3:], ids[2, 4:], ids[1, 0] = 1, 1, 0  # id 0 is a word like any other
    agree(gradients, "Embeddings", [6, 20], drawn("Embeddings", 6, 20), [ids], rand(3, 5, 6), **CLOSE)


@pytest.mark.task("Embeddings")
@pytest.mark.points(1)
@pytest.mark.hint("Dropout comes before the norm, in training only.")
def test_embeddings_dropout(agree, sentences, drawn):
    """With dropout 1, nothing is dropped in evaluation, and training leaves the bias of the norm."""
    init, ids = (6, 20, 50, 1.0), sentences(2, 4)
    state = drawn("Embeddings", 6, 20)
    agree(output, "Embeddings", init, state, ids, **CLOSE)
    agree(output, "Embeddings", init, state, ids, train=True, **CLOSE)


@pytest.mark.task("Embeddings")
@pytest.mark.points(1)
@pytest.mark.hint("Equal words at different positions are different.")
def test_embeddings_equal_words(agree, drawn, rand):
    """The same word everywhere, as many sentences as tokens, a table that is just long enough; no dropout."""
    ids = rand(4, 1, low=2, high=20, dtype=torch.int64).expand(4, 4).contiguous()
    state = drawn("Embeddings", 4, 20)
    agree(output, "Embeddings", [4, 20, 4], state, ids, **CLOSE)
    agree(output, "Embeddings", [4, 20], state, ids, train=True, **CLOSE)


# ---------------------------------------------------------------- EncoderLayer, TransformerEncoder


@pytest.mark.task("EncoderLayer")
@pytest.mark.points(1)
@pytest.mark.hint("A padding mask hides keys: what is hidden has no influence on the other tokens.")
def test_encoder_layer_hidden_tokens(agree, rand, drawn):
    """Tokens hidden by a mask, against the same tokens cut away."""
    init = 8, 2, 8
    agree(hidden_and_cut, "EncoderLayer", init, drawn("EncoderLayer", *init), rand(3, 6, 8), 4)


@pytest.mark.task("EncoderLayer")
@pytest.mark.points(1)
@pytest.mark.hint("Use the layers themselves: through `.data` or `.detach()` no gradient reaches them.")
def test_encoder_layer_gradients(agree, rand, drawn):
    """Gradients of the input and of every weight."""
    init = 4, 2, 6
    agree(gradients, "EncoderLayer", init, drawn("EncoderLayer", *init), [rand(2, 3, 4)], rand(2, 3, 4))


@pytest.mark.task("EncoderLayer")
@pytest.mark.points(1)
@pytest.mark.hint("Dropout acts on the attention weights, inside mha, and nowhere else.")
def test_encoder_layer_dropout(agree, rand, drawn):
    """In training with dropout 1, attention adds nothing but the bias of W_h."""
    init = 8, 2, 8, 1.0
    agree(output, "EncoderLayer", init, drawn("EncoderLayer", *init), rand(2, 3, 8), train=True)


@pytest.mark.task("EncoderLayer")
@pytest.mark.points(1)
@pytest.mark.hint("The mask is for every layer.")
def test_encoder_hidden_words(agree, rand, sentences, drawn):
    """A layer, and a whole encoder of two: words hidden by a mask, against the same words cut away."""
    layer, init = (8, 2, 6), (2, 8, 2, 6, 20)
    agree(hidden_and_cut, "EncoderLayer", layer, drawn("EncoderLayer", *layer), rand(3, 6, 8), 3)
    state = drawn("TransformerEncoder", *init)
    agree(hidden_and_cut, "TransformerEncoder", init, state, sentences(3, 6), 3, rtol=1e-4, atol=1e-4)


@pytest.mark.task("EncoderLayer")
@pytest.mark.points(1)
@pytest.mark.hint("dropout goes to the embeddings and to every layer; max_len to the embeddings.")
def test_encoder_dropout(agree, sentences, drawn):
    """In training with dropout 1, nothing is left of the words."""
    init = 2, 4, 2, 6, 20, 30, 1.0
    state = drawn("TransformerEncoder", *init)
    agree(output, "TransformerEncoder", init, state, sentences(2, 4), train=True)


# ---------------------------------------------------------------- DecoderLayer


@pytest.mark.task("DecoderLayer")
@pytest.mark.points(1)
@pytest.mark.hint("Own tokens are seen where the causal mask and target_mask both allow it: `&`.")
def test_decoder_target_mask(agree, rand, drawn):
    """Padding among the decoder's own tokens, beside the causal mask."""
    init = 8, 2, 6
    mask = torch.ones(3, 1, 1, 5, dtype=torch.bool)
    mask[0, ..., 3:], mask[1, ..., 1:3] = False, False
    state, inputs = drawn("DecoderLayer", *init), (rand(3, 5, 8), rand(3, 4, 8))
    agree(output, "DecoderLayer", init, state, *inputs)
    agree(output, "DecoderLayer", init, state, *inputs, target_mask=mask)


@pytest.mark.task("DecoderLayer")
@pytest.mark.points(2)
@pytest.mark.hint("Gradients reach the encoder through memory: do not detach it.")
def test_decoder_gradients(agree, rand, drawn):
    """Gradients of both inputs and of every weight."""
    init = 4, 2, 6
    inputs = [rand(2, 3, 4), rand(2, 5, 4)]
    agree(gradients, "DecoderLayer", init, drawn("DecoderLayer", *init), inputs, rand(2, 3, 4))


@pytest.mark.task("DecoderLayer")
@pytest.mark.points(1)
@pytest.mark.hint("With equal lengths shapes tell nothing: the decoder asks, the encoder is looked up in.")
def test_decoder_square(agree, rand, drawn):
    """As many sentences, tokens and features everywhere."""
    init = 4, 2, 4
    agree(output, "DecoderLayer", init, drawn("DecoderLayer", *init), rand(4, 4, 4), rand(4, 4, 4))


@pytest.mark.task("DecoderLayer")
@pytest.mark.points(1)
@pytest.mark.hint("Dropout acts inside the two attentions and nowhere else.")
def test_decoder_dropout(agree, rand, drawn):
    """In training with dropout 1, both attentions add nothing but the bias of W_h."""
    init = 8, 2, 6, 1.0
    state = drawn("DecoderLayer", *init)
    agree(output, "DecoderLayer", init, state, rand(2, 3, 8), rand(2, 4, 8), train=True)


# ---------------------------------------------------------------- TransformerClassifier


@pytest.mark.task("TransformerClassifier")
@pytest.mark.points(2)
@pytest.mark.hint("Each sentence has padding of its own: the ids say where.")
def test_classifier_lengths(agree, sentences, drawn):
    """Sentences of different lengths in one batch, with two layers."""
    init, ids = (2, 8, 2, 6, 20, 4), sentences(5, 6)
    for row, length in zip(ids, (1, 2, 4, 6, 3), strict=True):
        row[length:] = 1
    ids[2:4, 0] = 0  # id 0 is a word like any other
    agree(output, "TransformerClassifier", init, drawn("TransformerClassifier", *init), ids, **CLOSE)


@pytest.mark.task("TransformerClassifier")
@pytest.mark.points(1)
@pytest.mark.hint("Gradients flow back through the greatest entries.")
def test_classifier_gradients(agree, sentences, drawn, rand):
    """Gradients of every weight, with padding, as many sentences as tokens and features."""
    init, ids = (1, 4, 2, 4, 20, 4), sentences(4, 4)
    ids[0, 2:], ids[3, 3:] = 1, 1
    state = drawn("TransformerClassifier", *init)
    agree(gradients, "TransformerClassifier", init, state, [ids], rand(4, 4), rtol=1e-4, atol=1e-4)


# ---------------------------------------------------------------- greedy_decode


@pytest.mark.task("greedy_decode")
@pytest.mark.points(2)
@pytest.mark.hint("step_fn gets all tokens so far, sos included, not only the newest.")
def test_decode_history(agree, rand):
    """What follows depends on all tokens before, and on their order."""
    sos = rand(3, low=2, high=40, dtype=torch.int64)
    agree(written_from_history, rand(41, 40), sos, 3, 9)


@pytest.mark.task("greedy_decode")
@pytest.mark.points(1)
@pytest.mark.hint("eos and pad are arguments; a sequence may end at once.")
def test_decode_other_ids(agree, rand, pick):
    """Another eos, another pad, and sequences that end at the first step."""
    eos, pad = pick([5, 6, 7, 8, 9], 2)
    script = rand(4, 6, low=10, high=12, dtype=torch.int64)
    script[0, 0], script[1, 3], script[2, 0], script[3, 2] = eos, eos, eos, eos
    agree(written, script, torch.full((4,), 4), eos, 5, pad)


@pytest.mark.task("greedy_decode")
@pytest.mark.points(1)
@pytest.mark.hint("The longest sequence with its eos says how long the result is: max_len is only a limit.")
def test_decode_one_sequence(agree, rand, pick):
    """One sequence alone, which ends exactly at max_len."""
    end = pick(range(2, 8))
    script = rand(1, 9, low=4, high=12, dtype=torch.int64)
    script[0, end] = 3
    agree(written, script, torch.tensor([2]), 3, end + 1)


# ---------------------------------------------------------------- KVCache, decode_step


@pytest.mark.task("KVCache")
@pytest.mark.points(1)
@pytest.mark.hint("K and V may bring several tokens at once.")
def test_cache_several(agree, rand):
    """Several tokens at once, with equal sizes everywhere."""
    agree(cached, [(rand(3, 3, n, 3), rand(3, 3, n, 3)) for n in (3, 1, 3)])


@pytest.mark.task("KVCache")
@pytest.mark.points(1)
@pytest.mark.hint("Each cache has tokens of its own: set them in __init__, not in the class.")
def test_cache_in_turns(agree, rand):
    """Two caches, filled in turns."""
    first, second = ([(rand(1, 2, 1, 3), rand(1, 2, 1, 3)) for _ in range(3)] for _ in "ab")
    agree(cached_in_turns, first, second)


@pytest.mark.task("KVCache")
@pytest.mark.points(1)
@pytest.mark.hint("All sizes are equal here: heads, sentences and tokens are easily mixed up.")
def test_steps_square(agree, rand, drawn):
    """As many sentences as tokens, heads and features of a head."""
    agree(in_steps, (16, 4), drawn("MultiHeadAttention", 16, 4), rand(4, 4, 16), rand(4, 16))


# ---------------------------------------------------------------- patchify, unpatchify


@pytest.mark.task("patchify")
@pytest.mark.points(1)
@pytest.mark.hint("Where p does not divide height or width, raise ValueError.")
def test_patches_do_not_fit(agree, rand, pick):
    """An image that patches do not fill is an error, in either direction."""
    agree("patchify", rand(1, 2, 6, 6), 3, exact=True)
    for height, width in ((pick([5, 7, 8]), 6), (6, pick([5, 7, 8]))):
        agree("patchify", rand(1, 2, height, width), 3)


@pytest.mark.task("patchify")
@pytest.mark.points(1)
@pytest.mark.hint("unpatchify undoes patchify.")
def test_patches_there_and_back(agree, rand):
    """Large patches of several channels, and an image that is put together again."""
    agree("patchify", rand(2, 2, 6, 9), 3, exact=True)
    agree("unpatchify", rand(2, 4, 8), 2, 4, 4, exact=True)
    agree(there_and_back, rand(2, 3, 8, 4), 4, exact=True)


# ---------------------------------------------------------------- rope


@pytest.mark.task("rope")
@pytest.mark.points(1)
@pytest.mark.hint("The angle is that of the given position, not of the place in the tensor.")
def test_rope_positions(agree, rand):
    """Positions that do not start at 0: products depend on distances alone."""
    positions = torch.tensor([3, 4, 6, 7])
    agree("rope", rand(2, 4, 4), positions, **CLOSE)
    agree(rotated_scores, rand(4, 4), rand(4, 4), positions, 5, rtol=1e-4, atol=1e-4)


@pytest.mark.task("rope")
@pytest.mark.points(1)
@pytest.mark.hint("base is an argument.")
def test_rope_base(agree, rand):
    """Another base than 10000, and no leading dimensions."""
    agree("rope", rand(5, 6), torch.arange(5), base=rand(low=20, high=500).item(), **CLOSE)


@pytest.mark.task("rope")
@pytest.mark.points(1)
@pytest.mark.hint("The result has the dtype of x; integer positions must not make float64 or float32 of it.")
def test_rope_dtype(agree, rand, pick):
    """float32 in, float32 out, and float64 in, float64 out."""
    for dtype in pick([torch.float32, torch.float64], 2):
        agree("rope", rand(3, 6, dtype=dtype), torch.arange(3), rtol=1e-4, atol=1e-4)


# ---------------------------------------------------------------- window_mask


@pytest.mark.task("window_mask")
@pytest.mark.points(1)
@pytest.mark.hint("w = 0: each token sees itself; w >= N: every token sees every other.")
def test_window_extremes(agree, pick):
    """No neighbours at all, and more than there are."""
    N = pick(range(4, 30))
    agree("window_mask", N, 0)
    agree("window_mask", N, N + 3)


@pytest.mark.task("window_mask")
@pytest.mark.points(1)
def test_window_wide(agree, pick):
    """Wide windows of longer sentences."""
    N = pick(range(40, 80))
    agree("window_mask", N, pick(range(10, 30)))
