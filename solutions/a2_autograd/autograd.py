"""Autograd, from the graph to gradients by hand."""

from collections import Counter
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
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
