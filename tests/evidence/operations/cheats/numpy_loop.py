"""The loop runs in numpy, whose operations torch does not see."""

import numpy as np
import torch


def distances(X, Y):
    x, y = X.numpy(), np.asarray(Y)
    out = np.zeros((len(x), len(y)), dtype=x.dtype)
    for i in range(len(x)):
        for j in range(len(y)):
            out[i, j] = ((x[i] - y[j]) ** 2).sum()
    return torch.from_numpy(out)
