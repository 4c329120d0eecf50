"""The recording mode is taken away while the loop runs."""

import torch
from torch.utils._python_dispatch import _disable_current_modes


def distances(X, Y):
    with _disable_current_modes():
        return torch.stack([(x - Y).square().sum(1) for x in X])
