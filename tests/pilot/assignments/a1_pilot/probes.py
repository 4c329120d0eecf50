"""Probes of this assignment: sharing does not cross to another process, so the pairs are made beside you."""

import torch

SAME_START = {
    "a view": lambda x: (x, x.view(-1)),
    "the transpose": lambda x: (x, x.T),
    "x.data": lambda x: (x, x.data),
    "x.detach()": lambda x: (x.requires_grad_(), x.detach()),
    "the first rows": lambda x: (x, x[:2]),
    "itself": lambda x: (x, x),
}
OTHER_START = {
    "the last rows": lambda x: (x, x[2:]),
    "a column": lambda x: (x[:, 1], x),
    "two halves": lambda x: (x[:2], x[2:]),
    "every second row": lambda x: (x, x[1::2]),
}
APART = {
    "a clone": lambda x: (x, x.clone()),
    "a sum": lambda x: (x, x + 0),
    "the transpose, reshaped": lambda x: (x, x.T.reshape(x.shape)),
    "the rows by an index": lambda x: (x[[0, 1]], x[:2]),
}
EMPTY = {
    "two empty tensors": lambda x: (torch.empty(0), torch.empty(0)),
    "an empty tensor and itself": lambda x: (torch.empty(0),) * 2,
    "an empty slice": lambda x: (x, x[:0]),
    "an empty tensor and another": lambda x: (torch.empty(0), x),
}


def said(submission, pairs, x):
    """What your shares_storage says of these pairs, in their order."""
    known = SAME_START | OTHER_START | APART | EMPTY
    return [submission.shares_storage(*known[pair](x.clone())) for pair in pairs]
