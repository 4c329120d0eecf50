"""Assignment 3: building models, from a linear layer to freezing half of a network.

Fill in the classes and functions below. README.md has the formulas and says how to run the tests. Two tasks
are bug hunts: `MLP` and `my_state_dict` are written already, and wrong.

Conventions that hold for the whole file:

- Parameters and buffers have the names, shapes and places that the docstrings say: tests load weights by
  these names. What you need besides (attributes that hold no weights) is up to you.
- A module works in the dtype that it is moved to: after `.double()` it takes float64 and gives float64.
- Inputs are never changed. Where gradients can flow, they do: use parameters themselves, not their `.data`.
- Letters: B batch, C channels, H and W height and width, d features.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch  # noqa: F401 - not needed by what is here, but by what you will write
import torch.nn.functional as F
from torch import Tensor, nn


class LinearScratch(nn.Module):
    """A linear layer: y = x W^T + b, over the last dimension of x.

    Parameters, by the names and shapes of `nn.Linear`, so that its state_dict fits here:

        weight: (out_features, in_features)
        bias: (out_features,); with `bias=False` there is no parameter of that name

    At the beginning all their elements, also those of the bias, are uniform between -1 / sqrt(in_features)
    and 1 / sqrt(in_features).

    Do not use `nn.Linear` or `F.linear`.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """(.., in_features) to (.., out_features); any number of leading dimensions, also none."""
        raise NotImplementedError


class ThreeHeads(nn.Module):
    """Three linear layers side by side that see the same input, as the lecture has them.

    One submodule `linear_list`: an `nn.ModuleList` of three different `nn.Linear(d, d)`, so that the
    parameters are called linear_list.0.weight, linear_list.0.bias, .., linear_list.2.bias.
    """

    def __init__(self, d: int = 128) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The outputs of the three layers for x (.., d), in their order: a tuple of three tensors (.., d)."""
        raise NotImplementedError


class MySequential(nn.Module):
    """Modules applied one after the other, as `nn.Sequential` does it.

    `MySequential(first, second, third)` registers its modules as children with the names "0", "1", "2". If
    its only argument is an `OrderedDict` (or another dict), the values are the modules, in their order, and
    the keys are their names.

    The same module may stand in it twice: it is applied twice, and counts twice. (`children()` and
    `named_children()` show it once; `self._modules` has it under both names.)

    Do not use `nn.Sequential`, `nn.ModuleList` or `nn.ModuleDict`.
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        raise NotImplementedError

    def __len__(self) -> int:
        """How many modules there are."""
        raise NotImplementedError

    def __getitem__(self, index: int | slice) -> nn.Module:
        """Module number `index`, or a part of the chain.

        An int gives the module itself; negative ones count from the end, and one that is out of range raises
        IndexError. A slice, as in `model[1:3]`, gives a MySequential of the chosen modules (the same objects,
        no copies); which names they have in it is up to you.
        """
        raise NotImplementedError

    def __iter__(self) -> Iterator[nn.Module]:
        """The modules in their order."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """x through all modules, the first one first. Without any module, x itself."""
        raise NotImplementedError


def count_parameters(model: nn.Module, trainable_only: bool = False) -> int:
    """How many numbers a model has to learn: the elements of all its parameters, of its submodules' too.

    A parameter that belongs to several modules, or to one module that stands in several places, counts once.
    Buffers, such as the running statistics of a norm, are no parameters.

    Arguments:
        model: any module.
        trainable_only: count only parameters that require a gradient; otherwise frozen ones count too.

    Returns: an int, 0 where there is nothing to count.
    """
    raise NotImplementedError


class MLP(nn.Module):
    """A perceptron with five layers for images of digits. **Find the bugs**: it is written, and wrong.

    It should be the network 784 - 512 - 256 - 128 - 64 - 10 of the lecture:

    - five submodules l1, .., l5, each an `nn.Linear` with bias, 575,050 parameters in all;
    - a ReLU behind each of the first four;
    - logits at the end: any numbers, of which the highest stands for the likeliest digit. (The loss,
      `nn.CrossEntropyLoss`, has the softmax in it: applied before, it would be applied twice.)

    There are five mistakes. The first hides all others, since it leaves the model without layers; the second
    hides the three in `forward`. Those three are independent, and each is graded by itself. Every mend is a
    few characters long; names and sizes of the layers should be those above.
    """

    def __self__(self) -> None:
        super().__init__()
        self.l1 = nn.Linear(in_features=784, out_features=512)
        self.l2 = nn.Linear(in_features=512, out_features=256)
        self.l3 = nn.Linear(in_features=256, out_features=128)
        self.l4 = nn.Linear(in_features=128, out_features=64)
        self.i5 = nn.Linear(in_features=64, out_features=10)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, 10) for images (B, 1, 28, 28), or for images that are flat already, (B, 784).

        Images of more or fewer than 784 numbers (of another size, or with three channels) are an error: an
        exception of any class is raised, and never is one image taken for several.
        """
        x = x.view(-1, 784)
        x = F.relu(self.l1(x))
        x = F.relu(self.l2(x))
        x = self.l3(x)
        x = F.relu(self.l4(x))
        return F.softmax(self.l5(x), dim=-1)


class CNN(nn.Module):
    """A convolutional network for images of digits, as in the lecture; 8,490 parameters.

    Four submodules by these names:

        conv1: nn.Conv2d, 1 to 10 channels, kernel 5
        conv2: nn.Conv2d, 10 to 20 channels, kernel 5
        pooling: nn.MaxPool2d(2), used twice
        fc: nn.Linear, 320 to 10 features

    All have biases, and stride, padding and dilation as torch has them by default.
    """

    def __init__(self) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, 10) of images (B, 1, 28, 28).

        conv1, pooling, ReLU; conv2, pooling, ReLU; flatten each image; fc. Nothing follows fc. (Pooling and
        ReLU give the same in either order.)

        Images of other sizes, of which more or fewer than 320 numbers come to fc, raise an exception of any
        class: no image may be taken for several. (Of sides of 29 to 31, pooling leaves 320 as well.)
        """
        raise NotImplementedError

    def shapes(self, x: Tensor) -> list[tuple[int, ...]]:
        """The shapes on the way of images x (B, 1, 28, 28), B included: seven tuples (or torch.Size).

        In this order: of x itself, after conv1, after the first pooling, after conv2, after the second
        pooling, after flattening, of the logits.
        """
        raise NotImplementedError


def conv_out(
    size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1, ceil: bool = False
) -> int:
    """How long one side is after a convolution or a pooling: how many places the window has.

        floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1

    with `ceil`, rounded up instead of down: then a last window may stick out at the end. But, as in torch,
    no window may *begin* behind the input: a last one that would begin `size + padding` or more places from
    the start of the left padding does not count. So size=5, kernel=2, stride=4, padding=1 is rounded up
    to 3 windows, which begin at 0, 4 and 8; the third begins behind 5 + 1, and the answer is 2.

    Arguments:
        size: of the input, without padding. The window always fits into size + 2 padding.
        kernel: how many elements the window has.
        stride: how far it moves at a time.
        padding: how much is added at each of the two ends.
        dilation: how far the elements of the window are from each other; 1 means side by side.

    Returns: an int.
    """
    raise NotImplementedError


def trace_shapes(
    spec: Sequence[tuple[str, Mapping[str, Any]]], in_shape: tuple[int, int, int]
) -> list[tuple[int, ...]]:
    """The shapes on the way through a network, computed without running it.

    `spec` is a list of layers, each a pair of a kind and a dict of options (those with a value behind them
    may be absent and then have this value):

        ("conv", {"channels": .., "kernel": .., "stride": 1, "padding": 0, "dilation": 1})
        ("pool", {"kernel": .., "stride": the kernel, "padding": 0, "ceil": False})
        ("relu", {})
        ("flatten", {})
        ("linear", {"features": ..})

    A shape is (channels, height, width), and after "flatten" (features,); there is no batch in it. "conv"
    changes all three, "pool" height and width, "flatten" makes one dimension of three, "linear" comes after
    "flatten", and "relu" changes nothing, wherever it stands. Sizes are those of `conv_out`.

    Example: [("conv", {"channels": 10, "kernel": 5}), ("pool", {"kernel": 2}), ("flatten", {})] with
    in_shape (1, 28, 28) gives [(1, 28, 28), (10, 24, 24), (10, 12, 12), (1440,)].

    Returns: a list of tuples, in_shape first, then the shape after each layer.
    """
    raise NotImplementedError


def conv2d_scratch(
    x: Tensor, w: Tensor, b: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    """Convolution of images as torch does it (a cross-correlation: the kernel is not flipped).

        y[n, o, i, j] = b[o] + sum over c, k, l of  w[o, c, k, l] x[n, c, stride i + k, stride j + l]

    where x has `padding` rows and columns of zeros added at all four sides.

    Without loops over images, channels, places or elements of the kernel, and without F.conv1d, F.conv2d,
    F.conv3d and their modules: `F.unfold`, or `Tensor.unfold` twice, gives the patches; one product does
    the rest. By at most 60 operations of torch for 16 images and a kernel of 5 x 5; it works on the device
    "meta", whose tensors have shapes and no values; and it takes at most 20 times as long as a good solution.

    Arguments:
        x: (B, C, H, W).
        w: (O, C, K, L), kernels of K rows and L columns, which may differ.
        b: (O,), one number for each output channel, or None.
        stride, padding: ints, the same for rows and columns.

    Returns:
        (B, O, H', W') with H' = conv_out(H, K, stride, padding) and W' likewise; the dtype of x.
    """
    raise NotImplementedError


class MyDropout(nn.Module):
    """Dropout: in training every element becomes 0 with probability p, and x / (1 - p) otherwise.

    - Each element is dropped independently of all others, and anew in every call.
    - In evaluation (`self.training` is False) the output equals the input.
    - p = 0 drops nothing. p = 1 drops everything: the output is zeros, not NaN.
    - The gradient passes where the element was kept, with the same factor 1 / (1 - p).
    - Shape and dtype are those of the input.

    Tests do not depend on how you draw the mask. Do not use `nn.Dropout` or `F.dropout`.

    Arguments:
        p: probability to drop an element, 0 <= p <= 1.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """x of any shape, with some elements dropped in training."""
        raise NotImplementedError


class MyBatchNorm1d(nn.Module):
    """Batch normalisation of x (B, d): each of the d features has mean 0 and variance 1 over the batch.

    In training, with the mean and the *biased* variance of this batch (the sum of squares divided by B):

        y = (x - mean) / sqrt(variance + eps) * weight + bias

    and the running statistics move towards those of this batch, the variance now *unbiased* (the same sum
    divided by B - 1):

        running_mean = (1 - momentum) running_mean + momentum mean
        running_var  = (1 - momentum) running_var + momentum unbiased variance
        num_batches_tracked grows by 1

    A batch of one row has no variance: in training it raises ValueError and changes nothing. Gradients pass
    through mean and variance of the batch; the running statistics have no graph. Whether gradients are
    switched on (`torch.no_grad`) makes no difference to any value; what counts is `self.training`.

    In evaluation y is computed with running_mean and running_var instead, which are used as they are and
    do not change. One row is as good as many.

    Parameters and buffers, with their values at the beginning:

        weight (d,): ones                       parameter
        bias (d,): zeros                        parameter
        running_mean (d,): zeros                buffer
        running_var (d,): ones                  buffer
        num_batches_tracked (): 0, torch.int64  buffer

    Do not use `nn.BatchNorm1d`, `F.batch_norm` or `torch.batch_norm`.
    """

    def __init__(self, d: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """(B, d) to (B, d)."""
        raise NotImplementedError


def my_state_dict(model: nn.Module, prefix: str = "") -> dict[str, Tensor]:
    """The weights of a model by name, as `model.state_dict()` has them. **Find the bugs**: it is wrong.

    In it are all parameters and all buffers of the model and of its submodules at every depth. The weight of
    the submodule `layer` of the submodule `block` is called "block.layer.weight"; `prefix`, for example
    "model.", stands before every name. What has several names stands under each of them.

    Not in it are

    - entries that are None: a layer without bias has `_parameters["bias"]`, and it is None;
    - buffers that are not persistent: a module has their names in `_non_persistent_buffers_set`.

    The tensors are detached and not copied: they have no graph and lie in the model's own memory.

    There are two mistakes. With the first nothing at all is found: a step is missing that puts in what each
    module has itself (in `_parameters` and `_buffers`). The second is in the names. Each is graded by itself.
    Do not call `state_dict`.

    Returns: a plain dict, in any order.
    """
    found: dict[str, Tensor] = {}
    for name, module in model._modules.items():
        if module is not None:
            found.update(my_state_dict(module, prefix + name))
    return found


def my_load(model: nn.Module, sd: Mapping[str, Tensor], strict: bool = True) -> None:
    """Copy the tensors of `sd` into the parameters and buffers of the same names (those of my_state_dict).

    - The model keeps its own Parameter objects, so that an optimizer that was made before still moves them.
      Nothing that autograd could record happens, and the model shares no memory with `sd` afterwards.
    - With `strict`, a name that only one of the two has raises KeyError or RuntimeError. Otherwise it is
      passed over. What is in the model after an exception does not matter.

    Shapes fit; dtypes are those of the model. Do not call `load_state_dict`.
    """
    raise NotImplementedError


def freeze(model: nn.Module, prefix: str) -> int:
    """Freeze a part of a model, so that no optimizer moves it.

    A parameter belongs to the part if its name (as `named_parameters()` gives it) is `prefix`, or begins with
    `prefix` and a dot: "layer1" is the part of layer1.weight and layer1.bias, and not of layer10.weight.
    The empty prefix "" means the whole model.

    Parameters of the part do not require gradients any more, and a gradient that they have from an earlier
    pass is dropped (`.grad` is None): an optimizer that was made before moves every parameter that has a
    gradient, and AdamW shrinks it even if that gradient is zero. All others stay as they are.

    Returns: how many parameters (tensors, not their elements) belong to the part, whether they were frozen
    before or not; 0 if there is no such part.
    """
    raise NotImplementedError


def set_mode(model: nn.Module, training: bool) -> None:
    """Set the mode of a model by hand, as `model.train(training)` does it.

    The attribute `training` of the model itself and of every submodule, however deep, becomes the given
    value. Do not call `train()` or `eval()`. What is returned does not matter.
    """
    raise NotImplementedError
