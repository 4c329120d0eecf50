"""The hidden layer computed again in the backward pass; torch.func for the constant."""

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


class Tied(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        self.first = nn.Linear(d, d, bias=False)
        self.second = nn.Linear(d, d, bias=False)
        self.second.weight = self.first.weight
        self.dropout = nn.Dropout(p)
        self.register_buffer("shift", torch.zeros(d))

    def _hidden(self, x):
        return self.dropout(torch.tanh(self.first(x - self.shift)))

    def forward(self, x):
        return self.second(checkpoint(self._hidden, x, use_reentrant=False))


def build_example(a, b):
    c = torch.relu(input=b)
    d = torch.matmul(input=a, other=c)
    return torch.add(input=c, other=d)


def stop(x, w):
    return checkpoint(torch.matmul, x, w, use_reentrant=False), torch.matmul(x, torch.clone(w).detach_())


def parts(x):
    return {
        "rows": torch.narrow(x, 0, 1, x.shape[0] - 1),
        "turned": torch.permute(x, (1, 0)),
        "wide": torch.unsqueeze(x[0], 0).expand(4, x.shape[1]),
        "copy": x.new_empty(x.shape).copy_(x.detach()),
    }
