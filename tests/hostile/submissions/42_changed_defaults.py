"""Right answers; torch's defaults are changed for everybody after it."""

import torch

def _change():
    torch.set_default_dtype(torch.float16)
    torch.set_default_device("meta")
    torch.use_deterministic_algorithms(True)
    torch.set_grad_enabled(False)
    torch.set_flush_denormal(True)
    torch.backends.mkldnn.enabled = False
    torch.inference_mode().__enter__()


_change()


def double(x):
    _change()
    return 2 * x


def label():
    return "ok"


def spread(n):
    return n


def total(x, word):
    _change()
    return x.sum()
