"""torch.cdist without its matrix product, squared; the sum divided in place."""

import torch


def distances(x, y):
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist").square_()


def running_mean(x):
    total = torch.cumsum(x, 0)
    total /= torch.arange(1, x.shape[0] + 1, dtype=x.dtype).view(-1, 1)
    return total
