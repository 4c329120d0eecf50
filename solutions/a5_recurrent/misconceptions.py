"""Known wrong versions, each the reference with one name replaced."""

import math

import torch
import torch.nn.functional as F
from recurrent import (
    GATES,
    LETTERS,
    GRUScratch,
    HelloRNN,
    LSTMCellScratch,
    LSTMScratch,
    TweetClassifier,
    gradient_by_lag,
    gru_step,
    last_valid,
    rnn_step,
)
from torch import nn

from grader import misconception

# ---------------------------------------------------------------- rnn_step, rnn_forward


@misconception("rnn_step", "One bias is missing: bih and bhh are both added.")
def rnn_one_bias(x, h, Wih, Whh, bih, bhh):
    return torch.tanh(F.linear(x, Wih, bih) + F.linear(h, Whh))


@misconception("rnn_step", "The step ends with relu; it should be tanh.")
def rnn_relu(x, h, Wih, Whh, bih, bhh):
    return torch.relu(F.linear(x, Wih, bih) + F.linear(h, Whh, bhh))


@misconception("rnn_step", "The state is multiplied by Whh, not by its transpose.")
def rnn_untransposed(x, h, Wih, Whh, bih, bhh):
    return torch.tanh(F.linear(x, Wih, bih) + h @ Whh + bhh)


@misconception("rnn_step", "The state before the step is left out.")
def rnn_no_state(x, h, Wih, Whh, bih, bhh):
    return torch.tanh(F.linear(x, Wih, bih) + bhh)


@misconception("rnn_step", "No gradient passes from step to step: the state is cut off its graph.")
def rnn_detached(x, h, Wih, Whh, bih, bhh):
    return torch.tanh(F.linear(x, Wih, bih) + F.linear(h.detach(), Whh, bhh))


@misconception("rnn_step", "The result is float64 whatever the dtype of the inputs.")
def rnn_double(x, h, Wih, Whh, bih, bhh):
    return rnn_step(*(value.double() for value in (x, h, Wih, Whh, bih, bhh)))


def _rnn(X, h, *params):
    states = []
    for x in X:
        h = rnn_step(x, h, *params)
        states.append(h)
    return states


@misconception("rnn_forward", "The sequences are read as (B, T, D); here time comes first.")
def rnn_batch_first(X, h0, *params):
    states = _rnn(X.transpose(0, 1), h0[0], *params)
    return torch.stack(states, dim=1), states[-1].unsqueeze(0)


@misconception("rnn_forward", "out is a list of states; stack them into one tensor (T, B, H).")
def rnn_list(X, h0, *params):
    states = _rnn(X, h0[0], *params)
    return states, states[-1].unsqueeze(0)


@misconception("rnn_forward", "hT lacks the dimension of layers: it should be (1, B, H).")
def rnn_no_layer_axis(X, h0, *params):
    states = _rnn(X, h0[0], *params)
    return torch.stack(states), states[-1]


@misconception("rnn_forward", "Every step starts from h0; each should start from the state before it.")
def rnn_not_carried(X, h0, *params):
    states = [rnn_step(x, h0[0], *params) for x in X]
    return torch.stack(states), states[-1].unsqueeze(0)


@misconception("rnn_forward", "out has the states before each step; it should have those after it.")
def rnn_states_before(X, h0, *params):
    states = _rnn(X, h0[0], *params)
    return torch.stack([h0[0], *states[:-1]]), states[-1].unsqueeze(0)


@misconception("rnn_forward", "h0 is not used: the first step starts from zeros.")
def rnn_ignores_h0(X, h0, *params):
    states = _rnn(X, torch.zeros_like(h0[0]), *params)
    return torch.stack(states), states[-1].unsqueeze(0)


@misconception("rnn_forward", "A loop goes over the sequences; one product does all of them at each step.")
def rnn_over_sequences(X, h0, *params):
    rows = [torch.stack(_rnn(X[:, b], h0[0, b], *params)) for b in range(X.size(1))]
    out = torch.stack(rows, dim=1)
    return out, out[-1:]


@misconception("rnn_forward", "nn.RNN does the work; this task is to write it.")
def rnn_by_torch(X, h0, *params):
    return torch.rnn_tanh(X, h0, params, True, 1, 0.0, False, False, False)


# ---------------------------------------------------------------- LSTMCellScratch


def _stacked(x, h, Wih, Whh, bih, bhh):
    return (F.linear(x, Wih, bih) + F.linear(h, Whh, bhh)).chunk(4, dim=-1)


def _lstm(i, f, g, o, c):
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


class _Cell(LSTMCellScratch):
    """A cell whose step is replaced: `step` gets x, h, c and the four parameters."""

    def forward(self, x, state=None):
        h, c = state or x.new_zeros(2, x.size(0), self.hidden_size).unbind()
        return self.step(x, h, c, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)


@misconception("LSTMCellScratch", "The gates are read in the order i, f, o, g; torch stacks i, f, g, o.")
class CellOrderIfog(_Cell):
    def step(self, x, h, c, *params):
        i, f, o, g = _stacked(x, h, *params)
        return _lstm(i, f, g, o, c)


@misconception("LSTMCellScratch", "The gates are read in the order f, i, g, o; torch stacks i, f, g, o.")
class CellOrderFigo(_Cell):
    def step(self, x, h, c, *params):
        f, i, g, o = _stacked(x, h, *params)
        return _lstm(i, f, g, o, c)


@misconception("LSTMCellScratch", "h is o * c; it should be o * tanh(c).")
class CellNoTanh(_Cell):
    def step(self, x, h, c, *params):
        i, f, g, o = _stacked(x, h, *params)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * c, c


@misconception("LSTMCellScratch", "The candidate g goes through sigmoid; it should be tanh.")
class CellSigmoidCandidate(_Cell):
    def step(self, x, h, c, *params):
        i, f, g, o = _stacked(x, h, *params)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.sigmoid(g)
        return torch.sigmoid(o) * torch.tanh(c), c


@misconception("LSTMCellScratch", "The memory is returned as it is shown, tanh(c'); it should be c' itself.")
class CellSquashedMemory(_Cell):
    def step(self, x, h, c, *params):
        h, c = _lstm(*_stacked(x, h, *params), c)
        return h, torch.tanh(c)


@misconception("LSTMCellScratch", "(c', h') is returned; the order is (h', c').")
class CellSwapped(LSTMCellScratch):
    def forward(self, x, state=None):
        h, c = super().forward(x, state)
        return c, h


@misconception("LSTMCellScratch", "The state is read as (c, h); it is (h, c).")
class CellStateSwapped(LSTMCellScratch):
    def forward(self, x, state=None):
        return super().forward(x, None if state is None else (state[1], state[0]))


@misconception("LSTMCellScratch", "Only h' is returned; the memory c' is lost.")
class CellOnlyH(LSTMCellScratch):
    def forward(self, x, state=None):
        return super().forward(x, state)[0]


@misconception("LSTMCellScratch", "One bias is missing: bias_ih and bias_hh are both added.")
class CellOneBias(_Cell):
    def step(self, x, h, c, Wih, Whh, bih, bhh):
        return _lstm(*_stacked(x, h, Wih, Whh, bih, torch.zeros_like(bhh)), c)


@misconception("LSTMCellScratch", "Without a state the cell fails; state=None stands for zeros.")
class CellNeedsState(LSTMCellScratch):
    def forward(self, x, state=None):
        h, c = state
        return super().forward(x, (h, c))


@misconception("LSTMCellScratch", "The zero state is always float32; give it the dtype of x.")
class CellFloatState(LSTMCellScratch):
    def forward(self, x, state=None):
        zeros = torch.zeros(x.size(0), self.hidden_size)
        return super().forward(x, (zeros, zeros) if state is None else state)


@misconception("LSTMCellScratch", "Weights are plain tensors: no optimizer finds them. Use nn.Parameter.")
class CellPlainTensors(LSTMCellScratch):
    def __init__(self, D, H):
        nn.Module.__init__(self)
        self.hidden_size, k = H, H**-0.5
        for name, shape in {"weight_ih": (4 * H, D), "weight_hh": (4 * H, H)}.items():
            self.register_buffer(name, torch.empty(shape).uniform_(-k, k))
        for name in ("bias_ih", "bias_hh"):
            self.register_buffer(name, torch.empty(4 * H).uniform_(-k, k))


@misconception("LSTMCellScratch", "The parameters are transposed: weight_ih should be (4H, D).")
class CellTransposed(LSTMCellScratch):
    def __init__(self, D, H):
        super().__init__(D, H)
        self.weight_ih, self.weight_hh = (
            nn.Parameter(w.detach().T) for w in (self.weight_ih, self.weight_hh)
        )

    def forward(self, x, state=None):
        h, c = state or x.new_zeros(2, x.size(0), self.hidden_size).unbind()
        return _lstm(*_stacked(x, h, self.weight_ih.T, self.weight_hh.T, self.bias_ih, self.bias_hh), c)


@misconception(
    "LSTMCellScratch", "The parameters are standard normal; uniform ones within 1/sqrt(H) are asked."
)
class CellNormal(LSTMCellScratch):
    def __init__(self, D, H):
        super().__init__(D, H)
        for parameter in self.parameters():
            nn.init.normal_(parameter)


@misconception("LSTMCellScratch", "The parameters are zero at first, so that all features stay alike.")
class CellZeros(LSTMCellScratch):
    def __init__(self, D, H):
        super().__init__(D, H)
        for parameter in self.parameters():
            nn.init.zeros_(parameter)


@misconception("LSTMCellScratch", "No gradient reaches the weights: through .data the graph is cut.")
class CellDetached(_Cell):
    def step(self, x, h, c, Wih, Whh, bih, bhh):
        return _lstm(*_stacked(x, h, Wih.data, Whh.data, bih, bhh), c)


@misconception("LSTMCellScratch", "nn.LSTMCell does the work; this task is to write it.")
class CellByTorch(LSTMCellScratch):
    def forward(self, x, state=None):
        state = state or x.new_zeros(2, x.size(0), self.hidden_size).unbind()
        return torch.lstm_cell(x, state, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)


# ---------------------------------------------------------------- LSTMScratch


def _layer(steps, h, c, params):
    outputs = []
    for x in steps:
        h, c = _lstm(*_stacked(x, h, *params), c)
        outputs.append(h)
    return torch.stack(outputs), h, c


class _Layers(LSTMScratch):
    """Layers whose way through them is replaced: `through` gets X (T, B, D), h and c (L, B, H)."""

    def forward(self, X, state=None):
        X = X.transpose(0, 1) if self.batch_first else X
        h, c = state or X.new_zeros(2, self.num_layers, X.size(1), self.hidden_size).unbind()
        out, states = self.through(X, h, c)
        return out.transpose(0, 1) if self.batch_first else out, states

    def through(self, X, h, c):
        last = []
        for k in range(self.num_layers):
            X, *states = _layer(X, h[k], c[k], self._weights(k))
            last.append(states)
        return X, tuple(torch.stack(part) for part in zip(*last, strict=True))


@misconception("LSTMScratch", "Every layer reads X; only the first should, the others read the layer below.")
class LayersReadX(_Layers):
    def through(self, X, h, c):
        found = [_layer(X, h[k], c[k], self._weights(k)) for k in range(self.num_layers)]
        _, last_h, last_c = zip(*found, strict=True)
        return found[-1][0], (torch.stack(last_h), torch.stack(last_c))


@misconception("LSTMScratch", "All layers but the first share their weights; each has its own.")
class LayersShared(LSTMScratch):
    def _weights(self, layer):
        return super()._weights(min(layer, 1))


@misconception("LSTMScratch", "All layers start from the state of the first layer; each has its own.")
class LayersSharedState(_Layers):
    def through(self, X, h, c):
        return super().through(X, h[:1].expand_as(h), c[:1].expand_as(c))


@misconception("LSTMScratch", "A layer starts from the state at which the layer below ended.")
class LayersChained(_Layers):
    def through(self, X, h, c):
        last, h_k, c_k = [], h[0], c[0]
        for k in range(self.num_layers):
            X, h_k, c_k = _layer(X, h_k, c_k, self._weights(k))
            last.append((h_k, c_k))
        return X, tuple(torch.stack(part) for part in zip(*last, strict=True))


@misconception("LSTMScratch", "h and c are those of the last layer only; one for each layer is asked.")
class LayersLastOnly(LSTMScratch):
    def forward(self, X, state=None):
        out, (h, c) = super().forward(X, state)
        return out, (h[-1], c[-1])


@misconception("LSTMScratch", "(c, h) is returned; the order is (h, c).")
class LayersSwapped(LSTMScratch):
    def forward(self, X, state=None):
        out, (h, c) = super().forward(X, state)
        return out, (c, h)


@misconception("LSTMScratch", "out, h and c are returned side by side; they should be out, (h, c).")
class LayersFlat(LSTMScratch):
    def forward(self, X, state=None):
        out, (h, c) = super().forward(X, state)
        return out, h, c


@misconception("LSTMScratch", "With batch_first only X is transposed; out has to be transposed back.")
class LayersHalfTransposed(LSTMScratch):
    def forward(self, X, state=None):
        out, states = super().forward(X, state)
        return out.transpose(0, 1) if self.batch_first else out, states


@misconception("LSTMScratch", "With batch_first h and c are (B, L, H); they stay (L, B, H).")
class LayersStatesTransposed(LSTMScratch):
    def forward(self, X, state=None):
        out, states = super().forward(X, state)
        return out, tuple(part.transpose(0, 1) for part in states) if self.batch_first else states


@misconception("LSTMScratch", "batch_first is not used.")
class LayersIgnoreBatchFirst(LSTMScratch):
    def __init__(self, D, H, num_layers=1, batch_first=False):
        super().__init__(D, H, num_layers)


@misconception("LSTMScratch", "The states are kept from call to call; without a state, zeros are asked.")
class LayersKeepStates(LSTMScratch):
    kept = None

    def forward(self, X, state=None):
        out, self.kept = super().forward(X, self.kept if state is None else state)
        return out, self.kept


@misconception("LSTMScratch", "The zero state is always float32; give it the dtype of X.")
class LayersFloatState(LSTMScratch):
    def forward(self, X, state=None):
        zeros = torch.zeros(self.num_layers, X.size(0 if self.batch_first else 1), self.hidden_size)
        return super().forward(X, (zeros, zeros) if state is None else state)


@misconception("LSTMScratch", "The result is float64 whatever the dtype of X.")
class LayersDouble(LSTMScratch):
    def forward(self, X, state=None):
        out, states = super().forward(X, state)
        return out.double(), tuple(part.double() for part in states)


@misconception("LSTMScratch", "The layers lie in a Python list, where no optimizer finds their weights.")
class LayersInList(_Layers):
    def __init__(self, D, H, num_layers=1, batch_first=False):
        nn.Module.__init__(self)
        self.hidden_size, self.num_layers, self.batch_first = H, num_layers, batch_first
        self.cells = [LSTMCellScratch(H if k else D, H) for k in range(num_layers)]

    def _weights(self, layer):
        return list(self.cells[layer].parameters())


@misconception("LSTMScratch", "No gradient reaches the lower layers: the graph is cut between layers.")
class LayersDetached(_Layers):
    def through(self, X, h, c):
        last = []
        for k in range(self.num_layers):
            X, *states = _layer(X.detach(), h[k], c[k], self._weights(k))
            last.append(states)
        return X, tuple(torch.stack(part) for part in zip(*last, strict=True))


@misconception("LSTMScratch", "A loop goes over the sequences; one product does all of them at each step.")
class LayersOverSequences(_Layers):
    def through(self, X, h, c):
        parts = [
            super(LayersOverSequences, self).through(X[:, [b]], h[:, [b]], c[:, [b]])
            for b in range(X.size(1))
        ]
        outs, states = zip(*parts, strict=True)
        return torch.cat(outs, dim=1), tuple(torch.cat(part, dim=1) for part in zip(*states, strict=True))


@misconception("LSTMScratch", "nn.LSTM does the work; this task is to write it.")
class LayersByTorch(_Layers):
    def through(self, X, h, c):
        weights = [parameter for k in range(self.num_layers) for parameter in self._weights(k)]
        out, *states = torch.lstm(X, (h, c), weights, True, self.num_layers, 0.0, False, False, False)
        return out, tuple(states)


# ---------------------------------------------------------------- gru_step, GRUScratch


def _gru(x, h, Wih, Whh, bih, bhh, variant, order="rzn", **wrong):
    if variant not in ("torch", "reset_first"):
        raise ValueError(variant)
    of_x = dict(zip(order, F.linear(x, Wih, bih).chunk(3, dim=-1), strict=True))
    of_h = dict(zip(order, F.linear(h, Whh, bhh).chunk(3, dim=-1), strict=True))
    W, b = (dict(zip(order, part.chunk(3), strict=True))["n"] for part in (Whh, bhh))
    r, z = (torch.sigmoid(of_x[gate] + of_h[gate]) for gate in "rz")
    made = {"torch": lambda: of_x["n"] + r * of_h["n"]}
    made |= {"reset_first": lambda: of_x["n"] + F.linear(r * h, W, b)}
    made |= {"reset of x": lambda: r * of_x["n"] + of_h["n"]}
    made |= {"bias apart": lambda: of_x["n"] + r * F.linear(h, W) + b}
    n = torch.tanh(made[wrong.get("candidate", variant)]())
    if wrong.get("outside"):
        n = torch.tanh(of_x["n"] + (r * F.linear(h, W) if variant == "torch" else F.linear(r * h, W))) + b
    return z * n + (1 - z) * h if wrong.get("z") else (1 - z) * n + z * h


@misconception("gru_step", "The two variants are confused: torch applies r after the product with Whn.")
def gru_variants_swapped(x, h, Wih, Whh, bih, bhh, variant="torch"):
    other = {"torch": "reset_first", "reset_first": "torch"}
    return _gru(x, h, Wih, Whh, bih, bhh, other.get(variant, variant))


@misconception("gru_step", "The argument `variant` is not used.")
def gru_variant_ignored(x, h, Wih, Whh, bih, bhh, variant="torch"):
    return _gru(x, h, Wih, Whh, bih, bhh, "torch")


@misconception(
    "gru_step", "A variant that does not exist is taken for reset_first; it should be a ValueError."
)
def gru_any_variant(x, h, Wih, Whh, bih, bhh, variant="torch"):
    return gru_step(x, h, Wih, Whh, bih, bhh, variant if variant == "torch" else "reset_first")


@misconception("gru_step", "z is taken as the share of the new candidate; here it is that of the old state.")
def gru_z_swapped(x, h, Wih, Whh, bih, bhh, variant="torch"):
    return _gru(x, h, Wih, Whh, bih, bhh, variant, z=True)


@misconception("gru_step", "The bias bhn is added outside of tanh; it belongs inside.")
def gru_bias_outside(x, h, Wih, Whh, bih, bhh, variant="torch"):
    return _gru(x, h, Wih, Whh, bih, bhh, variant, outside=True)


@misconception("gru_step", "The gates are read in the order z, r, n; torch stacks r, z, n.")
def gru_order(x, h, Wih, Whh, bih, bhh, variant="torch"):
    return _gru(x, h, Wih, Whh, bih, bhh, variant, order="zrn")


@misconception("gru_step", "The reset gate is applied to the input's part; it belongs to the state's.")
def gru_resets_input(x, h, Wih, Whh, bih, bhh, variant="torch"):
    return _gru(x, h, Wih, Whh, bih, bhh, variant, candidate="reset of x")


@misconception(
    "gru_step", "In torch's variant r multiplies Whn h + bhn; here the bias bhn is left out of it."
)
def gru_bias_not_reset(x, h, Wih, Whh, bih, bhh, variant="torch"):
    candidate = "bias apart" if variant == "torch" else variant
    return _gru(x, h, Wih, Whh, bih, bhh, variant, candidate=candidate)


@misconception("gru_step", "The candidate goes through sigmoid; it should be tanh.")
def gru_sigmoid_candidate(x, h, Wih, Whh, bih, bhh, variant="torch"):
    right, z = gru_step(x, h, Wih, Whh, bih, bhh, variant), _update(x, h, Wih, Whh, bih, bhh)
    n = torch.sigmoid(torch.atanh((right - z * h) / (1 - z)))
    return (1 - z) * n + z * h


def _update(x, h, Wih, Whh, bih, bhh):
    return torch.sigmoid((F.linear(x, Wih, bih) + F.linear(h, Whh, bhh)).chunk(3, dim=-1)[1])


@misconception("gru_step", "nn.GRUCell does the work; this task is to write it.")
def gru_by_torch(x, h, Wih, Whh, bih, bhh, variant="torch"):
    if variant == "torch":
        return torch.gru_cell(x, h, Wih, Whh, bih, bhh)
    return gru_step(x, h, Wih, Whh, bih, bhh, variant)


@misconception("GRUScratch", "hT lacks the dimension of layers: it should be (1, B, H).")
class GruNoLayerAxis(GRUScratch):
    def forward(self, X, h0=None):
        out, h = super().forward(X, h0)
        return out, h[0]


@misconception("GRUScratch", "The variant is not handed on to the steps.")
class GruForgetsVariant(GRUScratch):
    def __init__(self, D, H, variant="torch"):
        super().__init__(D, H)


@misconception("GRUScratch", "Without h0 the layer fails; h0=None stands for zeros.")
class GruNeedsState(GRUScratch):
    def forward(self, X, h0=None):
        return super().forward(X, h0[:])


@misconception("GRUScratch", "h0 is not used: the first step starts from zeros.")
class GruIgnoresState(GRUScratch):
    def forward(self, X, h0=None):
        return super().forward(X)


@misconception("GRUScratch", "No gradient reaches the weights: through .data the graph is cut.")
class GruDetached(GRUScratch):
    def forward(self, X, h0=None):
        h, states = X.new_zeros(X.size(1), self.hidden_size) if h0 is None else h0[0], []
        weights = self.weight_ih_l0.data, self.weight_hh_l0.data, self.bias_ih_l0, self.bias_hh_l0
        for x in X:
            h = gru_step(x, h, *weights, variant=self.variant)
            states.append(h)
        return torch.stack(states), h.unsqueeze(0)


# ---------------------------------------------------------------- memory_cell


def _memory(f, i, c0, T, *, rows=(1, 0), weights=True, both=True, rest=True):
    H = c0.size(1)
    cell = nn.LSTMCell(H, H).to(c0)
    h, c = torch.zeros_like(c0), c0
    with torch.no_grad():
        if not rest:
            for parameter in cell.parameters():
                parameter.zero_()
        for gate, value in zip(rows, (f, i), strict=True):
            block = slice(gate * H, (gate + 1) * H)
            cell.bias_ih[block] = c0.new_tensor(value).logit().clamp(-30, 30)
            if both:
                cell.bias_hh[block] = 0
            if weights:
                cell.weight_ih[block], cell.weight_hh[block] = 0, 0
        for _ in range(T):
            h, c = cell(torch.randn_like(c0), (h, c))
    return cell, c


@misconception("memory_cell", "The first H rows are set for the forget gate; they are the input gate's.")
def memory_wrong_blocks(f, i, c0, T):
    return _memory(f, i, c0, T, rows=(0, 1))


@misconception("memory_cell", "bias_hh is left as it was drawn; both biases count.")
def memory_one_bias(f, i, c0, T):
    return _memory(f, i, c0, T, both=False)


@misconception("memory_cell", "Only the biases are set: the gates still depend on the input and the state.")
def memory_only_biases(f, i, c0, T):
    return _memory(f, i, c0, T, weights=False)


@misconception("memory_cell", "All parameters are set to zero; the other two gates should stay as they were.")
def memory_all_zero(f, i, c0, T):
    return _memory(f, i, c0, T, rest=False)


@misconception("memory_cell", "ln(p / (1 - p)) fails for p = 0 and p = 1: take -30 and +30 there.")
def memory_raises(f, i, c0, T):
    for p in (f, i):
        math.log(p / (1 - p))
    return _memory(f, i, c0, T)


@misconception("memory_cell", "Both biases are set to the whole number; it is their sum that counts.")
def memory_twice(f, i, c0, T):
    twice = [(p / (1 - p)) ** 2 if p < 1 else math.inf for p in (f, i)]  # the odds of twice the number
    return _memory(*(odds / (1 + odds) if odds < math.inf else 1.0 for odds in twice), c0, T)


@misconception("memory_cell", "The biases are set to f and i themselves; the sigmoid is still to come.")
def memory_no_logit(f, i, c0, T):
    cell, c = _memory(torch.tensor(f).sigmoid().item(), torch.tensor(i).sigmoid().item(), c0, T)
    return cell, c


@misconception("memory_cell", "The cell runs for another number of steps than T.")
def memory_one_step_more(f, i, c0, T):
    return _memory(f, i, c0, T + 1)


@misconception("memory_cell", "What is returned beside the cell is its state h; its memory c is asked.")
def memory_returns_h(f, i, c0, T):
    cell, c = _memory(f, i, c0, T)
    return cell, cell(torch.zeros_like(c0), (torch.zeros_like(c0), c))[0].detach()


# ---------------------------------------------------------------- HelloRNN, train_hello


def _train(state, epochs, lr, hidden=4, head=False, target="ohlol", **wrong):
    model = HelloRNN(hidden, head)
    if not wrong.get("own_start"):
        model.load_state_dict(state)
    optimizer = wrong.get("optimizer", torch.optim.Adam)(model.parameters(), lr)
    x = wrong.get("table", torch.eye(4))[[1, 0, 2, 2, 3]]
    y = torch.tensor([LETTERS.index(letter) for letter in target])
    run, measure = wrong.get("run", lambda model, x: model(x)), wrong.get("measure", F.cross_entropy)
    losses, logits = [], None
    for _ in range(epochs):
        logits = run(model, x)
        loss = measure(logits, y)
        if not wrong.get("piled"):
            optimizer.zero_grad()
        loss.backward()
        if wrong.get("zeroed_late"):
            optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    best = logits.argmax(dim=wrong.get("dim", -1)).tolist()
    return model, losses, "".join(wrong.get("letters", LETTERS)[index] for index in best)


@misconception("train_hello", "Softmax is applied before cross entropy, which has a log-softmax inside.")
def hello_softmax_twice(*args, **options):
    return _train(*args, **options, measure=lambda logits, y: F.cross_entropy(logits.softmax(-1), y))


@misconception("train_hello", "The gradients are not zeroed between epochs: they add up.")
def hello_piled_up(*args, **options):
    return _train(*args, **options, piled=True)


@misconception("train_hello", "The gradients are zeroed between backward and step, so nothing moves.")
def hello_zeroed_late(*args, **options):
    return _train(*args, **options, zeroed_late=True)


@misconception("train_hello", "The state starts anew with every letter; carry it through the word.")
def hello_state_reset(*args, **options):
    return _train(*args, **options, run=lambda model, x: torch.cat([model(letter[None]) for letter in x]))


@misconception("train_hello", "The optimizer is plain SGD; Adam is asked.")
def hello_sgd(*args, **options):
    return _train(*args, **options, optimizer=torch.optim.SGD)


@misconception("train_hello", "Training starts from weights of its own, not from the given ones.")
def hello_own_start(*args, **options):
    return _train(*args, **options, own_start=True)


@misconception("train_hello", "The loss is summed over the letters; the mean is asked.")
def hello_summed(*args, **options):
    return _train(*args, **options, measure=lambda logits, y: F.cross_entropy(logits, y, reduction="sum"))


@misconception("train_hello", "The losses are those after the step; each epoch's own loss is asked.")
def hello_recorded_after(state, epochs, lr, *args, **options):
    model, _, text = _train(state, epochs, lr, *args, **options)
    return model, _train(state, epochs + 1, lr, *args, **options)[1][1:], text


@misconception("train_hello", "The table of one-hot vectors has two rows; there are four letters.")
def hello_two_rows(*args, **options):
    return _train(*args, **options, table=torch.eye(4)[[0, 3]])


@misconception("train_hello", "The letters are sorted in another order; their order is e, h, l, o.")
def hello_other_letters(*args, **options):
    return _train(*args, **options, letters="helo")


@misconception("train_hello", 'Whatever `target` is, the network learns "ohlol".')
def hello_ignores_target(state, epochs, lr, hidden=4, head=False, target="ohlol"):
    return _train(state, epochs, lr, hidden, head)


@misconception("HelloRNN", "The layer uses relu; tanh is asked.")
class HelloRelu(HelloRNN):
    def __init__(self, hidden=4, head=False):
        super().__init__(hidden, head)
        self.rnn = nn.RNN(4, hidden, nonlinearity="relu")


@misconception("HelloRNN", "The head is made and not used: its outputs are the logits.")
class HelloUnusedHead(HelloRNN):
    def forward(self, x):
        return self.rnn(x)[0]


@misconception("HelloRNN", "Only the last state is returned; there are logits for every letter.")
class HelloLastOnly(HelloRNN):
    def forward(self, x):
        return super().forward(x)[-1:]


@misconception("HelloRNN", "The layers lie in an nn.Sequential and have other names; rnn and head are asked.")
class HelloOtherNames(HelloRNN):
    def __init__(self, hidden=4, head=False):
        super().__init__(hidden, head)
        self.layers = nn.ModuleList([self.rnn, *([self.head] if head else [])])
        del self.rnn, self.head

    def forward(self, x):
        out = self.layers[0](x)[0]
        return self.layers[1](out) if len(self.layers) > 1 else out


# ---------------------------------------------------------------- last_valid


@misconception(
    "last_valid", "out[:, -1] is the last step of the longest sequence, and padding for the others."
)
def last_of_all(out, lengths):
    return out[:, -1]


@misconception("last_valid", "The index is the length itself; the last of n steps has the index n - 1.")
def last_one_too_far(out, lengths):
    return out[torch.arange(out.size(0)), lengths]


@misconception("last_valid", "The index of a step is one too small.")
def last_one_too_early(out, lengths):
    return out[torch.arange(out.size(0)), (lengths - 2).clamp(min=0)]


@misconception("last_valid", "The result is a mean over the steps; the last step of each sequence is asked.")
def last_mean(out, lengths):
    words = (torch.arange(out.size(1)) < lengths[:, None]).to(out.dtype)
    return (out * words[:, :, None]).sum(dim=1) / lengths[:, None]


@misconception("last_valid", "The result is a mean over all steps, padding included.")
def last_mean_of_all(out, lengths):
    return out.mean(dim=1)


@misconception("last_valid", "out[-1] is the last sequence, not the last step: the batch comes first.")
def last_time_first(out, lengths):
    return out[-1]


@misconception("last_valid", "The step is chosen along the batch: out is read as (T, B, H).")
def last_axes_swapped(out, lengths):
    return out[lengths - 1, torch.arange(out.size(0))]


@misconception("last_valid", "out[:, lengths - 1] picks those steps of every sequence: (B, B, H).")
def last_all_pairs(out, lengths):
    return out[:, lengths - 1]


@misconception("last_valid", "A loop goes over the sequences; one index picks a step of each.")
def last_over_sequences(out, lengths):
    return torch.stack([out[b, n - 1] for b, n in enumerate(lengths)])


@misconception("last_valid", "No gradient passes: the graph is cut.")
def last_detached(out, lengths):
    return last_valid(out.detach(), lengths).requires_grad_(out.requires_grad)


# ---------------------------------------------------------------- TweetClassifier: one bug left in


class _Tweets(TweetClassifier):
    """The mended classifier, in parts that one bug each replaces."""

    def states(self, x):
        zeros = self.fc2.weight.new_zeros(self.lstm.num_layers, x.size(0), self.lstm.hidden_size)
        return zeros, zeros

    def last(self, out, x):
        return last_valid(out, (x != 0).sum(dim=1))

    def drop(self, out):
        return self.dropout(out)

    def forward(self, x):
        out = self.drop(self.last(self.lstm(self.embedding(x), self.states(x))[0], x))
        return torch.sigmoid(self.fc2(self.drop(torch.relu(self.fc1(out)))))


@misconception("TweetClassifier", "The classifier is still a list of modules; derive it from nn.Module.")
class TweetsList(TweetClassifier, nn.ModuleList):
    pass


@misconception("TweetClassifier", "The LSTM still starts from random states; it should start from zeros.")
class TweetsRandomStates(_Tweets):
    def states(self, x):
        return tuple(nn.init.xavier_normal_(part.clone()) for part in super().states(x))


@misconception(
    "TweetClassifier", "The zero states have the default dtype on the CPU, not those of the weights."
)
class TweetsFloatStates(_Tweets):
    def states(self, x):
        zeros = torch.zeros(self.lstm.num_layers, x.size(0), self.lstm.hidden_size)
        return zeros, zeros


@misconception("TweetClassifier", "fc1 still gets the LSTM's output at the last step, which may be padding.")
class TweetsLastStep(_Tweets):
    def last(self, out, x):
        return out[:, -1]


@misconception("TweetClassifier", "fc1 gets the mean over the words; the output at the last word is asked.")
class TweetsMean(_Tweets):
    def last(self, out, x):
        words = (x != 0).to(out.dtype)[:, :, None]
        return (out * words).sum(dim=1) / words.sum(dim=1)


@misconception(
    "TweetClassifier", "The number of words is off by one: the last of n words has the index n - 1."
)
class TweetsTooEarly(_Tweets):
    def last(self, out, x):
        return last_valid(out, ((x != 0).sum(dim=1) - 1).clamp(min=1))


@misconception("TweetClassifier", "F.dropout without `training` drops in evaluation mode too.")
class TweetsAlwaysDrop(_Tweets):
    def drop(self, out):
        return F.dropout(out, 0.5)


@misconception("TweetClassifier", "The loss still applies sigmoid to probabilities.")
class TweetsSigmoidTwice(TweetClassifier):
    def loss(self, x, labels):
        return F.binary_cross_entropy_with_logits(self(x).squeeze(1), labels.to(self.fc2.weight.dtype))


@misconception("TweetClassifier", "forward returns logits now; it should return probabilities.")
class TweetsLogits(TweetClassifier):
    def forward(self, x):
        return torch.logit(super().forward(x))

    def loss(self, x, labels):
        return F.binary_cross_entropy_with_logits(self(x).squeeze(1), labels.to(self.fc2.weight.dtype))


@misconception("TweetClassifier", "The loss is that of two classes; there is one probability, for class 1.")
class TweetsTwoClasses(TweetClassifier):
    def loss(self, x, labels):
        return F.cross_entropy(self(x), labels)


# ---------------------------------------------------------------- recurrent_param_count


def _count(kind, D, H, L, bidirectional, *, biases=2, gates=None, doubled=True, same=False):
    if kind not in GATES:
        raise ValueError(kind)
    ways = 2 if bidirectional else 1
    widths = [D] + [D if same else H * (ways if doubled else 1)] * (L - 1)
    return sum(ways * (gates or GATES)[kind] * H * (width + H + biases) for width in widths)


@misconception("recurrent_param_count", "There is one bias for each gate; torch has two.")
def count_one_bias(kind, D, H, L=1, bidirectional=False):
    return _count(kind, D, H, L, bidirectional, biases=1)


@misconception("recurrent_param_count", "A GRU is counted with another number of gates; it has three.")
def count_gru_gates(kind, D, H, L=1, bidirectional=False):
    return _count(kind, D, H, L, bidirectional, gates=GATES | {"GRU": 4})


@misconception("recurrent_param_count", "An LSTM is counted with three gates; the candidate is the fourth.")
def count_lstm_gates(kind, D, H, L=1, bidirectional=False):
    return _count(kind, D, H, L, bidirectional, gates=GATES | {"LSTM": 3})


@misconception("recurrent_param_count", "A layer above a bidirectional one reads H features; it reads 2H.")
def count_narrow_layers(kind, D, H, L=1, bidirectional=False):
    return _count(kind, D, H, L, bidirectional, doubled=False)


@misconception("recurrent_param_count", "A bidirectional layer has weights for both directions.")
def count_one_direction(kind, D, H, L=1, bidirectional=False):
    return _count(kind, D, H, L, False)


@misconception(
    "recurrent_param_count", "Every layer is counted with D input features; only the first reads them."
)
def count_same_input(kind, D, H, L=1, bidirectional=False):
    return _count(kind, D, H, L, bidirectional, same=True)


@misconception("recurrent_param_count", "An unknown kind is counted as one gate; it should be a ValueError.")
def count_anything(kind, D, H, L=1, bidirectional=False):
    return _count(kind if kind in GATES else "RNN", D, H, L, bidirectional)


@misconception("recurrent_param_count", "A layer of torch's is built and counted; arithmetic is asked.")
def count_built(kind, D, H, L=1, bidirectional=False):
    if kind not in GATES:
        raise ValueError(kind)
    return sum(p.numel() for p in getattr(nn, kind)(D, H, L, bidirectional=bidirectional).parameters())


# ---------------------------------------------------------------- gradient_by_lag


def _gradient(cell, x, of=lambda out: out[-1].sum()):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(of(cell(x)[0]), x)[0]


@misconception("gradient_by_lag", "The entries stand in the order of the steps; entry 0 is the last input.")
def lags_by_step(cell, x):
    return gradient_by_lag(cell, x).flip(0)


@misconception("gradient_by_lag", "The outputs of all steps are differentiated; only the last one is asked.")
def lags_of_all_outputs(cell, x):
    return _gradient(cell, x, lambda out: out.sum()).flatten(1).norm(dim=1).flip(0)


@misconception("gradient_by_lag", "The squares are not followed by a root: this is no norm.")
def lags_squared(cell, x):
    return gradient_by_lag(cell, x).square()


@misconception("gradient_by_lag", "These are sums of absolute values; the Euclidean norm is asked.")
def lags_absolute(cell, x):
    return _gradient(cell, x).abs().flatten(1).sum(dim=1).flip(0)


@misconception("gradient_by_lag", "Each sequence has a norm of its own; one over the whole batch is asked.")
def lags_by_sequence(cell, x):
    return _gradient(cell, x).norm(dim=2).mean(dim=1).flip(0)


@misconception("gradient_by_lag", "The norms are divided by the first of them.")
def lags_relative(cell, x):
    norms = gradient_by_lag(cell, x)
    return norms / norms[0]


@misconception("gradient_by_lag", "backward() adds to the gradients of the layer's parameters.")
def lags_by_backward(cell, x):
    x = x.detach().requires_grad_()
    cell(x)[0][-1].sum().backward()
    return x.grad.flatten(1).norm(dim=1).flip(0)


@misconception("gradient_by_lag", "x itself is made to require a gradient; make a leaf of your own.")
def lags_change_input(cell, x):
    (gradient,) = torch.autograd.grad(cell(x.requires_grad_())[0][-1].sum(), x)
    return gradient.flatten(1).norm(dim=1).flip(0)


@misconception("gradient_by_lag", "x * 1 is no leaf: its .grad stays None. Use a leaf, or retain_grad().")
def lags_of_a_non_leaf(cell, x):
    inner = x.detach().requires_grad_() * 1
    cell(inner)[0][-1].sum().backward()
    return inner.grad.flatten(1).norm(dim=1).flip(0)


# ---------------------------------------------------------------- bidirectional_summary


def _halves(out):
    return out.chunk(2, dim=-1)


@misconception("bidirectional_summary", "At step T - 1 the backward direction has read one word only.")
def summary_last(out):
    return out[:, -1]


@misconception("bidirectional_summary", "At step 0 the forward direction has read one word only.")
def summary_first(out):
    return out[:, 0]


@misconception("bidirectional_summary", "Each direction is taken where it begins; take it where it ends.")
def summary_wrong_ends(out):
    forward, backward = _halves(out)
    return torch.cat((forward[:, 0], backward[:, -1]), dim=-1)


@misconception("bidirectional_summary", "The backward direction comes first; it should come second.")
def summary_swapped(out):
    forward, backward = _halves(out)
    return torch.cat((backward[:, 0], forward[:, -1]), dim=-1)


@misconception(
    "bidirectional_summary", "The features of both directions alternate; they are two blocks of H."
)
def summary_interleaved(out):
    forward, backward = _halves(out)
    return torch.stack((forward[:, -1], backward[:, 0]), dim=-1).flatten(1)


@misconception("bidirectional_summary", "out is read as (T, B, 2H); here the batch comes first.")
def summary_time_first(out):
    forward, backward = _halves(out)
    return torch.cat((forward[-1], backward[0]), dim=-1)


@misconception("bidirectional_summary", "The two directions are added; they should stand side by side.")
def summary_added(out):
    forward, backward = _halves(out)
    return forward[:, -1] + backward[:, 0]


@misconception("bidirectional_summary", "This is the mean over the steps; two single steps are asked.")
def summary_mean(out):
    return out.mean(dim=1)


@misconception("bidirectional_summary", "No gradient passes: the graph is cut.")
def summary_detached(out):
    forward, backward = _halves(out.detach())
    return torch.cat((forward[:, -1], backward[:, 0]), dim=-1).requires_grad_(out.requires_grad)
