import torch
from torch import nn


class MyDropout(nn.Module):
    def __init__(self, p=0.5):
        nn.Module.__init__(self)
        self.keep = p

    def forward(self, x):
        if self.training is False:
            return x
        mask = torch.bernoulli(torch.full_like(x, self.keep))
        return mask * x * (1 / self.keep)


def my_load(model, state, strict=True):
    wanted = set(model.state_dict())
    if strict and wanted != set(state):
        raise RuntimeError("the names differ")
    for path, tensor in state.items():
        if path not in wanted:
            continue
        *parents, leaf = path.split(".")
        owner = model
        for parent in parents:
            owner = getattr(owner, parent)
        old = getattr(owner, leaf)
        if old.shape != tensor.shape:
            raise ValueError(path)
        if isinstance(old, nn.Parameter):
            setattr(owner, leaf, nn.Parameter(tensor.detach().clone()))
        else:
            setattr(owner, leaf, tensor.detach().clone())
