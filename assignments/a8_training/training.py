"""Assignment 8: training, from a parabola to a classifier of reviews.

Fill in the functions and classes below. README.md has the formulas and says how to run the tests.

Conventions that hold for the whole file:

- Results have the dtype of the inputs (float64 in, float64 out), and inputs are not changed, unless a
  docstring says so. A model and an optimizer are changed by training, of course.
- "A number" that is returned may be a Python float or a tensor of shape (); where it has to be a float,
  the docstring says so.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

Batch = tuple[Tensor, Tensor]
"""Inputs x and targets y of some samples; the first dimension of both counts the samples."""

# ---------------------------------------------------------------- 1, 2: a parabola


def parabola_loss(a: Tensor, b: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The error of y = a x^2 + b: the mean over the n points of (a x_i^2 + b - y_i)^2.

    For the lecture's three points (-1, 1), (1, 2), (2, 3), a = b = 1 predicts 2, 2, 5: the error is 5 / 3.
    Gradients flow to a and b.

    Arguments:
        a, b: (), two numbers.
        x, y: (n,), the points; n is 1 or more.

    Returns:
        ().
    """
    raise NotImplementedError


def loss_surface(A: Tensor, B: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """`parabola_loss` for every pair of an a and a b: the surface that the lecture draws.

    By at most 40 operations of torch, so without a loop over A, B or the points; no number leaves torch on
    the way (`tolist`, `item`, `numpy`), nor is a tensor made of Python's numbers. Tests also run it on
    tensors without values (`device="meta"`), which have shapes only.

    Arguments:
        A: (p,), B: (q,).
        x, y: (n,).

    Returns:
        (p, q): entry [i, j] is the error for a = A[i], b = B[j].
    """
    raise NotImplementedError


def gradient_descent(x: Tensor, y: Tensor, lr: float, steps: int, init: Tensor) -> Tensor:
    """Go down on the error of `parabola_loss`: (a, b) <- (a, b) - lr * gradient, `steps` times.

    Both derivatives are taken at the same point: the new a plays no part in the step of b. By hand or by
    autograd, as you like.

    Arguments:
        x, y: (n,).
        lr: the learning rate. steps: 0 or more.
        init: (2,), a and b at the beginning.

    Returns:
        (steps + 1, 2): row 0 is `init`, row k is (a, b) after k steps.
    """
    raise NotImplementedError


def max_stable_lr(x: Tensor) -> float:
    """The learning rate at which `gradient_descent` begins to diverge: 2 / L.

    L is the largest eigenvalue of the matrix of second derivatives of the error by (a, b). It depends on x
    alone, because the error is quadratic in a and b. For x = -1, 1, 2 the limit is 0.149219.

    Arguments:
        x: (n,), not all zero.

    Returns:
        A number.
    """
    raise NotImplementedError


# ---------------------------------------------------------------- 3, 4: optimizers


class SGD:
    """Gradient descent with momentum, as torch does it. For each parameter w with the gradient g:

        g <- g + weight_decay * w
        v <- momentum * v + g                (v is 0 before the first step)
        w <- w - lr * v                      without nesterov
        w <- w - lr * (g + momentum * v)     with nesterov, where v is the new one

    Parameters are changed in place, so that the model sees it; no graph is made. A parameter whose `.grad`
    is None is left alone by `step`: neither it nor its v changes, and it does not decay.

    Write it from tensors' operations. You may derive it from `torch.optim.Optimizer`, but not use
    `torch.optim.SGD`.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        """Remember the parameters. `params` may be a generator, such as `model.parameters()`."""
        raise NotImplementedError

    def step(self) -> None:
        """Change each parameter once, by its `.grad`."""
        raise NotImplementedError

    def zero_grad(self) -> None:
        """Set the `.grad` of each parameter to None."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """What the optimizer remembers from step to step, for `load_state_dict`; the keys are up to you."""
        raise NotImplementedError

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from the `state_dict` of another optimizer of this class.

        That one was made with equal numbers (lr and so on) for equally many parameters of the same shapes,
        in the same order. Afterwards this one does what that one would have done.
        """
        raise NotImplementedError


class Adam:
    """Adam, as torch does it. For each parameter w with the gradient g, in its t-th step (from t = 1):

        g <- g + weight_decay * w
        m <- beta1 * m + (1 - beta1) * g          (m and v are 0 before the first step)
        v <- beta2 * v + (1 - beta2) * g^2
        w <- w - lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

    t counts the steps of this parameter: one in which its `.grad` is None does not count for it, and changes
    nothing about it. Parameters are changed in place, and no graph is made.

    You may derive it from `torch.optim.Optimizer`, but not use torch's own `Adam` or `AdamW`.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        """Remember the parameters; as in `SGD`."""
        raise NotImplementedError

    def step(self) -> None:
        """Change each parameter once, by its `.grad`."""
        raise NotImplementedError

    def zero_grad(self) -> None:
        """Set the `.grad` of each parameter to None."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """What the optimizer remembers from step to step; as in `SGD`."""
        raise NotImplementedError

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from the `state_dict` of another optimizer of this class; as in `SGD`."""
        raise NotImplementedError


class AdamW:
    """Adam with decoupled weight decay, as torch does it: the decay does not go through m and v.

        w <- w - lr * weight_decay * w            first, so from the old weight
        then the four lines of `Adam` without their first, g being the gradient alone

    The same methods and rules as `Adam`; only the default of `weight_decay` is another. (You may derive it
    from your Adam.)
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        """Remember the parameters; as in `SGD`."""
        raise NotImplementedError

    def step(self) -> None:
        """Change each parameter once, by its `.grad`."""
        raise NotImplementedError

    def zero_grad(self) -> None:
        """Set the `.grad` of each parameter to None."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """What the optimizer remembers from step to step; as in `SGD`."""
        raise NotImplementedError

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from the `state_dict` of another optimizer of this class; as in `SGD`."""
        raise NotImplementedError


# ---------------------------------------------------------------- 5, 6: a line


def train_linear(
    x: Tensor, y: Tensor, w0: float, b0: float, lr: float, epochs: int
) -> tuple[list[float], float, float]:
    """Train y = w x + b on all points at once, by plain gradient descent on the mean squared error.

    An epoch is one step with all n points. Its loss is that of the forward pass, before the step. By
    autograd, by torch's optimizers or by hand, as you like; by at most 60 operations of torch an epoch and 60
    besides, for 50 points, so without a loop over the points.

    Arguments:
        x: (n, 1), as `nn.Linear` takes its inputs.
        y: (n, 1), or (n,): the same n numbers either way. (What is (n, 1) minus (n,)?)
        w0, b0: where to begin.
        lr: the learning rate. epochs: 0 or more.

    Returns:
        losses: one number for each epoch, in a list (a tensor (epochs,) will do).
        w, b: two numbers, as they are after the last step.
    """
    raise NotImplementedError


def print_grads(model: nn.Module) -> list[str]:
    """The lecture's helper: every parameter of a model and its gradient, as text, two entries for each.

    In the order of `model.named_parameters()`, with the names from there: the parameter as `str` shows it,
    and its `.grad` as `str` shows it. For an nn.Linear(1, 1) after backward:

        ["weight: Parameter containing:\\ntensor([[0.4165]], requires_grad=True)",
         "weight grad: tensor([[10.0239]])",
         "bias: Parameter containing:\\ntensor([0.4819], requires_grad=True)",
         "bias grad: tensor([1.3666])"]

    Before any backward, and after `zero_grad`, gradients are None: "weight grad: None". The function looks,
    and changes nothing. It may print the lines as well; tests read what it returns.
    """
    raise NotImplementedError


# ---------------------------------------------------------------- 7, 8, 9: a training loop


def train_step(
    model: nn.Module,
    batch: Batch,
    loss_fn: Callable[[Tensor, Tensor], Tensor],
    opt: torch.optim.Optimizer,
) -> float:
    """Train the model on one batch (x, y), and give the loss.

    - The model runs once, in training mode (put it there), on the whole batch: loss_fn(model(x), y).
    - One backward, then one step of the optimizer.
    - When backward runs, every gradient is zero or None, whatever was in `.grad` before the call: tests
      leave gradients of an earlier batch there. Where you zero is up to you, except that nothing is zeroed
      between backward and step.

    By at most 100 operations of torch for a linear model and 50 samples, so without a loop over the samples.

    Returns:
        The loss before the step, as a Python float (a tensor would keep its whole graph alive).
    """
    raise NotImplementedError


def evaluate(
    model: nn.Module, loader: Iterable[Batch], loss_fn: Callable[[Tensor, Tensor], Tensor]
) -> dict[str, float]:
    """How good a classifier is on all samples of a loader.

    The model runs in evaluation mode and without a graph (what loss_fn gets requires no gradient), and each
    batch runs once. Afterwards the model is in the mode that it was in before, and nothing else about it has
    changed.

    Batches may differ in size, and every sample counts the same: the mean over all samples is not the mean of
    the means of the batches.

    Arguments:
        model: gives logits (B, C) for x, on the device of the batches.
        loader: gives batches (x, y), y (B,) the classes as int64. Without a batch: ValueError.
        loss_fn: (logits, y) -> (), the mean over a batch, such as `F.cross_entropy`.

    Returns:
        A dict of two numbers: "loss", the mean of the samples' losses, and "accuracy", the share of samples
        whose largest logit is that of their class.
    """
    raise NotImplementedError


class LSTMClassifier(nn.Module):
    """Reviews to two logits, by an LSTM. Given: nothing is missing here, and nothing needs to be changed.

    Forward: ids (B, T), int64, 0 for padding -> (B, 2). Padding changes nothing: the words' states are
    averaged, and the LSTM runs from left to right, so that no word sees the padding behind it.
    """

    def __init__(self, vocab_size: int, width: int = 16) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, width, padding_idx=0)
        self.lstm = nn.LSTM(width, width, batch_first=True)
        self.dense = nn.Linear(width, 2)

    def forward(self, ids: Tensor) -> Tensor:
        states, _ = self.lstm(self.embedding(ids))
        return self.dense(mean_of_words(states, ids))


class TransformerClassifier(nn.Module):
    """Reviews to two logits, by a Transformer's encoder of one layer. Given, as `LSTMClassifier`.

    Forward: ids (B, T), int64, 0 for padding, T at most `max_length` -> (B, 2). Padding is hidden as a key,
    and left out of the average.
    """

    def __init__(
        self, vocab_size: int, width: int = 16, heads: int = 2, max_length: int = 512, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, width, padding_idx=0)
        self.position = nn.Embedding(max_length, width)
        self.layer = nn.TransformerEncoderLayer(width, heads, 2 * width, dropout, batch_first=True)
        self.dense = nn.Linear(width, 2)

    def forward(self, ids: Tensor) -> Tensor:
        places = torch.arange(ids.size(1), device=ids.device)
        x = self.embedding(ids) + self.position(places)
        return self.dense(mean_of_words(self.layer(x, src_key_padding_mask=ids == 0), ids))


def mean_of_words(states: Tensor, ids: Tensor) -> Tensor:
    """The mean (B, d) of the states (B, T, d) whose id is not 0; zeros for a review without words. Given."""
    words = (ids != 0).unsqueeze(-1).to(states.dtype)
    return (states * words).sum(dim=1) / words.sum(dim=1).clamp(min=1)


def fit(
    model: nn.Module,
    loaders: tuple[Iterable[Batch], Iterable[Batch]],
    epochs: int,
    seed: int,
    lr: float = 3e-3,
) -> dict[str, Any]:
    """Train a classifier, look at it after every epoch, and keep the best weights.

    First of all `torch.manual_seed(seed)`: whatever is drawn from then on (dropout, a loader that shuffles)
    repeats with the seed. The optimizer is `torch.optim.AdamW(model.parameters(), lr=lr)`, the loss
    `F.cross_entropy`. Each epoch is

    - one step, as `train_step` makes it, on each batch of the training loader, in its order,
    - then `evaluate` on the validation loader, from which nothing is learned.

    Arguments:
        model: gives logits (B, C) for x. It comes with its initial weights.
        loaders: two, for training and for validation. Each gives its batches (x, y) whenever it is iterated;
            it may have no length (`len`). The training loader is iterated once in each epoch: it may give
            other batches the next time.
        epochs: 1 or more.

    Returns a dict with
        "history": a list of one dict for each epoch, with the numbers "train_loss" (the mean over the
            samples of what the steps returned: each batch counts by its size), "val_loss" and "val_accuracy".
        "best_epoch": the number of the epoch, from 0, with the highest "val_accuracy"; of equals the first.
        "best": the model's `state_dict()` as it was after that epoch: copies, which the training that goes on
            does not change.

    The model itself ends with the weights of the last epoch.
    """
    raise NotImplementedError


# ---------------------------------------------------------------- 10: teacher forcing


def decode_loss(
    decoder: Callable[[Tensor, Any], tuple[Tensor, Any]],
    seqs: Tensor,
    teacher_forcing: float,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """The loss of a decoder that predicts sequences token by token, and which tokens it was given to read.

    At step t = 0 .. T-1 the decoder reads one token of each sequence, and predicts the one that follows:
    seqs[:, t + 1]. At step 0 it reads seqs[:, 0], the <sos>. At every later step a coin decides, one for the
    step, the same for all sequences: with probability `teacher_forcing` it reads the true token seqs[:, t]
    (teacher forcing), else the token that it found most likely itself in the step before, the argmax of its
    logits (free running).

    Coins come from `generator` and from nowhere else, as by `torch.rand((), generator=generator) <
    teacher_forcing`. With teacher_forcing 1 every step reads the truth, with 0 none but the first. Tests do
    not depend on how you draw.

    With teacher_forcing 1 and seqs [[0, 2, 3, 4, 5, 1], [0, 6, 3, 7, 5, 1]] the inputs are
    [[0, 0], [2, 6], [3, 3], [4, 7], [5, 5]], whatever the decoder predicts.

    Arguments:
        decoder: called as decoder(tokens, state), tokens (B,) int64 -> (logits (B, V), the next state). At
            step 0 the state is None. What a state is, is the decoder's affair: hand it on as it is.
        seqs: (B, T + 1), int64, T at least 1.

    Returns:
        loss: (), the mean of all B * T cross-entropies. Its gradients reach the decoder's parameters through
            all the steps (none passes through an argmax).
        inputs: (T, B), int64: row t holds the tokens that step t read.
    """
    raise NotImplementedError


# ---------------------------------------------------------------- 11: stopping and going on


def save_checkpoint(
    path: Path, model: nn.Module, opt: torch.optim.Optimizer, epoch: int, rng: torch.Generator
) -> None:
    """Write one file from which a training can go on as if it had never stopped.

    It holds the states (not the objects) of the model, the optimizer and the random number generator
    (`rng.get_state()`), and the epoch. `torch.load(path, weights_only=True)` must be able to read it; the
    keys are up to you. Nothing is changed by saving.

    Arguments:
        rng: what the training draws from: `torch.default_generator` (dropout draws from it), or a generator
            of its own that shuffles the samples.
    """
    raise NotImplementedError


def load_checkpoint(path: Path, model: nn.Module, opt: torch.optim.Optimizer, rng: torch.Generator) -> int:
    """Bring a model, an optimizer and a random number generator back to where they were saved.

    `model` and `opt` are new ones, made like those that were saved, and `opt` has this model's parameters:
    they keep their identity, or `opt` would train others. Everything is read to the CPU
    (`map_location="cpu"`), wherever it was saved: `load_state_dict` then copies to where the model is, and a
    generator's state is a tensor of the CPU in any case. `rng` is a generator of the CPU.

    Returns:
        The epoch that was saved, an int.
    """
    raise NotImplementedError


# ---------------------------------------------------------------- 12: losses (extra credit)


def losses(name: str, inputs: Tensor, target: Tensor) -> Tensor:
    """Four losses by their names, each from what a model gives: logits, log-probabilities or values.

        "ce":  logits (n, C), classes (n,) int64
               -> the mean of -log softmax(logits)[class]
        "mse": values and targets, as many of both, such as (n, 1) and (n,), taken in their order
               -> the mean of (value - target)^2
        "kl":  log-probabilities (n, C), probabilities (n, C)
               -> the sum over C of target * (log target - inputs), and the mean of that over the n rows
               ("batchmean"); a target of 0 adds 0
        "bce": logits, and targets in [0, 1] of the same shape
               -> the mean of -target log p - (1 - target) log(1 - p), p = sigmoid(logit)

    For p = (.25, .75) and the log-probabilities of (.5, .5), "kl" is .13081. Logits of size 1000 give the
    right finite number, neither infinity nor NaN. Torch's own losses may be used; each wants its input in its
    own form.

    Returns:
        (), in the dtype of `inputs`.
    """
    raise NotImplementedError


# ---------------------------------------------------------------- 13: device and precision


def to_device_and_amp(
    model: nn.Module, batches: Iterable[Batch], lr: float, device: torch.device, k: int = 1, amp: bool = False
) -> list[float]:
    """Train on a device, in parts of a batch, and in mixed precision where it is asked for.

    The model is moved to the device, and then `torch.optim.SGD(parameters, lr, momentum=0.9)` is made. For
    each batch (x, y), which is moved to the device too, there is one step, in training mode:

    - The batch is cut along its first dimension into k equal parts (k divides its size), which go through the
      model one after the other: so a batch may be larger than the memory of a GPU.
    - Gradients of the parts add up to that of the mean squared error of the whole batch, (model(x) - y)^2.
    - With `amp`, forward pass and loss run under `torch.autocast(device.type, dtype=torch.bfloat16)`,
      backward and step outside of it. The weights stay in their dtype.

    Returns:
        The mean squared error of each batch, before its step, as a list of floats.
    """
    raise NotImplementedError
