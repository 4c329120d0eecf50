"""Probes of this assignment: each runs beside your code and returns plain data."""

import torch
from torch import nn

from grader import build


def dropped(submission, p, x, train=True):
    """Two outputs of your MyDropout for one input, and the first's gradient."""
    layer = build(submission, "MyDropout", (p,), train=train)
    leaf = x.clone().requires_grad_()
    first, second = layer(leaf), layer(x)
    (gradient,) = torch.autograd.grad(first.sum(), leaf, allow_unused=True)
    return {"first": first, "second": second, "gradient": gradient}


def all_dropped(submission, x):
    """The output of your MyDropout in training with p = 1."""
    return build(submission, "MyDropout", (1.0,), train=True)(x)


class Net(nn.Module):
    """A small model: a layer, a nested norm with buffers, and a buffer that is not persistent."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 4)
        self.inner = nn.Sequential(nn.Tanh(), nn.BatchNorm1d(4))
        self.scale = nn.Parameter(torch.ones(4, 1))
        self.register_buffer("cache", torch.zeros(2), persistent=False)

    def forward(self, x):
        return self.inner(self.linear(x)) @ self.scale

    def load_state_dict(self, *_, **__):
        raise TypeError("my_load is to do by hand what load_state_dict does")


def loaded(submission, state, strict=True):
    """The model's state after your my_load."""
    model = Net()
    nn.init.ones_(model.linear.weight)
    nn.init.ones_(model.linear.bias)
    submission.my_load(model, state, strict)
    return model.state_dict()


def moved(submission, state, x, lr):
    """The model's parameters after one step of an optimizer that was made before your my_load."""
    model = Net().eval()
    optimizer = torch.optim.SGD(model.parameters(), lr)
    submission.my_load(model, state)
    model(x).square().sum().backward()
    optimizer.step()
    return dict(model.named_parameters())
