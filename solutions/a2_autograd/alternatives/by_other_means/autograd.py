"""Every task by other means than the reference's, where torch has some."""

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


# Through time: all states by lists and outer products, powers built up one by one, derivatives forwards.


def bptt_grads(X, Y, Whx, Whh, Wqh):
    T, states = len(X), [torch.zeros(len(Whh), dtype=X.dtype, device=X.device)]
    for x in X:
        states.append(torch.mv(Whx, x) + torch.mv(Whh, states[-1]))
    dWhx, dWhh, dWqh = torch.zeros_like(Whx), torch.zeros_like(Whh), torch.zeros_like(Wqh)
    rows, later = [], torch.zeros_like(states[0])
    for t in range(T, 0, -1):
        error = 2 * (torch.mv(Wqh, states[t]) - Y[t - 1]) / T
        later = torch.mv(Wqh.T, error) + torch.mv(Whh.T, later)
        rows.insert(0, later)
        dWqh += torch.outer(error, states[t])
        dWhx += torch.outer(later, X[t - 1])
        dWhh += torch.outer(later, states[t - 1])
    return {"dh": torch.stack(rows), "dWqh": dWqh, "dWhh": dWhh, "dWhx": dWhx}


def dh_expanded(t, T, dO, Whh, Wqh):
    total, power = dO.new_zeros(Whh.size(0)), torch.eye(Whh.size(0), dtype=dO.dtype)
    for step in range(t - 1, T):  # the step of dO, from 0; the power grows with the distance
        total = total + dO[step] @ Wqh @ power
        power = power @ Whh
    return total


def truncated_grads(X, wx, wh, k):
    h = dh_x = dh_h = loss = dx = dw = 0.0
    for t, x in enumerate(X.tolist()):
        if t % k == 0:
            dh_x = dh_h = 0.0
        dh_x, dh_h = x + wh * dh_x, h + wh * dh_h  # derivatives of the state by wx and by wh
        h = wx * x + wh * h
        loss, dx, dw = loss + h * h / 2, dx + h * dh_x, dw + h * dh_h
    return dx / len(X), dw / len(X), loss / len(X)


# Own functions by setup_context, the Jacobian as a matrix; the spectral radius from powers of W.


class MySoftmax(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return (x - torch.logsumexp(x, -1, keepdim=True)).exp()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        jacobian = torch.diag_embed(y) - y[..., :, None] * y[..., None, :]
        return (jacobian @ g[..., None]).squeeze(-1)


class MyReLU(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return torch.where(x > 0, x, torch.zeros_like(x))

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, g):
        return g.masked_fill(ctx.saved_tensors[0] <= 0, 0)


def grad_norms(W, g, T):
    row, columns = g[None], [g]
    for _ in range(T):
        row = row @ W
        columns.append(row[0])
    return torch.stack(columns, dim=1).square().sum(dim=0).sqrt()


def diagnose(W, tolerance=1e-3):
    # Squaring again and again: the 2^m-th root of ||W^(2^m)|| tends to the spectral radius.
    log_radius, power = 0.0, W.double()
    for m in range(1, 26):
        size = power.norm()
        if size == 0:
            return "vanish"
        log_radius += torch.log(size).item() / 2 ** (m - 1)
        power = (power / size) @ (power / size)
    radius = torch.exp(torch.tensor(log_radius)).item()
    return "stable" if abs(radius - 1) <= tolerance else "vanish" if radius < 1 else "explode"
