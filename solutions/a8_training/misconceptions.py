"""Known wrong versions of training.py, each the reference with one name replaced."""

from copy import deepcopy

import torch
import torch.nn.functional as F
from torch import nn
from training import SGD, Adam, AdamW, decode_loss, evaluate, fit, losses, train_step

from grader import misconception

# ---------------------------------------------------------------- parabola_loss, loss_surface


@misconception("parabola_loss", "The sum is divided by one point too many; there are as many as x has.")
def parabola_one_point_more(a, b, x, y):
    return (a * x**2 + b - y).square().sum(dim=-1) / (x.numel() + 1)


@misconception("parabola_loss", "The squares are summed; their mean is asked for.")
def parabola_sum(a, b, x, y):
    return (a * x**2 + b - y).square().sum(dim=-1)


@misconception("parabola_loss", "The whole of a x + b is squared; only x is: a x^2 + b.")
def parabola_squared_line(a, b, x, y):
    return ((a * x + b) ** 2 - y).square().mean(dim=-1)


@misconception("parabola_loss", "The mean of the absolute errors is taken; the errors are squared.")
def parabola_absolute(a, b, x, y):
    return (a * x**2 + b - y).abs().mean(dim=-1)


@misconception("parabola_loss", "The result is a new number without a graph: no gradient reaches a and b.")
def parabola_detached(a, b, x, y):
    return (a * x**2 + b - y).square().mean(dim=-1).detach()


@misconception("loss_surface", "The surface is transposed: rows belong to a, columns to b.")
def surface_transposed(A, B, x, y):
    return (A[None, :, None] * x**2 + B[:, None, None] - y).square().mean(dim=-1)


@misconception("loss_surface", "Two loops go over A and B; broadcasting makes all pairs at once.")
def surface_by_loops(A, B, x, y):
    rows = [torch.stack([(a * x**2 + b - y).square().mean() for b in B]) for a in A]
    return torch.stack(rows)


@misconception("loss_surface", "A loop goes over A; broadcasting makes all rows at once.")
def surface_by_rows(A, B, x, y):
    return torch.stack([(a * x**2 + B[:, None] - y).square().mean(dim=1) for a in A])


# ---------------------------------------------------------------- gradient_descent, max_stable_lr


def _descend(x, y, lr, steps, init, factor=2.0, average=torch.mean, sign=-1.0):
    path = [init]
    for _ in range(steps):
        a, b = path[-1]
        error = a * x**2 + b - y
        gradient = factor * torch.stack([average(error * x**2), average(error)])
        path.append(path[-1] + sign * lr * gradient)
    return torch.stack(path)


@misconception("gradient_descent", "The step of b uses the new a; both derivatives belong to the old point.")
def descent_one_after_the_other(x, y, lr, steps, init):
    path, (a, b) = [init], init
    for _ in range(steps):
        a = a - lr * (2 * (a * x**2 + b - y) * x**2).mean()
        b = b - lr * (2 * (a * x**2 + b - y)).mean()
        path.append(torch.stack([a, b]))
    return torch.stack(path)


@misconception("gradient_descent", "The path begins after the first step; row 0 is init.")
def descent_without_start(x, y, lr, steps, init):
    return _descend(x, y, lr, steps + 1, init)[1:]


@misconception("gradient_descent", "The derivative of the square has a factor 2, which is missing.")
def descent_without_factor(x, y, lr, steps, init):
    return _descend(x, y, lr, steps, init, factor=1.0)


@misconception("gradient_descent", "The gradient is that of a sum over the points; the error is a mean.")
def descent_of_sum(x, y, lr, steps, init):
    return _descend(x, y, lr, steps, init, average=torch.sum)


@misconception("gradient_descent", "The steps go up: the gradient is added, not subtracted.")
def descent_upwards(x, y, lr, steps, init):
    return _descend(x, y, lr, steps, init, sign=1.0)


@misconception("gradient_descent", "The path is written into one tensor: every row shows the last point.")
def descent_same_row(x, y, lr, steps, init):
    return _descend(x, y, lr, steps, init)[-1].expand(steps + 1, 2)


def _hessian(x, factor=2.0):
    f = torch.stack([x**2, torch.ones_like(x)])
    return factor * f @ f.mT / x.numel()


@misconception("max_stable_lr", "This is 1 / L; a step may go twice as far before it diverges: 2 / L.")
def limit_half(x):
    return (1 / torch.linalg.eigvalsh(_hessian(x)).max()).item()


@misconception("max_stable_lr", "The factor 2 of the derivative is missing in the second derivatives.")
def limit_double(x):
    return (2 / torch.linalg.eigvalsh(_hessian(x, 1.0)).max()).item()


@misconception("max_stable_lr", "The second derivative by a alone is taken; b's direction mixes with it.")
def limit_of_diagonal(x):
    return (2 / _hessian(x).diagonal().max()).item()


@misconception("max_stable_lr", "The sum of both eigenvalues is taken; the largest one decides.")
def limit_of_trace(x):
    return (2 / _hessian(x).trace()).item()


# ---------------------------------------------------------------- SGD


def _zeros(memory, key, param):
    return memory.get(key, torch.zeros_like(param))


@misconception("SGD", "The gradient comes into v damped by 1 - momentum; torch adds it whole.")
class SgdDamped(SGD):
    def update(self, param, grad, memory):
        grad = grad + self.weight_decay * param
        v = self.momentum * _zeros(memory, "velocity", param) + (1 - self.momentum) * grad
        memory["velocity"] = v
        param -= self.lr * (grad + self.momentum * v if self.nesterov else v)


@misconception("SGD", "From the second step on, the gradient comes into v damped by 1 - momentum.")
class SgdDampedLater(SGD):
    def update(self, param, grad, memory):
        grad = grad + self.weight_decay * param
        new = (1 - self.momentum) * grad if "velocity" in memory else grad
        v = memory["velocity"] = self.momentum * _zeros(memory, "velocity", param) + new
        param -= self.lr * (grad + self.momentum * v if self.nesterov else v)


@misconception(
    "SGD", "Steps are computed with a graph: a leaf cannot be changed in place. Use torch.no_grad()."
)
class SgdWithGraph(SGD):
    def step(self):
        for param, memory in zip(self.params, self.memory, strict=True):
            if param.grad is not None:
                self.update(param, param.grad, memory)


@misconception("SGD", "A parameter whose gradient is None is not skipped.")
class SgdNoneCrashes(SGD):
    @torch.no_grad()
    def step(self):
        for param, memory in zip(self.params, self.memory, strict=True):
            self.update(param, param.grad, memory)


@misconception("SGD", "A gradient that is None counts as zeros, so momentum and decay move the parameter on.")
class SgdNoneIsZero(SGD):
    @torch.no_grad()
    def step(self):
        for param, memory in zip(self.params, self.memory, strict=True):
            grad = torch.zeros_like(param) if param.grad is None else param.grad
            self.update(param, grad, memory)


@misconception("SGD", "All parameters share one velocity; each needs its own.")
class SgdSharedVelocity(SGD):
    def __init__(self, params, lr, momentum=0.0, weight_decay=0.0, nesterov=False):
        super().__init__(params, lr, momentum, weight_decay, nesterov)
        self.memory = [{}] * len(self.params)

    def update(self, param, grad, memory):
        if memory and memory["velocity"].shape != param.shape:
            memory.clear()
        super().update(param, grad, memory)


@misconception("SGD", "nesterov is ignored.")
class SgdWithoutNesterov(SGD):
    def __init__(self, params, lr, momentum=0.0, weight_decay=0.0, nesterov=False):
        super().__init__(params, lr, momentum, weight_decay, False)


@misconception("SGD", "The weight decay is taken off the weight beside the momentum; it goes through v.")
class SgdDecoupledDecay(SGD):
    def update(self, param, grad, memory):
        param -= self.lr * self.weight_decay * param
        decay, self.weight_decay = self.weight_decay, 0.0
        super().update(param, grad, memory)
        self.weight_decay = decay


@misconception("SGD", "weight_decay is ignored.")
class SgdWithoutDecay(SGD):
    def __init__(self, params, lr, momentum=0.0, weight_decay=0.0, nesterov=False):
        super().__init__(params, lr, momentum, 0.0, nesterov)


@misconception("SGD", "zero_grad fills the gradients with zeros; they should be None.")
class SgdZeroesInPlace(SGD):
    def zero_grad(self):
        for param in self.params:
            if param.grad is not None:
                param.grad.zero_()


@misconception("SGD", "The state has no velocities: the second optimizer begins from rest.")
class SgdForgets(SGD):
    def load_state_dict(self, state):
        self.memory = [{} for _ in self.params]


@misconception("SGD", "The state knows parameters by their id(): another optimizer's parameters have others.")
class SgdStateById(SGD):
    def state_dict(self):
        return {id(param): memory for param, memory in zip(self.params, self.memory, strict=True)}

    def load_state_dict(self, state):
        self.memory = [state.get(id(param), {}) for param in self.params]


@misconception("SGD", "The parameters are replaced by new tensors; a model sees only changes in place.")
class SgdReplaces(SGD):
    @torch.no_grad()
    def step(self):
        for at, (param, memory) in enumerate(zip(self.params, self.memory, strict=True)):
            if param.grad is not None:
                new = param.clone()
                self.update(new, param.grad, memory)
                self.params[at] = new


@misconception(
    "SGD", "The generator of parameters is kept as it is: after one pass it is empty. Make a list."
)
class SgdKeepsGenerator(SGD):
    def __init__(self, params, lr, momentum=0.0, weight_decay=0.0, nesterov=False):
        super().__init__([], lr, momentum, weight_decay, nesterov)
        self.params = params
        self.memory = {}

    def zero_grad(self):
        for param in self.params:
            param.grad = None

    @torch.no_grad()
    def step(self):
        for param in self.params:
            if param.grad is not None:
                self.update(param, param.grad, self.memory.setdefault(id(param), {}))


@misconception("SGD", "The steps are those of torch.optim.SGD; write them yourself.")
class SgdOfTorch(SGD):
    def __init__(self, params, lr, momentum=0.0, weight_decay=0.0, nesterov=False):
        super().__init__(params, lr, momentum, weight_decay, nesterov)
        self.inner = torch.optim.SGD(
            self.params, lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov
        )

    def step(self):
        self.inner.step()

    def state_dict(self):
        return self.inner.state_dict()

    def load_state_dict(self, state):
        self.inner.load_state_dict(state)


# ---------------------------------------------------------------- Adam, AdamW


def _move(self, param, grad, memory, corrected=True, inner=False, late=False, flipped=False):
    """A step of Adam with one thing done otherwise."""
    beta1, beta2 = self.betas
    t = memory["t"] = memory.get("t", 0) + 1
    m = memory["m"] = beta1 * _zeros(memory, "m", param) + (1 - beta1) * grad
    share = (1 - beta1) if flipped else (1 - beta2)
    v = memory["v"] = beta2 * _zeros(memory, "v", param) + share * grad**2
    first, second = (1 - beta1**t, 1 - beta2**t) if corrected else (1.0, 1.0)
    if inner:
        root = (v / second + self.eps).sqrt()
    elif late:
        root = (v.sqrt() + self.eps) / second**0.5
    else:
        root = (v / second).sqrt() + self.eps
    param -= self.lr * (m / first) / root


@misconception("Adam", "m and v are not corrected: divide them by 1 - beta^t.")
class AdamUncorrected(Adam):
    def move(self, param, grad, memory):
        _move(self, param, grad, memory, corrected=False)


@misconception("Adam", "eps is added under the root; it belongs outside of it.")
class AdamEpsInside(Adam):
    def move(self, param, grad, memory):
        _move(self, param, grad, memory, inner=True)


@misconception("Adam", "eps is added to the root of v before v is corrected.")
class AdamEpsBeforeCorrection(Adam):
    def move(self, param, grad, memory):
        _move(self, param, grad, memory, late=True)


@misconception("Adam", "v takes in 1 - beta1 of the squared gradient; it is 1 - beta2.")
class AdamWrongShare(Adam):
    def move(self, param, grad, memory):
        _move(self, param, grad, memory, flipped=True)


@misconception("Adam", "One counter of steps for all parameters: each counts those that it took part in.")
class AdamSharedCounter(Adam):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.t = 0

    def step(self):
        for memory in self.memory:
            memory["t"] = self.t
        self.t += 1
        super().step()

    def load_state_dict(self, state):
        super().load_state_dict(state)
        self.t = max((memory.get("t", 0) for memory in self.memory), default=0)


@misconception("Adam", "The counter runs on with every parameter, so it counts several times a step.")
class AdamCountsParameters(Adam):
    def move(self, param, grad, memory):
        memory["t"] = max(other.get("t", 0) for other in self.memory)
        super().move(param, grad, memory)


@misconception("Adam", "The squared gradient is averaged before the root is taken of it, over all elements.")
class AdamAveraged(Adam):
    def move(self, param, grad, memory):
        beta1, beta2 = self.betas
        t = memory["t"] = memory.get("t", 0) + 1
        m = memory["m"] = beta1 * _zeros(memory, "m", param) + (1 - beta1) * grad
        v = memory["v"] = beta2 * _zeros(memory, "v", param) + (1 - beta2) * grad.square().mean()
        param -= self.lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + self.eps)


@misconception(
    "Adam", "Adam decays the weight itself, as AdamW does; here the decay is part of the gradient."
)
class AdamDecoupled(Adam):
    def update(self, param, grad, memory):
        param -= self.lr * self.weight_decay * param
        self.move(param, grad, memory)


@misconception("Adam", "The betas are always .9 and .999, and eps 1e-8, whatever is asked for.")
class AdamFixed(Adam):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, weight_decay=weight_decay)


@misconception("Adam", "A gradient that is None counts as zeros: m, v and t move on.")
class AdamNoneIsZero(Adam):
    @torch.no_grad()
    def step(self):
        for param, memory in zip(self.params, self.memory, strict=True):
            grad = torch.zeros_like(param) if param.grad is None else param.grad
            self.update(param, grad, memory)


@misconception("Adam", "The state lacks the count of steps: the correction begins anew.")
class AdamForgetsCount(Adam):
    def load_state_dict(self, state):
        super().load_state_dict(state)
        for memory in self.memory:
            memory.pop("t", None)


@misconception("Adam", "The steps are those of torch.optim.Adam; write them yourself.")
class AdamOfTorch(Adam):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)
        make = torch.optim.AdamW if type(self).__name__ == "AdamW" else torch.optim.Adam
        self.inner = make(self.params, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def step(self):
        self.inner.step()

    def state_dict(self):
        return self.inner.state_dict()

    def load_state_dict(self, state):
        self.inner.load_state_dict(state)


@misconception("AdamW", "The decay goes through the gradient, as in Adam: m and v see it.")
class AdamwThroughGradient(AdamW):
    def update(self, param, grad, memory):
        self.move(param, grad + self.weight_decay * param, memory)


@misconception("AdamW", "The weight decays after the step, from the new value; the old one decays.")
class AdamwDecaysLate(AdamW):
    def update(self, param, grad, memory):
        self.move(param, grad, memory)
        param -= self.lr * self.weight_decay * param


@misconception("AdamW", "The decay is not multiplied by the learning rate: w <- w - lr * weight_decay * w.")
class AdamwDecayWithoutRate(AdamW):
    def update(self, param, grad, memory):
        param -= self.weight_decay * param
        self.move(param, grad, memory)


@misconception("AdamW", "The default of weight_decay is 0; AdamW decays by 1e-2 unless told otherwise.")
class AdamwWithoutDefault(AdamW):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)


# ---------------------------------------------------------------- train_linear


def _train(x, y, w0, b0, lr, epochs, zero="before", average="mean", late=False, flat=False, sign=1, order=1):
    """The reference's training with one thing done otherwise."""
    model = nn.Linear(1, 1, dtype=x.dtype)
    nn.init.constant_(model.weight, w0)
    nn.init.constant_(model.bias, b0)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    y = y if flat else y.reshape(-1, 1)
    losses = []
    for _ in range(epochs):
        if zero == "before":
            optimizer.zero_grad()
        loss = (model(x) - y).square()
        loss = sign * (loss.sum() if average == "sum" else loss.mean())
        if order == -1:
            optimizer.step()
        loss.backward()
        if zero == "between":
            optimizer.zero_grad()
        if order == 1:
            optimizer.step()
        recorded = F.mse_loss(model(x), y) if late else sign * loss
        losses.append(recorded.item())
    return losses, model.weight.item(), model.bias.item()


@misconception("train_linear", "The losses are recorded after the step; they are those before it.")
def line_recorded_late(x, y, w0, b0, lr, epochs):
    return _train(x, y, w0, b0, lr, epochs, late=True)


@misconception("train_linear", "The squared errors are summed; their mean is the loss.")
def line_by_sum(x, y, w0, b0, lr, epochs):
    return _train(x, y, w0, b0, lr, epochs, average="sum")


@misconception("train_linear", "(n, 1) minus (n,) becomes (n, n): every prediction meets every target.")
def line_broadcast(x, y, w0, b0, lr, epochs):
    return _train(x, y, w0, b0, lr, epochs, flat=True)


@misconception("train_linear", "The gradients are never zeroed: those of all epochs add up.")
def line_not_zeroed(x, y, w0, b0, lr, epochs):
    return _train(x, y, w0, b0, lr, epochs, zero="never")


@misconception("train_linear", "The gradients are zeroed between backward and step, so nothing moves.")
def line_zeroed_between(x, y, w0, b0, lr, epochs):
    return _train(x, y, w0, b0, lr, epochs, zero="between")


@misconception("train_linear", "The step comes before backward: it is late by one gradient.")
def line_step_first(x, y, w0, b0, lr, epochs):
    return _train(x, y, w0, b0, lr, epochs, zero="never", order=-1)


@misconception("train_linear", "The steps go up: the loss grows.")
def line_upwards(x, y, w0, b0, lr, epochs):
    return _train(x, y, w0, b0, lr, epochs, sign=-1)


@misconception("train_linear", "The points are trained on one by one; an epoch is one step with all of them.")
def line_one_by_one(x, y, w0, b0, lr, epochs):
    w, b = (torch.tensor(value, dtype=x.dtype) for value in (w0, b0))
    losses = []
    for _ in range(epochs):
        errors = []
        for x_i, y_i in zip(x.flatten(), y.flatten(), strict=True):
            error = w * x_i + b - y_i
            w, b = w - lr * 2 * error * x_i, b - lr * 2 * error
            errors.append(error.square().item())
        losses.append(sum(errors) / len(errors))
    return losses, w.item(), b.item()


@misconception("train_linear", "A loop goes over the points; all of them go through the model at once.")
def line_by_loop(x, y, w0, b0, lr, epochs):
    w, b = (torch.tensor(value, dtype=x.dtype) for value in (w0, b0))
    losses = []
    for _ in range(epochs):
        errors = [(w * x_i + b - y_i, x_i) for x_i, y_i in zip(x.flatten(), y.flatten(), strict=True)]
        losses.append(sum(error * error for error, _ in errors).item() / len(errors))
        dw = sum(2 * error * x_i for error, x_i in errors) / len(errors)
        db = sum(2 * error for error, _ in errors) / len(errors)
        w, b = w - lr * dw, b - lr * db
    return losses, w.item(), b.item()


@misconception(
    "train_linear", "The mean is taken of half the squares: their derivative has no factor 2 then."
)
def line_halved(x, y, w0, b0, lr, epochs):
    losses, w, b = _train(x, y, w0, b0, lr / 2, epochs)
    return [loss / 2 for loss in losses], w, b


@misconception("train_linear", "There is one loss too many: an epoch's is the one before its step.")
def line_one_loss_more(x, y, w0, b0, lr, epochs):
    losses, w, b = _train(x, y, w0, b0, lr, epochs)
    return [*losses, F.mse_loss(w * x + b, y.reshape(-1, 1)).item()], w, b


# ---------------------------------------------------------------- print_grads


def _lines(model, show=str, gradient=str, only=lambda parameter: True):
    lines = []
    for name, parameter in model.named_parameters():
        if only(parameter):
            lines += [f"{name}: {show(parameter)}", f"{name} grad: {gradient(parameter.grad)}"]
    return lines


@misconception("print_grads", "Gradients that are None are shown as zeros.")
def printed_zeros(model):
    lines = []
    for name, parameter in model.named_parameters():
        grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        lines += [f"{name}: {parameter}", f"{name} grad: {grad.detach()}"]
    return lines


@misconception(
    "print_grads", "The parameter's `.data` is shown: 'Parameter containing:' and its flag are lost."
)
def printed_data(model):
    return _lines(model, show=lambda parameter: str(parameter.data))


@misconception("print_grads", "Parameters without a gradient are left out; theirs is None.")
def printed_with_gradient_only(model):
    return _lines(model, only=lambda parameter: parameter.grad is not None)


@misconception("print_grads", "Parameters that require no gradient are left out.")
def printed_without_frozen(model):
    return _lines(model, only=lambda parameter: parameter.requires_grad)


@misconception("print_grads", "The gradients are zeroed after they were printed; the function only looks.")
def printed_and_zeroed(model):
    lines = _lines(model)
    model.zero_grad()
    return lines


@misconception("print_grads", "Only the parameters of the model itself are shown, not those of its layers.")
def printed_of_model_alone(model):
    lines = []
    for name, parameter in model.named_parameters(recurse=not list(model.children())):
        lines += [f"{name}: {parameter}", f"{name} grad: {parameter.grad}"]
    return lines


@misconception("print_grads", "The state_dict is shown: its tensors are no parameters and have no gradients.")
def printed_state(model):
    lines = []
    for name, value in model.state_dict().items():
        lines += [f"{name}: {value}", f"{name} grad: {value.grad}"]
    return lines


# ---------------------------------------------------------------- train_step


def _step(model, batch, loss_fn, opt, order="zero forward backward step"):
    """A training step whose parts are done in another order, or not at all; the loss as a tensor."""
    x, y = batch
    loss = None
    for part in order.split():
        if part == "zero":
            opt.zero_grad()
        elif part == "forward":
            loss = loss_fn(model.train()(x), y)
        elif part == "backward":
            loss.backward()
        else:
            opt.step()
    return loss


@misconception("train_step", "The gradients of the batch before are still there: zero them before backward.")
def step_not_zeroed(model, batch, loss_fn, opt):
    return _step(model, batch, loss_fn, opt, "forward backward step").item()


@misconception("train_step", "The gradients are zeroed between backward and step, so nothing moves.")
def step_zeroed_between(model, batch, loss_fn, opt):
    return _step(model, batch, loss_fn, opt, "forward backward zero step").item()


@misconception("train_step", "The step comes before backward: it uses old gradients.")
def step_before_backward(model, batch, loss_fn, opt):
    return _step(model, batch, loss_fn, opt, "forward step zero backward").item()


@misconception("train_step", "The optimizer steps twice with one gradient.")
def step_twice(model, batch, loss_fn, opt):
    return _step(model, batch, loss_fn, opt, "zero forward backward step step").item()


@misconception("train_step", "The optimizer never steps.")
def step_missing(model, batch, loss_fn, opt):
    return _step(model, batch, loss_fn, opt, "zero forward backward").item()


@misconception("train_step", "The loss is computed again after the step; the one before it is asked for.")
def step_loss_after(model, batch, loss_fn, opt):
    _step(model, batch, loss_fn, opt)
    x, y = batch
    return loss_fn(model(x), y).item()


@misconception("train_step", "The loss is returned as a tensor, which keeps its whole graph alive.")
def step_returns_tensor(model, batch, loss_fn, opt):
    return _step(model, batch, loss_fn, opt)


@misconception("train_step", "The model is not put into training mode.")
def step_mode_left(model, batch, loss_fn, opt):
    x, y = batch
    opt.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    opt.step()
    return loss.item()


@misconception("train_step", "The samples are trained on one by one; the batch is to be used as a whole.")
def step_one_by_one(model, batch, loss_fn, opt):
    x, y = batch
    losses = [_step(model, one, loss_fn, opt).item() for one in zip(x.split(1), y.split(1), strict=True)]
    return sum(losses) / len(losses)


@misconception("train_step", "A loop runs the model for each sample; the batch goes through it as a whole.")
def step_by_loop(model, batch, loss_fn, opt):
    x, y = batch
    model.train()
    opt.zero_grad()
    losses = [loss_fn(model(one), target) for one, target in zip(x.split(1), y.split(1), strict=True)]
    loss = torch.stack(losses).mean()
    loss.backward()
    opt.step()
    return loss.item()


@misconception("train_step", "The loss is always the mean squared error, whatever loss_fn is.")
def step_own_loss(model, batch, loss_fn, opt):
    x, y = batch
    target = F.one_hot(y, model(x).size(1)).to(x.dtype) if y.dtype == torch.int64 else y
    model.train()
    opt.zero_grad()
    loss = F.mse_loss(model(x), target)
    loss.backward()
    opt.step()
    return loss.item()


# ---------------------------------------------------------------- evaluate


def _evaluate(
    model, loader, loss_fn, by_batch=False, mode="restore", quiet=True, dim=1, total=False, empty=None
):
    """The reference with one thing done otherwise."""
    was_training = model.training
    if mode != "left":
        model.eval()
    found = []
    with torch.set_grad_enabled(not quiet):
        for x, y in loader:
            logits = model(x)
            right = (
                logits.argmax(dim=1) == y
                if dim == 1
                else logits.argmax(dim=0)[: len(y)] == y[: logits.size(1)]
            )
            found.append((loss_fn(logits, y).item(), right.double().mean().item(), len(y)))
    if mode in ("restore", "train"):
        model.train(mode == "train" or was_training)
    if not found:
        if empty is not None:
            return empty
        raise ValueError
    weights = [1 if by_batch else size for _, _, size in found]
    whole = 1 if total else sum(weights)
    return {
        "loss": sum(loss * weight for (loss, _, _), weight in zip(found, weights, strict=True)) / whole,
        "accuracy": sum(share * weight for (_, share, _), weight in zip(found, weights, strict=True)) / whole,
    }


@misconception(
    "evaluate", "This is the mean of the batches' means; a small batch counts as much as a large one."
)
def evaluated_by_batch(model, loader, loss_fn):
    return _evaluate(model, loader, loss_fn, by_batch=True)


@misconception("evaluate", "The model stays in training mode: dropout goes on.")
def evaluated_in_training(model, loader, loss_fn):
    return _evaluate(model, loader, loss_fn, mode="left")


@misconception("evaluate", "The model is left in evaluation mode.")
def evaluated_mode_left(model, loader, loss_fn):
    return _evaluate(model, loader, loss_fn, mode="eval")


@misconception("evaluate", "The model is in training mode afterwards, also where it was not before.")
def evaluated_mode_set(model, loader, loss_fn):
    return _evaluate(model, loader, loss_fn, mode="train")


@misconception("evaluate", "A graph is recorded for every batch: use torch.no_grad().")
def evaluated_with_graph(model, loader, loss_fn):
    return _evaluate(model, loader, loss_fn, quiet=False)


@misconception("evaluate", "The sums over all samples are not divided by their number.")
def evaluated_in_total(model, loader, loss_fn):
    return _evaluate(model, loader, loss_fn, total=True)


@misconception("evaluate", "argmax runs over the batch; the classes are dimension 1 of the logits.")
def evaluated_over_batch(model, loader, loss_fn):
    return _evaluate(model, loader, loss_fn, dim=0)


@misconception("evaluate", "A loader without a batch gives zeros; it should raise ValueError.")
def evaluated_nothing(model, loader, loss_fn):
    return _evaluate(model, loader, loss_fn, empty={"loss": 0.0, "accuracy": 0.0})


@misconception("evaluate", "The last batch alone counts: the numbers are replaced, not added up.")
def evaluated_last(model, loader, loss_fn):
    return evaluate(model, list(loader)[-1:], loss_fn)


# ---------------------------------------------------------------- fit


def _never_zeroed(model, batch, opt):
    x, y = batch
    loss = F.cross_entropy(model.train()(x), y)
    loss.backward()
    opt.step()
    return loss.item()


def _fit(
    model,
    loaders,
    epochs,
    seed,
    lr,
    step=lambda model, batch, opt: train_step(model, batch, F.cross_entropy, opt),
    keep=deepcopy,
    better=lambda new, old: new > old,
    by_batch=False,
):
    """The reference with one thing done otherwise."""
    if seed is not None:
        torch.manual_seed(seed)
    opt = torch.optim.AdamW(model.parameters(), lr=lr)
    train, validation = loaders
    history, best, best_epoch = [], None, 0
    for epoch in range(epochs):
        steps = [(step(model, batch, opt), 1 if by_batch else len(batch[1])) for batch in train]
        found = evaluate(model, validation, F.cross_entropy)
        history.append(
            {
                "train_loss": sum(loss * size for loss, size in steps) / sum(size for _, size in steps),
                "val_loss": found["loss"],
                "val_accuracy": found["accuracy"],
            }
        )
        if best is None or better(found["accuracy"], history[best_epoch]["val_accuracy"]):
            best_epoch, best = epoch, keep(model.state_dict())
    return {"history": history, "best_epoch": best_epoch, "best": best}


@misconception("fit", "The gradients are never zeroed: those of all batches add up.")
def fit_not_zeroed(model, loaders, epochs, seed, lr=3e-3):
    return _fit(model, loaders, epochs, seed, lr, step=_never_zeroed)


@misconception("fit", "The learning rate is always .1, which is far too high here; lr is an argument.")
def fit_too_fast(model, loaders, epochs, seed, lr=3e-3):
    return _fit(model, loaders, epochs, seed, 0.1)


@misconception("fit", "The best weights are not copied: state_dict() gives the weights themselves.")
def fit_not_copied(model, loaders, epochs, seed, lr=3e-3):
    return _fit(model, loaders, epochs, seed, lr, keep=dict)


@misconception("fit", "The last epoch is taken for the best one.")
def fit_last_is_best(model, loaders, epochs, seed, lr=3e-3):
    return _fit(model, loaders, epochs, seed, lr, better=lambda new, old: True)


@misconception("fit", "Of epochs that are equally good the last is taken; the first counts.")
def fit_last_of_equals(model, loaders, epochs, seed, lr=3e-3):
    return _fit(model, loaders, epochs, seed, lr, better=lambda new, old: new >= old)


@misconception("fit", "The epoch with the lowest accuracy is taken.")
def fit_worst(model, loaders, epochs, seed, lr=3e-3):
    return _fit(model, loaders, epochs, seed, lr, better=lambda new, old: new < old)


@misconception("fit", "train_loss is the mean of the batches' losses; each batch counts by its size.")
def fit_by_batch(model, loaders, epochs, seed, lr=3e-3):
    return _fit(model, loaders, epochs, seed, lr, by_batch=True)


@misconception("fit", "The seed is not used: every run is another.")
def fit_unseeded(model, loaders, epochs, seed, lr=3e-3):
    return _fit(model, loaders, epochs, None, lr)


@misconception("fit", "The model learns from the validation samples, too.")
def fit_on_validation(model, loaders, epochs, seed, lr=3e-3):
    train, validation = loaders
    both = [batch for loader in (train, validation) for batch in loader]
    return _fit(model, (both, validation), epochs, seed, lr)


@misconception("fit", "The model ends with the best weights; it should go on with those of the last epoch.")
def fit_goes_back(model, loaders, epochs, seed, lr=3e-3):
    result = fit(model, loaders, epochs, seed, lr)
    model.load_state_dict(result["best"])
    return result


@misconception("fit", "The optimizer is made anew in each epoch, and forgets what it knew.")
def fit_forgets(model, loaders, epochs, seed, lr=3e-3):
    parts, best = [], None
    for epoch in range(epochs):
        part = fit(model, loaders, 1, seed if epoch == 0 else seed + epoch, lr)
        parts.append(part["history"][0])
        if best is None or parts[-1]["val_accuracy"] > parts[best[0]]["val_accuracy"]:
            best = epoch, part["best"]
    return {"history": parts, "best_epoch": best[0], "best": best[1]}


# ---------------------------------------------------------------- decode_loss


def _decode(
    decoder,
    seqs,
    forced,
    hand_on=lambda state: state,
    loss_fn=F.cross_entropy,
    first=None,
    shift=1,
    join=lambda losses: torch.stack(losses).mean(),
):
    """The reference with one thing done otherwise; `forced(t)` says whether step t reads the truth."""
    tokens, state = seqs[:, 0] if first is None else first, None
    losses, inputs = [], []
    for t in range(seqs.size(1) - 1):
        logits, state = decoder(tokens, state)
        losses.append(loss_fn(logits, seqs[:, t + shift]))
        inputs.append(tokens)
        state = hand_on(state)
        coin = forced(t + 1)
        free = logits.argmax(dim=1)
        tokens = (
            torch.where(coin, seqs[:, t + 1], free)
            if torch.is_tensor(coin)
            else seqs[:, t + 1]
            if coin
            else free
        )
    return join(losses), torch.stack(inputs)


def _coin(teacher_forcing, generator):
    return lambda t: torch.rand((), generator=generator).item() < teacher_forcing


@misconception("decode_loss", "The coin is turned round: teacher forcing means that the truth is read.")
def decoded_swapped(decoder, seqs, teacher_forcing, generator):
    return decode_loss(decoder, seqs, 1.0 - teacher_forcing, generator)


@misconception("decode_loss", "Each step predicts the token that it reads; it is to predict the next one.")
def decoded_own_input(decoder, seqs, teacher_forcing, generator):
    return _decode(decoder, seqs, _coin(teacher_forcing, generator), shift=0)


@misconception("decode_loss", "One coin decides for the whole call; each step has its own.")
def decoded_one_coin(decoder, seqs, teacher_forcing, generator):
    coin = torch.rand((), generator=generator).item() < teacher_forcing
    return _decode(decoder, seqs, lambda t: coin)


@misconception("decode_loss", "Each sequence has a coin of its own; one decides for all of them at a step.")
def decoded_coin_for_each(decoder, seqs, teacher_forcing, generator):
    return _decode(decoder, seqs, lambda t: torch.rand(len(seqs), generator=generator) < teacher_forcing)


@misconception("decode_loss", "The coins come from torch's own generator; draw them from `generator`.")
def decoded_other_generator(decoder, seqs, teacher_forcing, generator):
    return _decode(decoder, seqs, _coin(teacher_forcing, None))


@misconception("decode_loss", "The coins are the same for every generator: it is seeded anew, or not used.")
def decoded_fixed_coins(decoder, seqs, teacher_forcing, generator):
    return _decode(decoder, seqs, _coin(teacher_forcing, torch.Generator().manual_seed(0)))


@misconception("decode_loss", "The state is not handed on: each step begins with nothing.")
def decoded_without_state(decoder, seqs, teacher_forcing, generator):
    return _decode(decoder, seqs, _coin(teacher_forcing, generator), hand_on=lambda state: None)


@misconception("decode_loss", "The state is detached at each step: gradients do not go back through time.")
def decoded_detached(decoder, seqs, teacher_forcing, generator):
    def detached(state):
        return (state[0], state[1].detach()) if isinstance(state, tuple) else state

    return _decode(decoder, seqs, _coin(teacher_forcing, generator), hand_on=detached)


@misconception("decode_loss", "The losses of the steps are summed; their mean is asked for.")
def decoded_sum(decoder, seqs, teacher_forcing, generator):
    coin = _coin(teacher_forcing, generator)
    return _decode(decoder, seqs, coin, join=lambda losses: torch.stack(losses).sum())


@misconception("decode_loss", "Only the loss of the last step is returned.")
def decoded_last(decoder, seqs, teacher_forcing, generator):
    return _decode(decoder, seqs, _coin(teacher_forcing, generator), join=lambda losses: losses[-1])


@misconception(
    "decode_loss", "The logits go through a softmax before the cross-entropy, which does that itself."
)
def decoded_softmax_twice(decoder, seqs, teacher_forcing, generator):
    def loss_fn(logits, y):
        return F.cross_entropy(logits.softmax(dim=1), y)

    return _decode(decoder, seqs, _coin(teacher_forcing, generator), loss_fn=loss_fn)


@misconception("decode_loss", "The inputs are returned as (B, T); row t is to hold what step t read.")
def decoded_transposed(decoder, seqs, teacher_forcing, generator):
    loss, inputs = decode_loss(decoder, seqs, teacher_forcing, generator)
    return loss, inputs.mT


@misconception("decode_loss", "The first coin already decides about step 0; it always reads <sos>.")
def decoded_without_sos(decoder, seqs, teacher_forcing, generator):
    coin = _coin(teacher_forcing, generator)
    return _decode(decoder, seqs, coin, first=seqs[:, 0] if coin(0) else seqs[:, 1])


# ---------------------------------------------------------------- save_checkpoint, load_checkpoint


def _save(path, model, opt, epoch, rng, **changes):
    states = {"model": model.state_dict(), "opt": opt.state_dict(), "epoch": epoch, "rng": rng.get_state()}
    torch.save(states | changes, path)


def _load(path, model, opt, rng, parts=("model", "opt", "rng"), assign=False):
    states = torch.load(path, map_location="cpu", weights_only=True)
    if "model" in parts:
        model.load_state_dict(states["model"], assign=assign)
    if "opt" in parts:
        opt.load_state_dict(states["opt"])
    if "rng" in parts:
        rng.set_state(states["rng"])
    return states["epoch"]


@misconception("load_checkpoint", "The optimizer's state is not brought back: Adam starts with no memory.")
def loaded_without_optimizer(path, model, opt, rng):
    return _load(path, model, opt, rng, ("model", "rng"))


@misconception("load_checkpoint", "The random number generator is not brought back.")
def loaded_without_generator(path, model, opt, rng):
    return _load(path, model, opt, rng, ("model", "opt"))


@misconception("load_checkpoint", "The state goes to torch's own generator, whichever is handed over.")
def loaded_to_default_generator(path, model, opt, rng):
    return _load(path, model, opt, torch.default_generator)


@misconception("load_checkpoint", "The weights are not brought back.")
def loaded_without_weights(path, model, opt, rng):
    return _load(path, model, opt, rng, ("opt", "rng"))


@misconception("load_checkpoint", "The model gets new parameters, which the optimizer does not know.")
def loaded_by_assignment(path, model, opt, rng):
    return _load(path, model, opt, rng, assign=True)


@misconception("load_checkpoint", "The epoch after the saved one is returned; the saved one is asked for.")
def loaded_next_epoch(path, model, opt, rng):
    return _load(path, model, opt, rng) + 1


@misconception("load_checkpoint", "The epoch comes back as a tensor or text; it is an int.")
def loaded_epoch_as_text(path, model, opt, rng):
    return str(_load(path, model, opt, rng))


@misconception("load_checkpoint", "Epoch 0 is taken for none.")
def loaded_epoch_or_one(path, model, opt, rng):
    return _load(path, model, opt, rng) or 1


@misconception("save_checkpoint", "The model itself is saved; weights_only=True reads states, not objects.")
def saved_objects(path, model, opt, epoch, rng):
    _save(path, model, opt, epoch, rng, object=model)


@misconception("save_checkpoint", "The state of torch's own generator is saved; that of rng is asked for.")
def saved_default_generator(path, model, opt, epoch, rng):
    _save(path, model, opt, epoch, torch.default_generator)


@misconception("save_checkpoint", "Saving seeds the generator anew, so that the training goes on otherwise.")
def saved_and_seeded(path, model, opt, epoch, rng):
    rng.manual_seed(epoch)
    _save(path, model, opt, epoch, rng)


# ---------------------------------------------------------------- losses


@misconception("losses", "The cross-entropy gets probabilities; it does the softmax itself.")
def losses_softmax_twice(name, inputs, target):
    return F.cross_entropy(inputs.softmax(dim=1), target) if name == "ce" else losses(name, inputs, target)


@misconception("losses", "log(softmax) is -inf where another logit is much larger; log_softmax is not.")
def losses_log_of_softmax(name, inputs, target):
    if name != "ce":
        return losses(name, inputs, target)
    return F.nll_loss(inputs.softmax(dim=1).log(), target)


@misconception("losses", "The losses of the samples are summed; their mean is asked for.")
def losses_sum(name, inputs, target):
    return F.cross_entropy(inputs, target, reduction="sum") if name == "ce" else losses(name, inputs, target)


@misconception("losses", "(n, 1) minus (n,) becomes (n, n): every value meets every target.")
def losses_broadcast(name, inputs, target):
    return (inputs - target).square().mean() if name == "mse" else losses(name, inputs, target)


@misconception("losses", "The root of the mean squares is taken; there is none in this loss.")
def losses_root(name, inputs, target):
    return losses(name, inputs, target).sqrt() if name == "mse" else losses(name, inputs, target)


@misconception("losses", "Probabilities go into the divergence where it wants their logarithms.")
def losses_of_probabilities(name, inputs, target):
    return losses(name, inputs.exp() if name == "kl" else inputs, target)


@misconception(
    "losses", "The divergence is averaged over all elements; the mean is over the rows ('batchmean')."
)
def losses_mean_of_elements(name, inputs, target):
    return F.kl_div(inputs, target, reduction="mean") if name == "kl" else losses(name, inputs, target)


@misconception("losses", "The divergence goes the other way round: the target is what weighs the terms.")
def losses_other_way(name, inputs, target):
    if name != "kl":
        return losses(name, inputs, target)
    return F.kl_div(target.clamp(min=1e-300).log(), inputs.exp(), reduction="batchmean")


@misconception("losses", "0 times log 0 is NaN; such a term adds 0.")
def losses_zero_log_zero(name, inputs, target):
    if name != "kl":
        return losses(name, inputs, target)
    return (target * (target.log() - inputs)).sum(dim=1).mean()


@misconception("losses", "Logits go into the binary cross-entropy where it wants probabilities.")
def losses_raw_logits(name, inputs, target):
    return F.binary_cross_entropy(inputs, target) if name == "bce" else losses(name, inputs, target)


@misconception(
    "losses", "log(sigmoid) is -inf where the sigmoid is 0 in floating point, and -inf times 0 NaN."
)
def losses_log_of_sigmoid(name, inputs, target):
    if name != "bce":
        return losses(name, inputs, target)
    p = inputs.sigmoid()
    return -(target * p.log() + (1 - target) * (1 - p).log()).mean()


# ---------------------------------------------------------------- to_device_and_amp


def _in_parts(model, batches, lr, device, k, amp, share=True, each=False, zero=True, inside=True, half=False):
    """The reference with one thing done otherwise."""
    model.to(device).train()
    if half and amp:
        model.to(torch.bfloat16)
    opt = torch.optim.SGD(model.parameters(), lr, momentum=0.9)
    found = []
    for x, y in batches:
        opt.zero_grad()
        loss = 0.0
        for x_part, y_part in zip(x.to(device).chunk(k), y.to(device).chunk(k), strict=True):
            if half and amp:
                x_part, y_part = x_part.to(torch.bfloat16), y_part.to(torch.bfloat16)
            if not zero:
                opt.zero_grad()
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=amp and inside and not half):
                part = F.mse_loss(model(x_part), y_part) / (k if share else 1)
            part.backward()
            loss += part.item() if share else part.item() / k
            if each:
                opt.step()
        if not each:
            opt.step()
        found.append(loss)
    return found


@misconception(
    "to_device_and_amp", "The losses of the parts are not divided by k: the gradient is k times too large."
)
def parts_not_divided(model, batches, lr, device, k=1, amp=False):
    return _in_parts(model, batches, lr, device, k, amp, share=False)


@misconception("to_device_and_amp", "There is a step for each part; there should be one for each batch.")
def parts_step_each(model, batches, lr, device, k=1, amp=False):
    return _in_parts(model, batches, lr, device, k, amp, each=True)


@misconception(
    "to_device_and_amp", "The gradients are zeroed for each part, so that only the last one counts."
)
def parts_zeroed_each(model, batches, lr, device, k=1, amp=False):
    return _in_parts(model, batches, lr, device, k, amp, zero=False)


@misconception("to_device_and_amp", "amp is ignored.")
def parts_without_amp(model, batches, lr, device, k=1, amp=False):
    return _in_parts(model, batches, lr, device, k, False)


@misconception(
    "to_device_and_amp", "The weights themselves become bfloat16; autocast leaves them as they are."
)
def parts_in_half(model, batches, lr, device, k=1, amp=False):
    return _in_parts(model, batches, lr, device, k, amp, half=True)


# ---------------------------------------------------------------- broken_loop.py: one bug left in


def _loop(bug, model, batches, validation, epochs, lr):
    def error_of(x, y):
        return (model(x) - (y if bug == "shape" else y.reshape(-1, 1))).square().mean()

    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses, errors, best = [], [], {}
    model.train()
    for _ in range(epochs):
        if bug != "mode":
            model.train()
        optimizer.zero_grad()
        found = []
        for x, y in batches:
            if bug != "zero":
                optimizer.zero_grad()
            loss = error_of(x, y)
            loss.backward()
            optimizer.step()
            found.append((loss.item(), 1 if bug == "mean" else len(x)))
        losses.append(sum(loss * size for loss, size in found) / sum(size for _, size in found))
        model.eval()
        with torch.no_grad():
            error = error_of(*validation).item()
        if error < min(errors, default=float("inf")):
            best = dict(model.state_dict()) if bug == "copy" else deepcopy(dict(model.state_dict()))
        errors.append(error)
    return {"losses": losses, "errors": errors, "best": best}


@misconception("train", "(n, 1) minus (n,) is still (n, n).", file="broken_loop.py")
def loop_leaves_shape(model, batches, validation, epochs, lr):
    return _loop("shape", model, batches, validation, epochs, lr)


@misconception(
    "train", "The gradients are still zeroed once in an epoch, not for each batch.", file="broken_loop.py"
)
def loop_leaves_zero(model, batches, validation, epochs, lr):
    return _loop("zero", model, batches, validation, epochs, lr)


@misconception(
    "train", "The loss of an epoch is still the mean of its batches' means.", file="broken_loop.py"
)
def loop_leaves_mean(model, batches, validation, epochs, lr):
    return _loop("mean", model, batches, validation, epochs, lr)


@misconception(
    "train", "From the second epoch on, the model is still in evaluation mode.", file="broken_loop.py"
)
def loop_leaves_mode(model, batches, validation, epochs, lr):
    return _loop("mode", model, batches, validation, epochs, lr)


@misconception("train", "The best weights are still not copied, and go on changing.", file="broken_loop.py")
def loop_leaves_copy(model, batches, validation, epochs, lr):
    return _loop("copy", model, batches, validation, epochs, lr)
