"""Hidden tests of recurrent.py: other shapes, edges, gradients, dtypes, a training."""

import pytest
import torch
import torch.nn.functional as F
from probes import (
    depends_on,
    first_weights,
    forgetful,
    gates,
    given_steps,
    lags,
    layer_state,
    layers,
    left_alone,
    moderate,
    more_padding,
    one_by_one,
    probabilities,
    rnn_results,
    spelled,
    summed_gradient,
    trained,
    trained_words,
    two_calls,
)

from grader import build

DOUBLE = torch.float64


@pytest.fixture
def params(rand):
    """Weights and biases (Wih, Whh, bih, bhh) of so many gates, D inputs and H states."""

    def draw(D, H, gates=1, dtype=DOUBLE):
        shapes = (gates * H, D), (gates * H, H), (gates * H,), (gates * H,)
        return [rand(*shape, dtype=dtype) / 2 for shape in shapes]

    return draw


# ---------------------------------------------------------------- rnn_step, rnn_forward


@pytest.mark.task("rnn_step")
@pytest.mark.points(2)
@pytest.mark.hint("Time comes first, then the sequences. Weights act as x Wih^T and h Whh^T.")
def test_rnn_square(agree, rand, params):
    """As many steps as sequences as features."""
    agree(rnn_results, rand(4, 4, 4), rand(1, 4, 4), *params(4, 4))


@pytest.mark.task("rnn_step")
@pytest.mark.points(1)
@pytest.mark.hint("One step of one sequence is (1, 1, D).")
def test_rnn_one_of_each(agree, rand, params):
    """One sequence of one step."""
    agree(rnn_results, rand(1, 1, 3), rand(1, 1, 4), *params(3, 4))


@pytest.mark.task("rnn_step")
@pytest.mark.points(1)
@pytest.mark.hint("`.data`, `.detach()` and `.item()` cut the graph: no gradient passes.")
def test_rnn_gradients(check_gradients, rand, params):
    """Gradients of inputs, first state, weights and biases."""
    check_gradients(rnn_results, rand(3, 2, 3), rand(1, 2, 4), *params(3, 4))


@pytest.mark.task("rnn_step")
@pytest.mark.points(1)
@pytest.mark.hint("The results have the dtype of the inputs.")
def test_rnn_keeps_dtype(agree, rand, params):
    """float32 in, float32 out."""
    X, h0 = rand(5, 2, 3, dtype=torch.float32), rand(1, 2, 4, dtype=torch.float32)
    agree(rnn_results, X, h0, *params(3, 4, dtype=torch.float32), rtol=1e-4, atol=1e-5)


# ---------------------------------------------------------------- LSTMCellScratch


@pytest.mark.task("LSTMCellScratch")
@pytest.mark.points(2)
@pytest.mark.hint("Each step begins with the h and the c of the step before, in this order.")
def test_lstm_cell_steps(agree, rand, weights):
    """Five steps, each from the state that the step before returned; as many states as inputs."""
    state = weights("LSTMCellScratch", 4, 4, dtype=DOUBLE, scale=0.7)
    agree(given_steps, (4, 4), state, list(rand(5, 3, 4)), rand(3, 4), rand(3, 4))


@pytest.mark.task("LSTMCellScratch")
@pytest.mark.points(1)
@pytest.mark.hint("The candidate g goes through tanh, and so does the memory on its way to h.")
def test_lstm_cell_large_memory(agree, rand, weights):
    """A memory far from zero."""
    state = weights("LSTMCellScratch", 3, 5, dtype=DOUBLE)
    agree(given_steps, (3, 5), state, [rand(2, 3)], rand(2, 5), 3 * rand(2, 5))


@pytest.mark.task("LSTMCellScratch")
@pytest.mark.points(2)
@pytest.mark.hint("Use the parameters themselves: through `.data` or `.detach()` no gradient reaches them.")
def test_lstm_cell_gradients(check_gradients, rand, weights):
    """Gradients of the input and of all parameters."""
    state = weights("LSTMCellScratch", 3, 4, dtype=DOUBLE, scale=0.7)
    check_gradients("LSTMCellScratch", rand(2, 3), init=[3, 4], state=state)


@pytest.mark.task("LSTMCellScratch")
@pytest.mark.points(1)
@pytest.mark.hint("nn.Parameter(torch.empty(..)) holds whatever lay in memory: draw its entries.")
def test_lstm_cell_first_weights(student, within):
    """At first, the parameters are uniform between -1/sqrt(H) and 1/sqrt(H)."""
    found = student.call(first_weights, 9, 16)
    entries = torch.cat([found[name].flatten() for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")])
    within(entries.abs().max().item(), 0.245, 0.2500001, what="the greatest of them", false_fail=1e-9)
    within(entries.mean().item(), -0.025, 0.025, what="their mean", false_fail=1e-9)
    within(entries.std().item(), 0.133, 0.155, what="their standard deviation", false_fail=1e-9)


# ---------------------------------------------------------------- LSTMScratch


@pytest.mark.task("LSTMScratch")
@pytest.mark.points(1)
@pytest.mark.hint("With batch_first X and out are (B, T, ..); h and c are (L, B, H) as ever.")
def test_lstm_batch_first(agree, rand, weights):
    """Two layers with the batch first, from given states."""
    state = weights("LSTMScratch", 4, 5, 2, dtype=DOUBLE, scale=0.6)
    states = rand(2, 3, 5), rand(2, 3, 5)
    agree(layers, "LSTMScratch", (4, 5, 2, True), state, (rand(3, 6, 4), states))


@pytest.mark.task("LSTMScratch")
@pytest.mark.points(1)
@pytest.mark.hint("Shapes fit either way when there are as many steps as sequences; values do not.")
def test_lstm_batch_first_square(agree, rand, weights):
    """The batch first, as many steps as sequences as features."""
    state = weights("LSTMScratch", 4, 4, 1, dtype=DOUBLE, scale=0.6)
    agree(layers, "LSTMScratch", (4, 4, 1, True), state, (rand(4, 4, 4),))


@pytest.mark.task("LSTMScratch")
@pytest.mark.points(1)
@pytest.mark.hint("Every layer has its own weights, reads the layer below, and has its own states.")
def test_lstm_three_layers(agree, rand, weights):
    """Three layers, as many states as inputs."""
    state = weights("LSTMScratch", 4, 4, 3, dtype=DOUBLE, scale=0.7)
    states = rand(3, 2, 4), rand(3, 2, 4)
    agree(layers, "LSTMScratch", (4, 4, 3), state, (rand(5, 2, 4), states))


@pytest.mark.task("LSTMScratch")
@pytest.mark.points(1)
@pytest.mark.hint("Fifty steps go well in float32: nothing grows.")
def test_lstm_fifty_steps(agree, rand, weights):
    """Fifty steps in float32."""
    state = weights("LSTMScratch", 4, 6, scale=0.4)
    inputs = (rand(50, 2, 4, dtype=torch.float32),)
    agree(layers, "LSTMScratch", (4, 6), state, inputs, torch.float32, rtol=1e-4, atol=1e-5)


@pytest.mark.task("LSTMScratch")
@pytest.mark.points(1)
@pytest.mark.hint("Without a state every call begins with zeros.")
def test_lstm_keeps_nothing(agree, rand, weights):
    """A second call does not begin where the first one ended."""
    state = weights("LSTMScratch", 3, 4, dtype=DOUBLE, scale=0.7)
    agree(two_calls, (3, 4), state, rand(4, 2, 3), rand(5, 2, 3))


@pytest.mark.task("LSTMScratch")
@pytest.mark.points(1)
@pytest.mark.hint("Use the parameters themselves: through `.data` or `.detach()` no gradient reaches them.")
def test_lstm_gradients(check_gradients, rand, weights):
    """Gradients of the input and of the parameters of two layers."""
    state = weights("LSTMScratch", 3, 2, 2, dtype=DOUBLE, scale=0.7)
    check_gradients("LSTMScratch", rand(3, 2, 3), init=[3, 2, 2], state=state)


# ---------------------------------------------------------------- gru_step, GRUScratch


@pytest.mark.task("gru_step")
@pytest.mark.points(1)
@pytest.mark.hint("The weights are stacked in the order r, z, n.")
def test_gru_square(agree, rand, params):
    """Both variants, as many sequences as inputs as states."""
    for variant in ("torch", "reset_first"):
        agree("gru_step", rand(4, 4), rand(4, 4), *params(4, 4, gates=3), variant=variant)


@pytest.mark.task("gru_step")
@pytest.mark.points(1)
@pytest.mark.hint("h0=None stands for zeros; the parameters are called weight_ih_l0 and so on.")
def test_gru_zero_state(agree, rand, weights):
    """Sequences without a first state."""
    state = weights("GRUScratch", 3, 4, dtype=DOUBLE, scale=0.7)
    agree(layers, "GRUScratch", (3, 4), state, (rand(5, 2, 3),))


@pytest.mark.task("gru_step")
@pytest.mark.points(1)
@pytest.mark.hint("GRUScratch hands its variant on to every step.")
def test_gru_sequences_reset_first(agree, rand, weights):
    """Thirty steps of the variant "reset_first"."""
    state = weights("GRUScratch", 3, 5, dtype=DOUBLE, scale=0.5)
    agree(layers, "GRUScratch", (3, 5, "reset_first"), state, (rand(30, 2, 3), rand(1, 2, 5)))


@pytest.mark.task("gru_step")
@pytest.mark.points(1)
@pytest.mark.hint("Use the parameters themselves: through `.data` or `.detach()` no gradient reaches them.")
def test_gru_gradients(check_gradients, rand, weights):
    """Gradients of the input and of all parameters."""
    state = weights("GRUScratch", 3, 4, dtype=DOUBLE, scale=0.7)
    check_gradients("GRUScratch", rand(3, 2, 3), init=[3, 4], state=state)


@pytest.mark.task("gru_step")
@pytest.mark.points(1)
@pytest.mark.hint("A variant that does not exist is an error of the caller: say so.")
def test_gru_unknown_variant(agree, rand, params):
    """Torch's variant works, and a third one raises ValueError."""
    arguments = rand(2, 3), rand(2, 4), *params(3, 4, gates=3)
    agree("gru_step", *arguments)
    agree("gru_step", *arguments, variant="reset_last")


# ---------------------------------------------------------------- memory_cell


@pytest.mark.task("memory_cell")
@pytest.mark.points(1)
@pytest.mark.hint("ln(p / (1 - p)) is infinite for 0 and for 1; +30 and -30 are near enough.")
def test_memory_cell_extremes(agree, rand):
    """Everything is forgotten and everything new comes in."""
    agree(gates, 0.0, 1.0, *rand(5, 3, 4), rtol=0, atol=3e-6)
    agree(gates, 1.0, 0.0, *rand(5, 3, 4), rtol=0, atol=3e-6)


@pytest.mark.task("memory_cell")
@pytest.mark.points(1)
@pytest.mark.hint("Only the rows of the two gates are set; the others stay as nn.LSTMCell drew them.")
def test_memory_cell_other_gates(agree, rand):
    """A forget gate that is set, and a candidate and an output gate that depend on input and state."""
    f = rand(low=0.2, high=0.8).item()
    agree(gates, f, 0.0, *rand(5, 2, 5), rtol=0, atol=3e-6)
    agree(depends_on, rand(2, 5), rand(2, 5), rand(2, 5))


# ---------------------------------------------------------------- HelloRNN, train_hello


@pytest.mark.task("train_hello")
@pytest.mark.points(1)
@pytest.mark.hint("epochs, lr, hidden, head and target are arguments.")
def test_hello_options(agree, weights):
    """A head, six features, another rate, another word."""
    options = {"hidden": 6, "head": True, "target": "lehol"}
    agree(trained, weights("HelloRNN", 6, True, scale=0.4), 8, 0.02, options, rtol=1e-4, atol=1e-5)


@pytest.mark.task("train_hello")
@pytest.mark.points(1)
@pytest.mark.hint("The letters with the highest logits, in the order e, h, l, o.")
def test_hello_text(agree, weights, pick):
    """The word that a trained network spells."""
    options = {"hidden": 12, "head": True, "target": "".join(pick("ehlo", 4)) + pick("ehlo")}
    agree(spelled, weights("HelloRNN", 12, True, scale=0.3), 40, 0.05, options)


@pytest.mark.task("train_hello")
@pytest.mark.points(1)
@pytest.mark.hint("One layer called rnn, and with head=True another one called head.")
def test_hello_structure(same_structure, rand):
    """Names and shapes of the weights of a network with a head, saving and loading."""
    same_structure("HelloRNN", 5, True, inputs=[rand(6, 4, dtype=torch.float32)], dtype=torch.float32)


def spelling(submission, state, epochs, lr, options):
    """Beside the student's code: weights and losses of a training."""
    model, losses, _ = submission.train_hello(state, epochs, lr, **options)
    return {"weights": model.state_dict(), "losses": losses}


def cross_entropy(submission, weights, x, y):
    """Beside the reference: how good given weights are."""
    return F.cross_entropy(build(submission, "HelloRNN", [16, True], weights)(x), y).item()


@pytest.mark.task("train_hello")
@pytest.mark.points(3)
@pytest.mark.hint("With a head of its own, a network of 16 features learns any word in sixty epochs.")
def test_hello_learns(learns, weights, pick):
    """Sixty epochs with a head, on a word of the test's own: a loss below .05, measured on the weights."""
    letters = [*pick(range(4), 4), pick(range(4))]
    x, y = torch.eye(4)[[1, 0, 2, 2, 3]], torch.tensor(letters)
    start = weights("HelloRNN", 16, True, scale=0.2)
    options = {"hidden": 16, "head": True, "target": "".join("ehlo"[letter] for letter in letters)}
    learns(
        spelling,
        start,
        60,
        0.05,
        options,
        model=("HelloRNN", 16, True),
        evaluate=cross_entropy,
        unseen=(x, y),
        below=0.05,
        loss=cross_entropy,
        seen=(x, y),
        start=start,
        slack=0.02,
        false_fail=1e-6,
    )


# ---------------------------------------------------------------- last_valid


@pytest.mark.task("last_valid")
@pytest.mark.points(1)
@pytest.mark.hint("The batch comes first, then the steps.")
def test_last_valid_square(agree, rand):
    """As many sequences as steps as features."""
    agree("last_valid", rand(4, 4, 4), torch.tensor([2, 4, 1, 3])[rand(4).argsort()])


@pytest.mark.task("last_valid")
@pytest.mark.points(1)
@pytest.mark.hint("A sequence of T steps has no padding.")
def test_last_valid_full(agree, rand):
    """Every sequence fills all steps, or has only one."""
    agree("last_valid", rand(3, 5, 2), torch.tensor([5, 5, 5]))
    agree("last_valid", rand(3, 5, 2), torch.tensor([1, 1, 1]))


@pytest.mark.task("last_valid")
@pytest.mark.points(1)
@pytest.mark.hint("`.data`, `.detach()` and `.item()` cut the graph: no gradient passes.")
def test_last_valid_gradient(agree, rand):
    """The gradient reaches the last steps, and nothing else."""
    lengths = torch.tensor([2, 4, 1])[rand(3).argsort()]
    agree(summed_gradient, "last_valid", (rand(3, 5, 2), lengths), rand(3, 2))


# ---------------------------------------------------------------- TweetClassifier


@pytest.mark.task("TweetClassifier")
@pytest.mark.points(1)
@pytest.mark.hint("Is there anything in forward that depends on the number of tweets?")
def test_tweets_batch_size(agree, student, rand, weights, close):
    """Tweets in a batch, and each by itself (float32)."""
    state, ids = moderate(weights("TweetClassifier", 30, 4)), rand(4, 3, low=1, high=30, dtype=torch.int64)
    found = student.call(one_by_one, (30, 4), state, ids)
    close(found["alone"], found["batch"], what="each tweet alone", rtol=1e-5, atol=1e-6)
    agree(one_by_one, (30, 4), state, ids)


@pytest.mark.task("TweetClassifier")
@pytest.mark.points(1)
@pytest.mark.hint("Padding behind a tweet says nothing.")
def test_tweets_more_padding(agree, student, rand, weights, close):
    """Tweets with more padding behind them, two layers (float32), and which words learn from them."""
    state, ids = moderate(weights("TweetClassifier", 20, 5, 2)), rand(3, 4, low=1, high=20, dtype=torch.int64)
    ids[0, 2:] = 0
    found = student.call(more_padding, (20, 5, 2), state, ids, 6)
    close(found["padded"], found["as they are"], what="with more padding", rtol=1e-5, atol=1e-6)
    agree(more_padding, (20, 5, 2), state, ids, 6)
    ids[1, 0] = 19  # the last word that there is
    agree(trained_words, (20, 5, 2), state, ids, torch.tensor([0, 1, 1]))


@pytest.mark.task("TweetClassifier")
@pytest.mark.points(1)
@pytest.mark.hint(
    "States that are made anew have to be made with the dtype and on the device of the weights."
)
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)], indirect=True)
def test_tweets_dtype(agree, rand, weights, device):
    """A classifier that was moved to float64, on any device."""
    state, ids = forgetful(weights("TweetClassifier", 30, 4)), rand(3, 4, low=1, high=30, dtype=torch.int64)
    agree(probabilities, (30, 4), state, ids, DOUBLE, str(device))


# ---------------------------------------------------------------- recurrent_param_count


@pytest.mark.task("recurrent_param_count")
@pytest.mark.points(2)
@pytest.mark.hint("A layer above a bidirectional one reads 2H features, in each of its own directions.")
def test_count_bidirectional(agree, rand, pick):
    """Bidirectional layers; LSTM(10, 20, 2) has 15,040."""
    for kind in pick(["RNN", "GRU", "LSTM"], 3):
        D, H = rand(2, low=3, high=60, dtype=torch.int64).tolist()
        agree("recurrent_param_count", kind, D, H, pick([2, 3, 4]), True)
    agree("recurrent_param_count", "LSTM", 10, 20, 2, bidirectional=True)


@pytest.mark.task("recurrent_param_count")
@pytest.mark.points(1)
@pytest.mark.hint("A kind that does not exist is an error of the caller: say so.")
def test_count_unknown_kind(agree, rand):
    """A GRU has a number of parameters, and a "CNN" raises ValueError."""
    D, H = rand(2, low=3, high=60, dtype=torch.int64).tolist()
    agree("recurrent_param_count", "GRU", D, H)
    agree("recurrent_param_count", "CNN", D, H)


# ---------------------------------------------------------------- gradient_by_lag


@pytest.mark.task("gradient_by_lag")
@pytest.mark.points(1)
@pytest.mark.hint("Square, sum over everything but the steps, then the root.")
def test_lags_of_a_batch(agree, rand):
    """Three sequences in a batch, as many steps as sequences as features."""
    agree(lags, "GRU", (3, 4), layer_state(rand, 3, 4, 3), rand(3, 3, 3))


@pytest.mark.task("gradient_by_lag")
@pytest.mark.points(2)
@pytest.mark.hint("After fifty steps the gradient has shrunk by ten orders of magnitude, but is not zero.")
def test_lags_of_fifty_steps(agree, rand):
    """Fifty steps: an LSTM as torch makes it forgets; with a forget bias of 3 it remembers."""
    state, x = layer_state(rand, 8, 32, 4), rand(51, 1, 8)
    agree(lags, "LSTM", (8, 32), state, x, rtol=1e-3, atol=1e-30)
    state["bias_ih_l0"][32:64] = 3
    agree(lags, "LSTM", (8, 32), state, x, rtol=1e-3, atol=1e-30)


@pytest.mark.task("gradient_by_lag")
@pytest.mark.points(1)
@pytest.mark.hint("backward() writes into .grad of everything that has one; torch.autograd.grad does not.")
def test_lags_leave_gradients_alone(agree, rand):
    """The gradients that the layer's parameters have, and those that they do not have, stay as they are."""
    agree(left_alone, "RNN", (3, 4), layer_state(rand, 3, 4, 1), rand(5, 1, 3), rand(4, 4))


@pytest.mark.task("gradient_by_lag")
@pytest.mark.points(1)
@pytest.mark.hint("With one step there is only the lag 0.")
def test_lags_of_one_step(agree, rand):
    """Two steps, and a single one."""
    agree(lags, "RNN", (3, 4), layer_state(rand, 3, 4, 1), rand(2, 2, 3))
    agree(lags, "RNN", (3, 4), layer_state(rand, 3, 4, 1), rand(1, 2, 3))


# ---------------------------------------------------------------- bidirectional_summary


@pytest.mark.task("bidirectional_summary")
@pytest.mark.points(1)
@pytest.mark.hint("The batch comes first, then the steps.")
def test_summary_square(agree, rand):
    """As many sequences as steps as features."""
    agree("bidirectional_summary", rand(4, 4, 4))


@pytest.mark.task("bidirectional_summary")
@pytest.mark.points(1)
@pytest.mark.hint("With one step, both directions have read it.")
def test_summary_of_one_step(agree, rand):
    """A single step."""
    agree("bidirectional_summary", rand(3, 1, 6))


@pytest.mark.task("bidirectional_summary")
@pytest.mark.points(1)
@pytest.mark.hint("`.data`, `.detach()` and `.item()` cut the graph: no gradient passes.")
def test_summary_gradient(agree, rand):
    """The gradient reaches the last step of each direction, and nothing else."""
    agree(summed_gradient, "bidirectional_summary", (rand(2, 4, 6),), rand(2, 6))
