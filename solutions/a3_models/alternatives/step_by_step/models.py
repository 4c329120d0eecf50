"""The same as one writes it down line by line: formulas as they are read, masks of floats, strides."""

import math
import re

import torch
import torch.nn.functional as F
from torch import nn


class LinearScratch(nn.Module):
    """nn.init for the first values, matmul with a transpose."""

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        bound = 1 / math.sqrt(in_features)
        self.weight = nn.Parameter(torch.zeros((out_features, in_features)))
        nn.init.uniform_(self.weight, -bound, bound)
        self.has_bias = bias
        if bias:
            self.bias = nn.Parameter(torch.zeros(out_features))
            nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, x):
        """torch.matmul takes vectors, too."""
        y = torch.matmul(x, self.weight.transpose(0, 1))
        if self.has_bias:
            y = y + self.bias
        return y


class ThreeHeads(nn.Module):
    """Written out."""

    def __init__(self, d=128):
        super().__init__()
        layers = [nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, d)]
        self.linear_list = nn.ModuleList(layers)

    def forward(self, x):
        """Written out."""
        first, second, third = self.linear_list
        return first(x), second(x), third(x)


class MySequential(nn.Module):
    """register_module, and lists made when they are needed."""

    def __init__(self, *modules):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], dict):
            for name in modules[0]:
                self.register_module(name, modules[0][name])
        else:
            for i in range(len(modules)):
                self.register_module(str(i), modules[i])

    def __len__(self):
        return len(list(self._modules.items()))

    def __getitem__(self, index):
        layers = [layer for _, layer in self._modules.items()]
        if isinstance(index, slice):
            return MySequential(*layers[index])
        if not -len(layers) <= index < len(layers):
            raise IndexError("no such module")
        return layers[index]

    def __iter__(self):
        return iter([self[i] for i in range(len(self))])

    def forward(self, x):
        """One after the other."""
        for layer in self._modules.values():
            x = layer.forward(x)
        return x


def count_parameters(model, trainable_only=False):
    """A counter in a loop over the names, each of which is there once."""
    total = 0
    for _, parameter in model.named_parameters():
        if trainable_only and not parameter.requires_grad:
            continue
        total += parameter.flatten().shape[0]
    return total


class MLP(nn.Module):
    """ReLU as a module, and the number of images taken from the shape."""

    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(784, 512)
        self.l2 = nn.Linear(512, 256)
        self.l3 = nn.Linear(256, 128)
        self.l4 = nn.Linear(128, 64)
        self.l5 = nn.Linear(64, 10)
        self.act = nn.ReLU()

    def forward(self, x):
        """Images of another size end here."""
        if tuple(x.shape[1:]) not in [(1, 28, 28), (784,)]:
            raise ValueError(f"images of shape {tuple(x.shape[1:])}")
        h = x.view(x.shape[0], -1)
        h = self.act(self.l1(h))
        h = self.act(self.l2(h))
        h = self.act(self.l3(h))
        h = self.act(self.l4(h))
        return self.l5(h)


class CNN(nn.Module):
    """forward writes down the shapes."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, 5)
        self.conv2 = nn.Conv2d(10, 20, 5)
        self.pooling = nn.MaxPool2d(2)
        self.fc = nn.Linear(320, 10)
        self.seen = []

    def forward(self, x):
        """After every step the shape is kept."""
        self.seen = [x.shape]
        for conv in (self.conv1, self.conv2):
            x = conv(x)
            self.seen.append(x.shape)
            x = F.relu(self.pooling(x))
            self.seen.append(x.shape)
        x = x.view(x.size(0), -1)
        self.seen.append(x.shape)
        x = self.fc(x)
        self.seen.append(x.shape)
        return x

    def shapes(self, x):
        """Run, and look."""
        with torch.no_grad():
            self(x)
        return list(self.seen)


def conv_out(size, kernel, stride=1, padding=0, dilation=1, ceil=False):
    """math.floor and math.ceil."""
    exact = (size + 2 * padding - dilation * (kernel - 1) - 1) / stride
    if not ceil:
        return math.floor(exact) + 1
    count = math.ceil(exact) + 1
    if (count - 1) * stride >= size + padding:
        count -= 1
    return count


def trace_shapes(spec, in_shape):
    """One kind after the other."""
    shape = tuple(in_shape)
    shapes = [shape]
    for kind, options in spec:
        if kind == "conv":
            extra = options.get("stride", 1), options.get("padding", 0), options.get("dilation", 1)
            height = conv_out(shape[1], options["kernel"], *extra)
            width = conv_out(shape[2], options["kernel"], *extra)
            shape = (options["channels"], height, width)
        elif kind == "pool":
            step = options.get("stride", options["kernel"])
            edge, up = options.get("padding", 0), options.get("ceil", False)
            height = conv_out(shape[1], options["kernel"], step, edge, ceil=up)
            width = conv_out(shape[2], options["kernel"], step, edge, ceil=up)
            shape = (shape[0], height, width)
        elif kind == "flatten":
            shape = (shape[0] * shape[1] * shape[2],)
        elif kind == "linear":
            shape = (options["features"],)
        shapes.append(shape)
    return shapes


def conv2d_scratch(x, w, b=None, stride=1, padding=0):
    """A view by strides on a padded copy, a product with broadcasting, and a sum."""
    B, C, H, W = x.shape
    big = x.new_zeros(B, C, H + 2 * padding, W + 2 * padding)
    big[:, :, padding : padding + H, padding : padding + W] = x
    K, L = w.shape[2], w.shape[3]
    height = (H + 2 * padding - K) // stride + 1
    width = (W + 2 * padding - L) // stride + 1
    n, c, i, j = big.stride()
    windows = big.as_strided((B, C, height, width, K, L), (n, c, i * stride, j * stride, i, j))
    y = (windows[:, None] * w[None, :, :, None, None]).sum(dim=(2, 5, 6))
    return y if b is None else y + b.view(1, -1, 1, 1)


class MyDropout(nn.Module):
    """The mask is of floats, and rescaled before it is used."""

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        """Everything but p = 1 goes one way."""
        if self.training:
            if self.p == 1:
                return x * 0
            mask = (torch.rand(x.shape) >= self.p).float() / (1 - self.p)
            return x * mask
        return x


class MyBatchNorm1d(nn.Module):
    """Two branches, each written out."""

    def __init__(self, d, eps=1e-5, momentum=0.1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))
        self.eps = eps
        self.momentum = momentum
        self.register_buffer("running_mean", torch.zeros(d))
        self.register_buffer("running_var", torch.ones(d))
        self.register_buffer("num_batches_tracked", torch.tensor(0, dtype=torch.long))

    def forward(self, x):
        """The unbiased variance by torch's default."""
        if not self.training:
            x_hat = (x - self.running_mean) / torch.sqrt(self.running_var + self.eps)
            return self.weight * x_hat + self.bias
        if x.shape[0] == 1:
            raise ValueError("one row")
        mean = x.mean(dim=0, keepdim=True)
        var = x.var(dim=0, unbiased=False, keepdim=True)
        m = self.momentum
        with torch.no_grad():
            self.running_mean.mul_(1 - m).add_(m * mean[0])
            self.running_var.mul_(1 - m).add_(m * x.var(dim=0))
            self.num_batches_tracked.add_(1)
        return self.weight * (x - mean) / torch.sqrt(var + self.eps) + self.bias


def my_state_dict(model, prefix=""):
    """Own entries in loops, then the children with their dot."""
    found = {}
    for name, parameter in model._parameters.items():
        if parameter is not None:
            found[prefix + name] = parameter.data
    for name, buffer in model._buffers.items():
        if buffer is None or name in model._non_persistent_buffers_set:
            continue
        found[prefix + name] = buffer.data
    for name, module in model._modules.items():
        if module is not None:
            found.update(my_state_dict(module, f"{prefix}{name}."))
    return found


def my_load(model, sd, strict=True):
    """By get_parameter and get_buffer."""
    names = set(my_state_dict(model))
    if strict and (names - set(sd) or set(sd) - names):
        raise RuntimeError("names do not fit")
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name in names & set(sd):
            target = model.get_parameter(name) if name in parameters else model.get_buffer(name)
            target.copy_(sd[name])


def freeze(model, prefix):
    """A regular expression for whole steps of the name."""
    pattern = re.compile(re.escape(prefix) + r"(\.|$)")
    count = 0
    for name, parameter in model.named_parameters():
        if prefix and not pattern.match(name):
            continue
        parameter.requires_grad_(False)
        parameter.grad = None
        count += 1
    return count


def set_mode(model, training):
    """modules() gives the model itself and everything below."""
    for module in model.modules():
        module.training = training
