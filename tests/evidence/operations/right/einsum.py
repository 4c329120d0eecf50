"""Everything by einsum."""

import torch


def distances(X, Y):
    xx, yy = torch.einsum("nd,nd->n", X, X), torch.einsum("md,md->m", Y, Y)
    return xx[:, None] + yy[None, :] - 2 * torch.einsum("nd,md->nm", X, Y)
