"""Public tests of transformer.py. Inputs and weights are random, in float64 unless a test says otherwise."""

import pytest
import torch
from probes import (
    before_change,
    cached,
    encodings,
    fresh,
    in_steps,
    last_step,
    output,
    parameters_of,
    positioned,
    positioned_parameters,
    written,
)

ROUGH = {"rtol": 0.0, "atol": 5e-5}  # positions may be computed in float32
CLOSE = {"rtol": 1e-5, "atol": 1e-5}  # the same, for a few tokens

# ---------------------------------------------------------------- positional_encoding


@pytest.mark.task("positional_encoding")
@pytest.mark.points(2)
@pytest.mark.hint("Columns 2k and 2k + 1 are sine and cosine of one frequency, base ** (-2k / d), k from 0.")
def test_positions(agree, pick):
    """Up to fifty positions, an even number of features."""
    agree(encodings, pick(range(20, 51)), 2 * pick(range(5, 20)), **ROUGH)


@pytest.mark.task("positional_encoding")
@pytest.mark.points(1)
@pytest.mark.hint("Row 0 is 0, 1, 0, 1: the sine and cosine of 0.")
def test_positions_worked_example(agree):
    """The four words "I am a robot" with four features and base 100."""
    agree(encodings, 4, 4, base=100.0, **ROUGH)


@pytest.mark.task("positional_encoding")
@pytest.mark.points(1)
@pytest.mark.hint("A column of positions times a row of frequencies is the whole table of angles.")
def test_positions_operations(ops_at_most, pick):
    """Some seventy positions by at most 40 operations: no loop over positions."""
    ops_at_most(encodings, 40, pick(range(64, 76)), 2 * pick(range(12, 20)), rtol=0.0, atol=1e-4)


# ---------------------------------------------------------------- PositionalEncoding


@pytest.mark.task("PositionalEncoding")
@pytest.mark.points(2)
@pytest.mark.hint("Row t of the table is added to token t of every sentence; longer tables are cut.")
def test_positions_added(agree, rand):
    """Two sentences of five tokens."""
    agree(positioned, 8, 30, rand(2, 5, 8), **CLOSE)


@pytest.mark.task("PositionalEncoding")
@pytest.mark.points(1)
@pytest.mark.hint("The table is no nn.Parameter: an optimizer would change it. Make it a buffer.")
def test_positions_learn_nothing(agree, rand):
    """There are no parameters."""
    agree(positioned_parameters, 6, rand(3, 4, 6, dtype=torch.float32), rtol=1e-5, atol=1e-5)


# ---------------------------------------------------------------- LayerNormScratch


@pytest.mark.task("LayerNormScratch")
@pytest.mark.points(2)
@pytest.mark.hint("Mean and variance are those of one token: over the last dimension.")
@pytest.mark.forbid("torch.nn.LayerNorm", "torch.nn.functional.layer_norm", "torch.native_layer_norm")
def test_norm_output(agree, rand, weights):
    """Two sentences of three tokens, with given weight and bias; without torch's own layer norm."""
    state = weights("LayerNormScratch", 5, dtype=torch.float64)
    agree(output, "LayerNormScratch", [5], state, rand(2, 3, 5))


@pytest.mark.task("LayerNormScratch")
@pytest.mark.points(1)
@pytest.mark.hint(
    "Divided by d, the variance of 1, 2, 3, 4 is 1.25; weight is 1 and bias 0 at the beginning."
)
def test_norm_worked_example(agree):
    """1, 2, 3, 4 becomes -1.3416, -.4472, .4472, 1.3416 when nothing is learned yet."""
    agree(fresh, "LayerNormScratch", [4], torch.tensor([[1.0, 2.0, 3.0, 4.0]], dtype=torch.float64))


@pytest.mark.task("LayerNormScratch")
@pytest.mark.points(1)
@pytest.mark.hint("0 / 0 is NaN: eps is there to prevent it.")
def test_norm_equal_features(agree, rand, weights):
    """Tokens whose features are all equal become the bias."""
    state = weights("LayerNormScratch", 4, dtype=torch.float64)
    agree(output, "LayerNormScratch", [4], state, rand(3, 1).expand(3, 4).contiguous())


@pytest.mark.task("LayerNormScratch")
@pytest.mark.points(1)
@pytest.mark.hint("mean(dim=-1, keepdim=True) gives the means of all tokens at once.")
@pytest.mark.forbid("torch.nn.LayerNorm", "torch.nn.functional.layer_norm", "torch.native_layer_norm")
def test_norm_operations(ops_at_most, rand, weights):
    """Forty-eight tokens by at most 40 operations: no loop over tokens."""
    state = weights("LayerNormScratch", 6, dtype=torch.float64)
    ops_at_most(output, 40, "LayerNormScratch", [6], state, rand(3, 16, 6))


# ---------------------------------------------------------------- FeedForward


@pytest.mark.task("FeedForward")
@pytest.mark.points(2)
@pytest.mark.hint("ReLU stands between the two layers, and nowhere else.")
def test_feed_forward(agree, rand, weights):
    """Output for two sentences, with given weights."""
    state = weights("FeedForward", 4, 9, dtype=torch.float64)
    agree(output, "FeedForward", [4, 9], state, rand(2, 3, 4))


@pytest.mark.task("FeedForward")
@pytest.mark.points(1)
@pytest.mark.hint("nn.Linear(d_model, hidden) keeps its weight as (hidden, d_model).")
def test_feed_forward_weights(agree, pick):
    """Names and shapes of the weights."""
    agree(parameters_of, "FeedForward", *pick(range(3, 30), 2))


# ---------------------------------------------------------------- Embeddings


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


@pytest.mark.task("Embeddings")
@pytest.mark.points(2)
@pytest.mark.hint("Words and positions are added as they are, then comes the norm.")
def test_embeddings(agree, sentences, drawn):
    """Two sentences of five words."""
    agree(output, "Embeddings", [8, 20], drawn("Embeddings", 8, 20), sentences(2, 5), **CLOSE)


@pytest.mark.task("Embeddings")
@pytest.mark.points(1)
@pytest.mark.hint("Names: word_embeddings, LayerNorm; position_embeddings has no weights.")
def test_embeddings_weights(agree, pick):
    """Names and shapes of the weights."""
    agree(parameters_of, "Embeddings", 2 * pick(range(3, 9)), pick(range(20, 40)))


# ---------------------------------------------------------------- EncoderLayer, TransformerEncoder


@pytest.mark.task("EncoderLayer")
@pytest.mark.points(3)
@pytest.mark.hint("Residual first, then the norm; and the second residual starts at y.")
def test_encoder_layer(agree, rand, drawn):
    """One layer, two heads, no mask."""
    init = 8, 2, 12
    agree(output, "EncoderLayer", init, drawn("EncoderLayer", *init), rand(2, 5, 8))


@pytest.mark.task("EncoderLayer")
@pytest.mark.points(1)
@pytest.mark.hint("True = may attend; the mask is handed on to mha.")
def test_encoder_layer_mask(agree, rand, drawn):
    """One layer under a causal mask, as many tokens as heads."""
    init = 8, 4, 6
    mask = torch.ones(4, 4, dtype=torch.bool).tril()
    agree(output, "EncoderLayer", init, drawn("EncoderLayer", *init), rand(2, 4, 8), mask)


@pytest.mark.task("EncoderLayer")
@pytest.mark.points(2)
@pytest.mark.hint("Each layer gets what the layer before it made.")
def test_encoder(agree, sentences, drawn):
    """A whole encoder of two layers, from ids."""
    init = 2, 8, 2, 6, 20
    state = drawn("TransformerEncoder", *init)
    agree(output, "TransformerEncoder", init, state, sentences(3, 5), rtol=1e-4, atol=1e-4)


@pytest.mark.task("EncoderLayer")
@pytest.mark.points(1)
@pytest.mark.hint("nn.ModuleList registers its layers, a list does not; each layer has weights of its own.")
def test_encoder_weights(agree, pick):
    """Names and shapes of all weights of an encoder of three layers."""
    agree(parameters_of, "TransformerEncoder", 3, 2 * pick(range(3, 8)), 2, pick(range(4, 20)), 20)


# ---------------------------------------------------------------- DecoderLayer


@pytest.mark.task("DecoderLayer")
@pytest.mark.points(3)
@pytest.mark.hint("What asks the encoder is y, the output of layernorm1; keys and values are the encoder's.")
def test_decoder_layer(agree, rand, drawn):
    """Four tokens of a decoder beside six of an encoder."""
    init = 8, 2, 12
    agree(output, "DecoderLayer", init, drawn("DecoderLayer", *init), rand(2, 4, 8), rand(2, 6, 8))


@pytest.mark.task("DecoderLayer")
@pytest.mark.points(2)
@pytest.mark.hint("Token i may see the tokens 0 .. i of its own sentence: the layer makes this mask.")
def test_decoder_sees_no_future(agree, student, rand, drawn, close):
    """Replacing the last tokens leaves the output before them as it was."""
    init = 8, 2, 6
    arguments = init, drawn("DecoderLayer", *init), rand(2, 6, 8), rand(2, 2, 8), rand(2, 3, 8), 4
    rows = student.call(before_change, *arguments)
    close(rows["replaced"], rows["as given"], what="the output before the change")
    agree(before_change, *arguments)


@pytest.mark.task("DecoderLayer")
@pytest.mark.points(2)
@pytest.mark.hint("memory_mask belongs to cross_mha, and is over the encoder's tokens.")
def test_decoder_memory_mask(agree, rand, drawn):
    """The encoder's padding is hidden; as many tokens here as there."""
    init = 8, 2, 6
    mask = torch.ones(2, 1, 1, 5, dtype=torch.bool)
    mask[0, ..., 3:], mask[1, ..., 4:] = False, False
    inputs = rand(2, 5, 8), rand(2, 5, 8)
    agree(output, "DecoderLayer", init, drawn("DecoderLayer", *init), *inputs, memory_mask=mask)


@pytest.mark.task("DecoderLayer")
@pytest.mark.points(1)
@pytest.mark.hint("Two attentions, self_mha and cross_mha, and three norms.")
def test_decoder_weights(agree, pick):
    """Names and shapes of the weights."""
    agree(parameters_of, "DecoderLayer", 2 * pick(range(3, 9)), 2, pick(range(4, 20)))


# ---------------------------------------------------------------- TransformerClassifier


@pytest.mark.task("TransformerClassifier")
@pytest.mark.points(2)
@pytest.mark.hint("The maximum is over the tokens of a sentence; there is one for each feature.")
def test_classifier(agree, sentences, drawn):
    """Logits of sentences without padding."""
    init = 1, 8, 2, 6, 20, 3
    agree(
        output, "TransformerClassifier", init, drawn("TransformerClassifier", *init), sentences(3, 5), **CLOSE
    )


@pytest.mark.task("TransformerClassifier")
@pytest.mark.points(2)
@pytest.mark.hint("Padding is hidden twice: from attention, by a mask, and from the maximum.")
def test_classifier_padding(agree, student, sentences, drawn, close):
    """Padding behind the words changes no logits."""
    init, ids = (1, 8, 2, 6, 20, 3), sentences(4, 3)
    state = drawn("TransformerClassifier", *init)
    padded = torch.cat((ids, torch.ones(4, 5, dtype=torch.int64)), dim=1)
    short = student.call(output, "TransformerClassifier", init, state, ids)
    long = student.call(output, "TransformerClassifier", init, state, padded)
    close(long, short, what="the logits of the padded sentences")
    agree(output, "TransformerClassifier", init, state, padded, **CLOSE)


@pytest.mark.task("TransformerClassifier")
@pytest.mark.points(1)
@pytest.mark.hint("18 tensors with 1,612,802 numbers for the first of the two.")
def test_classifier_weights(agree, pick):
    """Names and shapes of the weights, of the lectures' classifier and of one with two layers."""
    agree(parameters_of, "TransformerClassifier", 1, 32, 2, 128, 50002, 2)
    agree(parameters_of, "TransformerClassifier", 2, 2 * pick(range(3, 9)), 2, 5, pick(range(20, 40)), 4)


# ---------------------------------------------------------------- greedy_decode


@pytest.mark.task("greedy_decode")
@pytest.mark.points(1)
@pytest.mark.hint("The docstring goes through this example step by step.")
def test_decode_example(agree):
    """The example of the docstring."""
    agree(written, torch.tensor([[5, 3, 7], [4, 6, 3]]), torch.tensor([2, 2]), 3, 10)


@pytest.fixture
def script(rand, pick):
    """Draws ids (B, T) in which row b has its end, 3, at place ends[b], and words (4 .. 11) elsewhere."""

    def draw(ends, T):
        ids = rand(len(ends), T, low=4, high=12, dtype=torch.int64)
        for row, end in zip(ids, ends, strict=True):
            row[end] = 3
        return ids

    return draw


@pytest.mark.task("greedy_decode")
@pytest.mark.points(2)
@pytest.mark.hint("Behind its eos a sequence has nothing but pad, whatever step_fn says.")
def test_decode_ends(agree, script, pick):
    """Four sequences that end at different places: tokens, ends, padding."""
    agree(written, script(pick(range(1, 8), 4), 9), torch.full((4,), 2), 3, 20)


@pytest.mark.task("greedy_decode")
@pytest.mark.points(1)
@pytest.mark.hint("max_len tokens are written at most, sos not counted.")
def test_decode_max_len(agree, script, pick):
    """Sequences without an end stop at max_len."""
    agree(written, script([8, pick(range(3)), 8], 9), torch.full((3,), 2), 3, pick(range(4, 8)))


# ---------------------------------------------------------------- KVCache, decode_step


@pytest.mark.task("KVCache")
@pytest.mark.points(2)
@pytest.mark.hint("Tokens are the dimension before the last.")
def test_cache(agree, rand):
    """Keys and values of four tokens, added one by one: all so far, and their number."""
    agree(cached, [(rand(2, 3, 1, 4), rand(2, 3, 1, 4)) for _ in range(4)])


@pytest.mark.task("KVCache")
@pytest.mark.points(2)
@pytest.mark.hint(
    "One query sees the whole cache: no mask is needed, and a causal one would hide nearly all."
)
def test_steps_equal_full_attention(agree, rand, drawn):
    """Six tokens step by step give what causal attention gives them all at once."""
    x, P = rand(2, 6, 8), rand(9, 8)
    agree(in_steps, (8, 2), drawn("MultiHeadAttention", 8, 2), x, P)


@pytest.mark.task("KVCache")
@pytest.mark.points(1)
@pytest.mark.hint("Project the newest token only; the keys and values of the others are in the cache.")
def test_step_is_cheap(agree, student, rand, drawn, within):
    """The 25th token by at most 40,000 floating-point operations."""
    arguments = (32, 4), drawn("MultiHeadAttention", 32, 4, scale=0.2), rand(1, 25, 32), rand(25, 32)
    agree(last_step, *arguments)
    flops = student.trace(last_step, *arguments).flops
    within(flops, 0, 40_000, what="floating-point operations of the 25th step")


# ---------------------------------------------------------------- patchify, unpatchify


@pytest.mark.task("patchify")
@pytest.mark.points(1)
@pytest.mark.hint("The docstring shows both results.")
def test_patches_counted_pixels(agree):
    """Counted pixels: the two examples of the docstring."""
    agree("patchify", torch.arange(16.0).view(1, 1, 4, 4), 2, exact=True)
    agree("patchify", torch.arange(24.0).view(1, 3, 2, 4), 2, exact=True)


@pytest.mark.task("patchify")
@pytest.mark.points(1)
@pytest.mark.hint("Split H into (H / p, p) and W into (W / p, p), then bring the dimensions into order.")
def test_patches(agree, rand):
    """Two random images, wider than high, with three channels."""
    agree("patchify", rand(2, 3, 4, 6), 2, exact=True)


@pytest.mark.task("patchify")
@pytest.mark.points(1)
@pytest.mark.hint("A view and a permutation move all patches at once.")
def test_patches_operations(ops_at_most, rand):
    """Sixty-four patches by at most 30 operations: no loop over patches."""
    ops_at_most("patchify", 30, rand(1, 2, 16, 16), 2, exact=True)


@pytest.mark.task("patchify")
@pytest.mark.points(1)
@pytest.mark.hint("The same steps as in patchify, backwards.")
def test_patches_put_together(agree, rand):
    """Random patches to images, higher than wide."""
    agree("unpatchify", rand(2, 6, 12), 2, 6, 4, exact=True)


# ---------------------------------------------------------------- rope


@pytest.mark.task("rope")
@pytest.mark.points(1)
@pytest.mark.hint("Two neighbours make a pair: (1, 0) turned by one radian is (.5403, .8415).")
def test_rope_worked_example(agree):
    """1, 0, 1, 0 at position 1 becomes .5403, .8415, .99995, .0100."""
    x = torch.tensor([[1.0, 0.0, 1.0, 0.0]], dtype=torch.float64)
    agree("rope", x, torch.tensor([1]), **CLOSE)


@pytest.mark.task("rope")
@pytest.mark.points(2)
@pytest.mark.hint("Pair k of the token at position t is turned by t * base ** (-2k / d).")
def test_rope(agree, rand):
    """Queries of two sentences and three heads."""
    agree("rope", rand(2, 3, 7, 8), torch.arange(7), **CLOSE)


# ---------------------------------------------------------------- window_mask


@pytest.mark.task("window_mask")
@pytest.mark.points(1)
@pytest.mark.hint("Five tokens, one neighbour on each side: 13 pairs.")
def test_window_example(agree):
    """Seven tokens that see three neighbours on either side, and five that see one."""
    agree("window_mask", 7, 3)
    agree("window_mask", 5, 1)


@pytest.mark.task("window_mask")
@pytest.mark.points(2)
@pytest.mark.hint("Token i sees token j where |i - j| <= w.")
def test_window(agree, pick):
    """Random lengths and widths."""
    for N in pick(range(8, 40), 2):
        agree("window_mask", N, pick(range(2, 7)))
