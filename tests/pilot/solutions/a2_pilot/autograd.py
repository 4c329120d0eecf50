"""Reference."""

from collections.abc import Callable

import torch
from torch import Tensor


def backward_order(root: Tensor) -> list[str]:
    """Hook every reachable node."""
    order, hooks, seen, waiting = [], [], set(), [root.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        name = node.name().rsplit("::", 1)[-1]
        hooks.append(node.register_prehook(lambda _, name=name: order.append(name)))
        waiting += [following for following, _ in node.next_functions]
    root.backward(torch.ones_like(root), retain_graph=True)
    for hook in hooks:
        hook.remove()
    return order


def accumulate(f: Callable[[], Tensor], params: list[Tensor], k: int, zero: bool) -> list[list[Tensor]]:
    """Zero before a pass, read after it."""
    passes = []
    for number in range(k):
        if zero and number:
            zero_grads(params)
        f().backward()
        passes.append([p.grad.clone() for p in params])
    return passes


def zero_grads(params: list[Tensor], set_to_none: bool = True) -> list[Tensor | None]:
    """As torch.optim.Optimizer.zero_grad."""
    for p in params:
        if set_to_none:
            p.grad = None
        elif p.grad is not None:
            p.grad.zero_()
    return [p.grad for p in params]
