"""Training, from a parabola to a classifier of reviews: reference solution."""

from collections.abc import Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

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
