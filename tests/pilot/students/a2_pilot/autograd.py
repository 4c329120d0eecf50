def backward_order(root):
    names, queue, met = [], [root.grad_fn], {root.grad_fn}
    for node in queue:
        names.append(node.name().split("::")[-1])
        for child, _ in node.next_functions:
            if child is not None and child not in met:
                met.add(child)
                queue.append(child)
    return names


def accumulate(f, params, k, zero):
    history = []
    for _ in range(k):
        for p in params:
            p.grad = None
        f().backward()
        history += [[p.grad for p in params]]
    return history


def zero_grads(params, set_to_none=True):
    gradients = []
    for p in params:
        p.grad = None if set_to_none or p.grad is None else p.grad * 0
        gradients.append(p.grad)
    return gradients
