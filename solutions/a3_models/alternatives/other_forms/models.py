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


class MyDropout(nn.Module):
    """A mask by Bernoulli numbers, and masked_fill."""

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        """What is dropped is filled with zeros; at p = 1 there is nothing to rescale."""
        if not self.training or self.p == 0:
            return x.clone()
        gone = torch.bernoulli(torch.full_like(x, self.p, requires_grad=False)).bool()
        scale = 1 / (1 - self.p) if self.p < 1 else 1
        return (scale * x).masked_fill(gone, 0)


class MyBatchNorm1d(nn.Module):
    """Sums by hand; buffers are replaced instead of written to."""

    def __init__(self, d, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.full((d,), 1.0))
        self.bias = nn.Parameter(torch.full((d,), 0.0))
        self.register_buffer("running_mean", torch.full((d,), 0.0))
        self.register_buffer("running_var", torch.full((d,), 1.0))
        self.register_buffer("num_batches_tracked", torch.zeros((), dtype=torch.int64))

    def forward(self, x):
        """One formula for both modes: scale and shift."""
        if self.training:
            n = len(x)
            if n < 2:
                raise ValueError("Expected more than one row in training")
            mean = x.sum(0) / n
            squares = ((x - mean) ** 2).sum(0)
            var = squares / n
            keep = 1 - self.momentum
            self.running_mean = keep * self.running_mean + self.momentum * mean.detach()
            self.running_var = keep * self.running_var + self.momentum * squares.detach() / (n - 1)
            self.num_batches_tracked = self.num_batches_tracked + 1
        else:
            mean, var = self.running_mean, self.running_var
        scale = self.weight * torch.rsqrt(var + self.eps)
        return torch.addcmul(self.bias - mean * scale, x, scale)


def my_state_dict(model, prefix=""):
    """Over all modules at once, instead of down the tree."""
    found = {}
    for path, module in model.named_modules(remove_duplicate=False):
        place = prefix + (path + "." if path else "")
        for name, parameter in module.named_parameters(recurse=False, remove_duplicate=False):
            found[place + name] = parameter.detach()
        for name, buffer in module.named_buffers(recurse=False, remove_duplicate=False):
            if name not in module._non_persistent_buffers_set:
                found[place + name] = buffer.detach()
    return found


def my_load(model, sd, strict=True):
    """Name by name down the path, written through .data."""
    own = my_state_dict(model)
    if strict:
        for name in own:
            sd[name]
        unknown = [name for name in sd if name not in own]
        if unknown:
            raise RuntimeError(f"unknown names: {unknown}")
    for name, value in sd.items():
        if name not in own:
            continue
        *path, last = name.split(".")
        module = model
        for step in path:
            module = getattr(module, step)
        getattr(module, last).data[...] = value


def freeze(model, prefix):
    """By the steps of the names."""
    steps = prefix.split(".") if prefix else []
    number = 0
    for name, parameter in model.named_parameters():
        if name.split(".")[: len(steps)] == steps:
            parameter.requires_grad = False
            parameter.grad = None
            number += 1
    return number


def set_mode(model, training):
    """A list of what is still to do, instead of recursion."""
    waiting = [model]
    while waiting:
        module = waiting.pop()
        module.training = training
        waiting.extend(child for child in module._modules.values() if child is not None)
    return model
