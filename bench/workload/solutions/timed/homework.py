"""Reference: its time is proportional to the number of rounds."""

import torch

RATIO = 1.0
BUFFER = torch.empty(64, dtype=torch.float64)


def work(x, rounds):
    for _ in range(round(rounds * RATIO)):
        torch.mul(x, 1.0001, out=BUFFER)
    return 1.0
