"""float64 inside and cast back; the copy through a list; the transpose through unbind's views."""

import torch
from torch import nn


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        self.first = nn.Linear(d, d, bias=False)
        self.second = nn.Linear(d, d, bias=False)
        self.second.weight = self.first.weight
        self.shift: torch.Tensor
        self.register_buffer("shift", torch.zeros(d))
        self.drop = nn.Dropout(p, inplace=True)

    def forward(self, x):
        weight = self.first.weight.double()
        h = torch.tanh((x.double() - self.shift.double()) @ weight.T)
        return (self.drop(h * 1) @ self.second.weight.double().T).to(x.dtype)


def build_example(a, b):
    return (lambda c: c + torch.mm(a, c))(b.relu())


def stop(x, w):
    both = x.double() @ w.double()
    one = x.double() @ w.detach().double()
    return both.to(x.dtype), one.to(x.dtype)


def parts(x):
    return {
        "rows": x.view(-1)[x.size(1) :].view(-1, x.size(1)),
        "turned": x.swapdims(0, 1),
        "wide": x[0].expand(2, 2, -1).as_strided((4, x.size(1)), (0, 1), x.storage_offset()),
        "copy": torch.tensor(x.tolist(), dtype=x.dtype).reshape(x.shape),
    }
