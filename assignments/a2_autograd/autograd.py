"""Assignment 2: autograd, from the graph to gradients by hand.

Fill in the functions below. README.md has the formulas and says how to run the tests.

Conventions that hold for the whole file:

- A node of the graph is an object such as `t.grad_fn`. Its inputs are listed in `node.next_functions`, a
  tuple of pairs (node or None, number); only the first of each pair matters here.
- The name of a node is `node.name()` without the namespace before it: "AddBackward0", "AccumulateGrad" (not
  "torch::autograd::AccumulateGrad").
- To remember which nodes you have seen, keep the nodes themselves, in a set or as keys of a dict. Their
  `id()` is not enough: once you let a node go, another one can get the same number.
- Results have the dtype of the inputs; inputs are never changed, unless a docstring says so.
"""

from collections.abc import Callable
from typing import Literal

from torch import Tensor
from torch.autograd import Function


def build_example(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The example of the lecture: c = relu(b), d = a @ c, e = c + d.

    Build it as it is written, each line by one operation of torch, so that the graph is the lecture's: one
    ReLU whose result is used twice, and c before d in the sum. (Which ReLU does not matter: `torch.relu`,
    `b.relu()` and `F.relu` are the same.)

    Arguments:
        a: (n, n) and b: (n, m), two matrices; or a: (n,) and b: (n,), two vectors, whose product `a @ c` is
            a single number and has another node in the graph. Both require gradients.

    Returns:
        c (shape of b), d (n, m) or (), e (shape of b).
    """
    raise NotImplementedError


def graph_nodes(t: Tensor) -> list[tuple[str, tuple[int, ...]]]:
    """The graph behind t as plain data: every node that backward could reach, each exactly once.

    A node is written as (name, inputs). `inputs` has one number for each entry of `next_functions`, in their
    order: the index of that node in the list that you return, or -1 where the entry is None. A node that is
    an input twice has its number there twice.

    The node at index 0 is `t.grad_fn`; the others may follow in any order (tests renumber them). For
    e = c + a @ c with c = relu(b), one of the right answers is

        [("AddBackward0", (1, 2)), ("ReluBackward0", (3,)), ("MmBackward0", (4, 1)),
         ("AccumulateGrad", ()), ("AccumulateGrad", ())]

    A leaf has no `grad_fn`, but a node all the same: the one that adds to its `.grad`. The graph of a leaf is
    [("AccumulateGrad", ())]. (`torch.autograd.graph.get_gradient_edge` finds it.)

    Graphs can be long (a chain of 3000 operations, more than Python can recurse by default) and tangled
    (after forty times x = x + x there are 2 ** 40 ways through 41 nodes); both must be quick.

    Arguments:
        t: any tensor that requires gradients.
    """
    raise NotImplementedError


def backward_order(root: Tensor) -> list[str]:
    """Run backward from `root` and write down the nodes of the graph in the order in which they ran.

    Observe it: install a hook on every node that can be reached (`node.register_prehook` or
    `node.register_hook`), and let torch do the rest. Each node runs once and stands in the list once, by its
    name. For the example e = c + a @ c with c = relu(b), that is

        ["AddBackward0", "MmBackward0", "AccumulateGrad", "ReluBackward0", "AccumulateGrad"]

    The gradient that `root` receives is all ones, in its own shape. The graph is kept (`retain_graph=True`),
    and all hooks are removed at the end, so that the function can be called again on the same root, and a
    later backward pass of somebody else adds nothing to your list. As after any backward pass, the leaves
    have their gradients in `.grad` (added to what was there).

    Arguments:
        root: a tensor of any shape that is no leaf.
    """
    raise NotImplementedError


def simulate_queue(root: Tensor) -> list[tuple[str, list[str], list[str]]]:
    """Predict what `backward_order` observes, with the queue of ready nodes at every step; run no backward.

    The engine works so:

    - A node waits until all its consumers have run: the entries of `next_functions` that name it, over all
      nodes that can be reached from `root`. (The same node may name it twice.) Entries that are None are
      nobody.
    - At the beginning the queue holds `root.grad_fn`. At each step the first node of the queue is popped and
      runs. Every node that now waits for nobody is pushed.
    - The queue is in order of `node._sequence_nr()`, highest first. It counts the operations as they were
      done, so the youngest operation runs first; AccumulateGrad has the highest number of all, and always
      runs before anything else that is ready.

    Returns, for each step, (popped, pushed, queue): the name of the node that runs, the names of those that
    are pushed, and the names of all that are in the queue after that. Both lists are in order of the queue:
    what runs first stands first. For the example e = c + a @ c with c = relu(b):

        [("AddBackward0", ["MmBackward0"], ["MmBackward0"]),
         ("MmBackward0", ["AccumulateGrad", "ReluBackward0"], ["AccumulateGrad", "ReluBackward0"]),
         ("AccumulateGrad", [], ["ReluBackward0"]),
         ("ReluBackward0", ["AccumulateGrad"], ["AccumulateGrad"]),
         ("AccumulateGrad", [], [])]

    (The ReLU is not pushed after the addition: the product has not run yet.) Lists or tuples, either will do.

    Arguments:
        root: a tensor of any shape that is no leaf. Its leaves have the same `.grad` afterwards as before.
    """
    raise NotImplementedError


def frozen_forward(x: Tensor, W: Tensor, how: Literal["flag", "no_grad", "detach"]) -> Tensor:
    """x @ W as plain numbers of the forward pass: no graph behind them, whatever W asks for.

    Three ways lead there; take the one that `how` names, and only that one:

        "flag": multiply while `W.requires_grad` is False, and set it to what it was before, afterwards;
        "no_grad": multiply x and W inside `torch.no_grad()`;
        "detach": multiply x and `W.detach()`, which shares W's memory and knows nothing of its graph.

    Arguments:
        x: (n, d), requires no gradient.
        W: (d, m), a leaf. It may require gradients or not, and after the call it is as it was: it can be
            trained as if nothing had happened.

    Returns:
        (n, m): a leaf that requires no gradient and has no `grad_fn`.
    """
    raise NotImplementedError


def accumulate(
    f: Callable[[], Tensor], params: list[Tensor], k: int, zero: bool = False, set_to_none: bool = True
) -> list[list[Tensor | None]]:
    """Do k backward passes, and give the gradients as they stand after each of them.

    Each pass calls f(), which computes a scalar loss from the parameters anew, and runs backward on it. With
    `zero`, the gradients are zeroed before each pass, as `zero_grads(params, set_to_none)` does it; without,
    they add up. For f = sum(2 x) and k = 3, the last gradient is 2 with zeroing and 6 without.

    Arguments:
        f: takes nothing, returns a loss of shape (). Not every loss uses every parameter.
        params: leaves that require gradients, and have none yet.

    Returns: a list of k lists, one entry for each parameter: its gradient after that pass, or None where it
        has none. Each is a tensor of its own: what a later pass does to `.grad` must not change it.
    """
    raise NotImplementedError


def zero_grads(params: list[Tensor], set_to_none: bool = True) -> list[Tensor | None]:
    """Zero the gradients as an optimizer's `zero_grad` does, and give them as they stand afterwards.

    With `set_to_none` (the default, as in PyTorch) they are all None afterwards. Without, they are tensors of
    zeros, and those that were None stay None.

    Returns: a list with the `.grad` of each parameter.
    """
    raise NotImplementedError


def linreg_grads(w: Tensor, b: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The gradient of linear regression by hand: of L = mean of (w x_i + b - y_i)^2 over the n points.

    Derive dL/dw and dL/db on paper. Autograd is switched off while your function runs; do not switch it on
    again, and use none of `torch.autograd.grad`, `torch.autograd.backward`, `Tensor.backward` and
    `torch.enable_grad`, nor what is built on them, as `torch.func.grad` is. By at most 40 operations of torch
    for 100 points, so without a loop over the points.

    Arguments:
        w, b: (), two numbers.
        x: (n, 1), as `nn.Linear` takes its inputs.
        y: (n, 1), or (n,): the same n numbers either way. (What is (n, 1) minus (n,)?)

    Returns:
        dw (), db ().
    """
    raise NotImplementedError


def bptt_grads(X: Tensor, Y: Tensor, Whx: Tensor, Whh: Tensor, Wqh: Tensor) -> dict[str, Tensor]:
    """Backpropagation through time by hand, for a recurrent network without activation and without biases.

    For t = 1 .. T, beginning with h_0 = 0:

        h_t = Whx x_t + Whh h_{t-1}          o_t = Wqh h_t
        L = (1/T) sum over t of || o_t - y_t ||^2    (a sum over the q outputs, a mean over the T steps)

    Walk back from t = T to 1 with dL/dh_t, computing each from the one before it (README.md has the
    recursion), and keep them all: the gradients of Whx and Whh are made from them. Autograd is switched off
    while your function runs; do not switch it on again, and use none of `torch.autograd.grad`,
    `torch.autograd.backward`, `Tensor.backward` and `torch.enable_grad`, nor what is built on them, as
    `torch.func.grad` is.

    By at most 40 T + 100 operations of torch for T = 40 steps. A loop over the steps is needed and has room
    in that; powers of Whh that are computed anew at each step have not.

    Arguments:
        X: (T, d), row t-1 is x_t. Y: (T, q), row t-1 is y_t.
        Whx: (h, d), Whh: (h, h), Wqh: (q, h).

    Returns: a dict with
        "dWhx" (h, d), "dWhh" (h, h), "dWqh" (q, h): the gradients of L, in the shapes of the weights.
        "dh": (T, h), row t-1 is dL/dh_t, over all ways from h_t to L.
    """
    raise NotImplementedError


def dh_expanded(t: int, T: int, dO: Tensor, Whh: Tensor, Wqh: Tensor) -> Tensor:
    """dL/dh_t of the network of `bptt_grads` without recursion: the lecture's exercise.

        dL/dh_t = sum over i = t .. T of (Whh^T)^(T-i) Wqh^T dL/do_{T+t-i}

    The power is that of a matrix. Steps count from 1, as in the formula.

    Arguments:
        t: 1 <= t <= T.
        dO: (T, q), row i-1 is dL/do_i.
        Whh: (h, h), Wqh: (q, h).

    Returns:
        (h,).
    """
    raise NotImplementedError


def truncated_grads(X: Tensor, wx: Tensor, wh: Tensor, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of a recurrent network of one unit, with the graph cut every k steps.

    For t = 1 .. T, beginning with h_0 = 0: h_t = wx x_t + wh h_{t-1}, and L = mean over t of h_t^2 / 2.

    The steps 1 .. k are the first part, k+1 .. 2k the second, and so on; the last part may be shorter. The
    state that goes from one part into the next keeps its value, but no gradient flows back through it. All
    terms of the loss count. For T = 6 and k = 3 there is one cut, between h_3 and step 4:

        h_0 -> h_1 -> h_2 -> h_3  |  h_3 -> h_4 -> h_5 -> h_6

    With k >= T nothing is cut.

    Arguments:
        X: (T,), wx: (), wh: (), none of which requires gradients. k: 1 or more.

    Returns:
        dL/dwx (), dL/dwh (), L (): three tensors, L too is no float. L does not depend on k.
    """
    raise NotImplementedError


class MySoftmax(Function):
    """Softmax over the last dimension, with a backward pass of your own; used as `MySoftmax.apply(x)`.

    Implement `forward` and `backward` as static methods, from elementary operations (exp, sums, products).
    What backward needs goes through `ctx.save_for_backward`; tensors do not hang on ctx as attributes, where
    they would leak memory. (PyTorch's other form, `forward(x)` with `setup_context`, is as good.)

    Equal inputs give equal outputs at every call: tests also measure derivatives from your forward pass, at
    points near x, and compare them with what backward gives.

    forward: x (.., n) -> y (.., n), each row positive with sum one. Scores in the thousands do not overflow.
    backward: g (.., n), the gradient of the loss by y -> the gradient by x (.., n).
    """

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        raise NotImplementedError

    @staticmethod
    def backward(ctx, g: Tensor) -> Tensor:
        raise NotImplementedError


class MyReLU(Function):
    """max(x, 0), with a backward pass of your own; used as `MyReLU.apply(x)`. The rules of MySoftmax hold.

    forward: x, any shape -> y, the same shape.
    backward: g, the gradient of the loss by y -> the gradient by x. The derivative at 0 is 0, as in PyTorch.
    """

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        raise NotImplementedError

    @staticmethod
    def backward(ctx, g: Tensor) -> Tensor:
        raise NotImplementedError


def grad_norms(W: Tensor, g: Tensor, T: int) -> Tensor:
    """How long a gradient is after it went back through 0, 1, .., T steps of a recurrent network.

    Each step back multiplies it by W^T, as in `bptt_grads`. Multiply step by step: neither this function nor
    `diagnose` uses `torch.linalg.matrix_power` (or `torch.matrix_power`, which is the same).

    Arguments:
        W: (n, n). g: (n,), the gradient at the last step. T: 0 or more.

    Returns:
        (T + 1,): entry k is the Euclidean length of (W^T)^k g; entry 0 is that of g.
    """
    raise NotImplementedError


def diagnose(W: Tensor, tolerance: float = 1e-3) -> Literal["vanish", "stable", "explode"]:
    """What becomes of gradients that go back through W again and again, after very many steps.

    Decided by the spectral radius r, the largest absolute value of an eigenvalue of W (eigenvalues may be
    complex):

        "vanish" if r < 1 - tolerance, "explode" if r > 1 + tolerance, "stable" in between.

    Like `grad_norms`, without `torch.linalg.matrix_power`.

    Arguments:
        W: (n, n), any real matrix; not necessarily symmetric.
    """
    raise NotImplementedError
