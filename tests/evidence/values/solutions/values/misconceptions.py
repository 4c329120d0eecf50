"""Known wrong versions."""

import torch
from torch import nn
from values import LayerNorm, attention, normalise, summary

from grader import misconception


@misconception("normalise", "The standard deviation is the biased one: divide by d - 1, not by d.")
def biased(x):
    return (x - x.mean(dim=1, keepdim=True)) / x.std(dim=1, correction=0, keepdim=True)


@misconception("normalise", "The columns are normalised, not the rows.")
def columns(x):
    return normalise(x.T).T


@misconception("log_sum_exp", "exp overflows: subtract the maximum first, and add it at the end.")
def overflows(x):
    return x.exp().sum(dim=-1).log()


@misconception("log_sum_exp", "The sum goes over the first dimension, not over the last.")
def first_dimension(x):
    return torch.logsumexp(x, dim=0)


@misconception("attention", "The scores are not divided by sqrt(d).")
def unscaled(Q, K, V):
    return attention(Q * Q.size(-1) ** 0.5, K, V)


@misconception("attention", "The softmax goes over the queries, not over the keys.")
def over_queries(Q, K, V):
    A = torch.softmax(Q @ K.transpose(-2, -1) / Q.size(-1) ** 0.5, dim=-2)
    return A @ V, A


@misconception("LayerNorm", "eps is added to the standard deviation; it belongs under the root.")
class EpsOutside(LayerNorm):
    def forward(self, x):
        mean, std = x.mean(-1, keepdim=True), x.std(-1, correction=0, keepdim=True)
        return self.weight * (x - mean) / (std + self.eps) + self.bias


@misconception("LayerNorm", "The variance is the unbiased one.")
class Unbiased(LayerNorm):
    def forward(self, x):
        mean, var = x.mean(-1, keepdim=True), x.var(-1, keepdim=True)
        return self.weight * (x - mean) / torch.sqrt(var + self.eps) + self.bias


@misconception("LayerNorm", "weight and bias are not nn.Parameters.")
class NoParameters(nn.Module):
    def __init__(self, d, eps=1e-5):
        super().__init__()
        self.weight, self.bias, self.eps = torch.ones(d), torch.zeros(d), eps

    def forward(self, x):
        return nn.functional.layer_norm(x, x.shape[-1:], self.weight, self.bias, self.eps)


@misconception("summary", "The ranges are those of the columns, not of the rows.")
def ranges_of_columns(x):
    return {**summary(x), "ranges": summary(x.T)["ranges"]}


@misconception("summary", "The sine has the wrong sign: these are the phases of exp(-i x).")
def conjugate(x):
    return {**summary(x), "phases": summary(x)["phases"].conj().resolve_conj()}
