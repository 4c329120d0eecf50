"""Known wrong versions, each the reference with one name replaced."""

from collections import Counter

import torch
from autograd import MyReLU, MySoftmax, accumulate, frozen_forward, linreg_grads, zero_grads

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


@misconception(
    "linreg_grads",
    "Autograd does the work, by a way around the mode that switches it off: derive the gradients by hand.",
)
def linreg_with_autograd_on(w, b, x, y):
    with torch.inference_mode(False):
        w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
        loss = (w * x + b - y.view_as(x)).square().mean()
        return torch.autograd.grad(loss, (w, b))


@misconception("linreg_grads", "A loop goes over the points; tensors hold all of them at once.")
def linreg_over_points(w, b, x, y):
    dw, db = torch.zeros_like(w), torch.zeros_like(b)
    for one, target in zip(x.flatten(), y.flatten(), strict=True):
        error = w * one + b - target
        dw, db = dw + 2 * error * one / len(x), db + 2 * error / len(x)
    return dw, db


# ---------------------------------------------------------------- bptt_grads


def _bptt(
    X,
    Y,
    Whx,
    Whh,
    Wqh,
    scale=None,
    back=lambda Whh: Whh.mT,
    states=lambda h: h[:-1],
    part=lambda Wqh, dO: dO @ Wqh,
):
    """The reference with its steps apart, so that each mistake below is one of them."""
    T = X.size(0)
    h = X.new_zeros(T + 1, Whh.size(0))
    for t in range(1, T + 1):
        h[t] = Whx @ X[t - 1] + Whh @ h[t - 1]
    dO = (2 / T if scale is None else scale) * (h[1:] @ Wqh.mT - Y)
    dh = part(Wqh, dO)
    for t in reversed(range(T - 1)):
        dh[t] += back(Whh) @ dh[t + 1]
    return {"dWhx": dh.mT @ X, "dWhh": dh.mT @ states(h), "dWqh": dO.mT @ h[1:], "dh": dh}


@misconception(
    "bptt_grads", "dWhh is made from h_t; it is from h_{t-1}, the state that Whh is multiplied with."
)
def bptt_state_after(X, Y, Whx, Whh, Wqh):
    return _bptt(X, Y, Whx, Whh, Wqh, states=lambda h: h[1:])


@misconception("bptt_grads", "Going back, Whh is not transposed.")
def bptt_untransposed(X, Y, Whx, Whh, Wqh):
    return _bptt(X, Y, Whx, Whh, Wqh, back=lambda Whh: Whh)


@misconception("bptt_grads", "The loss is a mean over the T steps: the factor 1 / T is missing.")
def bptt_without_mean(X, Y, Whx, Whh, Wqh):
    return _bptt(X, Y, Whx, Whh, Wqh, scale=2.0)


@misconception("bptt_grads", "The factor 2 is missing: the derivative of e^2 is 2 e.")
def bptt_without_two(X, Y, Whx, Whh, Wqh):
    return _bptt(X, Y, Whx, Whh, Wqh, scale=1 / X.size(0))


@misconception(
    "bptt_grads",
    "The loss is averaged over the outputs too, as nn.MSELoss does; it is a sum over the outputs.",
)
def bptt_mean_over_outputs(X, Y, Whx, Whh, Wqh):
    return _bptt(X, Y, Whx, Whh, Wqh, scale=2 / Y.numel())


@misconception(
    "bptt_grads", "Only the way through o_t counts; the way through h_{t+1}, Whh^T dL/dh_{t+1}, is missing."
)
def bptt_without_recursion(X, Y, Whx, Whh, Wqh):
    return _bptt(X, Y, Whx, Whh, Wqh, back=torch.zeros_like)


@misconception("bptt_grads", "Only the last output counts; every step has an output with a loss of its own.")
def bptt_last_output_only(X, Y, Whx, Whh, Wqh):
    def last_row(Wqh, dO):
        dh = dO @ Wqh
        dh[:-1] = 0
        return dh

    return _bptt(X, Y, Whx, Whh, Wqh, part=last_row)


@misconception(
    "bptt_grads", "The rows of dh stand from the last step to the first; row t - 1 belongs to h_t."
)
def bptt_reversed(X, Y, Whx, Whh, Wqh):
    found = _bptt(X, Y, Whx, Whh, Wqh)
    return {**found, "dh": found["dh"].flip(0)}


@misconception("bptt_grads", "The gradients of the weights are transposed; each has the shape of its weight.")
def bptt_transposed(X, Y, Whx, Whh, Wqh):
    found = _bptt(X, Y, Whx, Whh, Wqh)
    return {key: value if key == "dh" else value.mT for key, value in found.items()}


@misconception("bptt_grads", "New tensors have the default dtype, whatever that of the inputs.")
def bptt_float32(X, Y, Whx, Whh, Wqh):
    return _bptt(*(value.float() for value in (X, Y, Whx, Whh, Wqh)))


@misconception("bptt_grads", "The results are float64 whatever the dtype of the inputs.")
def bptt_float64(X, Y, Whx, Whh, Wqh):
    return _bptt(*(value.double() for value in (X, Y, Whx, Whh, Wqh)))


@misconception("bptt_grads", "Autograd does the work; it is switched off here: derive the gradients by hand.")
def bptt_by_autograd(X, Y, Whx, Whh, Wqh):
    with torch.enable_grad():
        weights = [value.clone().requires_grad_() for value in (Whx, Whh, Wqh)]
        states = [X.new_zeros(Whh.size(0))]
        for x in X:
            states.append(weights[0] @ x + weights[1] @ states[-1])
        loss = (torch.stack(states[1:]) @ weights[2].mT - Y).square().sum() / X.size(0)
        *grads, _ = torch.autograd.grad(loss, [*weights, states[-1]])
    return dict(zip(("dWhx", "dWhh", "dWqh"), grads, strict=True))


@misconception(
    "bptt_grads",
    "Autograd does the work, by a way around the mode that switches it off: walk back step by step.",
)
def bptt_with_autograd_on(X, Y, Whx, Whh, Wqh):
    with torch.inference_mode(False):
        weights = [value.clone().requires_grad_() for value in (Whx, Whh, Wqh)]
        states = [X.new_zeros(Whh.size(0))]
        for x in X:
            states.append(weights[0] @ x + weights[1] @ states[-1])
        loss = (torch.stack(states[1:]) @ weights[2].mT - Y).square().sum() / X.size(0)
        found = torch.autograd.grad(loss, [*weights, *states[1:]], materialize_grads=True)
    return {"dWhx": found[0], "dWhh": found[1], "dWqh": found[2], "dh": torch.stack(found[3:])}


@misconception(
    "bptt_grads",
    "Powers of Whh are computed anew at each step: dL/dh_t follows from dL/dh_{t+1} by one product.",
)
def bptt_of_powers(X, Y, Whx, Whh, Wqh):
    T = X.size(0)
    h = X.new_zeros(T + 1, Whh.size(0))
    for t in range(1, T + 1):
        h[t] = Whx @ X[t - 1] + Whh @ h[t - 1]
    dO = 2 / T * (h[1:] @ Wqh.mT - Y)
    parts = dO @ Wqh
    dh = torch.stack(
        [sum(torch.linalg.matrix_power(Whh.mT, i - t) @ parts[i] for i in range(t, T)) for t in range(T)]
    )
    return {"dWhx": dh.mT @ X, "dWhh": dh.mT @ h[:-1], "dWqh": dO.mT @ h[1:], "dh": dh}


# ---------------------------------------------------------------- dh_expanded


def _expanded(steps, dO, back, Wqh, power=torch.linalg.matrix_power):
    """The sum of back^p Wqh^T dO_j over the given (p, j), with j from 1."""
    terms = [power(back, p) @ Wqh.mT @ dO[j - 1] for p, j in steps]
    return torch.stack(terms).sum(dim=0)


@misconception("dh_expanded", "The power T - i goes with dL/do_{T+t-i}, not with dL/do_i.")
def expanded_wrong_output(t, T, dO, Whh, Wqh):
    return _expanded([(T - i, i) for i in range(t, T + 1)], dO, Whh.mT, Wqh)


@misconception(
    "dh_expanded", "** takes the power of every element; torch.linalg.matrix_power that of a matrix."
)
def expanded_elementwise(t, T, dO, Whh, Wqh):
    return _expanded([(T - i, T + t - i) for i in range(t, T + 1)], dO, Whh.mT, Wqh, torch.pow)


@misconception("dh_expanded", "Off by one: steps count from 1, so dL/do_i is row i - 1 of dO.")
def expanded_off_by_one(t, T, dO, Whh, Wqh):
    return _expanded([(T - i, T + t - i + 1) for i in range(t, T + 1)], dO, Whh.mT, Wqh)


@misconception("dh_expanded", "Whh is not transposed.")
def expanded_untransposed(t, T, dO, Whh, Wqh):
    return _expanded([(T - i, T + t - i) for i in range(t, T + 1)], dO, Whh, Wqh)


@misconception("dh_expanded", "The last term is missing: range(t, T) ends at T - 1.")
def expanded_without_last(t, T, dO, Whh, Wqh):
    return _expanded([(T - i, T + t - i) for i in range(t, T)], dO, Whh.mT, Wqh)


# ---------------------------------------------------------------- truncated_grads


def _truncated(X, wx, wh, cut, enter=lambda h: h.detach(), leave=lambda h: h, mean=None):
    """`cut(t)` says whether something happens before step t (from 0); `leave(h)` is what the loss sees."""
    wx, wh = wx.clone().requires_grad_(), wh.clone().requires_grad_()
    h, L = torch.zeros_like(wx), 0.0
    for t, x in enumerate(X):
        if cut(t):
            h = enter(h)
        h = wx * x + wh * h
        L = L + (leave(h) if cut(t + 1) else h) ** 2 / 2
    L = L / (mean or len(X))
    return *torch.autograd.grad(L, (wx, wh), allow_unused=True, materialize_grads=True), L.detach()


@misconception(
    "truncated_grads", "The state is set back to 0 at every cut; it keeps its value, only its graph is cut."
)
def truncated_reset(X, wx, wh, k):
    return _truncated(X, wx, wh, lambda t: t % k == 0, enter=torch.zeros_like)


@misconception(
    "truncated_grads",
    "The state is detached before it goes into the loss: the last loss of every part gives no gradient.",
)
def truncated_loss_detached(X, wx, wh, k):
    return _truncated(X, wx, wh, lambda t: t % k == 0, leave=lambda h: h.detach())


@misconception(
    "truncated_grads", "Off by one: the first part has k + 1 steps, so the cuts come one step late."
)
def truncated_late(X, wx, wh, k):
    return _truncated(X, wx, wh, lambda t: t > 1 and (t - 1) % k == 0)


@misconception("truncated_grads", "Off by one: the first part has a single step, so the cuts come too early.")
def truncated_early(X, wx, wh, k):
    return _truncated(X, wx, wh, lambda t: t > 0 and (t - 1) % k == 0)


@misconception("truncated_grads", "The graph is cut at every step, whatever k is.")
def truncated_everywhere(X, wx, wh, k):
    return _truncated(X, wx, wh, lambda t: True)


@misconception("truncated_grads", "Nothing is cut: this is the full gradient.")
def truncated_nowhere(X, wx, wh, k):
    return _truncated(X, wx, wh, lambda t: False)


@misconception("truncated_grads", "The loss is summed over the steps; it is their mean.")
def truncated_summed(X, wx, wh, k):
    return _truncated(X, wx, wh, lambda t: t % k == 0, mean=1)


@misconception("truncated_grads", "The factor 1/2 of the loss is missing.")
def truncated_without_half(X, wx, wh, k):
    return _truncated(X, wx, wh, lambda t: t % k == 0, mean=len(X) / 2)


@misconception("truncated_grads", "k is taken as the number of parts; it is the number of steps of a part.")
def truncated_into_parts(X, wx, wh, k):
    return _truncated(X, wx, wh, lambda t: t % max(1, len(X) // k) == 0)


# ---------------------------------------------------------------- MySoftmax, MyReLU


@misconception(
    "MySoftmax", "Only the diagonal of the Jacobian is used; every y depends on every x of its row."
)
class SoftmaxDiagonal(MySoftmax):
    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return y * (1 - y) * g


@misconception("MySoftmax", "The upstream gradient g is not used: without it, the sum over a row is zero.")
class SoftmaxWithoutUpstream(MySoftmax):
    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return y * (1 - y.sum(dim=-1, keepdim=True))


@misconception("MySoftmax", "The largest score is not taken off before exp: large scores overflow to NaN.")
class SoftmaxOverflow(MySoftmax):
    @staticmethod
    def forward(ctx, x):
        e = torch.exp(x)
        y = e / e.sum(dim=-1, keepdim=True)
        ctx.save_for_backward(y)
        return y


@misconception("MySoftmax", "The softmax runs over the first dimension; it is the last, dim=-1.")
class SoftmaxOverFirst(MySoftmax):
    @staticmethod
    def forward(ctx, x):
        y = torch.softmax(x, dim=0)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return y * (g - (y * g).sum(dim=0, keepdim=True))


def _of_matrix(x):
    """The last dimension of a vector or a matrix, and no other."""
    return min(1, x.dim() - 1)


@misconception("MySoftmax", "The softmax runs over dim=1, which is the last of a matrix alone: dim=-1.")
class SoftmaxOverSecond(MySoftmax):
    @staticmethod
    def forward(ctx, x):
        y = torch.softmax(x, dim=_of_matrix(x))
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return y * (g - (y * g).sum(dim=_of_matrix(y), keepdim=True))


@misconception("MySoftmax", "backward sums y g over dim=1, which is the last of a matrix alone: dim=-1.")
class SoftmaxSumOverSecond(MySoftmax):
    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return y * (g - (y * g).sum(dim=_of_matrix(y), keepdim=True))


@misconception("MySoftmax", "backward sums over all rows together; the sum of y g is that of each row.")
class SoftmaxSumOverAll(MySoftmax):
    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return y * (g - (y * g).sum())


@misconception("MySoftmax", "The sign is wrong: the sum of y g is subtracted from g.")
class SoftmaxWrongSign(MySoftmax):
    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return y * ((y * g).sum(dim=-1, keepdim=True) - g)


@misconception("MySoftmax", "Tensors hang on ctx as attributes; ctx.save_for_backward is made for them.")
class SoftmaxOnContext(MySoftmax):
    @staticmethod
    def forward(ctx, x):
        ctx.y = torch.softmax(x, dim=-1)
        return ctx.y

    @staticmethod
    def backward(ctx, g):
        return ctx.y * (g - (ctx.y * g).sum(dim=-1, keepdim=True))


@misconception(
    "MySoftmax", "This hands the work to torch.softmax and its own node; backward is yours to write."
)
class SoftmaxOfTorch:
    @staticmethod
    def apply(x):
        return torch.softmax(x, dim=-1)


@misconception("MyReLU", "The derivative at 0 is taken as 1; it is 0, as in PyTorch.")
class ReluPassesAtZero(MyReLU):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x >= 0)


@misconception("MyReLU", "The upstream gradient g is not used: backward gets it, and passes it on.")
class ReluWithoutUpstream(MyReLU):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return (x > 0).to(g.dtype)


@misconception("MyReLU", "The gradient passes where g is positive; it passes where x is.")
class ReluOfUpstream(MyReLU):
    @staticmethod
    def backward(ctx, g):
        return g.clamp(min=0)


@misconception("MyReLU", "The gradient passes everywhere; it stops where x is negative.")
class ReluPassesEverywhere(MyReLU):
    @staticmethod
    def backward(ctx, g):
        return g.clone()


@misconception("MyReLU", "A tensor hangs on ctx as an attribute; ctx.save_for_backward is made for it.")
class ReluOnContext(MyReLU):
    @staticmethod
    def forward(ctx, x):
        ctx.positive = x > 0
        return x * ctx.positive

    @staticmethod
    def backward(ctx, g):
        return g * ctx.positive


# ---------------------------------------------------------------- grad_norms, diagnose


def _norms(W, g, T, measure=torch.linalg.vector_norm):
    lengths = []
    for _ in range(T + 1):
        lengths.append(measure(g))
        g = W @ g
    return torch.stack(lengths)


@misconception("grad_norms", "W is not transposed: a step back multiplies by W^T.")
def norms_untransposed(W, g, T):
    return _norms(W, g, T)


@misconception("grad_norms", "The length of g itself, entry 0, is missing.")
def norms_without_first(W, g, T):
    return _norms(W.mT, W.mT @ g, T - 1) if T else g.new_zeros(0)


@misconception("grad_norms", "The lengths are relative to the first; they are asked as they are.")
def norms_relative(W, g, T):
    return _norms(W.mT, g / torch.linalg.vector_norm(g), T)


@misconception("grad_norms", "The squares of the lengths: the root is missing.")
def norms_squared(W, g, T):
    return _norms(W.mT, g, T) ** 2


@misconception("grad_norms", "The powers are element by element; a step back is a product with the matrix.")
def norms_elementwise(W, g, T):
    return torch.stack([torch.linalg.vector_norm((W.mT**k) @ g if k else g) for k in range(T + 1)])


@misconception("grad_norms", "Every power is computed anew by matrix_power; one product more gives the next.")
def norms_of_powers(W, g, T):
    powers = [torch.linalg.matrix_power(W.mT, k) for k in range(T + 1)]
    return torch.stack([torch.linalg.vector_norm(power @ g) for power in powers])


def _said(radius, tolerance):
    if radius < 1 - tolerance:
        return "vanish"
    return "explode" if radius > 1 + tolerance else "stable"


@misconception("diagnose", "The norm of W bounds one step; after many steps the largest eigenvalue decides.")
def diagnosis_by_norm(W, tolerance=1e-3):
    return _said(torch.linalg.matrix_norm(W, 2), tolerance)


@misconception(
    "diagnose", "This is the Frobenius norm, the root of the sum of all squares; eigenvalues decide."
)
def diagnosis_by_frobenius(W, tolerance=1e-3):
    return _said(torch.linalg.matrix_norm(W), tolerance)


@misconception("diagnose", "The real parts of the eigenvalues are compared; it is their absolute values.")
def diagnosis_by_real_parts(W, tolerance=1e-3):
    return _said(torch.linalg.eigvals(W).real.max(), tolerance)


@misconception("diagnose", "The determinant is the product of all eigenvalues; the largest one decides.")
def diagnosis_by_determinant(W, tolerance=1e-3):
    return _said(torch.linalg.det(W).abs(), tolerance)


@misconception("diagnose", "eigvalsh is for symmetric matrices; W need not be one: eigvals.")
def diagnosis_as_symmetric(W, tolerance=1e-3):
    return _said(torch.linalg.eigvalsh(W).abs().max(), tolerance)


@misconception("diagnose", "The smallest eigenvalue is compared with 1; the largest one decides.")
def diagnosis_by_smallest(W, tolerance=1e-3):
    return _said(torch.linalg.eigvals(W).abs().min(), tolerance)


@misconception(
    "diagnose", "A spectral radius of 1 is never met exactly: `tolerance` makes room for rounding."
)
def diagnosis_without_tolerance(W, tolerance=1e-3):
    return _said(torch.linalg.eigvals(W).abs().max(), 0.0)


@misconception("diagnose", "The argument `tolerance` is not used.")
def diagnosis_with_fixed_tolerance(W, tolerance=1e-3):
    return _said(torch.linalg.eigvals(W).abs().max(), 1e-3)
