"""The same with what can be hoisted out of the loop: the inputs' products, one matrix for x and h, masks."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call, grad


def rnn_step(x, h, Wih, Whh, bih, bhh):
    """One product for input and state side by side."""
    return (torch.cat((x, h), dim=1) @ torch.cat((Wih, Whh), dim=1).T + (bih + bhh)).tanh()


def rnn_forward(X, h0, Wih, Whh, bih, bhh):
    """All inputs are multiplied at once."""
    sums, h = torch.einsum("tbd,hd->tbh", X, Wih) + bih + bhh, h0[0]
    states = []
    for one in sums.unbind():
        h = torch.addmm(one, h, Whh.mT).tanh()
        states.append(h)
    return torch.stack(states, 0), torch.stack(states[-1:])


def _parameters(module, gates, D, H, suffix=""):
    """Registers the four parameters of a layer."""
    k = 1 / H**0.5
    for name, shape in {
        "weight_ih": (gates * H, D),
        "weight_hh": (gates * H, H),
        "bias_ih": (gates * H,),
        "bias_hh": (gates * H,),
    }.items():
        setattr(module, name + suffix, nn.Parameter((2 * torch.rand(shape) - 1) * k))


def _advance(sums, c):
    """(h, c) from the stacked sums of all gates: sigmoid of all four, and tanh of one."""
    H = c.size(-1)
    i, f, _, o = sums.sigmoid().split(H, dim=-1)
    c = torch.addcmul(f * c, i, sums[..., 2 * H : 3 * H].tanh())
    return o * c.tanh(), c


class LSTMCellScratch(nn.Module):
    """Sums of all gates in one product."""

    def __init__(self, D, H):
        super().__init__()
        _parameters(self, 4, D, H)

    def forward(self, x, state=None):
        H = self.weight_hh.size(1)
        h, c = (x.new_zeros(len(x), H), x.new_zeros(len(x), H)) if state is None else state
        W = torch.cat([self.weight_ih, self.weight_hh], dim=1)
        return _advance(F.linear(torch.cat([x, h], dim=1), W, self.bias_ih + self.bias_hh), c)


class LSTMScratch(nn.Module):
    """Recursion over the layers."""

    def __init__(self, D, H, num_layers=1, batch_first=False):
        super().__init__()
        self.sizes, self.batch_first = [D] + [H] * num_layers, batch_first
        for k, (width, height) in enumerate(pairwise(self.sizes)):
            _parameters(self, 4, width, height, f"_l{k}")

    def forward(self, X, state=None):
        dim = 1 if self.batch_first else 0
        L, B, H = len(self.sizes) - 1, X.size(1 - dim), self.sizes[-1]
        hs, cs = (X.new_zeros(L, B, H), X.new_zeros(L, B, H)) if state is None else state
        ends = []
        for k, (h, c) in enumerate(zip(hs, cs, strict=True)):
            bias = getattr(self, f"bias_ih_l{k}") + getattr(self, f"bias_hh_l{k}")
            sums, W = F.linear(X, getattr(self, f"weight_ih_l{k}"), bias), getattr(self, f"weight_hh_l{k}")
            states = []
            for one in sums.unbind(dim):
                h, c = _advance(one + h @ W.T, c)
                states.append(h)
            X = torch.stack(states, dim)
            ends.append(torch.stack((h, c)))
        h, c = torch.stack(ends, dim=1)
        return X, (h, c)


def gru_step(x, h, Wih, Whh, bih, bhh, variant="torch"):
    """Reset and update gate together."""
    if variant not in {"torch", "reset_first"}:
        raise ValueError(f"no variant {variant}")
    H = h.size(1)
    sums = x @ Wih.T + bih
    both = torch.sigmoid(sums[:, : 2 * H] + torch.addmm(bhh[: 2 * H], h, Whh[: 2 * H].T))
    r, z = both.tensor_split(2, dim=1)
    if variant == "torch":
        inner = torch.addmm(bhh[2 * H :], h, Whh[2 * H :].T).mul(r)
    else:
        inner = torch.addmm(bhh[2 * H :], r.mul(h), Whh[2 * H :].T)
    return torch.lerp(torch.tanh(sums[:, 2 * H :] + inner), h, z)


class GRUScratch(nn.Module):
    """A batch dimension is all that gru_step needs."""

    def __init__(self, D, H, variant="torch"):
        super().__init__()
        self.variant = variant
        _parameters(self, 3, D, H, "_l0")

    def forward(self, X, h0=None):
        params = self.weight_ih_l0, self.weight_hh_l0, self.bias_ih_l0, self.bias_hh_l0
        states = [torch.zeros_like(X[0, :, :1]).expand(-1, params[1].size(1)) if h0 is None else h0[-1]]
        for x in X:
            states.append(gru_step(x, states[-1], *params, self.variant))
        return torch.stack(states[1:]), states[-1][None]


@torch.no_grad()
def memory_cell(f, i, c0, T):
    """Rows of a view by gate."""
    B, H = c0.shape
    cell = nn.LSTMCell(H, H).to(c0.dtype)
    wanted = torch.logit(torch.tensor([i, f], dtype=torch.float64), eps=1e-12)
    for parameter in cell.parameters():
        parameter.view(4, H, -1)[:2] = 0
    cell.bias_hh.view(4, H)[:2] = wanted[:, None].to(c0.dtype)
    h, c = c0.new_zeros(B, H), c0.clone()
    for x in torch.randn(T, B, H).to(c0):
        h, c = cell(x, (h, c))
    return cell, c


class HelloRNN(nn.Module):
    """The steps by rnn_step, with the layer's weights."""

    def __init__(self, hidden=4, head=False):
        super().__init__()
        self.rnn = nn.RNN(4, hidden)
        self.head = nn.Linear(hidden, 4) if head else nn.Identity()

    def forward(self, x):
        start = x.new_zeros(1, 1, self.rnn.hidden_size)
        weights = self.rnn.weight_ih_l0, self.rnn.weight_hh_l0, self.rnn.bias_ih_l0, self.rnn.bias_hh_l0
        return self.head(rnn_forward(x[:, None], start, *weights)[0][:, 0])


def train_hello(state, epochs, lr, hidden=4, head=False, target="ohlol"):
    """Gradients by torch.autograd.grad, handed to Adam."""
    model, letters = HelloRNN(hidden, head), list("ehlo")
    model.load_state_dict(state)
    parameters = list(model.parameters())
    adam = torch.optim.Adam(parameters, lr=lr, foreach=False)
    x = torch.zeros(5, 4).index_put_((torch.arange(5), torch.tensor([1, 0, 2, 2, 3])), torch.tensor(1.0))
    y = torch.as_tensor([letters.index(letter) for letter in target])
    losses = torch.zeros(epochs)
    for epoch in range(epochs):
        logits = model(x)
        loss = -logits.log_softmax(dim=1)[torch.arange(5), y].mean()
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            parameter.grad = gradient
        adam.step()
        losses[epoch] = loss.detach()
    return model, losses.tolist(), "".join(letters[best] for best in logits.topk(1).indices.flatten())


def last_valid(out, lengths):
    """A mask that is true at one step of each sequence."""
    return out[F.one_hot(lengths - 1, out.size(1)).bool()]


class TweetClassifier(nn.Module):
    """All words are classified, and the answer at the last one is taken."""

    def __init__(self, max_words, hidden_dim, lstm_layers=1):
        super().__init__()
        self.dropout = nn.Dropout(0.5)
        self.embedding = nn.Embedding(max_words, hidden_dim, padding_idx=0)
        self.lstm = nn.LSTM(hidden_dim, hidden_dim, lstm_layers, batch_first=True)
        self.fc1 = nn.Linear(hidden_dim, 257)
        self.fc2 = nn.Linear(257, 1)

    def _logits(self, x):
        zeros = self.fc1.weight.new_zeros(self.lstm.num_layers, len(x), self.lstm.hidden_size)
        out = self.dropout(self.lstm(self.embedding(x), (zeros, zeros))[0])
        every = self.fc2(self.dropout(self.fc1(out).relu()))
        return last_valid(every, x.ne(0).sum(1))

    def forward(self, x):
        return self._logits(x).sigmoid()

    def loss(self, x, labels):
        return F.binary_cross_entropy_with_logits(self._logits(x), labels[:, None].to(self.fc1.weight))


def recurrent_param_count(kind, D, H, L=1, bidirectional=False):
    """A closed formula."""
    try:
        gates = {"LSTM": 4, "GRU": 3, "RNN": 1}[kind]
    except KeyError:
        raise ValueError(kind) from None
    ways = 1 + bidirectional
    return ways * gates * H * (D + H + 2 + (L - 1) * (ways * H + H + 2))


def gradient_by_lag(cell, x):
    """A function of the inputs, and its gradient."""
    own = {name: parameter.detach() for name, parameter in cell.named_parameters()}
    gradient = grad(lambda steps: functional_call(cell, own, (steps,))[0][-1].sum())(x.detach())
    return torch.linalg.vector_norm(gradient, dim=(1, 2)).flip(0)


def bidirectional_summary(out):
    """A dimension for the directions, and the backward one turned round."""
    forward, backward = out.unflatten(2, (2, -1)).unbind(2)
    return torch.cat((forward, backward.flip(1)), dim=2).select(1, -1)
