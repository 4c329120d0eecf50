"""Known wrong versions of training.py, each the reference with one name replaced."""

import torch
import torch.nn.functional as F
from torch import nn
from training import SGD, Adam, AdamW

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
