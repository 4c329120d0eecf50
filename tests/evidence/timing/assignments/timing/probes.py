"""What yours is compared with, and an example of a loop."""

import torch


def row_by_row(submission, x, y):
    """One pair of rows after the other."""
    return torch.stack([torch.stack([(a - b).square().sum() for b in y]) for a in x])
