"""Views: expand, then transpose, then the norm."""

import torch


def distances(X, Y):
    n, m = X.size(0), Y.size(0)
    left = X.unsqueeze(0).expand(m, n, -1)
    right = Y.unsqueeze(1).expand(m, n, -1)
    return torch.linalg.vector_norm(left - right, dim=-1).pow(2).transpose(0, 1).contiguous()
