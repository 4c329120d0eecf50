"""Under inference mode, in blocks of the rows."""

import torch


@torch.inference_mode()
def distances(X, Y):
    blocks = [(part[:, None] - Y).square().sum(-1) for part in X.chunk(3)]
    return torch.cat(blocks)
