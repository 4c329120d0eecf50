"""Every task in another formulation than the reference's; graded to full marks by the course's own tests."""

import heapq
from collections import deque

import torch
import torch.nn.functional as F

# Graphs: depth first by a list of nodes, names by type, hooks after a node has run, a heap of ready nodes.


def build_example(a, b):
    c = F.relu(b)
    d = torch.matmul(a, c)
    return c, d, torch.add(c, d)


def _own_node(t):
    return t.grad_fn or t.view_as(t).grad_fn.next_functions[0][0]


def _in_depth(start):
    waiting, found = deque([start]), {}
    while waiting:
        node = waiting.pop()
        if node is not None and node not in found:
            found[node] = None
            waiting.extend(child for child, _ in reversed(node.next_functions))
    return list(found)


def graph_nodes(t):
    nodes = {node: number for number, node in enumerate(_in_depth(_own_node(t)))}
    return [
        (
            type(node).__name__,
            tuple(-1 if child is None else nodes[child] for child, _ in node.next_functions),
        )
        for node in nodes
    ]


class _Diary:
    def __init__(self, node, lines):
        self.name, self.lines = type(node).__name__, lines
        self.handle = node.register_hook(self)

    def __call__(self, grad_inputs, grad_outputs):
        self.lines.append(self.name)


def backward_order(root):
    lines = []
    diaries = [_Diary(node, lines) for node in _in_depth(root.grad_fn)]
    try:
        torch.autograd.backward([root], [torch.ones_like(root)], retain_graph=True)
    finally:
        for diary in diaries:
            diary.handle.remove()
    return lines


def simulate_queue(root):
    nodes = _in_depth(root.grad_fn)
    consumers = {node: set() for node in nodes}
    for node in nodes:
        for child, _ in node.next_functions:
            if child is not None:
                consumers[child].add(node)
    done, steps, heap = set(), [], [(-root.grad_fn._sequence_nr(), 0, root.grad_fn)]
    pushed_ever = {root.grad_fn}
    while heap:
        _, _, node = heapq.heappop(heap)
        done.add(node)
        fresh = [one for one in nodes if one not in pushed_ever and consumers[one] <= done]
        pushed_ever.update(fresh)
        for one in fresh:
            heapq.heappush(heap, (-one._sequence_nr(), len(pushed_ever) + nodes.index(one), one))
        names = [
            [type(one).__name__ for one in sorted(group, key=lambda one: -one._sequence_nr())]
            for group in (fresh, [entry[2] for entry in heap])
        ]
        steps.append([type(node).__name__, *names])
    return tuple(steps)


# Values without a graph: F.linear, set_grad_enabled; gradients by an optimizer, by sums, in closed form.


def frozen_forward(x, W, how):
    if how == "no_grad":
        with torch.set_grad_enabled(False):
            return F.linear(x, W.T)
    if how == "detach":
        return torch.einsum("nd,dm->nm", x, W.detach())
    flag = W.requires_grad
    try:
        return torch.mm(x, W.requires_grad_(False))
    finally:
        W.requires_grad_(flag)


def accumulate(f, params, k, zero=False, set_to_none=True):
    optimizer = torch.optim.SGD(params, lr=0.0)
    after = []
    for _ in range(k):
        if zero:
            optimizer.zero_grad(set_to_none=set_to_none)
        torch.autograd.backward(f())
        after.append(tuple(p.grad if p.grad is None else p.grad.detach() + 0 for p in params))
    return tuple(after)


def zero_grads(params, set_to_none=True):
    torch.optim.SGD(params, lr=0.0).zero_grad(set_to_none)
    return tuple(p.grad for p in params)


def linreg_grads(w, b, x, y):
    x, y, n = x.flatten(), y.flatten(), x.numel()
    sx, sy, sxx, sxy = x.sum(), y.sum(), x @ x, x @ y
    return [2 / n * (w * sxx + b * sx - sxy), 2 / n * (w * sx + n * b - sy)]
