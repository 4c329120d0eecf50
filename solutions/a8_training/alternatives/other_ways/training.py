"""Another right solution: moments, closed forms, torch's base class of optimizers, one loss for all."""

import io
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

Batch = tuple[Tensor, Tensor]


def parabola_loss(a, b, x, y):
    predicted = torch.addcmul(b.expand_as(x), a.expand_as(x), x * x)
    return F.mse_loss(predicted, y)


def loss_surface(A, B, x, y):
    """The square multiplied out: means of products of x^2 and y, times products of a and b."""
    square = x * x
    a, b = A.unsqueeze(1), B.unsqueeze(0)
    of_a = (square * square).mean() * a * a - 2 * (square * y).mean() * a
    of_b = b * b - 2 * y.mean() * b
    return of_a + of_b + 2 * square.mean() * a * b + (y * y).mean()


def gradient_descent(x, y, lr, steps, init):
    """By autograd and torch's optimizer."""
    point = init.clone().requires_grad_()
    optimizer = torch.optim.SGD([point], lr=lr)
    path = [init.clone()]
    for _ in range(steps):
        optimizer.zero_grad()
        parabola_loss(point[0], point[1], x, y).backward()
        optimizer.step()
        path.append(point.detach().clone())
    return torch.stack(path)


def max_stable_lr(x):
    """The larger root of the characteristic polynomial of a matrix of two rows."""
    aa, ab, bb = 2 * (x**4).mean(), 2 * (x**2).mean(), torch.tensor(2.0, dtype=x.dtype)
    trace, determinant = aa + bb, aa * bb - ab * ab
    return 2 / ((trace + (trace * trace - 4 * determinant).clamp(min=0).sqrt()) / 2)


class SGD(Optimizer):
    """Derived from torch's base class: groups of parameters, state and zero_grad are its own."""

    def __init__(self, params, lr, momentum=0.0, weight_decay=0.0, nesterov=False):
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "nesterov": nesterov}
        super().__init__(params, defaults)

    def step(self, closure=None):
        for group in self.param_groups:
            for w in group["params"]:
                if w.grad is not None:
                    self.move(w, group)

    @torch.no_grad()
    def move(self, w, group):
        g = w.grad.add(w, alpha=group["weight_decay"])
        if group["momentum"]:
            state = self.state[w]
            if "v" in state:
                state["v"].mul_(group["momentum"]).add_(g)
            else:
                state["v"] = g.clone()
            g = g.add(state["v"], alpha=group["momentum"]) if group["nesterov"] else state["v"]
        w.add_(g, alpha=-group["lr"])


class Adam(Optimizer):
    """Moving averages in place; corrected by the step size and by the root, as torch does it."""

    decoupled = False

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for w in group["params"]:
                if w.grad is not None:
                    self.move(w, group)

    def move(self, w, group):
        lr, eps, decay, (beta1, beta2) = group["lr"], group["eps"], group["weight_decay"], group["betas"]
        g = w.grad
        if self.decoupled:
            w.mul_(1 - lr * decay)
        else:
            g = g.add(w, alpha=decay)
        state = self.state[w]
        if not state:
            state.update(t=0, m=torch.zeros_like(w), v=torch.zeros_like(w))
        state["t"] += 1
        state["m"].lerp_(g, 1 - beta1)
        state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)
        root = state["v"].sqrt().div_((1 - beta2 ** state["t"]) ** 0.5).add_(eps)
        w.addcdiv_(state["m"], root, value=-lr / (1 - beta1 ** state["t"]))


class AdamW(Adam):
    decoupled = True

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr, betas, eps, weight_decay)


def train_linear(x, y, w0, b0, lr, epochs):
    """Gradients by hand; w and b as one vector, x with a column of ones."""
    design = torch.cat([x, torch.ones_like(x)], dim=1)
    wb = torch.tensor([w0, b0], dtype=x.dtype)
    target = y.flatten()
    losses = torch.empty(epochs, dtype=x.dtype)
    for epoch in range(epochs):
        error = design @ wb - target
        losses[epoch] = error @ error / len(error)
        wb = wb - 2 * lr / len(error) * (design.T @ error)
    return losses, wb[0], wb[1]


def print_grads(model):
    entries = []
    for name, parameter in model.named_parameters():
        entries.append(f"{name}: {parameter!s}")
        entries.append(f"{name} grad: {parameter.grad!s}")
    return entries


def train_step(model, batch, loss_fn, opt):
    """Zeroes between forward and backward, and without the optimizer."""
    model.train()
    inputs, targets = batch
    loss = loss_fn(model.forward(inputs), targets)
    for parameter in model.parameters():
        if parameter.grad is not None:
            parameter.grad.zero_()
    torch.autograd.backward(loss)
    opt.step()
    return float(loss.detach())


@torch.inference_mode()
def evaluate(model, loader, loss_fn):
    """All logits first; one loss over all samples."""
    before = model.training
    model.train(False)
    try:
        outputs = [(model(x), y) for x, y in loader]
    finally:
        model.train(before)
    if len(outputs) == 0:
        raise ValueError("no samples")
    logits, y = (torch.cat(parts) for parts in zip(*outputs, strict=True))
    right = (logits.max(dim=-1).indices == y).sum()
    return {"loss": loss_fn(logits, y), "accuracy": right / len(y)}


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


def fit(model, loaders, epochs, seed, lr=3e-3):
    """Keeps all the weights, and chooses at the end."""
    torch.manual_seed(seed)
    train, validation = loaders
    opt = torch.optim.AdamW(model.parameters(), lr)
    history, snapshots = [], []
    for _ in range(epochs):
        total = samples = 0
        for x, y in train:
            model.train()
            loss = F.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total, samples = total + loss.detach() * x.size(0), samples + x.size(0)
        found = evaluate(model, validation, F.cross_entropy)
        history.append(
            {
                "train_loss": total / samples,
                "val_loss": found["loss"].item(),
                "val_accuracy": found["accuracy"].item(),
            }
        )
        snapshots.append({name: value.detach().clone() for name, value in model.state_dict().items()})
    best = max(range(epochs), key=lambda epoch: history[epoch]["val_accuracy"])
    return {"history": history, "best_epoch": best, "best": snapshots[best]}


def decode_loss(decoder, seqs, teacher_forcing, generator):
    """All coins first, all logits in one tensor, one cross-entropy."""
    B, T = seqs.size(0), seqs.size(1) - 1
    forced = (torch.rand(T, generator=generator) < teacher_forcing).tolist()
    inputs = seqs.new_empty(T, B)
    state, outputs = None, []
    for t in range(T):
        if t == 0 or forced[t]:
            inputs[t] = seqs[:, t]
        else:
            inputs[t] = outputs[-1].detach().max(dim=-1).indices
        logits, state = decoder(inputs[t].clone(), state)
        outputs.append(logits)
    every = torch.stack(outputs, dim=1)
    return F.cross_entropy(every.flatten(0, 1), seqs[:, 1:].flatten()), inputs


def save_checkpoint(path, model, opt, epoch, rng):
    """Through memory, as one list in a dict."""
    buffer = io.BytesIO()
    weights = {name: value.cpu() for name, value in model.state_dict().items()}
    torch.save({"states": [weights, opt.state_dict(), rng.get_state()], "at": epoch}, buffer)
    Path(path).write_bytes(buffer.getvalue())


def load_checkpoint(path, model, opt, rng):
    """The weights are copied one by one."""
    saved = torch.load(io.BytesIO(Path(path).read_bytes()), map_location="cpu", weights_only=True)
    weights, of_optimizer, of_generator = saved["states"]
    with torch.no_grad():
        for name, value in model.state_dict().items():
            value.copy_(weights[name])
    opt.load_state_dict(of_optimizer)
    rng.set_state(of_generator)
    return saved["at"]


def losses(name, inputs, target):
    """By formulas that stay finite."""
    if name == "ce":
        right = inputs.gather(1, target[:, None]).squeeze(1)
        return (inputs.logsumexp(dim=1) - right).mean()
    if name == "mse":
        return ((inputs.flatten() - target.flatten()) ** 2).mean()
    if name == "kl":
        return (torch.xlogy(target, target) - target * inputs).sum() / inputs.size(0)
    return (F.softplus(inputs) - target * inputs).mean()


def to_device_and_amp(model, batches, lr, device, k=1, amp=False):
    """Sums of squares over the size of the whole batch."""
    model = model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr, momentum=0.9)
    model.train()
    losses = []
    for batch in batches:
        x, y = (tensor.to(device) for tensor in batch)
        size = x.size(0) // k
        optimizer.zero_grad()
        parts = []
        for at in range(0, x.size(0), size):
            with torch.autocast(torch.device(device).type, dtype=torch.bfloat16, enabled=amp):
                error = model(x[at : at + size]) - y[at : at + size]
                part = error.square().sum() / y.numel()
            part.backward()
            parts.append(part.detach())
        optimizer.step()
        losses.append(torch.stack(parts).sum().item())
    return losses
