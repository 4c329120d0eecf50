"""Another right solution: vmap, autograd.grad, dictionaries by number, zeroing after the step."""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def parabola_loss(a, b, x, y):
    error = y - b - a * x.pow(2)
    return torch.dot(error, error) / x.numel()


def loss_surface(A, B, x, y):
    def one(a, b):
        return (a * x.pow(2) + b - y).pow(2).mean()

    of_row = torch.func.vmap(one, in_dims=(None, 0))
    return torch.func.vmap(of_row, in_dims=(0, None))(A, B)


def gradient_descent(x, y, lr, steps, init):
    path = torch.empty(steps + 1, 2, dtype=init.dtype)
    path[0] = init
    for k in range(steps):
        point = path[k].clone().requires_grad_()
        (gradient,) = torch.autograd.grad(parabola_loss(*point, x, y), point)
        path[k + 1] = path[k] - lr * gradient
    return path


def max_stable_lr(x):
    features = torch.stack([x * x, torch.ones_like(x)], dim=1)
    return 2 / torch.linalg.matrix_norm(2 / len(x) * features.T @ features, ord=2)


class Numbered:
    """Parameters by their number, and one dictionary of tensors for each kind of memory."""

    def __init__(self, params, **numbers):
        self.params = dict(enumerate(params))
        self.numbers = numbers
        self.kept = {}

    def of(self, kind, number):
        key = kind, number
        if key not in self.kept:
            self.kept[key] = torch.zeros_like(self.params[number], requires_grad=False)
        return self.kept[key]

    def step(self):
        for number, w in self.params.items():
            if w.grad is None:
                continue
            with torch.no_grad():
                w.copy_(self.moved(number, w.detach(), w.grad.detach()))

    def zero_grad(self, set_to_none=True):
        for w in self.params.values():
            w.grad = None

    def state_dict(self):
        return {f"{kind}.{number}": value.clone() for (kind, number), value in self.kept.items()}

    def load_state_dict(self, state):
        self.kept = {
            (kind, int(n)): value.clone()
            for (kind, n), value in ((name.split("."), value) for name, value in state.items())
        }


class SGD(Numbered):
    def __init__(self, params, lr, momentum=0.0, weight_decay=0.0, nesterov=False):
        super().__init__(params, lr=lr, mu=momentum, decay=weight_decay, nesterov=nesterov)

    def moved(self, number, w, g):
        n = self.numbers
        g = g + n["decay"] * w
        v = self.of("v", number)
        v.mul_(n["mu"]).add_(g)
        return w - n["lr"] * (g + n["mu"] * v) if n["nesterov"] else w - n["lr"] * v


class Adam(Numbered):
    coupled = True

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr=lr, betas=betas, eps=eps, decay=weight_decay)

    def moved(self, number, w, g):
        n = self.numbers
        (b1, b2), lr = n["betas"], n["lr"]
        if self.coupled:
            g = g + n["decay"] * w
        else:
            w = w * (1 - lr * n["decay"])
        t = self.of("t", number)[...].add_(1)
        m, v = self.of("m", number), self.of("v", number)
        m.add_((g - m) * (1 - b1))
        v.add_((g * g - v) * (1 - b2))
        return w - lr * (m / (1 - b1**t)) / (torch.sqrt(v / (1 - b2**t)) + n["eps"])


class AdamW(Adam):
    coupled = False

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)


def train_linear(x, y, w0, b0, lr, epochs):
    w = torch.full((), w0, dtype=x.dtype, requires_grad=True)
    b = torch.full((), b0, dtype=x.dtype, requires_grad=True)
    optimizer = SGD([w, b], lr)
    losses = []
    for _ in range(epochs):
        loss = F.mse_loss(w * x.squeeze(1) + b, y.squeeze() if y.dim() > 1 and len(y) > 1 else y.flatten())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.detach())
    return losses, w.detach(), b.detach()


def print_grads(model):
    return [
        line
        for name, p in model.named_parameters()
        for line in (name + ": " + str(p), name + " grad: " + repr(p.grad))
    ]


def train_step(model, batch, loss_fn, opt):
    opt.zero_grad(set_to_none=False)
    model.train(True)
    x, y = batch
    out = model(x)
    loss = loss_fn(out, y)
    loss.backward()
    opt.step()
    opt.zero_grad()
    return loss.detach().item()


def evaluate(model, loader, loss_fn):
    mode = model.training
    model.eval()
    sums = []
    with torch.set_grad_enabled(False):
        for x, y in loader:
            logits = model(x)
            hits = torch.eq(torch.argmax(logits, -1), y).double()
            sums.append(
                torch.stack([loss_fn(logits, y).double() * y.numel(), hits.sum(), y.new_tensor(y.numel())])
            )
    if mode:
        model.train()
    if not sums:
        raise ValueError("empty")
    loss, hits, count = torch.stack(sums).sum(0).tolist()
    return {"accuracy": hits / count, "loss": loss / count, "samples": count}


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
    torch.manual_seed(seed)
    opt = torch.optim.AdamW(model.parameters(), lr=lr)
    history, best, at = [], -1.0, None
    for epoch in range(epochs):
        losses, sizes = [], []
        for batch in loaders[0]:
            losses.append(train_step(model, batch, nn.CrossEntropyLoss(), opt))
            sizes.append(len(batch[0]))
        seen = evaluate(model, loaders[1], nn.CrossEntropyLoss())
        average = sum(loss * size for loss, size in zip(losses, sizes, strict=True)) / sum(sizes)
        history.append(
            {"train_loss": average, "val_loss": seen["loss"], "val_accuracy": seen["accuracy"], "lr": lr}
        )
        if seen["accuracy"] > best:
            best, at, weights = seen["accuracy"], epoch, copy.deepcopy(model.state_dict())
    return {"history": history, "best_epoch": at, "best": weights}


def decode_loss(decoder, seqs, teacher_forcing, generator):
    steps = seqs.size(1) - 1
    p = torch.tensor(float(teacher_forcing))
    total, state, read, guess = 0.0, None, [], seqs[:, 0]
    for t in range(steps):
        truth = torch.bernoulli(p, generator=generator).bool().item() or t == 0
        token = seqs[:, t] if truth else guess
        read.append(token)
        logits, state = decoder(token, state)
        guess = logits.topk(1, dim=-1).indices.squeeze(-1)
        total = total - logits.log_softmax(-1).gather(-1, seqs[:, t + 1, None]).mean()
    return total / steps, torch.stack(read, dim=0)


def save_checkpoint(path, model, opt, epoch, rng):
    with path.open("wb") as file:
        torch.save((epoch, rng.get_state(), opt.state_dict(), model.state_dict()), file)


def load_checkpoint(path, model, opt, rng):
    with path.open("rb") as file:
        epoch, noise, of_opt, of_model = torch.load(file, map_location=torch.device("cpu"), weights_only=True)
    model.load_state_dict(of_model, strict=True)
    opt.load_state_dict(of_opt)
    rng.set_state(noise)
    return epoch


def losses(name: str, inputs: Tensor, target: Tensor) -> Tensor:
    def divergence():
        return F.kl_div(inputs, target, reduction="sum") / len(inputs)

    def binary():
        return -(target * F.logsigmoid(inputs) + (1 - target) * F.logsigmoid(-inputs)).mean()

    table = {
        "ce": lambda: F.nll_loss(F.log_softmax(inputs, dim=-1), target),
        "mse": lambda: torch.mean((inputs - target.view_as(inputs)) ** 2),
        "kl": divergence,
        "bce": binary,
    }
    return table[name]()


def to_device_and_amp(model, batches, lr, device, k=1, amp=False):
    model.to(device)
    opt = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    result = []
    for x, y in batches:
        model.train()
        parts = []
        for x_part, y_part in zip(x.tensor_split(k), y.tensor_split(k), strict=True):
            with torch.autocast(device.type, torch.bfloat16, amp):
                loss = (model(x_part.to(device)) - y_part.to(device)).pow(2).mean()
            (loss / k).backward()
            parts.append(loss.item())
        opt.step()
        opt.zero_grad()
        result.append(sum(parts) / k)
    return result
