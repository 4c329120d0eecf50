"""Known wrong versions."""

import torch

from grader import misconception


@misconception("train_step", "The gradients of the batch before are still there: zero them before backward.")
def not_zeroed(model, batch, loss_fn, optimizer):
    x, y = batch
    model.train()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


@misconception("train_step", "The gradients are zeroed between backward and step, so nothing moves.")
def zeroed_between(model, batch, loss_fn, optimizer):
    x, y = batch
    model.train()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


@misconception("train_step", "The step comes before backward: it uses old gradients.")
def step_first(model, batch, loss_fn, optimizer):
    x, y = batch
    model.train()
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    optimizer.step()
    loss.backward()
    return loss.item()


@misconception("train_step", "The loss is returned as a tensor, which keeps its whole graph alive.")
def returns_tensor(model, batch, loss_fn, optimizer):
    x, y = batch
    model.train()
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    return loss


@misconception("train_step", "The optimizer steps twice.")
def two_steps(model, batch, loss_fn, optimizer):
    x, y = batch
    model.train()
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    optimizer.step()
    return loss.item()


@misconception("train_step", "The model is not put into training mode.")
def mode_left(model, batch, loss_fn, optimizer):
    x, y = batch
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


@misconception("train_step", "The samples are trained on one by one; the batch is to be used as a whole.")
def one_by_one(model, batch, loss_fn, optimizer):
    model.train()
    losses = []
    for x, y in zip(*batch, strict=True):
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def _save(path, model, optimizer, epoch, **changes):
    states = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "epoch": epoch,
        "rng": torch.get_rng_state(),
    }
    torch.save(states | changes, path)


def _load(path, model, optimizer, parts=("model", "optimizer", "rng")):
    saved = torch.load(path, weights_only=True)
    if "model" in parts:
        model.load_state_dict(saved["model"])
    if "optimizer" in parts:
        optimizer.load_state_dict(saved["optimizer"])
    if "rng" in parts:
        torch.set_rng_state(saved["rng"])
    return saved["epoch"]


@misconception("load_checkpoint", "The optimizer's state is not brought back: Adam starts with no memory.")
def no_optimizer(path, model, optimizer):
    return _load(path, model, optimizer, ("model", "rng"))


@misconception("load_checkpoint", "The random number generator is not brought back: dropout draws anew.")
def no_generator(path, model, optimizer):
    return _load(path, model, optimizer, ("model", "optimizer"))


@misconception("load_checkpoint", "The weights are not brought back.")
def no_weights(path, model, optimizer):
    return _load(path, model, optimizer, ("optimizer", "rng"))


@misconception("load_checkpoint", "The epoch after the saved one is returned; the saved one is asked for.")
def next_epoch(path, model, optimizer):
    return _load(path, model, optimizer) + 1


@misconception("save_checkpoint", "The model itself is saved; weights_only=True reads states, not objects.")
def saves_objects(path, model, optimizer, epoch):
    _save(path, model, optimizer, epoch, object=model)
