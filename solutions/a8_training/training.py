"""Training, from a parabola to a classifier of reviews: reference solution."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Batch = tuple[Tensor, Tensor]

# ---------------------------------------------------------------- a parabola


def parabola_loss(a: Tensor, b: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The mean squared error of a x^2 + b at the points x, y (n,): a and b are (), or (.., 1) for many."""
    return (a * x**2 + b - y).square().mean(dim=-1)


def loss_surface(A: Tensor, B: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The errors (p, q) for all A (p,) and B (q,): broadcast to (p, q, n), and averaged over the points."""
    return parabola_loss(A[:, None, None], B[None, :, None], x, y)


def gradient_descent(x: Tensor, y: Tensor, lr: float, steps: int, init: Tensor) -> Tensor:
    """The path (steps + 1, 2) of (a, b); dL/da = mean of 2 e x^2 and dL/db = mean of 2 e, e the error."""
    path = [init]
    for _ in range(steps):
        a, b = path[-1]
        error = a * x**2 + b - y
        gradient = torch.stack([(2 * error * x**2).mean(), (2 * error).mean()])
        path.append(path[-1] - lr * gradient)
    return torch.stack(path)


def max_stable_lr(x: Tensor) -> float:
    """2 / L: the matrix of second derivatives is (2 / n) times the sum of f f^T, f = (x^2, 1)."""
    features = torch.stack([x**2, torch.ones_like(x)])
    hessian = 2 * features @ features.mT / x.numel()
    return 2 / torch.linalg.eigvalsh(hessian).max().item()


# ---------------------------------------------------------------- optimizers


class _Optimizer:
    """What the three have in common: the parameters, and a memory for each of them."""

    def __init__(self, params: Iterable[Tensor]) -> None:
        self.params = list(params)
        self.memory: list[dict[str, Any]] = [{} for _ in self.params]

    @torch.no_grad()
    def step(self) -> None:
        for param, memory in zip(self.params, self.memory, strict=True):
            if param.grad is not None:
                self.update(param, param.grad, memory)

    def update(self, param: Tensor, grad: Tensor, memory: dict[str, Any]) -> None:
        """Change one parameter in place."""
        raise NotImplementedError

    def zero_grad(self) -> None:
        for param in self.params:
            param.grad = None

    def state_dict(self) -> dict[str, Any]:
        return {"memory": self.memory}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.memory = [dict(memory) for memory in state["memory"]]


class SGD(_Optimizer):
    """Gradient descent with momentum."""

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(params)
        self.lr, self.momentum, self.weight_decay, self.nesterov = lr, momentum, weight_decay, nesterov

    def update(self, param: Tensor, grad: Tensor, memory: dict[str, Any]) -> None:
        grad = grad + self.weight_decay * param
        velocity = self.momentum * memory.get("velocity", torch.zeros_like(param)) + grad
        memory["velocity"] = velocity
        param -= self.lr * (grad + self.momentum * velocity if self.nesterov else velocity)


class Adam(_Optimizer):
    """Adam; with weight_decay, the decay is a part of the gradient."""

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params)
        self.lr, self.betas, self.eps, self.weight_decay = lr, betas, eps, weight_decay

    def update(self, param: Tensor, grad: Tensor, memory: dict[str, Any]) -> None:
        self.move(param, grad + self.weight_decay * param, memory)

    def move(self, param: Tensor, grad: Tensor, memory: dict[str, Any]) -> None:
        """One step by the moving averages m of the gradient and v of its square."""
        beta1, beta2 = self.betas
        zeros = torch.zeros_like(param)
        t = memory["t"] = memory.get("t", 0) + 1
        m = memory["m"] = beta1 * memory.get("m", zeros) + (1 - beta1) * grad
        v = memory["v"] = beta2 * memory.get("v", zeros) + (1 - beta2) * grad**2
        param -= self.lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + self.eps)


class AdamW(Adam):
    """Adam with the decay beside the moving averages."""

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)

    def update(self, param: Tensor, grad: Tensor, memory: dict[str, Any]) -> None:
        param -= self.lr * self.weight_decay * param
        self.move(param, grad, memory)


# ---------------------------------------------------------------- a line


def train_linear(
    x: Tensor, y: Tensor, w0: float, b0: float, lr: float, epochs: int
) -> tuple[list[float], float, float]:
    """The losses before each step, and w and b after the last, for x (n, 1) and y (n, 1) or (n,)."""
    model = nn.Linear(1, 1, dtype=x.dtype)
    nn.init.constant_(model.weight, w0)
    nn.init.constant_(model.bias, b0)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y.reshape(-1, 1))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model.weight.item(), model.bias.item()


def print_grads(model: nn.Module) -> list[str]:
    """Two entries for each parameter: itself and its gradient."""
    lines = []
    for name, parameter in model.named_parameters():
        lines += [f"{name}: {parameter}", f"{name} grad: {parameter.grad}"]
    return lines


# ---------------------------------------------------------------- a training loop


def train_step(
    model: nn.Module,
    batch: Batch,
    loss_fn: Callable[[Tensor, Tensor], Tensor],
    opt: torch.optim.Optimizer,
) -> float:
    """Zero, forward, loss, backward, step; the loss before the step."""
    x, y = batch
    model.train()
    opt.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    opt.step()
    return loss.item()


def evaluate(
    model: nn.Module, loader: Iterable[Batch], loss_fn: Callable[[Tensor, Tensor], Tensor]
) -> dict[str, float]:
    """Mean loss and accuracy over all samples, in evaluation mode and without a graph."""
    was_training = model.training
    model.eval()
    loss, right, samples = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            logits = model(x)
            loss += loss_fn(logits, y).item() * len(y)
            right += (logits.argmax(dim=1) == y).sum().item()
            samples += len(y)
    model.train(was_training)
    if samples == 0:
        raise ValueError("the loader gives no batch")
    return {"loss": loss / samples, "accuracy": right / samples}


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
    """The history of a training, and a copy of the best weights on the way."""
    torch.manual_seed(seed)
    opt = torch.optim.AdamW(model.parameters(), lr=lr)
    train, validation = loaders
    history: list[dict[str, float]] = []
    best: dict[str, Any] = {"best_epoch": -1}
    for epoch in range(epochs):
        steps = [(train_step(model, batch, F.cross_entropy, opt), len(batch[1])) for batch in train]
        found = evaluate(model, validation, F.cross_entropy)
        train_loss = sum(loss * size for loss, size in steps) / sum(size for _, size in steps)
        history.append(
            {"train_loss": train_loss, "val_loss": found["loss"], "val_accuracy": found["accuracy"]}
        )
        if epoch == 0 or found["accuracy"] > history[best["best_epoch"]]["val_accuracy"]:
            best = {"best_epoch": epoch, "best": deepcopy(model.state_dict())}
    return {"history": history, **best}


# ---------------------------------------------------------------- teacher forcing


def decode_loss(
    decoder: Callable[[Tensor, Any], tuple[Tensor, Any]],
    seqs: Tensor,
    teacher_forcing: float,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """The mean cross-entropy over seqs (B, T + 1), and the tokens (T, B) that were read."""
    tokens, state = seqs[:, 0], None
    losses, inputs = [], []
    for target in seqs[:, 1:].unbind(dim=1):
        logits, state = decoder(tokens, state)
        losses.append(F.cross_entropy(logits, target))
        inputs.append(tokens)
        forced = torch.rand((), generator=generator) < teacher_forcing
        tokens = target if forced else logits.argmax(dim=1)
    return torch.stack(losses).mean(), torch.stack(inputs)


# ---------------------------------------------------------------- stopping and going on


def save_checkpoint(
    path: Path, model: nn.Module, opt: torch.optim.Optimizer, epoch: int, rng: torch.Generator
) -> None:
    """All four states in one dict."""
    states = {"model": model.state_dict(), "opt": opt.state_dict(), "epoch": epoch, "rng": rng.get_state()}
    torch.save(states, path)


def load_checkpoint(path: Path, model: nn.Module, opt: torch.optim.Optimizer, rng: torch.Generator) -> int:
    """Each state back to its owner; the saved epoch."""
    states = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(states["model"])
    opt.load_state_dict(states["opt"])
    rng.set_state(states["rng"])
    return states["epoch"]


# ---------------------------------------------------------------- losses


def losses(name: str, inputs: Tensor, target: Tensor) -> Tensor:
    """Torch's own, each with the inputs it wants: logits for ce and bce, log-probabilities for kl."""
    if name == "ce":
        return F.cross_entropy(inputs, target)
    if name == "mse":
        return F.mse_loss(inputs, target.reshape(inputs.shape))
    if name == "kl":
        return F.kl_div(inputs, target, reduction="batchmean")
    return F.binary_cross_entropy_with_logits(inputs, target)


# ---------------------------------------------------------------- device and precision


def to_device_and_amp(
    model: nn.Module, batches: Iterable[Batch], lr: float, device: torch.device, k: int = 1, amp: bool = False
) -> list[float]:
    """The losses of one step for each batch, whose gradient is added up over k parts."""
    model.to(device).train()
    opt = torch.optim.SGD(model.parameters(), lr, momentum=0.9)
    found = []
    for x, y in batches:
        opt.zero_grad()
        loss = 0.0
        for x_part, y_part in zip(x.to(device).chunk(k), y.to(device).chunk(k), strict=True):
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=amp):
                part = F.mse_loss(model(x_part), y_part) / k
            part.backward()
            loss += part.item()
        opt.step()
        found.append(loss)
    return found
