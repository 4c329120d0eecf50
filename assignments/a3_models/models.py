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

import torch
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

        Images of any other size, or with any other number of channels, are an error: an exception of any
        class is raised, and never is one image taken for several.
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

        Images of another size raise an exception of any class: no image may be taken for several.
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
