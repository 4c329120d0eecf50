"""The same in other words: einsum and baddbmm, modules by setattr, recursion by hand, shifted windows."""

import math
from collections import OrderedDict

import torch
from torch import nn


class LinearScratch(nn.Module):
    """Parameters registered by name, the product by einsum."""

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.register_parameter("weight", nn.Parameter(torch.empty(out_features, in_features)))
        self.register_parameter("bias", nn.Parameter(torch.empty(out_features)) if bias else None)
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if bias:
            with torch.no_grad():
                self.bias.copy_((2 * torch.rand(out_features) - 1) / math.sqrt(in_features))

    def forward(self, x):
        """Index notation."""
        y = torch.einsum("...i,oi->...o", x, self.weight)
        if self.bias is not None:
            y = y + self.bias
        return y


class ThreeHeads(nn.Module):
    """The list grown by append, the outputs by a loop."""

    def __init__(self, d=128):
        super().__init__()
        self.linear_list = nn.ModuleList()
        for _ in range(3):
            self.linear_list.append(nn.Linear(d, d))

    def forward(self, x):
        """A tuple that grows."""
        outputs = ()
        for index in range(3):
            outputs += (self.linear_list[index](x),)
        return outputs


class MySequential(nn.Module):
    """Modules as attributes; their names are kept in order."""

    def __init__(self, *modules):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            self._order = list(modules[0])
            chain = list(modules[0].values())
        else:
            self._order = [str(number) for number in range(len(modules))]
            chain = modules
        for name, module in zip(self._order, chain, strict=True):
            setattr(self, name, module)

    def __len__(self):
        return len(self._order)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(OrderedDict((name, getattr(self, name)) for name in self._order[index]))
        return getattr(self, self._order[index])

    def __iter__(self):
        for name in self._order:
            yield getattr(self, name)

    def forward(self, x):
        """By index."""
        for number in range(len(self)):
            x = self[number](x)
        return x


def count_parameters(model, trainable_only=False):
    """Down the tree, with a memory of what was counted."""
    seen = {}

    def visit(module):
        for parameter in module._parameters.values():
            if parameter is not None:
                seen[id(parameter)] = parameter
        for child in module.children():
            visit(child)

    visit(model)
    return sum(math.prod(p.shape) for p in seen.values() if p.requires_grad or not trainable_only)


class MLP(nn.Module):
    """Layers in a loop, and clamp for ReLU."""

    def __init__(self):
        super().__init__()
        sizes = 784, 512, 256, 128, 64, 10
        for number in range(1, 6):
            self.add_module(f"l{number}", nn.Linear(sizes[number - 1], sizes[number]))

    def forward(self, x):
        """Everything but the batch is flattened; l1 refuses what has not 784 numbers."""
        x = torch.flatten(x, 1)
        for name in ("l1", "l2", "l3", "l4"):
            x = getattr(self, name)(x).clamp(min=0)
        return self.l5(x)


class CNN(nn.Module):
    """ReLU before the pooling; shapes by hooks."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels=1, out_channels=10, kernel_size=(5, 5))
        self.conv2 = nn.Conv2d(in_channels=10, out_channels=20, kernel_size=(5, 5))
        self.pooling = nn.MaxPool2d(kernel_size=2, stride=2)
        self.fc = nn.Linear(20 * 4 * 4, 10)

    def forward(self, x):
        """Two blocks and a row for each image."""
        batch = x.shape[0]
        for conv in (self.conv1, self.conv2):
            x = self.pooling(torch.relu(conv(x)))
        return self.fc(x.reshape(batch, -1))

    def shapes(self, x):
        """What each layer was given and gave while the model ran."""
        seen = [x.shape]

        def note(module, inputs, result):
            if module is self.fc:
                seen.append(inputs[0].shape)
            seen.append(result.shape)

        hooks = [child.register_forward_hook(note) for child in self.children()]
        try:
            self(x)
        finally:
            for hook in hooks:
                hook.remove()
        return seen


def conv_out(size, kernel, stride=1, padding=0, dilation=1, ceil=False):
    """Windows counted one by one, by where they begin."""
    reach = dilation * (kernel - 1) + 1
    whole = size + 2 * padding
    count, start = 0, 0
    while start + reach <= whole:
        count, start = count + 1, start + stride
    sticks_out = start - stride + reach < whole
    return count + 1 if ceil and sticks_out and start < size + padding else count


def trace_shapes(spec, in_shape):
    """The layers of torch on the device meta, which computes shapes and nothing else."""
    x = torch.empty(1, *in_shape, device="meta")
    shapes = [tuple(in_shape)]
    for kind, options in spec:
        if kind == "conv":
            layer = nn.Conv2d(
                x.shape[1],
                options["channels"],
                options["kernel"],
                stride=options.get("stride", 1),
                padding=options.get("padding", 0),
                dilation=options.get("dilation", 1),
                device="meta",
            )
        elif kind == "pool":
            layer = nn.MaxPool2d(
                options["kernel"],
                options.get("stride"),
                options.get("padding", 0),
                ceil_mode=options.get("ceil", False),
            )
        elif kind == "linear":
            layer = nn.Linear(x.shape[1], options["features"], device="meta")
        else:
            layer = {"relu": nn.ReLU, "flatten": nn.Flatten}[kind]()
        x = layer(x)
        shapes.append(tuple(x.shape[1:]))
    return shapes


def conv2d_scratch(x, w, b=None, stride=1, padding=0):
    """Windows as a view by strides, and one einsum."""
    x = torch.nn.functional.pad(x, [padding] * 4)
    windows = x.unfold(2, w.shape[2], stride).unfold(3, w.shape[3], stride)  # (B, C, H', W', K, L)
    y = torch.einsum("nchwkl,ockl->nohw", windows, w)
    if b is not None:
        y = y + b.reshape(1, -1, 1, 1)
    return y
