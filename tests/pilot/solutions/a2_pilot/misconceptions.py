"""Known wrong versions."""

import torch
from autograd import zero_grads

from grader import misconception


def _name(node):
    return node.name().rsplit("::", 1)[-1]


def _walk(root, take):
    names, seen, waiting = [], set(), [root.grad_fn]
    while waiting:
        node = waiting.pop(take)
        if node is None or node in seen:
            continue
        seen.add(node)
        names.append(_name(node))
        following = [child for child, _ in node.next_functions]
        waiting += following if take == 0 else reversed(following)
    return names


@misconception(
    "backward_order",
    "This is the graph level by level; backward runs a node only when all its consumers have run.",
)
def level_by_level(root):
    return _walk(root, 0)


@misconception(
    "backward_order",
    "This is the graph in depth; backward runs a node only when all its consumers have run.",
)
def in_depth(root):
    return _walk(root, -1)


def _observe(root, name, keep_hooks):
    order, hooks, seen, waiting = [], [], set(), [root.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            text = name(node)
            hooks.append(node.register_prehook(lambda _, text=text: order.append(text)))
            waiting += [child for child, _ in node.next_functions]
    root.backward(torch.ones_like(root), retain_graph=True)
    for hook in [] if keep_hooks else hooks:
        hook.remove()
    return order


@misconception("backward_order", "The hooks stay installed, and write again in the next backward pass.")
def hooks_left(root):
    return _observe(root, _name, keep_hooks=True)


@misconception("backward_order", "The names still carry the namespace torch::autograd.")
def with_namespace(root):
    return _observe(root, lambda node: node.name(), keep_hooks=False)


def _passes(f, params, k, before=lambda: None, read=torch.clone, after=lambda: None):
    passes = []
    for number in range(k):
        if number:
            before()
        f().backward()
        passes.append([read(p.grad) for p in params])
        after()
    return passes


@misconception("accumulate", "The gradients are zeroed also where `zero` is False.")
def always_zeroed(f, params, k, zero):
    return _passes(f, params, k, before=lambda: zero_grads(params))


@misconception("accumulate", "The gradients are never zeroed.")
def never_zeroed(f, params, k, zero):
    return _passes(f, params, k)


@misconception("accumulate", "They are zeroed after backward and before they are read, so nothing is left.")
def zeroed_too_early(f, params, k, zero):
    def read(gradient):
        return torch.zeros_like(gradient) if zero else gradient.clone()

    return _passes(f, params, k, before=lambda: zero and zero_grads(params), read=read)


@misconception("accumulate", "The loss is computed once; a graph is used up by its backward pass.")
def one_graph(f, params, k, zero):
    loss = f()
    return _passes(lambda: loss, params, k)


@misconception("accumulate", "Every pass holds the same tensor, `.grad` itself: later passes change it.")
def not_cloned(f, params, k, zero):
    return _passes(f, params, k, before=lambda: zero and zero_grads(params, False), read=lambda g: g)


@misconception("zero_grads", "The gradients are always set to None, also where set_to_none is False.")
def always_none(params, set_to_none=True):
    for p in params:
        p.grad = None
    return [p.grad for p in params]


@misconception("zero_grads", "The gradients are filled with zeros although the default is None.")
def always_zeros(params, set_to_none=True):
    for p in params:
        if p.grad is not None:
            p.grad.zero_()
    return [p.grad for p in params]
