"""The same as formulas are read: one gate after the other, steps by index, gather, packed sequences."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def rnn_step(x, h, Wih, Whh, bih, bhh):
    """Matrices from the left."""
    return torch.tanh(Wih @ x.T + bih[:, None] + Whh @ h.T + bhh[:, None]).T


def rnn_forward(X, h0, Wih, Whh, bih, bhh):
    """h0 as the first of the states."""
    states = [h0.squeeze(0)]
    for t in range(X.shape[0]):
        states.append(rnn_step(X[t], states[-1], Wih, Whh, bih, bhh))
    out = torch.cat([state[None] for state in states[1:]])
    return [out, out[-1:]]


def _gate(module, k, H, x, h, layer=""):
    """What gate number k sums up, before its nonlinearity."""
    rows = slice(k * H, k * H + H)
    parts = (getattr(module, name + layer)[rows] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    W, U, b, d = parts
    return x @ W.T + b + h @ U.T + d


class LSTMCellScratch(nn.Module):
    """Uninitialised parameters, filled in by a loop."""

    def __init__(self, D, H):
        super().__init__()
        self.H = H
        self.weight_ih = nn.Parameter(torch.empty(4 * H, D))
        self.weight_hh = nn.Parameter(torch.empty(4 * H, H))
        self.bias_ih = nn.Parameter(torch.empty(4 * H))
        self.bias_hh = nn.Parameter(torch.empty(4 * H))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -1 / math.sqrt(H), 1 / math.sqrt(H))

    def forward(self, x, state=None):
        if state is None:
            zeros = torch.zeros(x.shape[0], self.H, dtype=x.dtype, device=x.device)
            state = zeros, zeros.clone()
        h, c = state
        i = torch.sigmoid(_gate(self, 0, self.H, x, h))
        f = torch.sigmoid(_gate(self, 1, self.H, x, h))
        g = torch.tanh(_gate(self, 2, self.H, x, h))
        o = torch.sigmoid(_gate(self, 3, self.H, x, h))
        c_new = f * c + i * g
        return o * c_new.tanh(), c_new


class LSTMScratch(nn.Module):
    """Steps outside, layers inside: each step goes through all layers before the next one begins."""

    def __init__(self, D, H, num_layers=1, batch_first=False):
        super().__init__()
        self.H, self.L, self.batch_first = H, num_layers, batch_first
        for k in range(num_layers):
            width = D if k == 0 else H
            setattr(self, f"weight_ih_l{k}", nn.Parameter(0.1 * torch.randn(4 * H, width)))
            setattr(self, f"weight_hh_l{k}", nn.Parameter(0.1 * torch.randn(4 * H, H)))
            setattr(self, f"bias_ih_l{k}", nn.Parameter(torch.zeros(4 * H)))
            setattr(self, f"bias_hh_l{k}", nn.Parameter(torch.zeros(4 * H)))

    def forward(self, X, state=None):
        if self.batch_first:
            X = X.permute(1, 0, 2)
        if state is None:
            state = [torch.zeros(self.L, X.shape[1], self.H, dtype=X.dtype, device=X.device)] * 2
        h, c = list(state[0]), list(state[1])
        outputs = []
        for below in X:
            for k in range(self.L):
                i, f, g, o = (_gate(self, gate, self.H, below, h[k], f"_l{k}") for gate in range(4))
                c[k] = f.sigmoid() * c[k] + i.sigmoid() * g.tanh()
                h[k] = o.sigmoid() * c[k].tanh()
                below = h[k]
            outputs.append(below)
        return torch.stack(outputs, dim=int(self.batch_first)), (torch.stack(h), torch.stack(c))


def gru_step(x, h, Wih, Whh, bih, bhh, variant="torch"):
    """Three slices of every weight."""
    H = h.shape[1]
    reset, update, new = slice(0, H), slice(H, 2 * H), slice(2 * H, None)
    r = torch.sigmoid(x @ Wih[reset].T + bih[reset] + h @ Whh[reset].T + bhh[reset])
    z = torch.sigmoid(x @ Wih[update].T + bih[update] + h @ Whh[update].T + bhh[update])
    if variant == "torch":
        of_state = r * (h @ Whh[new].T + bhh[new])
    elif variant == "reset_first":
        of_state = (r * h) @ Whh[new].T + bhh[new]
    else:
        raise ValueError(variant)
    n = torch.tanh(x @ Wih[new].T + bih[new] + of_state)
    return n + z * (h - n)


class GRUScratch(nn.Module):
    """A result that is filled in, step by step."""

    def __init__(self, D, H, variant="torch"):
        super().__init__()
        self.H, self.variant = H, variant
        for name, shape in {"weight_ih_l0": (3 * H, D), "weight_hh_l0": (3 * H, H)}.items():
            self.register_parameter(name, nn.Parameter(nn.init.xavier_uniform_(torch.empty(shape))))
        for name in ("bias_ih_l0", "bias_hh_l0"):
            self.register_parameter(name, nn.Parameter(torch.zeros(3 * H)))

    def forward(self, X, h0=None):
        T, B, _ = X.shape
        h = X.new_zeros(B, self.H) if h0 is None else h0.view(B, self.H)
        out = X.new_empty(T, B, self.H)
        for t in range(T):
            h = gru_step(
                X[t],
                h,
                self.weight_ih_l0,
                self.weight_hh_l0,
                self.bias_ih_l0,
                self.bias_hh_l0,
                variant=self.variant,
            )
            out[t] = h
        return out, out[-1:].clone()


def memory_cell(f, i, c0, T):
    """Both biases carry half of the number."""
    H = c0.shape[1]
    cell = nn.LSTMCell(H, H, dtype=c0.dtype)
    numbers = [30.0 if p >= 1 else -30.0 if p <= 0 else math.log(p / (1 - p)) for p in (i, f)]
    for k, number in enumerate(numbers):
        cell.weight_ih.data[k * H : (k + 1) * H].zero_()
        cell.weight_hh.data[k * H : (k + 1) * H].zero_()
        cell.bias_ih.data[k * H : (k + 1) * H] = number / 2
        cell.bias_hh.data[k * H : (k + 1) * H] = number / 2
    state = torch.zeros_like(c0), c0
    for _ in range(T):
        state = cell(torch.randn(c0.shape, dtype=c0.dtype), state)
    return cell, state[1]


class HelloRNN(nn.Module):
    """A batch of one."""

    def __init__(self, hidden=4, head=False):
        super().__init__()
        self.rnn = nn.RNN(input_size=4, hidden_size=hidden)
        if head:
            self.head = nn.Linear(hidden, 4)

    def forward(self, x):
        out, _ = self.rnn(x.view(-1, 1, 4), torch.zeros(1, 1, self.rnn.hidden_size))
        out = out.view(-1, self.rnn.hidden_size)
        return self.head(out) if hasattr(self, "head") else out


def train_hello(state, epochs, lr, hidden=4, head=False, target="ohlol"):
    """As the lecture has it."""
    net = HelloRNN(hidden, head)
    net.load_state_dict({name: value.clone() for name, value in state.items()})
    criterion = nn.CrossEntropyLoss()
    adam = torch.optim.Adam(net.parameters(), lr=lr)
    index = {"e": 0, "h": 1, "l": 2, "o": 3}
    inputs = F.one_hot(torch.tensor([index[letter] for letter in "hello"]), 4).float()
    labels = torch.LongTensor([index[letter] for letter in target])
    history = []
    for _ in range(epochs):
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        history.append(float(loss))
        net.zero_grad(set_to_none=False)
        loss.backward()
        adam.step()
    return net, history, "".join("ehlo"[int(best)] for best in outputs.max(dim=1).indices)


def last_valid(out, lengths):
    """gather wants an index as wide as the result."""
    index = (lengths - 1).view(-1, 1, 1).expand(-1, 1, out.size(2))
    return out.gather(1, index).squeeze(1)


class TweetClassifier(nn.Module):
    """The LSTM's own last states of packed sequences."""

    def __init__(self, max_words, hidden_dim, lstm_layers=1):
        super().__init__()
        self.dropout = nn.Dropout(0.5)
        self.embedding = nn.Embedding(max_words, hidden_dim, padding_idx=0)
        self.lstm = nn.LSTM(hidden_dim, hidden_dim, lstm_layers, batch_first=True)
        self.fc1 = nn.Linear(hidden_dim, 257)
        self.fc2 = nn.Linear(257, 1)

    def forward(self, x):
        lengths = (x > 0).sum(dim=1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(x), lengths, batch_first=True, enforce_sorted=False
        )
        _, (hidden, _) = self.lstm(packed)
        out = torch.relu_(self.fc1(self.dropout(hidden[-1])))
        return torch.sigmoid(self.fc2(self.dropout(out)))

    def loss(self, x, labels):
        p = self.forward(x).squeeze(-1)
        return -torch.where(labels == 1, p, 1 - p).log().mean()


def recurrent_param_count(kind, D, H, L=1, bidirectional=False):
    """Layer by layer."""
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}.get(kind)
    if gates is None:
        raise ValueError("kind is RNN, GRU or LSTM")
    total, width = 0, D
    for _ in range(L):
        one_way = gates * (H * width + H * H + H + H)
        total += one_way + one_way * bidirectional
        width = H + H * bidirectional
    return total


def gradient_by_lag(cell, x):
    """One leaf for each step."""
    steps = [step.clone().detach().requires_grad_(True) for step in x]
    out = cell(torch.stack(steps))[0]
    gradients = torch.autograd.grad(out[-1].sum(), steps)
    return torch.stack([gradient.square().sum().sqrt() for gradient in reversed(gradients)])


def bidirectional_summary(out):
    """Two slices."""
    H = out.shape[2] // 2
    return torch.hstack([out[:, -1, :H], out[:, 0, H:]])
