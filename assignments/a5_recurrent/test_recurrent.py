"""Public tests of recurrent.py. Inputs and weights are random, in float64 unless a test says otherwise."""

import pytest
import torch
from probes import (
    classifier_loss,
    forgetful,
    gates,
    given_steps,
    lags,
    layer_state,
    layers,
    logits,
    made_of,
    moderate,
    probabilities,
    remembered,
    rnn_results,
    trained,
    twice,
)
from torch import nn

DOUBLE = torch.float64
LAYERS = "torch.nn.RNN", "torch.nn.LSTM", "torch.nn.GRU"
CELLS = "torch.nn.RNNCell", "torch.nn.LSTMCell", "torch.nn.GRUCell"


@pytest.fixture
def params(rand):
    """Weights and biases (Wih, Whh, bih, bhh) of so many gates, D inputs and H states."""

    def draw(D, H, gates=1, dtype=DOUBLE):
        shapes = (gates * H, D), (gates * H, H), (gates * H,), (gates * H,)
        return [rand(*shape, dtype=dtype) / 2 for shape in shapes]

    return draw


# ---------------------------------------------------------------- rnn_step, rnn_forward


@pytest.mark.task("rnn_step")
@pytest.mark.points(1)
@pytest.mark.hint("Two products, two biases, one tanh.")
def test_rnn_one_step(agree, rand, params):
    """One step of three sequences."""
    agree("rnn_step", rand(3, 4), rand(3, 5), *params(4, 5))


@pytest.mark.task("rnn_step")
@pytest.mark.points(2)
@pytest.mark.hint("X[t] holds step t of every sequence. out is one tensor (T, B, H), hT is (1, B, H).")
def test_rnn_sequences(agree, rand, params):
    """Six steps of three sequences: the state after each step, and the last one."""
    agree(rnn_results, rand(6, 3, 4), rand(1, 3, 5), *params(4, 5))


@pytest.mark.task("rnn_step")
@pytest.mark.points(1)
@pytest.mark.hint("x Wih^T is computed for all sequences of the batch at once.")
@pytest.mark.forbid(*LAYERS, *CELLS)
def test_rnn_operations(ops_at_most, rand, params):
    """Thirty-two sequences of twelve steps by at most 400 operations: no loop over sequences, no nn.RNN."""
    ops_at_most(rnn_results, 400, rand(12, 32, 3), rand(1, 32, 4), *params(3, 4))


# ---------------------------------------------------------------- LSTMCellScratch


@pytest.mark.task("LSTMCellScratch")
@pytest.mark.points(3)
@pytest.mark.hint("The rows of the weights are stacked in the order i, f, g, o. (h', c') is returned.")
@pytest.mark.forbid(*LAYERS, *CELLS)
def test_lstm_cell_step(agree, rand, weights):
    """One step from given states, with given weights; not by a cell of torch's."""
    state = weights("LSTMCellScratch", 4, 5, dtype=DOUBLE, scale=0.7)
    agree(given_steps, (4, 5), state, [rand(3, 4)], rand(3, 5), rand(3, 5))


@pytest.mark.task("LSTMCellScratch")
@pytest.mark.points(1)
@pytest.mark.hint("state=None stands for h = 0 and c = 0, with the dtype of x.")
def test_lstm_cell_zero_state(agree, rand, weights):
    """One step without a state."""
    state = weights("LSTMCellScratch", 3, 4, dtype=DOUBLE, scale=0.7)
    agree(layers, "LSTMCellScratch", (3, 4), state, (rand(2, 3),))


@pytest.mark.task("LSTMCellScratch")
@pytest.mark.points(2)
@pytest.mark.hint("Only an nn.Parameter is found by an optimizer and by load_state_dict.")
def test_lstm_cell_parameters(same_structure, rand):
    """Names and shapes of the parameters, saving and loading."""
    same_structure("LSTMCellScratch", 3, 5, inputs=[rand(2, 3)])


# ---------------------------------------------------------------- LSTMScratch


@pytest.mark.task("LSTMScratch")
@pytest.mark.points(2)
@pytest.mark.hint(
    "The second layer reads the states of the first one. h and c hold one state for each layer."
)
def test_lstm_two_layers(agree, rand, weights):
    """The lecture's example: five words of ten features, three sentences, two layers of twenty."""
    state = weights("LSTMScratch", 10, 20, 2, dtype=DOUBLE, scale=0.3)
    states = rand(2, 3, 20), rand(2, 3, 20)
    agree(layers, "LSTMScratch", (10, 20, 2), state, (rand(5, 3, 10), states))


@pytest.mark.task("LSTMScratch")
@pytest.mark.points(1)
@pytest.mark.hint("state=None stands for zeros (L, B, H), with the dtype of X.")
def test_lstm_zero_state(agree, rand, weights):
    """One layer, without a state."""
    state = weights("LSTMScratch", 3, 4, dtype=DOUBLE, scale=0.6)
    agree(layers, "LSTMScratch", (3, 4), state, (rand(6, 2, 3),))


@pytest.mark.task("LSTMScratch")
@pytest.mark.points(2)
@pytest.mark.hint("weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_ih_l1, .. are the names.")
def test_lstm_parameters(same_structure, rand):
    """Names and shapes of the parameters of two layers, saving and loading."""
    same_structure("LSTMScratch", 3, 5, 2, inputs=[rand(4, 2, 3)])


@pytest.mark.task("LSTMScratch")
@pytest.mark.points(1)
@pytest.mark.hint("One step of a layer is two products for all sequences and all four gates.")
@pytest.mark.forbid(*LAYERS, *CELLS)
def test_lstm_operations(ops_at_most, rand, weights):
    """Thirty-two sequences of ten steps, two layers, by at most 2400 operations; no layer of torch's."""
    state = weights("LSTMScratch", 3, 4, 2, dtype=DOUBLE, scale=0.6)
    ops_at_most(layers, 2400, "LSTMScratch", (3, 4, 2), state, (rand(10, 32, 3),))


# ---------------------------------------------------------------- gru_step, GRUScratch


@pytest.mark.task("gru_step")
@pytest.mark.points(2)
@pytest.mark.hint("torch applies r to Whn h + bhn, after the product; z is the share of the old state.")
@pytest.mark.forbid(*LAYERS, *CELLS)
def test_gru_step(agree, rand, params):
    """One step of torch's variant; not by a cell of torch's."""
    agree("gru_step", rand(3, 4), rand(3, 5), *params(4, 5, gates=3))


@pytest.mark.task("gru_step")
@pytest.mark.points(2)
@pytest.mark.hint(
    "Here r is applied to h before the product with Whn; bhn is added after it, inside of tanh."
)
def test_gru_step_reset_first(agree, rand, params):
    """One step of the variant "reset_first"."""
    agree("gru_step", rand(3, 4), rand(3, 5), *params(4, 5, gates=3), variant="reset_first")


@pytest.mark.task("gru_step")
@pytest.mark.points(2)
@pytest.mark.hint("out is one tensor (T, B, H), hT is (1, B, H).")
def test_gru_sequences(agree, rand, weights):
    """Six steps of three sequences, from given states."""
    state = weights("GRUScratch", 4, 5, dtype=DOUBLE, scale=0.6)
    agree(layers, "GRUScratch", (4, 5), state, (rand(6, 3, 4), rand(1, 3, 5)))


# ---------------------------------------------------------------- memory_cell


@pytest.mark.task("memory_cell")
@pytest.mark.points(2)
@pytest.mark.hint("With i = 0 nothing new comes in: after T steps the memory is f^T c0.")
def test_memory_is_kept(agree, rand):
    """With i = 0: the memory after 50 steps with f = 1, and after 20 with another f."""
    agree(remembered, 1.0, 0.0, rand(3, 4), 50, rtol=1e-4, atol=1e-4)
    agree(remembered, rand(low=0.9, high=0.97).item(), 0.0, 3 + rand(3, 4), 20, rtol=1e-4, atol=1e-4)


@pytest.mark.task("memory_cell")
@pytest.mark.points(2)
@pytest.mark.hint("The rows of both gates must be 0 in both weights; the sum of both biases counts.")
def test_memory_gates(agree, rand):
    """The two gates for random inputs and states."""
    f, i = rand(low=0.2, high=0.4).item(), rand(low=0.6, high=0.8).item()
    agree(gates, f, i, *rand(5, 3, 4), rtol=0, atol=3e-6)


# ---------------------------------------------------------------- HelloRNN, train_hello


@pytest.fixture
def lecture():
    """The weights that nn.RNN(4, 4) draws with seed 25: those of the lecture's table."""
    with torch.random.fork_rng():
        torch.manual_seed(25)
        return {f"rnn.{name}": value for name, value in nn.RNN(4, 4).state_dict().items()}


@pytest.mark.task("train_hello")
@pytest.mark.points(1)
@pytest.mark.hint("Without a head, all outputs of the recurrent layer are the logits.")
def test_hello_logits(agree, rand, weights):
    """Logits of seven letters with given weights, without and with a head (float32)."""
    letters = torch.eye(4)[rand(7, low=0, high=4, dtype=torch.int64)]
    agree(logits, (), weights("HelloRNN"), letters)
    agree(logits, (6, True), weights("HelloRNN", 6, True), letters)


@pytest.mark.task("train_hello")
@pytest.mark.points(1)
@pytest.mark.limits(seconds=20)  # the first optimizer of a process takes its time
@pytest.mark.hint("The lecture's last losses are .3479 .3478 .3477 .3476 .3475 .3474 .3473.")
def test_hello_lecture(agree, lecture):
    """A hundred epochs from the lecture's weights: every loss, and the weights at the end."""
    agree(trained, lecture, 100, 0.05, {}, rtol=1e-3, atol=1e-3)


@pytest.mark.task("train_hello")
@pytest.mark.points(3)
@pytest.mark.hint("Compare the first losses: if they agree and the next do not, the step is wrong.")
def test_hello_training(agree, weights):
    """Twelve epochs from random weights: losses, and the weights at the end."""
    agree(trained, weights("HelloRNN", scale=0.5), 12, 0.05, {}, rtol=1e-4, atol=1e-5)


# ---------------------------------------------------------------- last_valid


@pytest.mark.task("last_valid")
@pytest.mark.points(2)
@pytest.mark.hint("The last step of a sequence with n steps has the index n - 1.")
def test_last_valid(agree, rand):
    """Five sequences of different lengths."""
    lengths = torch.tensor([1, 7, 3, 6, 4])[rand(5).argsort()]
    agree("last_valid", rand(5, 7, 3), lengths)


@pytest.mark.task("last_valid")
@pytest.mark.points(2)
@pytest.mark.hint("A packed sequence ends where its words end, and so does its last state.")
def test_last_valid_is_the_last_state(student, rand, close):
    """For a padded batch through a recurrent layer, what `pack_padded_sequence` gives as the last state."""
    layer, X = nn.GRU(3, 4, batch_first=True, dtype=DOUBLE), rand(4, 6, 3)
    layer.load_state_dict({name: rand(*value.shape) / 2 for name, value in layer.state_dict().items()})
    lengths = torch.tensor([2, 6, 4, 3])[rand(4).argsort()]
    packed = nn.utils.rnn.pack_padded_sequence(X, lengths, batch_first=True, enforce_sorted=False)
    with torch.no_grad():
        padded, (_, last) = layer(X)[0], layer(packed)
    close(student.call("last_valid", padded, lengths), last[0], what="the last states")


@pytest.mark.task("last_valid")
@pytest.mark.points(1)
@pytest.mark.hint("One index for the sequences and one for the steps: out[rows, steps].")
def test_last_valid_operations(ops_at_most, rand):
    """Forty sequences by at most 30 operations: no loop over them."""
    ops_at_most("last_valid", 30, rand(40, 5, 3), rand(40, low=1, high=6, dtype=torch.int64))


# ---------------------------------------------------------------- TweetClassifier


@pytest.mark.task("TweetClassifier")
@pytest.mark.points(2)
@pytest.mark.hint("A list of modules has a length and an order; a network is an nn.Module.")
def test_tweets_module(agree):
    """The classifier is no list of modules; its dropout, and names and shapes of its weights."""
    agree(made_of, (30, 4, 2))


@pytest.mark.task("TweetClassifier")
@pytest.mark.points(2)
@pytest.mark.hint("In evaluation mode nothing is random: from which states does the LSTM start?")
def test_tweets_twice(agree, student, rand, weights, close):
    """Tweets without padding, in two calls (float32)."""
    state, ids = moderate(weights("TweetClassifier", 30, 4)), rand(3, 5, low=1, high=30, dtype=torch.int64)
    found = student.call(twice, (30, 4), state, ids)
    close(found["second call"], found["first call"], what="the second call", exact=True)
    agree(probabilities, (30, 4), state, ids)


@pytest.mark.task("TweetClassifier")
@pytest.mark.points(2)
@pytest.mark.hint("The last step of a short tweet is padding.")
def test_tweets_padded(agree, rand, weights):
    """Tweets of different lengths in one batch, with an LSTM that forgets its state (float32)."""
    ids = rand(4, 6, low=1, high=30, dtype=torch.int64)
    ids[0, 2:], ids[1, 5:], ids[2, 1:] = 0, 0, 0
    agree(probabilities, (30, 4), forgetful(weights("TweetClassifier", 30, 4)), ids)


@pytest.mark.task("TweetClassifier")
@pytest.mark.points(3)
@pytest.mark.hint("What does forward return: logits or probabilities? And what does the loss expect?")
def test_tweets_loss(agree, rand, weights):
    """The loss of tweets without padding, and a gradient, with an LSTM that forgets its state (float32)."""
    ids, labels = rand(4, 3, low=1, high=30, dtype=torch.int64), torch.tensor([0, 1, 1, 0])
    agree(classifier_loss, (30, 4), forgetful(weights("TweetClassifier", 30, 4)), ids, labels)


# ---------------------------------------------------------------- recurrent_param_count


@pytest.mark.task("recurrent_param_count")
@pytest.mark.points(1)
@pytest.mark.hint("LSTM(10, 20, 2) has 5,920: 4 * 20 * (10 + 20 + 2) and 4 * 20 * (20 + 20 + 2).")
def test_count_lecture(agree):
    """The lectures' layers: two layers of RNN, GRU and LSTM, ten features to twenty."""
    for kind in ("RNN", "GRU", "LSTM"):
        agree("recurrent_param_count", kind, 10, 20, 2)


@pytest.mark.task("recurrent_param_count")
@pytest.mark.points(1)
@pytest.mark.hint("The first layer reads D features, the others H.")
@pytest.mark.forbid(*LAYERS, *CELLS)
def test_count_layers(agree, rand, pick):
    """One to four layers of random sizes; none is built."""
    for kind in pick(["RNN", "GRU", "LSTM"], 3):
        D, H = rand(2, low=3, high=60, dtype=torch.int64).tolist()
        agree("recurrent_param_count", kind, D, H, pick([1, 3, 4]))


# ---------------------------------------------------------------- gradient_by_lag


@pytest.mark.task("gradient_by_lag")
@pytest.mark.points(2)
@pytest.mark.hint("Lag 0 is the last input. Only out[T - 1] is differentiated, in one backward pass.")
@pytest.mark.parametrize("kind, gates", [("RNN", 1), ("LSTM", 4)])
def test_lags(agree, rand, kind, gates):
    """Seven steps of a random layer."""
    agree(lags, kind, (3, 5), layer_state(rand, 3, 5, gates), rand(7, 1, 3))


# ---------------------------------------------------------------- bidirectional_summary


@pytest.mark.task("bidirectional_summary")
@pytest.mark.points(2)
@pytest.mark.hint("The backward direction begins with the last word, and has read everything at the first.")
def test_summary(agree, rand):
    """Three sequences of five steps, four features for each direction."""
    agree("bidirectional_summary", rand(3, 5, 8))


@pytest.mark.task("bidirectional_summary")
@pytest.mark.points(2)
@pytest.mark.hint("h_n[0] is the last state of the forward direction, h_n[1] that of the backward direction.")
def test_summary_is_the_last_state(student, rand, close):
    """For a bidirectional layer, the last states that it returns, side by side."""
    layer = nn.LSTM(3, 4, batch_first=True, bidirectional=True, dtype=DOUBLE)
    layer.load_state_dict({name: rand(*value.shape) / 2 for name, value in layer.state_dict().items()})
    with torch.no_grad():
        out, (last, _) = layer(rand(2, 6, 3))
    close(student.call("bidirectional_summary", out), torch.cat((last[0], last[1]), dim=1))
