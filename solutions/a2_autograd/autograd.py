"""Autograd, from the graph to gradients by hand."""

from collections import Counter
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import FunctionCtx
from torch.autograd.graph import Node, get_gradient_edge
from torch.utils.hooks import RemovableHandle


def build_example(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """c = relu(b), d = a @ c, e = c + d for a (n, n) and b (n, m), or two vectors (n,)."""
    c = torch.relu(b)
    d = a @ c
    e = c + d
    return c, d, e


def _name(node: Node) -> str:
    """A node's name without its namespace."""
    return node.name().rsplit("::", 1)[-1]


def _inputs(node: Node) -> list[Node]:
    """The nodes that a node hands gradients to, once for each time that it does."""
    return [following for following, _ in node.next_functions if following is not None]


def _reachable(start: Node) -> dict[Node, int]:
    """Every node from `start` on, numbered as they are met; iterative, since graphs are long."""
    numbers, waiting = {start: 0}, [start]
    while waiting:
        for node in _inputs(waiting.pop()):
            if node not in numbers:
                numbers[node] = len(numbers)
                waiting.append(node)
    return numbers


def graph_nodes(t: Tensor) -> list[tuple[str, tuple[int, ...]]]:
    """Every node behind t once, as (name, indices of its inputs); index 0 is t's own node, -1 is None."""
    numbers = _reachable(get_gradient_edge(t).node)
    return [
        (
            _name(node),
            tuple(-1 if following is None else numbers[following] for following, _ in node.next_functions),
        )
        for node in numbers
    ]


def backward_order(root: Tensor) -> list[str]:
    """Run backward from root (any shape), and give the names of the nodes as they ran."""
    order: list[str] = []

    def watch(node: Node) -> RemovableHandle:
        return node.register_prehook(lambda _: order.append(_name(node)))

    hooks = [watch(node) for node in _reachable(root.grad_fn)]
    root.backward(torch.ones_like(root), retain_graph=True)
    for hook in hooks:
        hook.remove()
    return order


def _in_queue_order(nodes: list[Node]) -> list[Node]:
    """Highest sequence number first; that of AccumulateGrad is the highest there is."""
    return sorted(nodes, key=lambda node: node._sequence_nr(), reverse=True)


def simulate_queue(root: Tensor) -> list[tuple[str, list[str], list[str]]]:
    """The steps of backward from root, without running it: (popped, pushed, queue afterwards)."""
    consumers = Counter(following for node in _reachable(root.grad_fn) for following in _inputs(node))
    queue, steps = [root.grad_fn], []
    while queue:
        node = queue.pop(0)
        pushed = []
        for following in _inputs(node):
            consumers[following] -= 1
            if consumers[following] == 0:
                pushed.append(following)
        queue = _in_queue_order(queue + pushed)
        steps.append(
            (_name(node), [_name(one) for one in _in_queue_order(pushed)], [_name(one) for one in queue])
        )
    return steps


def frozen_forward(x: Tensor, W: Tensor, how: Literal["flag", "no_grad", "detach"]) -> Tensor:
    """x (n, d) @ W (d, m) without a graph; W is left as it was."""
    if how == "detach":
        return x @ W.detach()
    if how == "no_grad":
        with torch.no_grad():
            return x @ W
    before = W.requires_grad
    W.requires_grad = False
    out = x @ W
    W.requires_grad = before
    return out


def accumulate(
    f: Callable[[], Tensor], params: list[Tensor], k: int, zero: bool = False, set_to_none: bool = True
) -> list[list[Tensor | None]]:
    """The gradients of the parameters after each of k backward passes of f()."""
    passes = []
    for _ in range(k):
        if zero:
            zero_grads(params, set_to_none)
        f().backward()
        passes.append([None if p.grad is None else p.grad.clone() for p in params])
    return passes


def zero_grads(params: list[Tensor], set_to_none: bool = True) -> list[Tensor | None]:
    """Drop the gradients, or fill them with zeros, and give what is left."""
    for p in params:
        if set_to_none:
            p.grad = None
        elif p.grad is not None:
            p.grad.zero_()
    return [p.grad for p in params]


def linreg_grads(w: Tensor, b: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """dL/dw and dL/db of L = mean (w x + b - y)^2; x (n, 1), y (n, 1) or (n,)."""
    error = w * x + b - y.view_as(x)
    return 2 * (error * x).mean(), 2 * error.mean()


def bptt_grads(X: Tensor, Y: Tensor, Whx: Tensor, Whh: Tensor, Wqh: Tensor) -> dict[str, Tensor]:
    """Gradients of L = mean over t of ||o_t - y_t||^2, from X (T, d), Y (T, q) and the three weights."""
    T = X.size(0)
    h = X.new_zeros(T + 1, Whh.size(0))  # row t is h_t, row 0 the beginning
    for t in range(1, T + 1):
        h[t] = Whx @ X[t - 1] + Whh @ h[t - 1]
    dO = 2 / T * (h[1:] @ Wqh.mT - Y)
    dh = dO @ Wqh  # what comes from o_t; what comes from h_{t+1} is added, from the last step back
    for t in reversed(range(T - 1)):
        dh[t] += Whh.mT @ dh[t + 1]
    return {"dWhx": dh.mT @ X, "dWhh": dh.mT @ h[:-1], "dWqh": dO.mT @ h[1:], "dh": dh}


def dh_expanded(t: int, T: int, dO: Tensor, Whh: Tensor, Wqh: Tensor) -> Tensor:
    """dL/dh_t (h,) as a sum over the steps t .. T; dO (T, q), Whh (h, h), Wqh (q, h)."""
    terms = [torch.linalg.matrix_power(Whh.mT, T - i) @ Wqh.mT @ dO[T + t - i - 1] for i in range(t, T + 1)]
    return torch.stack(terms).sum(dim=0)


def truncated_grads(X: Tensor, wx: Tensor, wh: Tensor, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """dL/dwx, dL/dwh and L of h_t = wx x_t + wh h_{t-1}, L = mean of h^2 / 2, cut every k of the T steps."""
    wx, wh = wx.clone().requires_grad_(), wh.clone().requires_grad_()
    h, states = torch.zeros_like(wx), []
    for t, x in enumerate(X):
        if t % k == 0:
            h = h.detach()
        h = wx * x + wh * h
        states.append(h)
    L = torch.stack(states).square().mean() / 2
    dwx, dwh = torch.autograd.grad(L, (wx, wh))
    return dwx, dwh, L.detach()


class MySoftmax(Function):
    """Softmax over the last dimension of x (.., n)."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor) -> Tensor:
        """y (.., n); the largest score is taken off first, so that exp does not overflow."""
        e = torch.exp(x - x.amax(dim=-1, keepdim=True))
        y = e / e.sum(dim=-1, keepdim=True)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: FunctionCtx, g: Tensor) -> Tensor:
        """The Jacobian diag(y) - y y^T times g, row by row."""
        (y,) = ctx.saved_tensors
        return y * (g - (y * g).sum(dim=-1, keepdim=True))


class MyReLU(Function):
    """max(x, 0)."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor) -> Tensor:
        """The positive part of x."""
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: FunctionCtx, g: Tensor) -> Tensor:
        """g where x is positive, else 0."""
        (x,) = ctx.saved_tensors
        return g * (x > 0)


def grad_norms(W: Tensor, g: Tensor, T: int) -> Tensor:
    """The lengths (T + 1,) of (W^T)^k g for k = 0 .. T; W (n, n), g (n,)."""
    norms = [g.norm()]
    for _ in range(T):
        g = W.mT @ g
        norms.append(g.norm())
    return torch.stack(norms)


def diagnose(W: Tensor, tolerance: float = 1e-3) -> Literal["vanish", "stable", "explode"]:
    """By the spectral radius of W (n, n)."""
    radius = torch.linalg.eigvals(W).abs().max()
    if radius < 1 - tolerance:
        return "vanish"
    return "explode" if radius > 1 + tolerance else "stable"
