"""Known wrong versions, each the reference with one name replaced."""

from collections import Counter

import torch
from autograd import accumulate, frozen_forward, linreg_grads, zero_grads

from grader import misconception

# ---------------------------------------------------------------- build_example


@misconception("build_example", "d is a * c, element by element; it is the matrix product a @ c.")
def example_elementwise(a, b):
    c = torch.relu(b)
    d = a * c
    return c, d, c + d


@misconception("build_example", "The sum is written d + c: its inputs stand in the other order in the graph.")
def example_sum_swapped(a, b):
    c = torch.relu(b)
    d = a @ c
    return c, d, d + c


@misconception("build_example", "The product is c @ a; it is a @ c.")
def example_product_swapped(a, b):
    c = torch.relu(b)
    d = c @ a
    return c, d, c + d


@misconception("build_example", "relu(b) is computed twice: the graph has two ReLU nodes instead of one.")
def example_two_relus(a, b):
    d = a @ torch.relu(b)
    c = torch.relu(b)
    return c, d, c + d


@misconception(
    "build_example", "The inputs are flattened: a product of two vectors is a single number, DotBackward0."
)
def example_of_vectors(a, b):
    c = torch.relu(b)
    d = a.flatten() @ c.flatten()
    return c, d, c + d


@misconception("build_example", "torch.mm takes matrices only; `@` takes vectors too.")
def example_matrices_only(a, b):
    c = torch.relu(b)
    d = torch.mm(a, c)
    return c, d, c + d


@misconception("build_example", "The graph is cut at c: no gradient reaches b.")
def example_cut(a, b):
    c = torch.relu(b).detach()
    d = a @ c
    return c, d, c + d


# ---------------------------------------------------------------- graph_nodes


def _name(node):
    return node.name().rsplit("::", 1)[-1]


def _inputs(node):
    return [following for following, _ in node.next_functions if following is not None]


def _start(t):
    return torch.autograd.graph.get_gradient_edge(t).node


def _reached(start):
    found, seen = [start], {start}
    for node in found:
        for following in _inputs(node):
            if following not in seen:
                seen.add(following)
                found.append(following)
    return found


def _listed(nodes, name=_name, entries=lambda node: [following for following, _ in node.next_functions]):
    number = {node: index for index, node in enumerate(nodes)}
    return [(name(node), tuple(number.get(following, -1) for following in entries(node))) for node in nodes]


@misconception(
    "graph_nodes", "A node that is reached in two ways stands in the list twice: remember what was seen."
)
def nodes_not_remembered(t):
    found, inputs = [_start(t)], []
    for node in found:
        numbers = []
        for following, _ in node.next_functions:
            numbers.append(-1 if following is None else len(found))
            found += [] if following is None else [following]
        inputs.append(tuple(numbers))
    return [(_name(node), numbers) for node, numbers in zip(found, inputs, strict=True)]


@misconception("graph_nodes", "Entries that are None are left out; they are -1, so that positions are kept.")
def nodes_without_none(t):
    return _listed(_reached(_start(t)), entries=_inputs)


@misconception("graph_nodes", "The walk is recursive: a chain of some thousand nodes is too deep for Python.")
def nodes_recursive(t):
    found = {}

    def visit(node):
        found[node] = len(found)
        for following in _inputs(node):
            if following not in found:
                visit(following)

    visit(_start(t))
    return _listed(list(found))


@misconception("graph_nodes", "A leaf has a node too, although its grad_fn is None: AccumulateGrad.")
def nodes_of_leaf_empty(t):
    return [] if t.grad_fn is None else _listed(_reached(t.grad_fn))


@misconception("graph_nodes", "The names still carry the namespace torch::autograd.")
def nodes_with_namespace(t):
    return _listed(_reached(_start(t)), name=lambda node: node.name())


@misconception("graph_nodes", "The nodes of the leaves, AccumulateGrad, are left out.")
def nodes_without_leaves(t):
    return _listed([node for node in _reached(_start(t)) if _inputs(node)])


@misconception("graph_nodes", "An input that is used twice by one node has its number there only once.")
def nodes_with_inputs_once(t):
    return _listed(
        _reached(_start(t)), entries=lambda node: list(dict.fromkeys(one for one, _ in node.next_functions))
    )


# ---------------------------------------------------------------- backward_order


def _walk(root, take):
    found, seen, waiting = [], set(), [root.grad_fn]
    while waiting:
        node = waiting.pop(take)
        if node not in seen:
            seen.add(node)
            found.append(_name(node))
            waiting += _inputs(node) if take == 0 else reversed(_inputs(node))
    return found


@misconception(
    "backward_order",
    "This is the graph level by level; backward runs a node only when all its consumers have run.",
)
def order_by_level(root):
    return _walk(root, 0)


@misconception(
    "backward_order",
    "This is the graph in depth; backward runs a node only when all its consumers have run.",
)
def order_in_depth(root):
    return _walk(root, -1)


def _observe(root, name=_name, remove=True, gradient=torch.ones_like, keep=True, nodes=_reached):
    order = []

    def watch(node):
        return node.register_prehook(lambda _: order.append(name(node)))

    hooks = [watch(node) for node in nodes(root.grad_fn)]
    root.backward(gradient(root), retain_graph=keep)
    for hook in hooks if remove else []:
        hook.remove()
    return order


@misconception("backward_order", "The hooks stay installed, and write again in the next backward pass.")
def order_hooks_left(root):
    return _observe(root, remove=False)


@misconception("backward_order", "The names still carry the namespace torch::autograd.")
def order_with_namespace(root):
    return _observe(root, name=lambda node: node.name())


@misconception("backward_order", "The graph is freed by the backward pass: it needs retain_graph=True.")
def order_graph_freed(root):
    return _observe(root, keep=False)


@misconception(
    "backward_order", "backward runs from the mean of root; root itself should receive a gradient of ones."
)
def order_from_mean(root):
    return _observe(root, gradient=lambda root: torch.ones_like(root) / root.numel())


@misconception("backward_order", "The nodes of the leaves, AccumulateGrad, have no hooks and are missing.")
def order_without_leaves(root):
    return _observe(root, nodes=lambda start: [node for node in _reached(start) if _inputs(node)])


def _reached_repeatedly(start):
    found = [start]
    for node in found:
        if len(found) < 20_000:
            found += _inputs(node)
    return found


@misconception(
    "backward_order", "A node that is reached in two ways gets two hooks, and writes its name twice."
)
def order_hooked_twice(root):
    return _observe(root, nodes=_reached_repeatedly)


# ---------------------------------------------------------------- simulate_queue


def _by_sequence(nodes):
    return sorted(nodes, key=lambda node: node._sequence_nr(), reverse=True)


def _simulate(root, arrange=_by_sequence, arrange_pushed=_by_sequence, name=_name, inputs=_inputs):
    consumers = Counter(one for node in _reached(root.grad_fn) for one in _inputs(node))
    queue, steps = [root.grad_fn], []
    while queue:
        node = queue.pop(0)
        pushed = []
        for following in inputs(node):
            consumers[following] -= 1
            if consumers[following] == 0:
                pushed.append(following)
        queue = arrange(queue + pushed)
        steps.append(
            (name(node), [name(one) for one in arrange_pushed(pushed)], [name(one) for one in queue])
        )
    return steps


@misconception(
    "simulate_queue", "A node is pushed by the first consumer that runs; it has to wait for all of them."
)
def queue_without_waiting(root):
    queue, seen, steps = [root.grad_fn], {root.grad_fn}, []
    while queue:
        node = queue.pop(0)
        pushed = []
        for following in _inputs(node):
            if following not in seen:
                seen.add(following)
                pushed.append(following)
        queue = _by_sequence(queue + pushed)
        steps.append(
            (_name(node), [_name(one) for one in _by_sequence(pushed)], [_name(one) for one in queue])
        )
    return steps


@misconception(
    "simulate_queue", "First come, first served: the queue is in order of _sequence_nr(), highest first."
)
def queue_first_come(root):
    return _simulate(root, arrange=list, arrange_pushed=list)


@misconception(
    "simulate_queue", "The oldest operation runs first; it is the youngest, with the highest _sequence_nr()."
)
def queue_oldest_first(root):
    def arrange(nodes):
        return sorted(nodes, key=lambda node: (bool(_inputs(node)), node._sequence_nr()))

    return _simulate(root, arrange, arrange)


@misconception(
    "simulate_queue", "AccumulateGrad runs after everything else; it comes before anything that is ready."
)
def queue_leaves_last(root):
    def arrange(nodes):
        return sorted(nodes, key=lambda node: (not _inputs(node), -node._sequence_nr()))

    return _simulate(root, arrange, arrange)


@misconception("simulate_queue", "Entries of next_functions that are None are pushed; they are nobody.")
def queue_with_none(root):
    consumers = Counter(one for node in _reached(root.grad_fn) for one in _inputs(node))
    queue, steps = [root.grad_fn], []

    def named(nodes):
        return ["None" if node is None else _name(node) for node in nodes]

    def arrange(nodes):
        return sorted(nodes, key=lambda node: -1 if node is None else node._sequence_nr(), reverse=True)

    while queue:
        node = queue.pop(0)
        pushed = []
        for following, _ in () if node is None else node.next_functions:
            consumers[following] -= following is not None
            if following is None or consumers[following] == 0:
                pushed.append(following)
        queue = arrange(queue + pushed)
        steps.append((*named([node]), named(arrange(pushed)), named(queue)))
    return steps


@misconception(
    "simulate_queue",
    "Entries are counted twice where a node uses an input twice, but taken off once: it waits for ever.",
)
def queue_waits_forever(root):
    return _simulate(root, inputs=lambda node: list(dict.fromkeys(_inputs(node))))


@misconception("simulate_queue", "The queue is written down before the new nodes are pushed.")
def queue_before_push(root):
    consumers = Counter(one for node in _reached(root.grad_fn) for one in _inputs(node))
    queue, steps = [root.grad_fn], []
    while queue:
        node = queue.pop(0)
        pushed = []
        for following in _inputs(node):
            consumers[following] -= 1
            if consumers[following] == 0:
                pushed.append(following)
        steps.append(
            (_name(node), [_name(one) for one in _by_sequence(pushed)], [_name(one) for one in queue])
        )
        queue = _by_sequence(queue + pushed)
    return steps


@misconception(
    "simulate_queue", "A backward pass is run; the steps should be predicted from the graph alone."
)
def queue_by_backward(root):
    steps = _simulate(root)
    root.backward(torch.ones_like(root), retain_graph=True)
    return steps


# ---------------------------------------------------------------- frozen_forward


def _by_flag(x, W, restore):
    before = W.requires_grad
    W.requires_grad = False
    out = x @ W
    W.requires_grad = restore(before)
    return out


def _under_no_grad(x, W):
    with torch.no_grad():
        return x @ W


@misconception("frozen_forward", "The flag of W is left switched off: W is not trained any more.")
def frozen_for_ever(x, W, how):
    return _by_flag(x, W, lambda before: False) if how == "flag" else frozen_forward(x, W, how)


@misconception("frozen_forward", "The flag of W is switched on afterwards, also where it was off before.")
def frozen_switched_on(x, W, how):
    return _by_flag(x, W, lambda before: True) if how == "flag" else frozen_forward(x, W, how)


@misconception(
    "frozen_forward",
    "The flag is set on the result, which is no leaf: PyTorch allows that only on leaves.",
)
def frozen_flag_of_result(x, W, how):
    if how != "flag":
        return frozen_forward(x, W, how)
    out = x @ W
    out.requires_grad = False
    return out


@misconception("frozen_forward", "The product is computed outside of the no_grad block: it has a graph.")
def frozen_outside_of_block(x, W, how):
    if how != "no_grad":
        return frozen_forward(x, W, how)
    with torch.no_grad():
        factor = W  # names the matrix, and computes nothing
    return x @ factor


@misconception(
    "frozen_forward",
    "`.data` in place of `.detach()`: the value is the same, but autograd no longer sees changes made to it.",
)
def frozen_by_data(x, W, how):
    return x @ W.data if how == "detach" else frozen_forward(x, W, how)


@misconception("frozen_forward", "The result is detached, not W: a graph is built, only to be thrown away.")
def frozen_detached_late(x, W, how):
    return (x @ W).detach() if how == "detach" else frozen_forward(x, W, how)


@misconception("frozen_forward", "W is copied; W.detach() shares its memory.")
def frozen_by_copy(x, W, how):
    return x @ W.detach().clone() if how == "detach" else frozen_forward(x, W, how)


@misconception("frozen_forward", "All three ways are taken under no_grad; `how` says which one to take.")
def frozen_one_way(x, W, how):
    return _under_no_grad(x, W)


# ---------------------------------------------------------------- accumulate, zero_grads


def _passes(f, params, k, before=lambda: None, read=torch.clone, after=lambda: None):
    passes = []
    for _ in range(k):
        before()
        f().backward()
        passes.append([None if p.grad is None else read(p.grad) for p in params])
        after()
    return passes


@misconception("accumulate", "The gradients are zeroed also where `zero` is False.")
def always_zeroed(f, params, k, zero=False, set_to_none=True):
    return _passes(f, params, k, before=lambda: zero_grads(params, set_to_none))


@misconception("accumulate", "The gradients are never zeroed.")
def never_zeroed(f, params, k, zero=False, set_to_none=True):
    return _passes(f, params, k)


@misconception("accumulate", "They are zeroed after backward and before they are read, so nothing is left.")
def zeroed_too_early(f, params, k, zero=False, set_to_none=True):
    passes = []
    for _ in range(k):
        f().backward()
        if zero:
            zero_grads(params, set_to_none)
        passes.append([None if p.grad is None else p.grad.clone() for p in params])
    return passes


@misconception("accumulate", "The loss is computed once; a graph is used up by its backward pass.")
def one_graph(f, params, k, zero=False, set_to_none=True):
    loss = f()
    return _passes(lambda: loss, params, k, before=lambda: zero and zero_grads(params, set_to_none))


@misconception("accumulate", "Every pass holds the same tensor, `.grad` itself: later passes change it.")
def not_cloned(f, params, k, zero=False, set_to_none=True):
    def before():
        if zero:
            zero_grads(params, set_to_none)

    return _passes(f, params, k, before, read=lambda gradient: gradient)


@misconception(
    "accumulate", "`.grad` is read from a result of an operation; backward fills only that of leaves."
)
def read_from_results(f, params, k, zero=False, set_to_none=True):
    return [[None for _ in gradients] for gradients in _passes(f, params, k)]


@misconception("accumulate", "A parameter without a gradient counts as zeros; it is None in the list.")
def none_as_zeros(f, params, k, zero=False, set_to_none=True):
    passes = accumulate(f, params, k, zero, set_to_none)
    return [
        [torch.zeros_like(p) if one is None else one for p, one in zip(params, gradients, strict=True)]
        for gradients in passes
    ]


@misconception("accumulate", "set_to_none is not handed on: the gradients are always dropped.")
def always_dropped(f, params, k, zero=False, set_to_none=True):
    return accumulate(f, params, k, zero)


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


@misconception("zero_grads", "A parameter that had no gradient gets one of zeros; it stays None.")
def zeros_for_none(params, set_to_none=True):
    for p in params:
        p.grad = None if set_to_none else torch.zeros_like(p)
    return [p.grad for p in params]


# ---------------------------------------------------------------- linreg_grads


@misconception("linreg_grads", "The factor 2 is missing: the derivative of e^2 is 2 e.")
def linreg_without_two(w, b, x, y):
    error = w * x + b - y.view_as(x)
    return (error * x).mean(), error.mean()


@misconception("linreg_grads", "The gradients are summed over the points; the loss is their mean.")
def linreg_summed(w, b, x, y):
    error = w * x + b - y.view_as(x)
    return 2 * (error * x).sum(), 2 * error.sum()


@misconception("linreg_grads", "The sign is wrong: the error is the prediction minus the target.")
def linreg_wrong_sign(w, b, x, y):
    error = y.view_as(x) - w * x - b
    return 2 * (error * x).mean(), 2 * error.mean()


@misconception(
    "linreg_grads",
    "Predictions (n, 1) minus targets (n,) is (n, n): every prediction meets every target.",
)
def linreg_broadcast(w, b, x, y):
    error = w * x + b - y
    return 2 * (error * x).mean(), 2 * error.mean()


@misconception("linreg_grads", "The results are swapped: dL/dw comes first, then dL/db.")
def linreg_swapped(w, b, x, y):
    dw, db = linreg_grads(w, b, x, y)
    return db, dw


@misconception("linreg_grads", "x is missing in dL/dw: the chain rule multiplies the error by x.")
def linreg_without_x(w, b, x, y):
    error = w * x + b - y.view_as(x)
    return 2 * error.mean(), 2 * error.mean()


@misconception("linreg_grads", "The results are float64 whatever the dtype of the inputs.")
def linreg_double(w, b, x, y):
    dw, db = linreg_grads(w.double(), b.double(), x.double(), y.double())
    return dw, db


@misconception(
    "linreg_grads", "Autograd does the work; it is switched off here: derive the gradients by hand."
)
def linreg_by_autograd(w, b, x, y):
    with torch.enable_grad():
        w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
        loss = (w * x + b - y.view_as(x)).square().mean()
        return torch.autograd.grad(loss, (w, b))
