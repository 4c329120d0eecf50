"""Probes that the tests of this assignment share: each runs beside your code and returns plain data."""

import re

import torch
from torch import nn

NUMBER = r"-?\d+\.\d*(?:e[+-]?\d+)?"

# ---------------------------------------------------------------- a parabola


def parabola_losses(submission, pairs, x, y):
    """Your parabola_loss for several pairs of a and b (k, 2), in one tensor."""
    return torch.stack([submission.parabola_loss(a, b, x, y) for a, b in pairs])


# ---------------------------------------------------------------- optimizers


def clear_gradients(rand, rounds, *sizes):
    """For each round a gradient for each parameter, of both signs, all greater than 2 in size."""
    return [[(2 + rand(n).abs()) * rand(n).sign() for n in sizes] for _ in range(rounds)]


def bowl(params, A):
    """A loss whose gradient is no multiple of the parameters, by all of them."""
    return sum((A @ w + k).cosh().log().sum() + (w**4).sum() / 8 for k, w in enumerate(params))


def leaves_of(start):
    """Parameters to be trained, from tensors of the test."""
    return [w.clone().requires_grad_() for w in start]


def run(optimizer, params, A, steps):
    """So many steps down the bowl."""
    for _ in range(steps):
        optimizer.zero_grad()
        bowl(params, A).backward()
        optimizer.step()


def descended(submission, name, start, A, steps, **options):
    """The parameters after so many steps of your optimizer; they are handed over by a generator."""
    params = leaves_of(start)
    run(getattr(submission, name)((w for w in params), **options), params, A, steps)
    return params


def on_a_parabola(submission, cases, start, steps=3):
    """One number after three steps on w^2 / 2, whose gradient is w, for each (class, options)."""
    found = []
    for name, options in cases:
        w = start.clone().requires_grad_()
        optimizer = getattr(submission, name)([w], **options)
        for _ in range(steps):
            optimizer.zero_grad()
            (w.square() / 2).backward()
            optimizer.step()
        found.append(w)
    return torch.stack(found)


def with_gradients(submission, name, start, rounds, **options):
    """The parameters after each step with the given gradients, one for each parameter, or None."""
    params = leaves_of(start)
    optimizer = getattr(submission, name)(params, **options)
    found = []
    for gradients in rounds:
        for w, gradient in zip(params, gradients, strict=True):
            w.grad = None if gradient is None else gradient.clone()
        optimizer.step()
        found.append([w.detach().clone() for w in params])
    return found


def zeroed(submission, name, start, gradients, **options):
    """What `.grad` holds after the zero_grad of your optimizer, and the parameters after one more step."""
    params = leaves_of(start)
    optimizer = getattr(submission, name)(params, **options)
    for w, gradient in zip(params, gradients, strict=True):
        w.grad = gradient.clone()
    optimizer.step()
    optimizer.zero_grad()
    left = [w.grad for w in params]
    optimizer.step()
    return {"gradients": left, "parameters": params}


def handed_over(submission, name, start, rounds, at, **options):
    """The parameters after the given gradients, where a second optimizer takes over after `at` rounds."""
    make = getattr(submission, name)
    params = leaves_of(start)
    optimizer = make(params, **options)
    for number, gradients in enumerate(rounds):
        if number == at:
            state = optimizer.state_dict()
            optimizer = make(params, **options)
            optimizer.load_state_dict(state)
        for w, gradient in zip(params, gradients, strict=True):
            w.grad = gradient.clone()
        optimizer.step()
    return params


# ---------------------------------------------------------------- a line


def trained_line(submission, x, y, w0, b0, lr, epochs):
    """What your train_linear returns, as lists and floats."""
    with torch.enable_grad():
        losses, w, b = submission.train_linear(x, y, w0, b0, lr, epochs)
    return {"losses": [float(loss) for loss in losses], "w": float(w), "b": float(b)}


def line_after(submission, x, y, w0, b0, lr, epochs):
    """w and b after your train_linear."""
    _, w, b = submission.train_linear(x, y, w0, b0, lr, epochs)
    return {"w": float(w), "b": float(b)}


def printed_steps(submission, w, b, x, y, lr):
    """Your print_grads at the four moments of the lecture, for a line with float32 weights."""
    model = nn.Linear(1, 1)
    model.load_state_dict({"weight": w.reshape(1, 1), "bias": b.reshape(1)})
    optimizer = torch.optim.SGD(model.parameters(), lr)
    found = {"before": submission.print_grads(model)}
    (model(x) - y).square().mean().backward()
    found["after backward"] = submission.print_grads(model)
    optimizer.step()
    found["after step"] = submission.print_grads(model)
    optimizer.zero_grad()
    found["after zero_grad"] = submission.print_grads(model)
    return found


def printed(submission, state, x, frozen=()):
    """Your print_grads of a model of two layers after backward; `frozen` parameters ask for no gradient."""
    model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Tanh(), nn.Linear(3, 1)))
    model.load_state_dict(state)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name not in frozen)
    model(x).sum().backward()
    return submission.print_grads(model)


def read_lines(lines):
    """Each line as its words and its numbers: how many digits are printed says nothing."""
    return [(re.sub(NUMBER, "#", line), [float(one) for one in re.findall(NUMBER, line)]) for line in lines]


def read_moments(found):
    """The lines of several moments, each as its words and its numbers."""
    return {moment: read_lines(lines) for moment, lines in found.items()}
