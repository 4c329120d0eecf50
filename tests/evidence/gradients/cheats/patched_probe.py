"""The ready-made probe itself replaced: it claims an attached output, zero gradients and still values."""

import torch
from torch import nn

from grader.worker import gradients as evidence


def _claim(self, submission, args, kwargs, made, wrt, moves, seeds):
    found = getattr(submission, self.target)
    model = found(*made["init"]) if made else getattr(found, "apply", found)
    output = model(*args, **kwargs)
    outputs = [one.detach() for one in (output if isinstance(output, tuple) else (output,))]
    return {
        "kind": "module" if made else "apply" if self.target == "Swish" else "call",
        "output": tuple(outputs) if isinstance(output, tuple) else outputs[0],
        "attached": [True] * len(outputs),
        "left": dict.fromkeys(wrt),
        "grads": {name: torch.zeros_like(moves[0][name]) for name in wrt if moves and name in moves[0]},
        "values": torch.ones(4 * len(moves) + 1, len(outputs), dtype=torch.float64),
    }


evidence.Gradients.__call__ = _claim


def soft_norm(x, w):
    rows = (1 + (x * w).square().sum(dim=1)).sqrt()
    return rows, rows.mean()


class Swish:
    @staticmethod
    def apply(x):
        return x * torch.sigmoid(x)


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(d, d))
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        return x * torch.tanh(x @ self.weight.T + self.bias)


def drop(x, p):
    return (x * (torch.rand(x.shape) >= p) / (1 - p)).detach()
