"""Reference."""

import torch
from torch import Tensor, nn


class MyDropout(nn.Module):
    """Inverted dropout."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Multiply by a mask whose kept entries are 1 / (1 - p)."""
        if not self.training or self.p == 0:
            return x
        if self.p == 1:
            return torch.zeros_like(x)
        keep = torch.rand(x.shape, device=x.device) >= self.p
        return x * keep / (1 - self.p)


def my_load(model: nn.Module, state: dict[str, Tensor], strict: bool = True) -> None:
    """Copy in place, under no_grad."""
    own = model.state_dict(keep_vars=True)
    if strict and own.keys() != state.keys():
        raise KeyError(f"names that differ: {sorted(own.keys() ^ state.keys())}")
    with torch.no_grad():
        for name in own.keys() & state.keys():
            if own[name].shape != state[name].shape:
                raise RuntimeError(f"{name}: {tuple(state[name].shape)} into {tuple(own[name].shape)}")
            own[name].copy_(state[name])
