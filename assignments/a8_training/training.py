"""Assignment 8: training, from a parabola to a classifier of reviews.

Fill in the functions and classes below. README.md has the formulas and says how to run the tests.

Conventions that hold for the whole file:

- Results have the dtype of the inputs (float64 in, float64 out), and inputs are not changed, unless a
  docstring says so. A model and an optimizer are changed by training, of course.
- "A number" that is returned may be a Python float or a tensor of shape (); where it has to be a float,
  the docstring says so.
"""

from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn

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
