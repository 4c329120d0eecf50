"""Known wrong versions, each the reference with one name replaced."""

import torch
from structure import Tied, parts
from torch import nn

from grader import misconception


@misconception("Tied", "The second weight is a copy of the first: they part with the first step.")
class Copied(Tied):
    def __init__(self, d, p=0.5):
        super().__init__(d, p)
        self.second.weight = nn.Parameter(self.first.weight.detach().clone())


@misconception("Tied", "The shift is a plain tensor: it is not saved. Use register_buffer.")
class PlainShift(Tied):
    def __init__(self, d, p=0.5):
        super().__init__(d, p)
        del self.shift
        self.shift = torch.zeros(d)


@misconception("Tied", "Dropout is on in evaluation too: ask self.training.")
class AlwaysDropping(Tied):
    def forward(self, x):
        h = torch.tanh(self.first(x - self.shift))
        return self.second(nn.functional.dropout(h, self.drop.p))


@misconception("Tied", "Dropout is missing.")
class NeverDropping(Tied):
    def forward(self, x):
        return self.second(torch.tanh(self.first(x - self.shift)))


@misconception("build_example", "The operands of the sum are swapped.")
def swapped(a, b):
    c = torch.relu(b)
    return a @ c + c


@misconception("build_example", "relu is computed twice, and is two nodes of the graph.")
def twice(a, b):
    return torch.relu(b) + a @ torch.relu(b)


@misconception("stop", "Both results have a graph to w.")
def not_stopped(x, w):
    return x @ w, x @ w


@misconception("stop", "The second product is detached as a whole, so that x is not reached either.")
def all_stopped(x, w):
    return x @ w, (x @ w).detach()


@misconception("parts", "The rows are a copy: a list of indices never gives a view.")
def indexed(x):
    return parts(x) | {"rows": x[list(range(1, len(x)))]}


@misconception("parts", "The copy is x.data, which shares the memory of x.")
def data(x):
    return parts(x) | {"copy": x.data}


@misconception("parts", "repeat takes memory of its own; expand does not.")
def repeated(x):
    return parts(x) | {"wide": x[:1].repeat(4, 1)}
