"""Probes of this assignment: each runs beside your code and returns plain data."""

import torch


def kept(submission, n, p):
    """How many elements of ones your drop keeps, and the values that it leaves."""
    out = submission.drop(torch.ones(n, 3, dtype=torch.float64), p)
    return {"share": (out != 0).double().mean().item(), "values": out.unique()}


def through(submission, x, p):
    """The gradient of the sum of your drop, and output / input, which is its slope: it is linear."""
    x.requires_grad_()
    out = submission.drop(x, p)
    out.sum().backward()
    return {"grad": x.grad, "slope": (out / x).detach()}
