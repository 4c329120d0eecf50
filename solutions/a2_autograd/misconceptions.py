"""Known wrong versions, each the reference with one name replaced."""

from collections import Counter

import torch

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
