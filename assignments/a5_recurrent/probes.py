"""Probes that the tests of this assignment share: each runs beside your code and returns plain data."""

import torch
from torch import nn

from grader import build

DOUBLE = torch.float64


def as_lists(value):
    """Tuples as lists, inner ones too: which of the two is returned does not matter."""
    return [as_lists(part) for part in value] if isinstance(value, list | tuple) else value


def rnn_results(submission, X, h0, *params):
    """What your rnn_forward returns."""
    return as_lists(submission.rnn_forward(X, h0, *params))


def given_steps(submission, init, state, xs, h, c):
    """Your LSTMCellScratch with given weights, each step from the state that the step before returned."""
    cell, states = build(submission, "LSTMCellScratch", init, state, dtype=DOUBLE), []
    for x in xs:
        h, c = cell(x, (h, c))
        states.append({"h": h, "c": c})
    return states


def first_weights(submission, D, H):
    """The parameters of a new LSTMCellScratch, by name."""
    return dict(submission.LSTMCellScratch(D, H).named_parameters())


def layers(submission, name, init, state, inputs, dtype=DOUBLE):
    """What your LSTMScratch or GRUScratch returns, with given weights."""
    model = build(submission, name, init, state, dtype=dtype)
    yield
    return as_lists(model(*inputs))


def two_calls(submission, init, state, X, other):
    """The outputs of your LSTMScratch for X, called once more after it has read other sequences."""
    model = build(submission, "LSTMScratch", init, state, dtype=DOUBLE)
    model(other)
    return as_lists(model(X))


# ---------------------------------------------------------------- memory_cell


def remembered(submission, f, i, c0, T):
    """The memory that your memory_cell has after T steps."""
    return submission.memory_cell(f, i, c0, T)[1]


def gates(submission, f, i, c0, x, h, c, d):
    """What the gates of memory_cell's cell let through of d, in a step of the test's own.

    Steps from the memories c and c + d show the forget gate: their results differ by f * d. The input gate
    is computed from the cell's weights.
    """
    cell, _ = submission.memory_cell(f, i, c0, 1)
    without, with_d = cell(x, (h, c))[1], cell(x, (h, c + d))[1]
    sums = x @ cell.weight_ih.T + h @ cell.weight_hh.T + cell.bias_ih + cell.bias_hh
    return {"forget gate * d": with_d - without, "input gate * d": torch.sigmoid(sums.chunk(4, dim=1)[0]) * d}


def depends_on(submission, c0, x, h):
    """Whether the candidate and the output gate of memory_cell's cell see the input and the state."""
    cell, _ = submission.memory_cell(1.0, 0.0, c0, 1)
    _, _, g_x, o_x = (x @ cell.weight_ih.T).chunk(4, dim=1)
    _, _, g_h, o_h = (h @ cell.weight_hh.T).chunk(4, dim=1)
    parts = {"candidate by input": g_x, "output gate by input": o_x}
    parts |= {"candidate by state": g_h, "output gate by state": o_h}
    return {name: bool((part != 0).all()) for name, part in parts.items()}


# ---------------------------------------------------------------- HelloRNN, train_hello


def logits(submission, init, state, x):
    """What your HelloRNN gives with these weights."""
    return build(submission, "HelloRNN", init, state)(x)


def trained(submission, state, epochs, lr, options):
    """Losses of your train_hello, and the weights at the end; options is a dict of its other arguments."""
    model, losses, _ = submission.train_hello(state, epochs, lr, **options)
    return {"losses": list(losses), "weights": dict(model.named_parameters())}


def spelled(submission, state, epochs, lr, options):
    """The word at the end of your train_hello."""
    return submission.train_hello(state, epochs, lr, **options)[2]


# ---------------------------------------------------------------- last_valid, bidirectional_summary


def summed_gradient(submission, name, inputs, upstream):
    """The gradient of the first input when the result receives the upstream gradient."""
    leaf = inputs[0].clone().requires_grad_()
    (getattr(submission, name)(leaf, *inputs[1:]) * upstream).sum().backward()
    return leaf.grad


# ---------------------------------------------------------------- TweetClassifier


def moderate(state):
    """Weights of a TweetClassifier (changed in place) that give probabilities away from 0 and 1."""
    state["fc2.weight"] /= 8
    return state


def forgetful(state):
    """As `moderate`, with an LSTM of one layer that forgets at each step whatever state it had."""
    hidden = state["lstm.weight_hh_l0"].size(1)
    state["lstm.weight_hh_l0"][:] = 0
    state["lstm.weight_ih_l0"][hidden : 2 * hidden] = 0
    state["lstm.bias_ih_l0"][hidden : 2 * hidden] = -60
    return moderate(state)


def classifier(submission, init, state, dtype=torch.float32, device="cpu"):
    """Your TweetClassifier with given weights, in evaluation mode."""
    model = submission.TweetClassifier(*init)
    model.load_state_dict(state)
    return model.to(device, dtype).eval()


def made_of(submission, init):
    """The weights of your TweetClassifier; whether it has its dropout, and is a list of modules."""
    model = submission.TweetClassifier(*init)
    return {
        "is a list": isinstance(model, nn.ModuleList),
        "has dropout": isinstance(getattr(model, "dropout", None), nn.Dropout),
        "weights": {name: tuple(value.shape) for name, value in model.state_dict().items()},
    }


def twice(submission, init, state, ids):
    """The probabilities of the same tweets in two calls."""
    model = classifier(submission, init, state)
    return {"first call": model(ids), "second call": model(ids)}


def probabilities(submission, init, state, ids, dtype=torch.float32, device="cpu"):
    """The probabilities of tweets."""
    return classifier(submission, init, state, dtype, device)(ids.to(device))


def one_by_one(submission, init, state, ids):
    """The probabilities of tweets in one batch, and of each alone."""
    model = classifier(submission, init, state)
    return {"batch": model(ids), "alone": torch.cat([model(one[None]) for one in ids])}


def more_padding(submission, init, state, ids, pads):
    """The probabilities of tweets, as they are and with more padding behind them."""
    model = classifier(submission, init, state)
    padded = torch.cat((ids, ids.new_zeros(ids.size(0), pads)), dim=1)
    return {"as they are": model(ids), "padded": model(padded)}


def classifier_loss(submission, init, state, ids, labels):
    """The loss of tweets, and the gradient of the last layer's weight."""
    model = classifier(submission, init, state)
    loss = model.loss(ids, labels)
    loss.backward()
    return {"loss": loss, "gradient": model.fc2.weight.grad}


def trained_words(submission, init, state, ids, labels):
    """The gradient of the loss of tweets with respect to the words, in float64."""
    model = classifier(submission, init, state, DOUBLE)
    model.loss(ids, labels).backward()
    return model.embedding.weight.grad


# ---------------------------------------------------------------- gradient_by_lag


def layer_state(rand, D, H, gates, dtype=DOUBLE):
    """Weights of one layer of torch's, drawn by the test from the distribution that torch uses."""
    shapes = {"weight_ih_l0": (gates * H, D), "weight_hh_l0": (gates * H, H)}
    shapes |= {"bias_ih_l0": (gates * H,), "bias_hh_l0": (gates * H,)}
    return {name: rand(*shape, low=-(H**-0.5), high=H**-0.5, dtype=dtype) for name, shape in shapes.items()}


def lags(submission, kind, init, state, x):
    """Your gradient_by_lag of a layer of torch's with given weights."""
    cell = build(nn, kind, init, state, dtype=x.dtype)
    return submission.gradient_by_lag(cell, x)


def left_alone(submission, kind, init, state, x, before):
    """Your gradient_by_lag, and the gradients of parameters and input after it."""
    cell = build(nn, kind, init, state, dtype=x.dtype)
    cell.weight_hh_l0.grad = before.clone()
    norms = submission.gradient_by_lag(cell, x)
    grads = {name: parameter.grad for name, parameter in cell.named_parameters()}
    return {"norms": norms, "gradients": grads, "x": x.grad, "x requires a gradient": x.requires_grad}
