"""How backward walks through the graph, and what it leaves behind."""

from collections.abc import Callable

from torch import Tensor


def backward_order(root: Tensor) -> list[str]:
    """Run backward from `root` and write down the nodes of the graph in the order in which they ran.

    The gradient that `root` receives is all ones, in its own shape. The graph is kept
    (`retain_graph=True`), and every hook that you installed is removed at the end, so that the function
    can be called on the same root again, and a backward pass of somebody else leaves your list alone.

    A node is named by `node.name()` without the namespace: "AddBackward0", "AccumulateGrad".
    Each node runs once and stands in the list once. (A node has `next_functions`, whose nodes may be
    None, and `register_prehook`.)
    """
    raise NotImplementedError


def accumulate(f: Callable[[], Tensor], params: list[Tensor], k: int, zero: bool) -> list[list[Tensor]]:
    """Do k backward passes and give the gradients as they stand after each of them.

    Each pass calls f(), which computes a scalar loss from the parameters anew, and runs backward on it.
    With `zero`, the gradients are dropped before each pass but the first; without, they add up. The
    parameters come without gradients, and every one of them is used by f.

    Returns a list of k lists: the gradients of all parameters after pass 1, after pass 2, .. Each is a
    tensor of its own: what a later pass does to `.grad` must not change it.
    """
    raise NotImplementedError


def zero_grads(params: list[Tensor], set_to_none: bool = True) -> list[Tensor | None]:
    """Zero the gradients as an optimizer's `zero_grad` does, and give them as they stand afterwards.

    With `set_to_none` they are all None afterwards. Without, they are tensors of zeros, and those that
    were None stay None.
    """
    raise NotImplementedError
