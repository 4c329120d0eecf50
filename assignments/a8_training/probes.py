"""Probes that the tests of this assignment share: each runs beside your code and returns plain data."""

import re
import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from grader import build, spy

NUMBER = r"-?\d+\.\d*(?:e[+-]?\d+)?"

# ---------------------------------------------------------------- a parabola


def parabola_losses(submission, pairs, x, y):
    """Your parabola_loss for several pairs of a and b (k, 2), in one tensor."""
    return torch.stack([submission.parabola_loss(a, b, x, y) for a, b in pairs])


# ---------------------------------------------------------------- optimizers


def clear_gradients(rand, rounds, *sizes):
    """For each round a gradient for each parameter, of both signs, all greater than 2 in size."""
    return [[(2 + rand(n).abs()) * rand(n).sign() for n in sizes] for _ in range(rounds)]


def bowl(params, A):
    """A loss whose gradient is no multiple of the parameters, by all of them."""
    return sum((A @ w + k).cosh().log().sum() + (w**4).sum() / 8 for k, w in enumerate(params))


def leaves_of(start):
    """Parameters to be trained, from tensors of the test."""
    return [w.clone().requires_grad_() for w in start]


def run(optimizer, params, A, steps):
    """So many steps down the bowl."""
    for _ in range(steps):
        optimizer.zero_grad()
        bowl(params, A).backward()
        optimizer.step()


def descended(submission, name, start, A, steps, **options):
    """The parameters after so many steps of your optimizer; they are handed over by a generator."""
    params = leaves_of(start)
    run(getattr(submission, name)((w for w in params), **options), params, A, steps)
    return params


def on_a_parabola(submission, cases, start, steps=3):
    """One number after three steps on w^2 / 2, whose gradient is w, for each (class, options)."""
    found = []
    for name, options in cases:
        w = start.clone().requires_grad_()
        optimizer = getattr(submission, name)([w], **options)
        for _ in range(steps):
            optimizer.zero_grad()
            (w.square() / 2).backward()
            optimizer.step()
        found.append(w)
    return torch.stack(found)


def with_gradients(submission, name, start, rounds, **options):
    """The parameters after each step with the given gradients, one for each parameter, or None."""
    params = leaves_of(start)
    optimizer = getattr(submission, name)(params, **options)
    found = []
    for gradients in rounds:
        for w, gradient in zip(params, gradients, strict=True):
            w.grad = None if gradient is None else gradient.clone()
        optimizer.step()
        found.append([w.detach().clone() for w in params])
    return found


def zeroed(submission, name, start, gradients, **options):
    """What `.grad` holds after the zero_grad of your optimizer, and the parameters after one more step."""
    params = leaves_of(start)
    optimizer = getattr(submission, name)(params, **options)
    for w, gradient in zip(params, gradients, strict=True):
        w.grad = gradient.clone()
    optimizer.step()
    optimizer.zero_grad()
    left = [w.grad for w in params]
    optimizer.step()
    return {"gradients": left, "parameters": params}


def handed_over(submission, name, start, rounds, at, **options):
    """The parameters after the given gradients; after `at` rounds a second optimizer goes on with copies."""
    make = getattr(submission, name)
    params = leaves_of(start)
    optimizer = make(params, **options)
    for number, gradients in enumerate(rounds):
        if number == at:
            state = optimizer.state_dict()
            params = leaves_of([w.detach() for w in params])
            optimizer = make(params, **options)
            optimizer.load_state_dict(state)
        for w, gradient in zip(params, gradients, strict=True):
            w.grad = gradient.clone()
        optimizer.step()
    return params


# ---------------------------------------------------------------- a line


def trained_line(submission, x, y, w0, b0, lr, epochs):
    """What your train_linear returns, as lists and floats."""
    with torch.enable_grad():
        losses, w, b = submission.train_linear(x, y, w0, b0, lr, epochs)
    return {"losses": [float(loss) for loss in losses], "w": float(w), "b": float(b)}


def line_after(submission, x, y, w0, b0, lr, epochs):
    """w and b after your train_linear."""
    _, w, b = submission.train_linear(x, y, w0, b0, lr, epochs)
    return {"w": float(w), "b": float(b)}


def printed_steps(submission, w, b, x, y, lr):
    """Your print_grads at the four moments of the lecture, for a line with float32 weights."""
    model = nn.Linear(1, 1)
    model.load_state_dict({"weight": w.reshape(1, 1), "bias": b.reshape(1)})
    optimizer = torch.optim.SGD(model.parameters(), lr)
    found = {"before": submission.print_grads(model)}
    (model(x) - y).square().mean().backward()
    found["after backward"] = submission.print_grads(model)
    optimizer.step()
    found["after step"] = submission.print_grads(model)
    optimizer.zero_grad()
    found["after zero_grad"] = submission.print_grads(model)
    return found


def printed(submission, state, x, frozen=()):
    """Your print_grads of a model of two layers after backward; `frozen` parameters ask for no gradient."""
    model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Tanh(), nn.Linear(3, 1)))
    model.load_state_dict(state)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name not in frozen)
    model(x).sum().backward()
    return submission.print_grads(model)


def read_lines(lines):
    """Each line as its words and its numbers: how many digits are printed says nothing."""
    return [(re.sub(NUMBER, "#", line), [float(one) for one in re.findall(NUMBER, line)]) for line in lines]


def read_moments(found):
    """The lines of several moments, each as its words and its numbers."""
    return {moment: read_lines(lines) for moment, lines in found.items()}


# ---------------------------------------------------------------- a training loop


def small(p=0.0, classes=1):
    """A model in float64, with dropout."""
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Dropout(p), nn.Linear(5, classes)).double()


def small_state(rand, classes=1):
    """Random weights for `small`."""
    shapes = {"0.weight": (5, 3), "0.bias": (5,), "3.weight": (classes, 5), "3.bias": (classes,)}
    return {name: rand(*shape) for name, shape in shapes.items()}


def ready(state, p=0.0, classes=1):
    """The small model with given weights."""
    model = small(p, classes)
    model.load_state_dict(state)
    return model


def stepped(submission, state, batch, earlier, lr):
    """What one train_step of yours gives, and leaves behind. `.grad` holds gradients of an earlier batch.

    In the order of events stand only those whose order is prescribed.
    """
    model = ready(state)
    for parameter, gradient in zip(model.parameters(), earlier, strict=True):
        parameter.grad = gradient.clone()
    watched = spy(model.eval(), F.mse_loss, torch.optim.SGD(model.parameters(), lr))
    yield
    loss = submission.train_step(watched.model, batch, watched.loss_fn, watched.optimizer)
    seen = watched.record()
    return {
        "order": [event for event in seen["events"] if event in ("forward", "backward", "step")],
        "left over at backward": seen["stale"],
        "loss": float(loss),
        "weights": dict(model.named_parameters()),
    }


def modes(submission, state, batches, lr):
    """The losses of a train_step for each batch, and the model's mode in each forward pass."""
    model = ready(state).eval()
    watched = spy(model, F.mse_loss, torch.optim.SGD(model.parameters(), lr))
    losses = []
    for batch in batches:
        losses.append(float(submission.train_step(model, batch, watched.loss_fn, watched.optimizer)))
        model.eval()
    return {"losses": losses, "training mode": watched.record()["modes"]}


def several_steps(submission, state, batches, lr, device="cpu"):
    """The losses of one train_step for each batch, with momentum."""
    model = ready(state).to(device)
    opt = torch.optim.SGD(model.parameters(), lr, momentum=0.9)
    return [float(submission.train_step(model, batch, F.mse_loss, opt)) for batch in batches]


def classified_step(submission, state, x, y, lr):
    """The weights after one train_step of a classifier, whose loss is the cross-entropy."""
    model = ready(state, classes=3)
    opt = torch.optim.Adam(model.parameters(), lr)
    submission.train_step(model, (x, y), F.cross_entropy, opt)
    return dict(model.named_parameters())


def step_value(submission, state, x, y):
    """What your train_step returns, as it is, and its kind."""
    model = ready(state)
    loss = submission.train_step(model, (x, y), F.mse_loss, torch.optim.SGD(model.parameters(), 0.1))
    return {"kind": type(loss).__name__, "loss": float(loss)}


def linear_step(submission, w, x, y):
    """The loss of one train_step of a linear model."""
    model = nn.Linear(3, 1, bias=False, dtype=torch.float64)
    model.load_state_dict({"weight": w})
    opt = torch.optim.SGD(model.parameters(), 0.1)
    yield
    with torch.enable_grad():
        return float(submission.train_step(model, (x, y), F.mse_loss, opt))


def in_batches(x, y, sizes):
    """x and y cut into batches of these sizes, or of one size."""
    return list(zip(x.split(sizes), y.split(sizes), strict=True))


def numbers(found, keys=("loss", "accuracy")):
    """Some numbers of a dict as floats."""
    return {key: float(found[key]) for key in keys}


def figures(found, batches):
    """Loss and accuracy as floats. A share of few samples in float32 is right too: the count decides."""
    loss, accuracy = numbers(found).values()
    samples = sum(len(y) for _, y in batches) or 1
    return {"loss": loss, "accuracy": round(accuracy * samples, 3) / samples}


def evaluated(submission, state, batches, p=0.0, device="cpu"):
    """What your evaluate gives for a model in training mode."""
    model = ready(state, p, classes=3).to(device)
    return figures(submission.evaluate(model, batches, F.cross_entropy), batches)


def evaluated_logits(submission, batches):
    """What your evaluate gives where the model hands on its input as logits."""
    return figures(submission.evaluate(nn.Identity(), batches, F.cross_entropy), batches)


def left_mode(submission, state, batches, training):
    """The loss, and the mode after your evaluate for each mode before it."""
    found = []
    for before in training:
        model = ready(state, classes=3).train(before)
        loss = float(submission.evaluate(model, batches, F.cross_entropy)["loss"])
        found.append((before, model.training, loss))
    return found


def left_graph(submission, state, batches):
    """The loss of your evaluate, whether any logits that the loss got had a graph, and what the model saw."""
    graphs, seen = [], []

    def loss_fn(logits, y):
        graphs.append(logits.requires_grad)
        return F.cross_entropy(logits, y)

    model = ready(state, classes=3)
    model.register_forward_hook(lambda module, inputs, output: seen.append(len(inputs[0])))
    loss = float(submission.evaluate(model, batches, loss_fn)["loss"])
    return {"loss": loss, "graph": any(graphs), "samples in each run": seen}


# ---------------------------------------------------------------- fit


def history_of(result):
    """The prescribed numbers of each epoch."""
    return [numbers(epoch, ("train_loss", "val_loss", "val_accuracy")) for epoch in result["history"]]


class ByEpoch:
    """A loader whose batches are others in each epoch."""

    def __init__(self, epochs):
        self.epochs = epochs
        self.passes = 0

    def __iter__(self):
        batches = self.epochs[min(self.passes, len(self.epochs) - 1)]
        self.passes += 1
        return iter(batches)


def fitted_history(submission, state, train, validation, epochs, lr):
    """The history of your fit for the small model."""
    return history_of(submission.fit(ready(state, classes=3), (train, validation), epochs, 1, lr))


def fitted_best(submission, state, train_by_epoch, validation, lr):
    """The best epoch of your fit and its weights; the training batches are others in each epoch."""
    model = ready(state, classes=3)
    loaders = ByEpoch(train_by_epoch), validation
    result = submission.fit(model, loaders, len(train_by_epoch), 1, lr)
    return {"best_epoch": int(result["best_epoch"]), "best": dict(result["best"])}


def fitted_last(submission, state, train_by_epoch, validation, lr):
    """The model's own weights after your fit."""
    model = ready(state, classes=3)
    submission.fit(model, (ByEpoch(train_by_epoch), validation), len(train_by_epoch), 1, lr)
    return dict(model.named_parameters())


def fitted_twice(submission, state, x, y, validation, seeds):
    """Whether fit with a shuffling loader and dropout repeats itself, for pairs of seeds; one val_loss."""

    def once(seed, before):
        torch.manual_seed(before)
        loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=4, shuffle=True)
        return history_of(submission.fit(ready(state, 0.5, 3), (loader, validation), 2, seed, 0.05))

    still = history_of(submission.fit(ready(state, classes=3), ([(x, y)], validation), 1, 1, 0.05))
    same = [once(one, 1) == once(other, 2) for one, other in seeds]
    return {"repeats": same, "val_loss": still[0]["val_loss"]}


# Reviews of numbered words; 0 is padding. Some words are of good reviews, some of bad ones, most of both.


def draw_words(pick, vocab_size):
    """The words in random order: 15 good ones, 15 bad ones, and the others."""
    order = torch.tensor(pick(range(1, vocab_size), vocab_size - 1))
    return order[:15], order[15:30], order[30:]


def draw_reviews(rand, words, n, length=12):
    """Reviews (n, length) and labels (n,): half the words show the label, one in a hundred the other."""
    good, bad, others = words
    y = rand(n, low=0, high=2, dtype=torch.int64)
    place = rand(n, length, low=0, high=15, dtype=torch.int64)
    shows = torch.where(y[:, None] == 1, good[place], bad[place])
    misleads = torch.where(y[:, None] == 1, bad[place], good[place])
    neutral = others[rand(n, length, low=0, high=len(others), dtype=torch.int64)]
    u = rand(n, length, low=0, high=1)
    ids = torch.where(u < 0.5, shows, torch.where(u < 0.51, misleads, neutral))
    lengths = rand(n, 1, low=6, high=length + 1, dtype=torch.int64)
    return ids * (torch.arange(length) < lengths), y


def fitted_reviews(submission, name, vocab_size, seed, train, validation, lr):
    """The best weights of your fit for a classifier of reviews, six epochs in batches of 32."""
    torch.manual_seed(seed)
    model = getattr(submission, name)(vocab_size)
    loaders = in_batches(*train, 32), in_batches(*validation, 32)
    return {"weights": dict(submission.fit(model, loaders, 6, seed, lr)["best"])}


def accuracy_of_lstm(submission, weights, vocab_size, ids, y):
    """The share of new reviews that the LSTM classifies rightly."""
    logits = build(submission, "LSTMClassifier", [vocab_size], weights)(ids)
    return (logits.argmax(dim=1) == y).double().mean().item()


def accuracy_of_transformer(submission, weights, vocab_size, ids, y):
    """The share of new reviews that the Transformer classifies rightly."""
    logits = build(submission, "TransformerClassifier", [vocab_size], weights)(ids)
    return (logits.argmax(dim=1) == y).double().mean().item()


# ---------------------------------------------------------------- teacher forcing


class Decoder(nn.Module):
    """Reads tokens (B,), predicts V logits from a state of its own; the state is (number of steps, h)."""

    def __init__(self, vocab_size, width):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, width)
        self.cell = nn.GRUCell(width, width)
        self.dense = nn.Linear(width, vocab_size)

    def forward(self, tokens, state):
        steps, h = (0, None) if state is None else state
        h = self.cell(self.embedding(tokens), h)
        return self.dense(h), (steps + 1, h)


DECODER = {
    "embedding.weight": (6, 4),
    "cell.weight_ih": (12, 4),
    "cell.weight_hh": (12, 4),
    "cell.bias_ih": (12,),
    "cell.bias_hh": (12,),
    "dense.weight": (6, 4),
    "dense.bias": (6,),
}


def decoder_state(rand):
    """Weights for a decoder of six tokens."""
    return {name: rand(*shape) for name, shape in DECODER.items()}


def decoder(state):
    """A decoder of six tokens with given weights."""
    model = Decoder(6, 4).double()
    model.load_state_dict(state)
    return model


def decoded(submission, state, seqs, teacher_forcing):
    """The loss and the inputs of your decode_loss."""
    generator = torch.Generator().manual_seed(0)
    loss, inputs = submission.decode_loss(decoder(state), seqs, teacher_forcing, generator)
    return {"loss": loss, "inputs": inputs}


def decoded_gradients(submission, state, seqs, teacher_forcing):
    """The gradients of the decoder's parameters by the loss of your decode_loss."""
    model = decoder(state)
    loss, _ = submission.decode_loss(model, seqs, teacher_forcing, torch.Generator().manual_seed(0))
    loss.backward()
    return {name: parameter.grad for name, parameter in model.named_parameters()}


def odd_ones(tokens, state):
    """A decoder of eight tokens that always predicts the odd one after what it reads."""
    return F.one_hot((tokens + 1 + tokens % 2) % 8, 8).double(), state


def coins(submission, seqs, teacher_forcing, seed):
    """What was read at each step, where the truth is even and every prediction odd: 1 for the truth."""
    generator = torch.Generator().manual_seed(seed)
    _, inputs = submission.decode_loss(odd_ones, seqs, teacher_forcing, generator)
    return 1 - inputs % 2


def coin_facts(submission, seqs, teacher_forcing, seed):
    """What all right coins have in common, and the loss where all of them are for the truth."""
    read = coins(submission, seqs, teacher_forcing, seed)
    generator = torch.Generator().manual_seed(seed)
    always, _ = submission.decode_loss(odd_ones, seqs, 1.0, generator)
    return {
        "one coin for all sequences": bool((read == read[:, :1]).all()),
        "another coin at another step": 1 < int(read[:, 0].sum()) < len(read),
        "loss with the truth": always,
    }


def repeated_coins(submission, seqs, teacher_forcing, seeds):
    """Whether coins are the same for two generators, seeded alike or not; torch's own is seeded otherwise."""
    found = []
    for one, other in seeds:
        torch.manual_seed(1)
        first = coins(submission, seqs, teacher_forcing, one)
        torch.manual_seed(2)
        found.append(torch.equal(first, coins(submission, seqs, teacher_forcing, other)))
    loss, _ = submission.decode_loss(odd_ones, seqs, 1.0, torch.Generator())
    return {"same coins": found, "loss with the truth": loss}


# ---------------------------------------------------------------- stopping and going on


def trained(model, opt, x, y, rng, steps):
    """Some steps on samples that rng shuffles; the losses."""
    losses = []
    for _ in range(steps):
        chosen = torch.randperm(len(x), generator=rng)[:4]
        opt.zero_grad()
        loss = F.mse_loss(model(x[chosen]), y[chosen])
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses


def fresh(state, p, lr=0.05):
    """A model in training mode, and its optimizer."""
    model = ready(state, p)
    return model, torch.optim.Adam(model.parameters(), lr)


def resumed(submission, state, x, y, seed, p, own_generator, epoch=3):
    """Losses of four steps after saving, and of the same four steps after loading into a new model."""
    torch.manual_seed(seed)
    rng = torch.Generator().manual_seed(seed) if own_generator else torch.default_generator
    model, opt = fresh(state, p)
    before = trained(model, opt, x, y, rng, 3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.pt"
        submission.save_checkpoint(path, model, opt, epoch, rng)
        straight = trained(model, opt, x, y, rng, 4)
        model, opt = fresh({name: torch.zeros_like(value) for name, value in state.items()}, p)
        rng = torch.Generator() if own_generator else torch.default_generator
        told = submission.load_checkpoint(path, model, opt, rng)
        after = trained(model, opt, x, y, rng, 4)
    return {"before": before, "straight": straight, "resumed": after, "epoch": told}


def readable(submission, state, epoch):
    """Which error torch.load raises with weights_only=True, if any, and the epoch that you load."""
    model, opt = fresh(state, 0.5)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.pt"
        submission.save_checkpoint(path, model, opt, epoch, torch.Generator())
        try:
            torch.load(path, weights_only=True)
        except Exception as error:  # noqa: BLE001 - the type is the fact
            return {"error": type(error).__name__, "epoch": epoch}
        return {"error": None, "epoch": submission.load_checkpoint(path, model, opt, torch.Generator())}


def told_epochs(submission, state, epochs):
    """The epoch that your load_checkpoint gives, for each that was saved, and the weights that it loads."""
    told = []
    with tempfile.TemporaryDirectory() as folder:
        for number, epoch in enumerate(epochs):
            path = Path(folder) / f"{number}.pt"
            model, opt = fresh(state, 0.0)
            submission.save_checkpoint(path, model, opt, epoch, torch.Generator())
            model, opt = fresh({name: torch.zeros_like(value) for name, value in state.items()}, 0.0)
            told.append(submission.load_checkpoint(path, model, opt, torch.Generator()))
    return {"epochs": told, "weights": dict(model.named_parameters())}


def moved_on(submission, state, x, y, device):
    """A loss after a model is saved from a device, loaded to the CPU, and trained there by one more step."""
    model = ready(state).to(device)
    opt = torch.optim.Adam(model.parameters(), 0.05)
    F.mse_loss(model(x.to(device)), y.to(device)).backward()
    opt.step()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.pt"
        submission.save_checkpoint(path, model, opt, 1, torch.Generator())
        model, opt = fresh({name: torch.zeros_like(value) for name, value in state.items()}, 0.0)
        submission.load_checkpoint(path, model, opt, torch.Generator())
    F.mse_loss(model(x), y).backward()
    opt.step()
    return F.mse_loss(model(x), y).item()


# ---------------------------------------------------------------- broken_loop.py


class Line(nn.Module):
    """A linear model with one output, that notes its mode whenever it runs with a graph."""

    def __init__(self, w):
        super().__init__()
        self.w = nn.Parameter(w.clone())
        self.modes = []

    def forward(self, x):
        if torch.is_grad_enabled():
            self.modes.append(self.training)
        return x @ self.w.mT


def loop_weights(submission, w, batches, epochs, lr):
    """The weights of the model after `train` of broken_loop.py."""
    model = Line(w)
    submission.train(model, batches, batches[0], epochs, lr)
    return model.w


def loop_losses(submission, w, batches, epochs, lr):
    """The losses that `train` of broken_loop.py records."""
    return [float(loss) for loss in submission.train(Line(w), batches, batches[0], epochs, lr)["losses"]]


def loop_modes(submission, w, batches, epochs, lr):
    """Whether the model was in training mode in each step of `train`, and its weights afterwards."""
    model = Line(w)
    submission.train(model, batches, batches[0], epochs, lr)
    return {"training mode": model.modes, "weights": model.w}


def loop_best(submission, w, batches, epochs, lr):
    """The best weights of `train` of broken_loop.py; the validation batch is the first one."""
    return dict(submission.train(Line(w), batches, batches[0], epochs, lr)["best"])


# ---------------------------------------------------------------- losses


def several_losses(submission, name, pairs):
    """Your losses for several pairs of input and target, in one tensor."""
    return torch.stack([submission.losses(name, one, target) for one, target in pairs])


# ---------------------------------------------------------------- to_device_and_amp


def trained_in_parts(submission, state, batches, lr, device, parts):
    """Losses and weights of your to_device_and_amp, for each number of parts."""
    found = []
    for k in parts:
        model = ready(state)
        losses = submission.to_device_and_amp(model, batches, lr, torch.device(device), k)
        found.append({"losses": [float(loss) for loss in losses], "weights": dict(model.named_parameters())})
    return found


def losses_in_parts(submission, state, batches, lr, device, k):
    """The losses of your to_device_and_amp, for the small model in float32."""
    model = ready(state).float()
    return [float(x) for x in submission.to_device_and_amp(model, batches, lr, torch.device(device), k)]


class Watched(nn.Module):
    """A linear model in float32 that notes in which dtype and on which device it computes."""

    def __init__(self, w):
        super().__init__()
        self.linear = nn.Linear(3, 1, bias=False)
        self.linear.load_state_dict({"weight": w})
        self.facts = set()

    def forward(self, x):
        out = self.linear(x)
        self.facts.add((out.dtype, out.device.type, self.linear.weight.device.type))
        return out


def precision_facts(submission, w, batches, device, settings):
    """For each of the options: dtype and devices of the outputs, dtype of the weights, whether they moved."""
    found = []
    for options in settings:
        model = Watched(w)
        submission.to_device_and_amp(model, batches, 0.1, torch.device(device), 2, **options)
        weight = model.linear.weight
        moved = not torch.equal(weight.detach().cpu(), w)
        found.append({"computed": model.facts, "weights": weight.dtype, "moved": moved})
    return found
