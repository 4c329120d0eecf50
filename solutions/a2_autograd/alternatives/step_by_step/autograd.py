"""Every task step by step, as one writes it from the docstrings alone: loops, lists and small formulas."""

import math

import torch
from torch import nn


def build_example(a, b):
    c = nn.ReLU()(b)
    d = a.matmul(c)
    e = c.add(d)
    return [c, d, e]


def plain(node):
    return node.name().replace("torch::autograd::", "")


def graph_nodes(t):
    queue, seen, edges = [torch.autograd.graph.get_gradient_edge(t).node], [], []
    known = set(queue)
    while queue:
        node = queue.pop(0)
        seen.append(node)
        edges.append([child for child, _ in node.next_functions])
        for child in edges[-1]:
            if child and child not in known:
                known.add(child)
                queue.append(child)
    index = dict(zip(seen, range(len(seen)), strict=True))
    index[None] = -1
    return [[plain(node), [index[child] for child in some]] for node, some in zip(seen, edges, strict=True)]


def backward_order(root):
    visited, handles, order = set(), [], []

    def hook_for(name):
        def hook(*_):
            order.append(name)

        return hook

    def visit(node):
        if node is None or node in visited:
            return
        visited.add(node)
        handles.append(node.register_hook(hook_for(plain(node))))
        for child, _ in node.next_functions:
            visit(child)

    visit(root.grad_fn)
    root.sum().backward(retain_graph=True)
    for handle in handles:
        handle.remove()
    return tuple(order)


def simulate_queue(root):
    waits = {}

    def count(node, visited):
        visited.add(node)
        for child, _ in node.next_functions:
            if child is not None:
                waits[child] = waits.get(child, 0) + 1
                if child not in visited:
                    count(child, visited)

    count(root.grad_fn, set())
    ready, rows = [root.grad_fn], []
    while ready:
        node = max(ready, key=lambda one: one._sequence_nr())
        ready.remove(node)
        pushed = []
        for child, _ in node.next_functions:
            if child is not None:
                waits[child] -= 1
                if not waits[child]:
                    pushed.append(child)
        ready += pushed
        pushed.sort(key=lambda one: -one._sequence_nr())
        ready.sort(key=lambda one: -one._sequence_nr())
        rows.append((plain(node), tuple(map(plain, pushed)), tuple(map(plain, ready))))
    return rows


def frozen_forward(x, W, how):
    if how == "flag":
        if not W.requires_grad:
            return (W.T @ x.T).T
        W.requires_grad = False
        result = (W.T @ x.T).T
        W.requires_grad = True
        return result
    if how == "no_grad":
        return torch.no_grad()(torch.matmul)(x, W)
    frozen = W.detach()
    return nn.functional.linear(x, frozen.t())


def accumulate(f, params, k, zero=False, set_to_none=True):
    result = []
    for _ in range(k):
        if zero:
            for p in params:
                if set_to_none:
                    p.grad = None
                elif p.grad is not None:
                    p.grad = torch.zeros_like(p)
        loss = f()
        loss.backward()
        result.append([p.grad.detach().clone() if p.grad is not None else None for p in params])
    return result


def zero_grads(params, set_to_none=True):
    for p in params:
        if p.grad is not None:
            p.grad = None if set_to_none else torch.zeros_like(p.grad)
    return [p.grad for p in params]


def linreg_grads(w, b, x, y):
    n = len(x)
    y = y.reshape(-1, 1)
    error = torch.nn.functional.linear(x, w.reshape(1, 1), b.reshape(1)) - y
    return (x.T @ error * 2 / n).squeeze(), error.sum() * 2 / n


def bptt_grads(X, Y, Whx, Whh, Wqh):
    T = X.shape[0]
    h, o = [torch.zeros(Whh.shape[0], dtype=X.dtype)], []
    for t in range(T):
        h.append(Whx @ X[t] + Whh @ h[t])
        o.append(Wqh @ h[t + 1])
    dO = [2 * (o[t] - Y[t]) / T for t in range(T)]
    dh = [None] * T
    dh[T - 1] = Wqh.T @ dO[T - 1]
    for t in range(T - 2, -1, -1):
        dh[t] = Whh.T @ dh[t + 1] + Wqh.T @ dO[t]
    return {
        "dWhx": sum(dh[t][:, None] * X[t][None, :] for t in range(T)),
        "dWhh": sum(dh[t][:, None] * h[t][None, :] for t in range(T)),
        "dWqh": sum(dO[t][:, None] * h[t + 1][None, :] for t in range(T)),
        "dh": torch.stack(dh),
    }


def dh_expanded(t, T, dO, Whh, Wqh):
    result = 0
    for i in range(t, T + 1):
        term = Wqh.T @ dO[T + t - i - 1]
        for _ in range(T - i):
            term = Whh.T @ term
        result = result + term
    return result


def truncated_grads(X, wx, wh, k):
    wx, wh = wx.clone().requires_grad_(True), wh.clone().requires_grad_(True)
    h, total = torch.tensor(0.0, dtype=X.dtype), 0.0
    for part in X.split(k):
        h, loss = h.detach(), 0.0
        for x in part:
            h = wx * x + wh * h
            loss = loss + 0.5 * h**2 / len(X)
        loss.backward()  # a part at a time: the gradients add up
        total += loss.item()
    return wx.grad, wh.grad, torch.tensor(total, dtype=X.dtype)


class MySoftmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x = x - x.max(dim=-1, keepdim=True).values
        y = torch.exp(x) / torch.exp(x).sum(-1, keepdim=True)
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, g):
        _, y = ctx.saved_tensors
        result = torch.zeros_like(g)
        n = y.shape[-1]
        for i in range(n):
            for j in range(n):
                result[..., i] += y[..., j] * (float(i == j) - y[..., i]) * g[..., j]
        return result


class MyReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        positive = (x > 0).to(x.dtype)
        ctx.save_for_backward(positive)
        return x * positive

    @staticmethod
    def backward(ctx, g):
        (positive,) = ctx.saved_tensors
        return g * positive


def grad_norms(W, g, T):
    result = torch.empty(T + 1, dtype=g.dtype)
    for k in range(T + 1):
        result[k] = math.sqrt((g * g).sum())
        g = W.t().mv(g)
    return result


def diagnose(W, tolerance=0.001):
    values, _ = torch.linalg.eig(W)
    largest = max(abs(value) for value in values.tolist())
    if abs(largest - 1) <= tolerance:
        return "stable"
    if largest > 1:
        return "explode"
    return "vanish"
