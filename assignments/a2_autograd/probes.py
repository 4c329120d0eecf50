"""Probes that the tests of this assignment share: each runs beside your code and returns plain data.

A graph does not cross from one process to another, so it is grown here, from a list of steps.
"""

from collections import Counter

import torch
from torch.autograd.function import BackwardCFunction
from torch.overrides import TorchFunctionMode

STEPS = {
    "add": lambda left, right: left + right,
    "sub": lambda left, right: left - right,
    "mul": lambda left, right: left * right,
    "mm": lambda left, right: left @ right,
    "relu": lambda left, right: right.relu(),
    "tanh": lambda left, right: right.tanh(),
    "half": lambda left, right: right * 0.5,
}


JOINING = ["add", "sub", "mul", "mm"]


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


def tangled(pick, leaves, branches):
    """A program: some values, each made from earlier ones, then all joined, two by two, in random order."""
    program = []
    for latest in range(leaves, leaves + branches):
        step = pick(STEPS)
        program.append((step, pick(range(latest)), pick(range(latest))))
    left_over = list(range(leaves + branches))
    while len(left_over) > 1:
        left, right = pick(left_over, 2)
        program.append((pick(JOINING), left, right))
        left_over = [one for one in left_over if one not in (left, right)] + [leaves + len(program) - 1]
    return program


def some_positive(b):
    """b with positive numbers in its first row (or place), so that relu(b) is not all zeros."""
    b[0] = b[0].abs()
    return b


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
    return {"first": list(first), "second": list(second)}


def left_gradients(submission, program, leaves):
    """The gradients that your backward_order leaves in the leaves, and its list."""
    leaves, root = grow(program, leaves)
    order = submission.backward_order(root)
    return {"order": list(order), "gradients": [leaf.grad for leaf in leaves]}


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


def frozen_result(submission, x, W, how):
    """What your frozen_forward returns, and what hangs on it."""
    W = W.clone().requires_grad_()
    out = submission.frozen_forward(x, W, how)
    return {
        "value": out,
        "requires_grad": out.requires_grad,
        "grad_fn": None if out.grad_fn is None else out.grad_fn.name(),
        "is_leaf": out.is_leaf,
    }


def frozen_then_trained(submission, x, W, ways):
    """The flag of W after each call, and its gradient when x @ W is differentiated after them all."""
    W = W.clone().requires_grad_()
    flags = []
    for how in ways:
        submission.frozen_forward(x, W, how)
        flags.append(W.requires_grad)
    (x @ W).square().sum().backward()
    return {"requires_grad": flags, "gradient": W.grad}


def frozen_already(submission, x, W, ways):
    """What your frozen_forward returns for a W without gradients, and the flag of W after each call."""
    W = W.clone()
    return [(submission.frozen_forward(x, W, how), W.requires_grad) for how in ways]


class WatchedProduct(TorchFunctionMode):
    """Writes down how W stands when a product of the given shape (or transposed) is made from its memory."""

    def __init__(self, W, shape):
        super().__init__()
        self.W, self.shape, self.facts = W, sorted(shape), {}

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        home = self.W.untyped_storage().data_ptr()
        for factor in args:
            if not isinstance(factor, torch.Tensor) or factor.untyped_storage().data_ptr() != home:
                continue
            if isinstance(result, torch.Tensor) and sorted(result.shape) == self.shape:
                self.facts = {
                    "grad mode": torch.is_grad_enabled(),
                    "W requires grad": self.W.requires_grad,
                    "product requires grad": result.requires_grad,
                    "factor counts changes with W": factor._version == self.W._version,
                }
        return result


def frozen_way(submission, x, W, ways):
    """How W stands while your frozen_forward multiplies, for each way."""
    W = W.clone().requires_grad_()
    with torch.no_grad():
        W.add_(1)  # a change that W, and whatever shares its memory and its history, has counted
    found = {}
    for how in ways:
        W.requires_grad_()
        with WatchedProduct(W, (x.size(0), W.size(1))) as watched:
            value = submission.frozen_forward(x, W, how)
        found[how] = {"value": value, **watched.facts}
    return found


def accumulated(submission, x, w, b, k, zero, **options):
    """The gradients of w and b after each of k passes of a loss that is cubic in w."""
    params = [w.clone().requires_grad_(), b.clone().requires_grad_()]

    def loss():
        return ((x @ params[0] + params[1]) ** 3).sum()

    return submission.accumulate(loss, params, k, zero, **options)


def _in_part(x, params):
    uses = iter([False, True, False])

    def loss():
        out = x @ params[0]
        return ((out + params[1] if next(uses) else out) ** 3).sum()

    return loss


def accumulated_in_part(submission, x, w, b, settings):
    """The gradients of w and b after each of three passes, by options; the second alone uses b."""
    found = []
    for options in settings:
        params = [w.clone().requires_grad_(), b.clone().requires_grad_()]
        found.append(lists_of(submission.accumulate(_in_part(x, params), params, 3, True, **options)))
    return found


def zeroed(submission, gradients, **options):
    """What your zero_grads returns, and what it leaves in `.grad`."""
    params = [torch.ones(3, dtype=torch.float64, requires_grad=True) for _ in gradients]
    for parameter, gradient in zip(params, gradients, strict=True):
        parameter.grad = gradient if gradient is None else gradient.clone()
    returned = submission.zero_grads(params, **options)
    return {"returned": list(returned), "left": [parameter.grad for parameter in params]}


def linreg_by_hand(submission, w, b, x, y):
    """dw and db of your linreg_grads in one tensor; autograd is switched off."""
    with torch.inference_mode():
        dw, db = submission.linreg_grads(w, b, x, y)
        return torch.cat([dw.reshape(1), db.reshape(1)])


def lists_of(passes):
    """Lists where there may be tuples."""
    return [list(gradients) for gradients in passes]


def bptt_part(submission, keys, *inputs):
    """Some of what your bptt_grads returns; autograd is switched off."""
    with torch.inference_mode():
        found = submission.bptt_grads(*inputs)
    return {key: found[key] for key in keys if key in found}


def truncated(submission, X, wx, wh, k):
    """dwx, dwh and L of your truncated_grads in one tensor."""
    dwx, dwh, L = submission.truncated_grads(X, wx, wh, k)
    return torch.cat([dwx.reshape(1), dwh.reshape(1), L.reshape(1)])


def truncated_losses(submission, X, wx, wh, cases):
    """L of your truncated_grads for the first n inputs, cut every k steps, for each (n, k)."""
    return torch.cat([submission.truncated_grads(X[:n], wx, wh, k)[2].reshape(1) for n, k in cases])


def applied(submission, name, x):
    """What your Function of that name makes of x."""
    return getattr(submission, name).apply(x)


def differentiated(submission, name, x, upstream):
    """The result of your Function, and the gradient of x when the result receives the upstream gradient."""
    x = x.clone().requires_grad_()
    out = getattr(submission, name).apply(x)
    out.backward(upstream)
    return {"output": out, "gradient": x.grad}


def kept(submission, x):
    """For each of your Functions: is its node its own, are tensors saved in it, or do they hang on it."""
    found = {}
    for name in ("MySoftmax", "MyReLU"):
        out = getattr(submission, name).apply(x.clone().requires_grad_())
        attributes = getattr(out.grad_fn, "__dict__", {})
        found[name] = {
            "output": out,
            "node of its own": isinstance(out.grad_fn, BackwardCFunction),
            "tensors saved": len(getattr(out.grad_fn, "saved_tensors", ())) > 0,
            "tensors as attributes": any(isinstance(one, torch.Tensor) for one in attributes.values()),
        }
    return found


def diagnosed(submission, matrices):
    """What your diagnose says of each matrix."""
    return [submission.diagnose(W) for W in matrices]


def diagnosed_with(submission, cases):
    """What your diagnose says of each matrix with its tolerance."""
    return [submission.diagnose(W, tolerance) for W, tolerance in cases]
