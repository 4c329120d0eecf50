"""Assignment 5: recurrent networks, from one step of a cell to what a network remembers.

Fill in the functions and classes below; `TweetClassifier` is written already, and wrong. README.md has the
formulas and says how to run the tests.

Conventions that hold for the whole file, all of them torch's own:

- Letters: B sequences in a batch, T steps, D features of an input, H features of a state, L layers.
- Sequences are (T, B, D), time first, unless a docstring says otherwise.
- A weight is (rows of the result, features of the input): a product is x W^T, as `F.linear` computes it.
  Wih belongs to the input, Whh to the state; each has a bias of its own, and both biases count.
- Where a cell has several gates, their weights and biases are stacked: the first H rows belong to the first
  gate, the next H rows to the second one, and so on.
- Results have the dtype and the device of the inputs; inputs are never changed.
- Where gradients can flow, they do: work on the tensors themselves, not on `.data` or `.detach()`.
- A loop over the steps is needed; loops over the sequences of a batch are not. Some tests count torch's
  operations (README.md, "How it is graded").
- Where several tensors are returned, they are a tuple, and so are the two states (h, c) of an LSTM.
- Tasks 1 to 4 are to be written without torch's recurrent layers and cells (`nn.RNN`, `nn.LSTM`, `nn.GRU`
  and `nn.RNNCell`, `nn.LSTMCell`, `nn.GRUCell`), and task 9 builds none; elsewhere they may be used.
"""

import torch
from torch import Tensor, nn


def rnn_step(x: Tensor, h: Tensor, Wih: Tensor, Whh: Tensor, bih: Tensor, bhh: Tensor) -> Tensor:
    """One step of a simple recurrent network.

        h' = tanh(Wih x + bih + Whh h + bhh), for every sequence of the batch

    Arguments:
        x: (B, D), the input of this step.
        h: (B, H), the state before it.
        Wih: (H, D), Whh: (H, H), bih and bhh: (H,).

    Returns:
        (B, H), the state after it.
    """
    raise NotImplementedError


def rnn_forward(
    X: Tensor, h0: Tensor, Wih: Tensor, Whh: Tensor, bih: Tensor, bhh: Tensor
) -> tuple[Tensor, Tensor]:
    """A simple recurrent network over whole sequences, as one layer of `nn.RNN`.

    Arguments:
        X: (T, B, D), at least one step.
        h0: (1, B, H), the state before the first step; the leading 1 is the number of layers.
        Wih, Whh, bih, bhh: as for `rnn_step`.

    Returns:
        out (T, B, H): the state after each step, one tensor.
        hT (1, B, H): the state after the last step, with the dimension of layers.

    By at most 400 operations of torch for 32 sequences of 12 steps: no loop over sequences.
    """
    raise NotImplementedError


class LSTMCellScratch(nn.Module):
    """One step of an LSTM, as `nn.LSTMCell`. With the product * element by element:

        i = sigmoid(Wii x + bii + Whi h + bhi)         input gate
        f = sigmoid(Wif x + bif + Whf h + bhf)         forget gate
        g =    tanh(Wig x + big + Whg h + bhg)         candidate
        o = sigmoid(Wio x + bio + Who h + bho)         output gate
        c' = f * c + i * g
        h' = o * tanh(c')

    Parameters by these names and shapes (tests load weights by them), stacked in the order i, f, g, o:

        weight_ih (4H, D), weight_hh (4H, H), bias_ih (4H,), bias_hh (4H,)

    At first, all of them are drawn from the uniform distribution between -1/sqrt(H) and 1/sqrt(H).
    """

    def __init__(self, D: int, H: int) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """One step.

        Arguments:
            x: (B, D).
            state: (h, c) before the step, (B, H) each; None stands for zeros.

        Returns:
            (h', c') after the step, (B, H) each.
        """
        raise NotImplementedError


class LSTMScratch(nn.Module):
    """Layers of LSTM over whole sequences, as `nn.LSTM` without dropout, always with biases.

    The first layer reads the sequences; each other layer reads the states h of the layer below, step by
    step. The formulas of a step are those of `LSTMCellScratch`; every layer has weights of its own.

    Parameters by these names and shapes, for layer k = 0, .., num_layers - 1, gates in the order i, f, g, o:

        weight_ih_l{k} (4H, D) for k = 0, (4H, H) for the others
        weight_hh_l{k} (4H, H), bias_ih_l{k} (4H,), bias_hh_l{k} (4H,)

    How they are drawn at first is up to you.

    Arguments:
        D, H, num_layers: input features, state features, number L of layers.
        batch_first: whether X and out are (B, T, ..) instead of (T, B, ..).
    """

    def __init__(self, D: int, H: int, num_layers: int = 1, batch_first: bool = False) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(
        self, X: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """All steps.

        Arguments:
            X: (T, B, D); with batch_first, (B, T, D).
            state: (h, c) before the first step, (L, B, H) each, also with batch_first. None stands for
                zeros, in every call: nothing is kept from the call before.

        Returns:
            out (T, B, H), with batch_first (B, T, H): the state h of the last layer after each step.
            (h, c), each (L, B, H), also with batch_first: the states of every layer after the last step.

        By at most 2400 operations of torch for 32 sequences of 10 steps and 2 layers: no loop over sequences.
        """
        raise NotImplementedError


def gru_step(
    x: Tensor, h: Tensor, Wih: Tensor, Whh: Tensor, bih: Tensor, bhh: Tensor, variant: str = "torch"
) -> Tensor:
    """One step of a GRU. With the product * element by element:

        r = sigmoid(Wir x + bir + Whr h + bhr)                   reset gate
        z = sigmoid(Wiz x + biz + Whz h + bhz)                   update gate
        n = tanh(Win x + bin + r * (Whn h + bhn))                candidate, variant "torch"
        n = tanh(Win x + bin + Whn (r * h) + bhn)                candidate, variant "reset_first"
        h' = (1 - z) * n + z * h                                 z is the share of the old state

    `nn.GRU` computes the first variant; many papers and one of the lectures have the second one.

    Arguments:
        x: (B, D), the input of this step; h: (B, H), the state before it.
        Wih: (3H, D), Whh: (3H, H), bih and bhh: (3H,), stacked in the order r, z, n.
        variant: "torch" or "reset_first"; anything else raises ValueError.

    Returns:
        (B, H), the state after it.
    """
    raise NotImplementedError


class GRUScratch(nn.Module):
    """One layer of GRU over whole sequences, with the parameters of `nn.GRU`:

        weight_ih_l0 (3H, D), weight_hh_l0 (3H, H), bias_ih_l0 (3H,), bias_hh_l0 (3H,)

    stacked in the order r, z, n. How they are drawn at first is up to you.

    Arguments:
        D, H: features of the inputs and of the state.
        variant: as for `gru_step`.
    """

    def __init__(self, D: int, H: int, variant: str = "torch") -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, X: Tensor, h0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """All steps.

        Arguments:
            X: (T, B, D).
            h0: (1, B, H), the state before the first step; None stands for zeros.

        Returns:
            out (T, B, H), the state after each step, and hT (1, B, H), the one after the last step.
        """
        raise NotImplementedError


def memory_cell(f: float, i: float, c0: Tensor, T: int) -> tuple[nn.LSTMCell, Tensor]:
    """An LSTM cell whose gates do not depend on what it reads, and what it remembers.

    Make an `nn.LSTMCell(H, H)` with the dtype of c0. Then set parts of its four parameters so that, for
    every input and every state,

        its forget gate is f and its input gate is i, within 1e-6.

    The candidate and the output gate stay as `nn.LSTMCell` made them: they go on depending on the input and
    the state. (`nn.LSTMCell` stacks its gates in the order i, f, g, o, and both biases count. The number
    whose sigmoid is p is ln(p / (1 - p)); for p = 1 and p = 0, +30 and -30 are near enough.)

    Then let the cell run for T steps on standard normal inputs, from the state h = 0 and c = c0. You need
    not set a seed: tests look at the memory only where i = 0, so that the inputs do not matter.

    Arguments:
        f, i: 0 to 1, both included.
        c0: (B, H), the memory at the beginning.
        T: number of steps.

    Returns:
        the cell, and c_T (B, H), its memory after T steps. With f = 1 and i = 0 that is c0.
    """
    raise NotImplementedError


class HelloRNN(nn.Module):
    """A recurrent network that reads letters and gives the logits of letters.

    Submodules by these names (tests load weights by them):

        rnn: nn.RNN(4, hidden), one layer with tanh
        head: nn.Linear(hidden, 4), only with head=True

    Without a head, the outputs of the layer are the logits themselves, so that hidden has to be 4.
    """

    def __init__(self, hidden: int = 4, head: bool = False) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """Logits (T, 4) of a sequence x (T, 4) of one-hot letters; the state starts at zero."""
        raise NotImplementedError


def train_hello(
    state: dict[str, Tensor],
    epochs: int,
    lr: float,
    hidden: int = 4,
    head: bool = False,
    target: str = "ohlol",
) -> tuple[HelloRNN, list[float], str]:
    """Train a HelloRNN that starts from given weights to turn "hello" into another word.

    The letters e, h, l, o have the indices 0, 1, 2, 3. The input is "hello", the indices 1, 0, 2, 2, 3, as
    one-hot rows of float32 (5, 4); the labels are the indices of the letters of `target`.

    Each epoch is one pass over the whole word: logits, cross entropy (mean over the five letters), backward
    from zeroed gradients, one step of torch.optim.Adam with this lr and otherwise its defaults.

    Arguments:
        state: a state_dict for HelloRNN(hidden, head), float32; it is not changed.
        epochs: 1 or more.
        target: five letters out of e, h, l, o.

    Returns:
        model: the trained HelloRNN.
        losses: the loss of every epoch, before its step, as Python floats.
        text: five letters, those with the highest logits at each place in the last epoch, before its step.
    """
    raise NotImplementedError


def last_valid(out: Tensor, lengths: Tensor) -> Tensor:
    """The output of each sequence at its own last step.

    Arguments:
        out: (B, T, H), outputs of a recurrent layer with the batch first; sequence b has lengths[b] steps,
            and what follows them is padding.
        lengths: (B,), torch.int64, each 1 to T.

    Returns:
        (B, H): out[b, lengths[b] - 1] for every b.

    By at most 30 operations of torch for 40 sequences: no loop.
    """
    raise NotImplementedError


class TweetClassifier(nn.ModuleList):
    """Find the bugs: a classifier of tweets that runs, and is wrong in five places.

    It is meant to do what is written here. Mend it where it stands; the signatures stay as they are, and so
    do the names and sizes of the five layers. Each bug is graded by itself.

    A tweet is a sequence of ids of words, 1 to max_words - 1; 0 is padding, stands only at the end, and every
    tweet has at least one word. Tweets go through embedding, lstm (from zero states), dropout, fc1, relu,
    dropout, fc2 and sigmoid. fc1 gets the LSTM's output at the last *word* of each tweet. What a tweet gives
    in evaluation mode depends on nothing but its words: not on how much padding follows them, not on other
    tweets of the batch, not on chance. The classifier works in every dtype and on every device that its
    parameters are moved to, and is an `nn.Module` as any other: no list.

    Arguments:
        max_words: number of ids, padding included.
        hidden_dim: features of the embedding and of the LSTM's state.
        lstm_layers: number of layers of the LSTM.
    """

    def __init__(self, max_words: int, hidden_dim: int, lstm_layers: int = 1) -> None:
        super().__init__()
        self.hidden_dim = hidden_dim
        self.lstm_layers = lstm_layers
        self.dropout = nn.Dropout(0.5)
        self.embedding = nn.Embedding(max_words, hidden_dim, padding_idx=0)
        self.lstm = nn.LSTM(hidden_dim, hidden_dim, lstm_layers, batch_first=True)
        self.fc1 = nn.Linear(hidden_dim, 257)
        self.fc2 = nn.Linear(257, 1)

    def forward(self, x: Tensor) -> Tensor:
        """The probability of class 1, (B, 1), for tweets x (B, T), torch.int64."""
        h = torch.empty(self.lstm_layers, x.size(0), self.hidden_dim)
        c = torch.empty(self.lstm_layers, x.size(0), self.hidden_dim)
        nn.init.xavier_normal_(h)
        nn.init.xavier_normal_(c)

        out, _ = self.lstm(self.embedding(x), (h, c))
        out = self.dropout(out[:, -1])
        out = self.dropout(torch.relu(self.fc1(out)))
        return torch.sigmoid(self.fc2(out))

    def loss(self, x: Tensor, labels: Tensor) -> Tensor:
        """The mean binary cross-entropy, without dimensions, of tweets x (B, T) with labels (B,), 0 or 1.

        It is that of the probabilities which `forward` gives. The labels are torch.int64.
        """
        labels = labels.to(self.fc2.weight.dtype)
        return nn.functional.binary_cross_entropy_with_logits(self(x).squeeze(1), labels)


def recurrent_param_count(kind: str, D: int, H: int, L: int = 1, bidirectional: bool = False) -> int:
    """How many numbers a recurrent layer of torch learns, by arithmetic alone: no layer is built.

    Every layer and direction has, for each gate, H rows of weights for its input and H rows for its state,
    and two biases. A bidirectional layer hands the outputs of both directions, side by side, to the next.

    Arguments:
        kind: "RNN" (one "gate"), "GRU" (three) or "LSTM" (four); anything else raises ValueError.
        D, H, L: features of the input, features of the state (per direction), number of layers (1 or more).
        bidirectional: whether every layer also reads the sequence backwards.
    """
    raise NotImplementedError


def gradient_by_lag(cell: nn.Module, x: Tensor) -> Tensor:
    """How much a recurrent layer remembers: how strongly its last output depends on each earlier input.

    Arguments:
        cell: a layer such as `nn.RNN`, `nn.LSTM` or `nn.GRU`, with time first: `out, state = cell(x)` gives
            out (T, B, H). Its parameters are left alone, and so are the gradients that they may have.
        x: (T, B, D). Neither x nor its `requires_grad` is changed.

    Returns:
        (T,), dtype of x: entry k, for the lag k = 0, 1, .., T - 1, is the Euclidean norm (over all of B and
        D) of the gradient of the sum of all entries of out[T - 1] with respect to x[T - 1 - k].
    """
    raise NotImplementedError


def bidirectional_summary(out: Tensor) -> Tensor:
    """What each direction of a bidirectional layer knows after it has read the whole sequence.

    Arguments:
        out: (B, T, 2H), outputs with the batch first. The first H features are those of the forward
            direction, the last H those of the backward direction. No padding.

    Returns:
        (B, 2H): first the H features of the forward direction after its last step, then the H features of
        the backward direction after its own last step (it began at step T - 1).
    """
    raise NotImplementedError
