"""Probes that the tests of this assignment share: each runs beside your code and returns plain data.

A graph does not cross from one process to another, so it is grown here, from a list of steps.
"""

from collections import Counter

import torch

STEPS = {
    "add": lambda left, right: left + right,
    "sub": lambda left, right: left - right,
    "mul": lambda left, right: left * right,
    "mm": lambda left, right: left @ right,
    "relu": lambda left, right: right.relu(),
    "tanh": lambda left, right: right.tanh(),
    "half": lambda left, right: right * 0.5,
}


def grow(program, leaves, constants=()):
    """The leaves, and the last value of a program.

    Each step names an operation and two earlier values by number: leaves first, then constants, then the
    results of the steps so far. (An operation of one input takes the second.)
    """
    leaves = [leaf.clone().requires_grad_() for leaf in leaves]
    values = [*leaves, *constants]
    for name, left, right in program:
        values.append(STEPS[name](values[left], values[right]))
    return leaves, values[-1]


def names(tensor):
    """The node of a tensor and the nodes of its inputs, by name."""
    if tensor.grad_fn is None:
        return []
    nodes = [tensor.grad_fn, *(node for node, _ in tensor.grad_fn.next_functions)]
    return [None if node is None else node.name().split("::")[-1] for node in nodes]


def example_values(submission, a, b):
    """c, d and e of your build_example."""
    c, d, e = submission.build_example(a.clone().requires_grad_(), b.clone().requires_grad_())
    return {"c": c, "d": d, "e": e}


def example_graph(submission, a, b):
    """The nodes of c, d and e and of their inputs, the value of e, and whether c was computed once."""
    c, d, e = submission.build_example(a.clone().requires_grad_(), b.clone().requires_grad_())
    users = [c.grad_fn] + [
        node
        for tensor in (d, e)
        if tensor.grad_fn is not None
        for node, _ in tensor.grad_fn.next_functions
        if node is not None and node.name() == "ReluBackward0"
    ]
    return {"c": names(c), "d": names(d), "e": names(e), "number of ReLUs": len(set(users)), "value": e}


def example_gradients(submission, a, b, upstream):
    """The gradients of a and b when e receives the upstream gradient."""
    a, b = a.clone().requires_grad_(), b.clone().requires_grad_()
    _, _, e = submission.build_example(a, b)
    e.backward(upstream)
    return {"a": a.grad, "b": b.grad}


def nodes_of(submission, program, leaves, constants=()):
    """Your graph_nodes of a program's last value."""
    _, root = grow(program, leaves, constants)
    yield
    return submission.graph_nodes(root)


def nodes_of_several(submission, programs, leaves):
    """Your graph_nodes of the last value of each program."""
    roots = [grow(program, leaves)[1] for program in programs]
    yield
    return [submission.graph_nodes(root) for root in roots]


def nodes_of_leaf(submission, leaf):
    """Your graph_nodes of a leaf, and of twice the leaf."""
    leaf = leaf.clone().requires_grad_()
    return {"twice": submission.graph_nodes(leaf + leaf), "leaf": submission.graph_nodes(leaf)}


def counted_nodes(submission, step, times, leaf):
    """How many nodes of each name your graph_nodes finds when one step is done again and again."""
    value = leaf.clone().requires_grad_()
    for _ in range(times):
        value = STEPS[step](value, value)
    yield
    return dict(Counter(name for name, _ in submission.graph_nodes(value)))


def renumbered(nodes):
    """A graph numbered in the order in which nodes are met from number 0 on, level by level.

    Two lists that say the same of a graph become equal; what cannot be reached stands at the end.
    """
    order, met = [0], {0}
    for number in order:
        for following in nodes[number][1]:
            if following >= 0 and following not in met:
                met.add(following)
                order.append(following)
    place = {number: at for at, number in enumerate(order)}
    reached = [
        (nodes[number][0], tuple(place.get(following, following) for following in nodes[number][1]))
        for number in order
    ]
    return reached + [tuple(node) for number, node in enumerate(nodes) if number not in met]


def ordered(submission, program, leaves, constants=()):
    """Your backward_order of a program's last value."""
    _, root = grow(program, leaves, constants)
    yield
    return submission.backward_order(root)


def ordered_twice(submission, program, leaves):
    """Both lists of two calls on one root, read after the second call and one more backward pass."""
    _, root = grow(program, leaves)
    first = submission.backward_order(root)
    second = submission.backward_order(root)
    root.backward(torch.ones_like(root))
    return {"first": first, "second": second}


def left_gradients(submission, program, leaves):
    """The gradients that your backward_order leaves in the leaves, and its list."""
    leaves, root = grow(program, leaves)
    order = submission.backward_order(root)
    return {"order": order, "gradients": [leaf.grad for leaf in leaves]}


def simulated(submission, program, leaves, constants=()):
    """Your simulate_queue of a program's last value."""
    _, root = grow(program, leaves, constants)
    yield
    return submission.simulate_queue(root)


def simulated_only(submission, program, leaves):
    """Your simulate_queue, and whether the leaves are still without gradients afterwards."""
    leaves, root = grow(program, leaves)
    steps = submission.simulate_queue(root)
    return {"steps": steps_of(steps), "gradients": [leaf.grad for leaf in leaves]}


def steps_of(steps):
    """The steps of a queue with tuples and lists where they should be."""
    return [(popped, list(pushed), list(queue)) for popped, pushed, queue in steps]
