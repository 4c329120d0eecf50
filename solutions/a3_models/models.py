"""Building models, from a linear layer to freezing half of a network."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LinearScratch(nn.Module):
    """y = x W^T + b."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """(.., in_features) to (.., out_features)."""
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias


class ThreeHeads(nn.Module):
    """Three linear layers side by side."""

    def __init__(self, d: int = 128) -> None:
        super().__init__()
        self.linear_list = nn.ModuleList(nn.Linear(d, d) for _ in range(3))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Three outputs (.., d)."""
        return tuple(linear(x) for linear in self.linear_list)


class MySequential(nn.Module):
    """Modules applied one after the other."""

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            named = modules[0].items()
        else:
            named = ((str(index), module) for index, module in enumerate(modules))
        for name, module in named:
            self.add_module(name, module)

    def __len__(self) -> int:
        """How many modules there are."""
        return len(self._modules)

    def __getitem__(self, index: int | slice) -> nn.Module:
        """A module, or for a slice a MySequential."""
        chosen = list(self._modules.values())[index]
        return type(self)(*chosen) if isinstance(index, slice) else chosen

    def __iter__(self) -> Iterator[nn.Module]:
        """The modules, also those that stand here twice."""
        return iter(self._modules.values())

    def forward(self, x: Tensor) -> Tensor:
        """x through all modules."""
        for module in self:
            x = module(x)
        return x


def count_parameters(model: nn.Module, trainable_only: bool = False) -> int:
    """Elements of all parameters; `parameters()` gives a shared one once."""
    return sum(one.numel() for one in model.parameters() if one.requires_grad or not trainable_only)


class MLP(nn.Module):
    """The perceptron 784 - 512 - 256 - 128 - 64 - 10; the five bugs of the hand-out are mended."""

    def __init__(self) -> None:
        super().__init__()
        self.l1 = nn.Linear(in_features=784, out_features=512)
        self.l2 = nn.Linear(in_features=512, out_features=256)
        self.l3 = nn.Linear(in_features=256, out_features=128)
        self.l4 = nn.Linear(in_features=128, out_features=64)
        self.l5 = nn.Linear(in_features=64, out_features=10)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, 10) for images (B, 1, 28, 28) or (B, 784)."""
        x = x.reshape(x.size(0), 784)
        x = F.relu(self.l1(x))
        x = F.relu(self.l2(x))
        x = F.relu(self.l3(x))
        x = F.relu(self.l4(x))
        return self.l5(x)


class CNN(nn.Module):
    """Two convolutions, each with pooling and ReLU, and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.pooling = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, 10) of images (B, 1, 28, 28)."""
        return self._stages(x)[-1]

    def shapes(self, x: Tensor) -> list[tuple[int, ...]]:
        """Of x, conv1, pooling, conv2, pooling, flattened, logits."""
        return [tuple(stage.shape) for stage in self._stages(x)]

    def _stages(self, x: Tensor) -> list[Tensor]:
        first = self.conv1(x)
        first_pooled = F.relu(self.pooling(first))
        second = self.conv2(first_pooled)
        second_pooled = F.relu(self.pooling(second))
        flat = second_pooled.flatten(start_dim=1)
        return [x, first, first_pooled, second, second_pooled, flat, self.fc(flat)]


def conv_out(
    size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1, ceil: bool = False
) -> int:
    """How many places a window has."""
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    if not ceil:
        return room // stride + 1
    places = -(-room // stride) + 1
    return places - 1 if (places - 1) * stride >= size + padding else places


def trace_shapes(
    spec: Sequence[tuple[str, Mapping[str, Any]]], in_shape: tuple[int, int, int]
) -> list[tuple[int, ...]]:
    """in_shape, and the shape after each layer."""
    shapes: list[tuple[int, ...]] = [tuple(in_shape)]
    for kind, options in spec:
        shapes.append(_shape_after(kind, dict(options), shapes[-1]))
    return shapes


def _shape_after(kind: str, options: dict[str, Any], shape: tuple[int, ...]) -> tuple[int, ...]:
    if kind == "conv":
        channels = options.pop("channels")
        return (channels, *(conv_out(size, **options) for size in shape[1:]))
    if kind == "pool":
        return (shape[0], *(conv_out(size, **{"stride": options["kernel"], **options}) for size in shape[1:]))
    if kind == "flatten":
        return (prod(shape),)
    return (options["features"],) if kind == "linear" else shape


def conv2d_scratch(
    x: Tensor, w: Tensor, b: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    """One product of the kernels, as rows, with the patches, as columns."""
    height, width = (
        conv_out(size, kernel, stride, padding) for size, kernel in zip(x.shape[2:], w.shape[2:], strict=True)
    )
    patches = F.unfold(x, w.shape[2:], stride=stride, padding=padding)  # (B, C K L, H' W')
    y = (w.flatten(start_dim=1) @ patches).unflatten(-1, (height, width))
    return y if b is None else y + b[:, None, None]


class MyDropout(nn.Module):
    """Inverted dropout: what is kept grows, so that the mean stays."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """x times a mask of 0 and 1 / (1 - p) in training, x itself in evaluation."""
        if not self.training:
            return x
        if self.p == 1:
            return torch.zeros_like(x)
        keep = torch.rand(x.shape, device=x.device) >= self.p
        return x * keep / (1 - self.p)


class MyBatchNorm1d(nn.Module):
    """Normalises by the batch in training, and by what it remembers in evaluation."""

    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def __init__(self, d: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))
        self.register_buffer("running_mean", torch.zeros(d))
        self.register_buffer("running_var", torch.ones(d))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x: Tensor) -> Tensor:
        """(B, d) to (B, d)."""
        mean, var = self._observe(x) if self.training else (self.running_mean, self.running_var)
        return (x - mean) / (var + self.eps).sqrt() * self.weight + self.bias

    def _observe(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and biased variance of a batch, after they were remembered."""
        B = x.size(0)
        if B == 1:
            raise ValueError("one row has no variance: train with two at least")
        mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(var * B / (B - 1), self.momentum)
            self.num_batches_tracked += 1
        return mean, var


def my_state_dict(model: nn.Module, prefix: str = "") -> dict[str, Tensor]:
    """What the model has itself, and what its submodules have; the two bugs of the hand-out are mended."""
    passing = model._non_persistent_buffers_set
    buffers = {name: value for name, value in model._buffers.items() if name not in passing}
    own = {**model._parameters, **buffers}
    found = {prefix + name: value.detach() for name, value in own.items() if value is not None}
    for name, module in model._modules.items():
        if module is not None:
            found.update(my_state_dict(module, prefix + name + "."))
    return found


def my_load(model: nn.Module, sd: Mapping[str, Tensor], strict: bool = True) -> None:
    """Copy in place: the entries of my_state_dict lie in the model's own memory."""
    own = my_state_dict(model)
    if strict and own.keys() != sd.keys():
        raise KeyError(f"names that only one of both has: {sorted(own.keys() ^ sd.keys())}")
    with torch.no_grad():
        for name in own.keys() & sd.keys():
            own[name].copy_(sd[name])


def freeze(model: nn.Module, prefix: str) -> int:
    """Switch the parameters of a part off, and drop their gradients."""
    part = [
        parameter
        for name, parameter in model.named_parameters()
        if prefix == "" or name == prefix or name.startswith(prefix + ".")
    ]
    for parameter in part:
        parameter.requires_grad_(False)
        parameter.grad = None
    return len(part)


def set_mode(model: nn.Module, training: bool) -> None:
    """The model itself, then everything below it."""
    model.training = training
    for child in model.children():
        set_mode(child, training)
