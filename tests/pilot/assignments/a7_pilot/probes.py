"""Probes of this assignment: each runs beside your code and returns plain data."""

import torch

from grader import build


def encoded(submission, init, state, x, mask=None, train=False):
    """The output of your EncoderLayer with these weights, in float64."""
    layer = build(submission, "EncoderLayer", init, state, train=train, dtype=torch.float64)
    yield
    return layer(x, mask)


def without_hidden_keys(submission, init, state, x, keep):
    """Outputs of the first tokens: with the others hidden by a mask, and with the others cut away."""
    layer = build(submission, "EncoderLayer", init, state, dtype=torch.float64)
    mask = torch.arange(x.size(1)) < keep
    return {"hidden": layer(x, mask[None, None, None])[:, :keep], "cut": layer(x[:, :keep])}
