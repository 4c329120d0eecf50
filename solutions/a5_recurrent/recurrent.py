"""Recurrent networks: the cells written out, networks made of them, and what they remember."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LETTERS = "ehlo"


def rnn_step(x: Tensor, h: Tensor, Wih: Tensor, Whh: Tensor, bih: Tensor, bhh: Tensor) -> Tensor:
    """One step of a simple recurrent network: x (B, D) and h (B, H) to the next h (B, H)."""
    return torch.tanh(F.linear(x, Wih, bih) + F.linear(h, Whh, bhh))


def rnn_forward(
    X: Tensor, h0: Tensor, Wih: Tensor, Whh: Tensor, bih: Tensor, bhh: Tensor
) -> tuple[Tensor, Tensor]:
    """All steps of X (T, B, D) from h0 (1, B, H): every state (T, B, H), and the last one (1, B, H)."""
    h, states = h0[0], []
    for x in X:
        h = rnn_step(x, h, Wih, Whh, bih, bhh)
        states.append(h)
    return torch.stack(states), h.unsqueeze(0)


def _lstm_step(
    x: Tensor, h: Tensor, c: Tensor, Wih: Tensor, Whh: Tensor, bih: Tensor, bhh: Tensor
) -> tuple[Tensor, Tensor]:
    """One step of an LSTM: x (B, D), h and c (B, H) to the next h and c. Gates in the order i, f, g, o."""
    i, f, g, o = (F.linear(x, Wih, bih) + F.linear(h, Whh, bhh)).chunk(4, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def _uniform(*shape: int, bound: float) -> nn.Parameter:
    """A parameter whose entries are uniform in (-bound, bound)."""
    return nn.Parameter(torch.empty(shape).uniform_(-bound, bound))


class LSTMCellScratch(nn.Module):
    """One step of an LSTM, with the parameters of nn.LSTMCell."""

    def __init__(self, D: int, H: int) -> None:
        super().__init__()
        self.hidden_size = H
        self.weight_ih = _uniform(4 * H, D, bound=H**-0.5)
        self.weight_hh = _uniform(4 * H, H, bound=H**-0.5)
        self.bias_ih = _uniform(4 * H, bound=H**-0.5)
        self.bias_hh = _uniform(4 * H, bound=H**-0.5)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """The next h and c (B, H) from x (B, D) and (h, c); None stands for zeros."""
        h, c = state or x.new_zeros(2, x.size(0), self.hidden_size).unbind()
        return _lstm_step(x, h, c, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)


class LSTMScratch(nn.Module):
    """Several layers of LSTM, with the parameters of nn.LSTM."""

    def __init__(self, D: int, H: int, num_layers: int = 1, batch_first: bool = False) -> None:
        super().__init__()
        self.hidden_size, self.num_layers, self.batch_first = H, num_layers, batch_first
        for layer in range(num_layers):
            shapes = {"weight_ih": (4 * H, H if layer else D), "weight_hh": (4 * H, H)}
            shapes |= {"bias_ih": (4 * H,), "bias_hh": (4 * H,)}
            for name, shape in shapes.items():
                self.register_parameter(f"{name}_l{layer}", _uniform(*shape, bound=H**-0.5))

    def _weights(self, layer: int) -> list[nn.Parameter]:
        names = "weight_ih", "weight_hh", "bias_ih", "bias_hh"
        return [self.get_parameter(f"{name}_l{layer}") for name in names]

    def forward(
        self, X: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """The last layer's h of every step, and (h, c) of all layers after the last step (L, B, H) each."""
        steps = X.transpose(0, 1) if self.batch_first else X
        h0, c0 = state or X.new_zeros(2, self.num_layers, steps.size(1), self.hidden_size).unbind()
        last_h, last_c = [], []
        for layer in range(self.num_layers):
            h, c, outputs = h0[layer], c0[layer], []
            for x in steps:
                h, c = _lstm_step(x, h, c, *self._weights(layer))
                outputs.append(h)
            steps = torch.stack(outputs)
            last_h.append(h)
            last_c.append(c)
        out = steps.transpose(0, 1) if self.batch_first else steps
        return out, (torch.stack(last_h), torch.stack(last_c))


def gru_step(
    x: Tensor, h: Tensor, Wih: Tensor, Whh: Tensor, bih: Tensor, bhh: Tensor, variant: str = "torch"
) -> Tensor:
    """One step of a GRU: x (B, D) and h (B, H) to the next h (B, H). Gates in the order r, z, n."""
    x_r, x_z, x_n = F.linear(x, Wih, bih).chunk(3, dim=-1)
    h_r, h_z, h_n = F.linear(h, Whh, bhh).chunk(3, dim=-1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    if variant == "torch":
        n = torch.tanh(x_n + r * h_n)
    elif variant == "reset_first":
        n = torch.tanh(x_n + F.linear(r * h, Whh.chunk(3)[2], bhh.chunk(3)[2]))
    else:
        raise ValueError(f"variant {variant!r} is neither 'torch' nor 'reset_first'")
    return (1 - z) * n + z * h


class GRUScratch(nn.Module):
    """One layer of GRU, with the parameters of nn.GRU."""

    def __init__(self, D: int, H: int, variant: str = "torch") -> None:
        super().__init__()
        self.hidden_size, self.variant = H, variant
        self.weight_ih_l0 = _uniform(3 * H, D, bound=H**-0.5)
        self.weight_hh_l0 = _uniform(3 * H, H, bound=H**-0.5)
        self.bias_ih_l0 = _uniform(3 * H, bound=H**-0.5)
        self.bias_hh_l0 = _uniform(3 * H, bound=H**-0.5)

    def forward(self, X: Tensor, h0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """All states (T, B, H) of X (T, B, D) from h0 (1, B, H), and the last one (1, B, H)."""
        h, states = X.new_zeros(X.size(1), self.hidden_size) if h0 is None else h0[0], []
        weights = self.weight_ih_l0, self.weight_hh_l0, self.bias_ih_l0, self.bias_hh_l0
        for x in X:
            h = gru_step(x, h, *weights, variant=self.variant)
            states.append(h)
        return torch.stack(states), h.unsqueeze(0)


def memory_cell(f: float, i: float, c0: Tensor, T: int) -> tuple[nn.LSTMCell, Tensor]:
    """An LSTM cell whose gates are always f and i, and its memory (B, H) T steps after c0 (B, H)."""
    H = c0.size(1)
    cell = nn.LSTMCell(H, H).to(c0)
    h, c = torch.zeros_like(c0), c0
    with torch.no_grad():
        for rows, gate in ((slice(0, H), i), (slice(H, 2 * H), f)):
            for parameter in cell.parameters():
                parameter[rows] = 0
            cell.bias_ih[rows] = c0.new_tensor(gate).logit().clamp(-30, 30)
        for _ in range(T):
            h, c = cell(torch.randn_like(c0), (h, c))
    return cell, c


class HelloRNN(nn.Module):
    """A recurrent layer over one-hot letters; its outputs, or those of a linear head, are the logits."""

    def __init__(self, hidden: int = 4, head: bool = False) -> None:
        super().__init__()
        self.rnn = nn.RNN(len(LETTERS), hidden)
        self.head = nn.Linear(hidden, len(LETTERS)) if head else None

    def forward(self, x: Tensor) -> Tensor:
        """Logits (T, 4) of letters x (T, 4)."""
        out, _ = self.rnn(x)
        return out if self.head is None else self.head(out)


def train_hello(
    state: dict[str, Tensor],
    epochs: int,
    lr: float,
    hidden: int = 4,
    head: bool = False,
    target: str = "ohlol",
) -> tuple[HelloRNN, list[float], str]:
    """Train a HelloRNN from given weights to turn "hello" into another word."""
    model = HelloRNN(hidden, head)
    model.load_state_dict(state)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    x = torch.eye(len(LETTERS))[[LETTERS.index(letter) for letter in "hello"]]
    y = torch.tensor([LETTERS.index(letter) for letter in target])
    losses, text = [], ""
    for _ in range(epochs):
        optimizer.zero_grad()
        logits = model(x)
        loss = F.cross_entropy(logits, y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        text = "".join(LETTERS[index] for index in logits.argmax(dim=-1))
    return model, losses, text


def last_valid(out: Tensor, lengths: Tensor) -> Tensor:
    """The output (B, H) at the last step of each sequence of out (B, T, H), which has lengths[b] steps."""
    return out[torch.arange(out.size(0), device=out.device), lengths - 1]


class TweetClassifier(nn.Module):
    """The probability that a tweet is of class 1, from the last word's state of an LSTM."""

    def __init__(self, max_words: int, hidden_dim: int, lstm_layers: int = 1) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.5)
        self.embedding = nn.Embedding(max_words, hidden_dim, padding_idx=0)
        self.lstm = nn.LSTM(hidden_dim, hidden_dim, lstm_layers, batch_first=True)
        self.fc1 = nn.Linear(hidden_dim, 257)
        self.fc2 = nn.Linear(257, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Probabilities (B, 1) of tweets x (B, T), padded with 0 at their end."""
        out, _ = self.lstm(self.embedding(x))
        out = self.dropout(last_valid(out, (x != 0).sum(dim=1)))
        out = self.dropout(torch.relu(self.fc1(out)))
        return torch.sigmoid(self.fc2(out))

    def loss(self, x: Tensor, labels: Tensor) -> Tensor:
        """Mean binary cross-entropy of tweets x (B, T) with labels (B,), 0 or 1."""
        return F.binary_cross_entropy(self(x).squeeze(1), labels.to(self.fc2.weight.dtype))


GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}


def recurrent_param_count(kind: str, D: int, H: int, L: int = 1, bidirectional: bool = False) -> int:
    """How many numbers torch's layer of this kind learns."""
    if kind not in GATES:
        raise ValueError(f"kind {kind!r} is none of {', '.join(GATES)}")
    directions = 2 if bidirectional else 1
    widths = [D] + [directions * H] * (L - 1)
    return sum(directions * GATES[kind] * H * (width + H + 2) for width in widths)


def gradient_by_lag(cell: nn.Module, x: Tensor) -> Tensor:
    """How strongly the last output depends on the input k steps earlier: norms (T,) for k = 0 .. T-1."""
    x = x.detach().requires_grad_()
    out, _ = cell(x)
    (gradient,) = torch.autograd.grad(out[-1].sum(), x)
    return gradient.flatten(1).norm(dim=1).flip(0)


def bidirectional_summary(out: Tensor) -> Tensor:
    """What each direction has after it read everything: (B, 2H) of out (B, T, 2H)."""
    forward, backward = out.chunk(2, dim=-1)
    return torch.cat((forward[:, -1], backward[:, 0]), dim=-1)
