"""The reference solution."""

import math

import torch
from torch import nn


def normalise(x):
    return (x - x.mean(dim=0)) / x.std(dim=0, correction=0)


def softmax(x):
    exponentials = torch.exp(x - x.max(dim=-1, keepdim=True).values)
    return exponentials / exponentials.sum(dim=-1, keepdim=True)


def attention(Q, K, V):
    return softmax(Q @ K.mT / math.sqrt(Q.size(-1))) @ V


def fit_line(model, x, y, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(epochs):
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.hidden = nn.Linear(d_in, d_hidden)
        self.out = nn.Linear(d_hidden, d_out)

    def forward(self, x):
        return self.out(torch.relu(self.hidden(x)))


def rnn(x, h, Wx, Wh, b):
    states = []
    for x_t in x:
        h = torch.tanh(Wx @ x_t + Wh @ h + b)
        states.append(h)
    return torch.stack(states)
