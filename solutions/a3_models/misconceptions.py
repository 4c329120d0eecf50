"""Known wrong versions, each the reference with one name replaced."""

import math

import torch
import torch.nn.functional as F
from models import (
    CNN,
    MLP,
    LinearScratch,
    MyBatchNorm1d,
    MyDropout,
    MySequential,
    ThreeHeads,
    conv2d_scratch,
    conv_out,
    my_state_dict,
)
from torch import nn

from grader import misconception

# ---------------------------------------------------------------- LinearScratch


@misconception("LinearScratch", "weight and bias are plain tensors: wrap them in nn.Parameter.")
class PlainTensors(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.weight = torch.rand(out_features, in_features)
        self.bias = torch.rand(out_features) if bias else 0

    def forward(self, x):
        return x @ self.weight.T + self.bias


@misconception("LinearScratch", "weight is (in_features, out_features); nn.Linear has the outputs first.")
class InputsFirst(LinearScratch):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__(in_features, out_features, bias)
        self.weight = nn.Parameter(self.weight.detach().T.clone())

    def forward(self, x):
        y = x @ self.weight
        return y if self.bias is None else y + self.bias


@misconception(
    "LinearScratch", "__init__ does not call super().__init__() first, so nothing can be registered."
)
class NoSuperInit(LinearScratch):
    def __init__(self, in_features, out_features, bias=True):
        self.weight = nn.Parameter(torch.rand(out_features, in_features))
        super().__init__(in_features, out_features, bias)


@misconception("LinearScratch", "With bias=False a bias is registered all the same.")
class AlwaysBias(LinearScratch):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__(in_features, out_features, bias=True)


@misconception("LinearScratch", "The bias is never added.")
class BiasForgotten(LinearScratch):
    def forward(self, x):
        return x @ self.weight.T


@misconception(
    "LinearScratch", "The weight is standard normal at the beginning, and should be uniform and small."
)
class NormalStart(LinearScratch):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__(in_features, out_features, bias)
        nn.init.normal_(self.weight)


@misconception("LinearScratch", "The bound is 1 / in_features: its square root is missing.")
class BoundWithoutRoot(LinearScratch):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__(in_features, out_features, bias)
        with torch.no_grad():
            for one in self.parameters():
                one.mul_(in_features**-0.5)


@misconception(
    "LinearScratch", "The bias is zero at the beginning; nn.Linear draws it as it draws the weight."
)
class ZeroBias(LinearScratch):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__(in_features, out_features, bias)
        if bias:
            nn.init.zeros_(self.bias)


@misconception("LinearScratch", "The parameters are used through .data, so that no gradient reaches them.")
class ThroughData(LinearScratch):
    def forward(self, x):
        y = x @ self.weight.data.T
        return (y if self.bias is None else y + self.bias.data).requires_grad_()


@misconception("LinearScratch", "It is nn.Linear that does the work; this task is to write it.")
class LinearOfTorch(nn.Linear):
    pass


@misconception("LinearScratch", "F.linear does the work; this task is to write it.")
class LinearFunction(LinearScratch):
    def forward(self, x):
        return F.linear(x, self.weight, self.bias)


# ---------------------------------------------------------------- ThreeHeads


@misconception("ThreeHeads", "The layers are in a Python list, where the model does not find them.")
class PythonList(nn.Module):
    def __init__(self, d=128):
        super().__init__()
        self.linear_list = [nn.Linear(d, d) for _ in range(3)]

    def forward(self, x):
        return tuple(linear(x) for linear in self.linear_list)


@misconception("ThreeHeads", "[layer] * 3 is one layer three times: the three heads share their weights.")
class OneLayerThrice(ThreeHeads):
    def __init__(self, d=128):
        super().__init__(d)
        self.linear_list = nn.ModuleList([nn.Linear(d, d)] * 3)


@misconception("ThreeHeads", "The outputs come in a list; a tuple is asked for.")
class ListOfOutputs(ThreeHeads):
    def forward(self, x):
        return [linear(x) for linear in self.linear_list]


@misconception("ThreeHeads", "The outputs are stacked into one tensor; a tuple of three is asked for.")
class Stacked(ThreeHeads):
    def forward(self, x):
        return torch.stack([linear(x) for linear in self.linear_list])


@misconception("ThreeHeads", "Each layer sees the output of the one before it; all should see x.")
class Chained(ThreeHeads):
    def forward(self, x):
        outputs = []
        for linear in self.linear_list:
            x = linear(x)
            outputs.append(x)
        return tuple(outputs)


@misconception("ThreeHeads", "The first layer makes all three outputs.")
class FirstThrice(ThreeHeads):
    def forward(self, x):
        return tuple(self.linear_list[0](x) for _ in range(3))


@misconception(
    "ThreeHeads", "The container is an nn.Sequential; its layers belong side by side: nn.ModuleList."
)
class HeadsInSequential(ThreeHeads):
    def __init__(self, d=128):
        super().__init__(d)
        self.linear_list = nn.Sequential(*self.linear_list)


@misconception("ThreeHeads", "The layers are attributes linear1, linear2, linear3, not one `linear_list`.")
class ThreeAttributes(nn.Module):
    def __init__(self, d=128):
        super().__init__()
        self.linear1, self.linear2, self.linear3 = (nn.Linear(d, d) for _ in range(3))

    def forward(self, x):
        return self.linear1(x), self.linear2(x), self.linear3(x)


@misconception("ThreeHeads", "The layers have no bias.")
class HeadsWithoutBias(ThreeHeads):
    def __init__(self, d=128):
        super().__init__(d)
        self.linear_list = nn.ModuleList(nn.Linear(d, d, bias=False) for _ in range(3))


# ---------------------------------------------------------------- MySequential


@misconception(
    "MySequential", "self.modules = .. hides the method modules() of nn.Module: take another name."
)
class ModulesHidden(MySequential):
    def __init__(self, *modules):
        super().__init__(*modules)
        self.modules = list(self._modules.values())


@misconception("MySequential", "The modules are in a Python list, where nobody finds their parameters.")
class InPythonList(MySequential):
    def __init__(self, *modules):
        super().__init__()
        self.layers = list(modules[0].values()) if isinstance(modules[0], dict) else list(modules)

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, index):
        return InPythonList(*self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def __iter__(self):
        return iter(self.layers)


@misconception("MySequential", "The last module is applied first.")
class LastFirst(MySequential):
    def forward(self, x):
        for module in reversed(list(self)):
            x = module(x)
        return x


@misconception("MySequential", "Each module sees the first input; it should see what the one before it gave.")
class NotChained(MySequential):
    def forward(self, x):
        y = x
        for module in self:
            y = module(x)
        return y


@misconception("MySequential", "The names of an OrderedDict are not used.")
class NamesIgnored(MySequential):
    def __init__(self, *modules):
        super().__init__(*(modules[0].values() if modules and isinstance(modules[0], dict) else modules))


@misconception("MySequential", "An OrderedDict is taken for a module, and nothing in it is registered.")
class DictUnknown(MySequential):
    def __init__(self, *modules):
        super().__init__(*(one for one in modules if isinstance(one, nn.Module)))


@misconception("MySequential", "children() and named_children() leave out a module that stands there twice.")
class OverChildren(MySequential):
    def __iter__(self):
        return self.children()


@misconception("MySequential", "Names begin with 1; they should begin with 0.")
class FromOne(MySequential):
    def __init__(self, *modules):
        if modules and not isinstance(modules[0], dict):
            modules = ({str(index): module for index, module in enumerate(modules, 1)},)
        super().__init__(*modules)


@misconception("MySequential", "A slice gives a list of modules, and should give a MySequential.")
class SliceToList(MySequential):
    def __getitem__(self, index):
        return list(self._modules.values())[index]


@misconception("MySequential", "A slice gives copies of the modules, and should give the modules themselves.")
class SliceOfCopies(MySequential):
    def __getitem__(self, index):
        from copy import deepcopy

        part = super().__getitem__(index)
        return deepcopy(part) if isinstance(index, slice) else part


@misconception(
    "MySequential", "A number is looked up as a name: negative ones, and too large ones, raise KeyError."
)
class ByName(MySequential):
    def __getitem__(self, index):
        return super().__getitem__(index) if isinstance(index, slice) else self._modules[str(index)]


@misconception("MySequential", "It is nn.Sequential that does the work; this task is to write it.")
class SequentialOfTorch(nn.Sequential):
    pass


# ---------------------------------------------------------------- count_parameters


@misconception(
    "count_parameters", "The entries of the state_dict are counted: buffers, and what is shared twice."
)
def of_state(model, trainable_only=False):
    kept = model.state_dict(keep_vars=True).values()
    return sum(one.numel() for one in kept if one.requires_grad or not trainable_only)


@misconception("count_parameters", "Buffers are counted too; they are not learned.")
def with_buffers(model, trainable_only=False):
    own = sum(one.numel() for one in model.parameters() if one.requires_grad or not trainable_only)
    return own + sum(one.numel() for one in model.buffers())


@misconception("count_parameters", "trainable_only is not used: frozen parameters count all the same.")
def frozen_counted(model, trainable_only=False):
    return sum(one.numel() for one in model.parameters())


@misconception("count_parameters", "Frozen parameters are never counted, also without trainable_only.")
def frozen_never(model, trainable_only=False):
    return sum(one.numel() for one in model.parameters() if one.requires_grad)


@misconception("count_parameters", "A parameter that is shared counts once for each of its names.")
def shared_twice(model, trainable_only=False):
    named = model.named_parameters(remove_duplicate=False)
    return sum(one.numel() for _, one in named if one.requires_grad or not trainable_only)


@misconception("count_parameters", "The parameters are counted, not their elements.")
def of_tensors(model, trainable_only=False):
    return sum(1 for one in model.parameters() if one.requires_grad or not trainable_only)


@misconception("count_parameters", "Only the model's children are looked at, and none of theirs.")
def one_level(model, trainable_only=False):
    parts = [model, *model.children()]
    own = {one for part in parts for one in part.parameters(recurse=False)}
    return sum(one.numel() for one in own if one.requires_grad or not trainable_only)


@misconception("count_parameters", "Biases are left out: parameters of one dimension count, too.")
def of_matrices(model, trainable_only=False):
    kept = (one for one in model.parameters() if one.requires_grad or not trainable_only)
    return sum(one.numel() for one in kept if one.dim() > 1)


@misconception(
    "count_parameters", "Parameters of the model itself are left out: only its layers' are counted."
)
def of_children(model, trainable_only=False):
    kept = {one for child in model.children() for one in child.parameters()}
    return sum(one.numel() for one in kept if one.requires_grad or not trainable_only)


# ---------------------------------------------------------------- MLP


@misconception("MLP", "The constructor is not called __init__, so the model has no layers and no parameters.")
class NoConstructor(nn.Module):
    def forward(self, x):
        return self.l5(F.relu(self.l4(F.relu(self.l3(F.relu(self.l2(F.relu(self.l1(x)))))))))


@misconception("MLP", "The last layer has another name than forward asks for.")
class LastLayerMisnamed(MLP):
    def __init__(self):
        super().__init__()
        self.i5 = self.l5
        del self.l5


@misconception("MLP", "The layers have other sizes than 784 - 512 - 256 - 128 - 64 - 10.")
class OtherSizes(MLP):
    def __init__(self):
        super().__init__()
        self.l3, self.l4 = nn.Linear(256, 64), nn.Linear(64, 64)


def _through(model, x, last=lambda x: x, skipped=()):
    x = x.reshape(x.size(0), 784)
    for name in ("l1", "l2", "l3", "l4"):
        x = getattr(model, name)(x)
        x = x if name in skipped else F.relu(x)
    return last(model.l5(x))


@misconception("MLP", "There is a ReLU behind the last layer; logits may be negative.")
class ReluAtTheEnd(MLP):
    def forward(self, x):
        return _through(self, x, F.relu)


@misconception("MLP", "There is a softmax at the end, and the loss applies it again: give logits.")
class SoftmaxAtTheEnd(MLP):
    def forward(self, x):
        return _through(self, x, lambda y: F.softmax(y, dim=-1))


@misconception("MLP", "There is a log_softmax at the end: give logits.")
class LogSoftmaxAtTheEnd(MLP):
    def forward(self, x):
        return _through(self, x, lambda y: F.log_softmax(y, dim=-1))


@misconception("MLP", "The ReLU behind l3 is missing.")
class ThirdReluMissing(MLP):
    def forward(self, x):
        return _through(self, x, skipped=("l3",))


@misconception("MLP", "view(-1, 784) takes an image with three channels for three images.")
class BatchFromTheRest(MLP):
    def forward(self, x):
        return _through(self, x.reshape(-1, 784))


@misconception("MLP", "Only images (B, 1, 28, 28) are taken, no flat ones (B, 784).")
class ImagesOnly(MLP):
    def forward(self, x):
        _, _, _, _ = x.shape
        return super().forward(x)


# ---------------------------------------------------------------- CNN


def _convolved(model, x, second=F.relu, flat=lambda x: x.flatten(1), last=lambda x: x):
    x = F.relu(model.pooling(model.conv1(x)))
    x = second(model.pooling(model.conv2(x)))
    return last(model.fc(flat(x)))


@misconception("CNN", "fc takes 784 features, as many as the image has pixels; 320 are left at this point.")
class PixelsIntoLinear(CNN):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)


@misconception(
    "CNN", "view(-1, 320) takes a larger image for several rows: keep the batch, flatten the rest."
)
class RowsFromTheRest(CNN):
    def forward(self, x):
        return _convolved(self, x, flat=lambda x: x.reshape(-1, 320))


@misconception("CNN", "It is flattened before the second pooling, so that one image becomes four rows.")
class FlattenedTooEarly(CNN):
    def forward(self, x):
        x = F.relu(self.pooling(self.conv1(x)))
        return self.fc(F.relu(self.conv2(x)).reshape(-1, 320))


@misconception("CNN", "The convolutions have padding 2, so images stay 28 x 28; the lecture's have none.")
class Padded(CNN):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5, padding=2)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5, padding=2)
        self.fc = nn.Linear(980, 10)


@misconception("CNN", "The second ReLU is missing.")
class SecondReluMissing(CNN):
    def forward(self, x):
        return _convolved(self, x, second=lambda x: x)


@misconception("CNN", "There is a ReLU behind fc; logits may be negative.")
class CnnReluAtTheEnd(CNN):
    def forward(self, x):
        return _convolved(self, x, last=F.relu)


@misconception("CNN", "There is a softmax at the end: give logits.")
class CnnSoftmax(CNN):
    def forward(self, x):
        return _convolved(self, x, last=lambda x: F.softmax(x, dim=1))


@misconception("CNN", "It is average pooling; the lecture takes the maximum.")
class AveragePooling(CNN):
    def __init__(self):
        super().__init__()
        self.pooling = nn.AvgPool2d(2)


@misconception("CNN", "squeeze() drops the batch when there is one image.")
class Squeezed(CNN):
    def forward(self, x):
        return super().forward(x).squeeze()


@misconception("CNN", "Pooling is done by a function; the submodule `pooling` is missing.")
class PoolingFunction(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 10, kernel_size=5), nn.Conv2d(10, 20, kernel_size=5)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        return self.fc(F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1))

    def shapes(self, x):
        b = x.size(0)
        sizes = [(10, 24, 24), (10, 12, 12), (20, 8, 8), (20, 4, 4), (320,), (10,)]
        return [tuple(x.shape), *((b, *size) for size in sizes)]


@misconception("CNN", "The shapes lack the batch.")
class ShapesWithoutBatch(CNN):
    def shapes(self, x):
        return [shape[1:] for shape in super().shapes(x)]


@misconception("CNN", "The shapes lack that of the input, which comes first.")
class ShapesWithoutInput(CNN):
    def shapes(self, x):
        return super().shapes(x)[1:]


@misconception("CNN", "The flat images are said to have 784 numbers; the comment in the lecture is wrong.")
class ShapesOfTheComment(CNN):
    def shapes(self, x):
        found = super().shapes(x)
        return [*found[:5], (x.size(0), 784), found[6]]


# ---------------------------------------------------------------- conv_out, trace_shapes


def _places(size, reach, stride, padding, ceil, rounded=math.floor):
    exact = (size + 2 * padding - reach) / stride
    places = (math.ceil(exact) if ceil else rounded(exact)) + 1
    return places - 1 if ceil and (places - 1) * stride >= size + padding else places


@misconception("conv_out", "The last window counts too: + 1 is missing.")
def without_one(size, kernel, stride=1, padding=0, dilation=1, ceil=False):
    return _places(size, dilation * (kernel - 1) + 1, stride, padding, ceil) - 1


@misconception(
    "conv_out", "It is rounded to the nearest number; windows that do not fit do not count: floor."
)
def rounded_to_nearest(size, kernel, stride=1, padding=0, dilation=1, ceil=False):
    return _places(size, dilation * (kernel - 1) + 1, stride, padding, ceil, rounded=round)


@misconception("conv_out", "Padding is added once; it stands at both ends: 2 padding.")
def padding_once(size, kernel, stride=1, padding=0, dilation=1, ceil=False):
    room = size + padding - dilation * (kernel - 1) - 1
    return (-(-room // stride) if ceil else room // stride) + 1


@misconception("conv_out", "Dilation is not used.")
def dilation_ignored(size, kernel, stride=1, padding=0, dilation=1, ceil=False):
    return _places(size, kernel, stride, padding, ceil)


@misconception(
    "conv_out", "The window is said to reach over dilation * kernel places; the last gap is too many."
)
def dilation_times_kernel(size, kernel, stride=1, padding=0, dilation=1, ceil=False):
    return _places(size, dilation * kernel, stride, padding, ceil)


@misconception("conv_out", "ceil is not used.")
def ceil_ignored(size, kernel, stride=1, padding=0, dilation=1, ceil=False):
    return _places(size, dilation * (kernel - 1) + 1, stride, padding, False)


@misconception("conv_out", "With ceil, a last window that begins behind the input is counted.")
def ceil_behind_the_end(size, kernel, stride=1, padding=0, dilation=1, ceil=False):
    return _places(
        size, dilation * (kernel - 1) + 1, stride, padding, False, math.ceil if ceil else math.floor
    )


@misconception("conv_out", "The result is a float: // and int() give an int.")
def as_a_float(size, kernel, stride=1, padding=0, dilation=1, ceil=False):
    return float(_places(size, dilation * (kernel - 1) + 1, stride, padding, ceil))


def _traced(spec, in_shape, pool_stride=None, relu=True, after=lambda kind, shape: shape):
    model, shapes = torch.zeros(1, *in_shape), [tuple(in_shape)]
    for kind, options in spec:
        if kind == "conv":
            weight = torch.zeros(options["channels"], model.size(1), options["kernel"], options["kernel"])
            named = {key: options[key] for key in ("stride", "padding", "dilation") if key in options}
            model = F.conv2d(model, weight, **named)
        elif kind == "pool":
            stride = options.get("stride", pool_stride or options["kernel"])
            sizes = options["kernel"], stride, options.get("padding", 0)
            model = F.max_pool2d(model, *sizes, ceil_mode=options.get("ceil", False))
        elif kind == "flatten":
            model = model.flatten(1)
        elif kind == "linear":
            model = torch.zeros(1, options["features"])
        if relu or kind != "relu":
            shapes.append(after(kind, tuple(model.shape[1:])))
    return shapes


@misconception("trace_shapes", "The stride of a pooling is 1 where none is given; it is its kernel.")
def pooling_by_one(spec, in_shape):
    return _traced(spec, in_shape, pool_stride=1)


@misconception(
    "trace_shapes", "Layers that change nothing are left out; they have a shape in the list as well."
)
def without_relu(spec, in_shape):
    return _traced(spec, in_shape, relu=False)


@misconception("trace_shapes", "The list lacks in_shape, which comes first.")
def without_input(spec, in_shape):
    return _traced(spec, in_shape)[1:]


@misconception("trace_shapes", "Height and width change places.")
def width_first(spec, in_shape):
    return _traced(spec, in_shape, after=lambda kind, shape: (shape[0], *reversed(shape[1:])))


@misconception("trace_shapes", "Images are taken to be square: the width is computed from the height.")
def square_only(spec, in_shape):
    return [tuple(in_shape), *_traced(spec, (in_shape[0], in_shape[1], in_shape[1]))[1:]]


# ---------------------------------------------------------------- conv2d_scratch


def _sizes(x, w, stride, padding):
    return [conv_out(x.size(dim), w.size(dim), stride, padding) for dim in (2, 3)]


def _offset(y, b):
    return y if b is None else y + b[:, None, None]


@misconception(
    "conv2d_scratch", "The kernel is flipped, as mathematics has it; a network's convolution does not."
)
def flipped(x, w, b=None, stride=1, padding=0):
    return conv2d_scratch(x, w.flip(2, 3), b, stride, padding)


@misconception("conv2d_scratch", "Rows and columns of the kernel are exchanged.")
def kernel_transposed(x, w, b=None, stride=1, padding=0):
    patches = F.unfold(x, w.shape[2:], stride=stride, padding=padding)
    y = w.mT.flatten(1) @ patches
    return _offset(y.unflatten(-1, _sizes(x, w, stride, padding)), b)


@misconception(
    "conv2d_scratch", "The bias is added along the last dimension, columns, instead of to the channels."
)
def bias_on_columns(x, w, b=None, stride=1, padding=0):
    y = conv2d_scratch(x, w, None, stride, padding)
    return y if b is None else y + b


@misconception("conv2d_scratch", "The bias is not added.")
def bias_forgotten(x, w, b=None, stride=1, padding=0):
    return conv2d_scratch(x, w, None, stride, padding)


@misconception(
    "conv2d_scratch", "Places and channels are mixed up: (B, H' W', O) is viewed as (B, O, H', W')."
)
def channels_last(x, w, b=None, stride=1, padding=0):
    patches = F.unfold(x, w.shape[2:], stride=stride, padding=padding)
    y = patches.mT @ w.flatten(1).T
    return _offset(y.reshape(x.size(0), w.size(0), *_sizes(x, w, stride, padding)), b)


@misconception("conv2d_scratch", "Stride is not used.")
def stride_ignored(x, w, b=None, stride=1, padding=0):
    return conv2d_scratch(x, w, b, 1, padding)


@misconception("conv2d_scratch", "Padding is not used.")
def padding_ignored(x, w, b=None, stride=1, padding=0):
    return conv2d_scratch(x, w, b, stride, 0)


@misconception(
    "conv2d_scratch", "Zeros are added at the right and the bottom only; they belong on all sides."
)
def padding_at_the_end(x, w, b=None, stride=1, padding=0):
    return conv2d_scratch(F.pad(x, (0, 2 * padding, 0, 2 * padding)), w, b, stride, 0)


@misconception("conv2d_scratch", "The padding repeats the border; it should be zeros.")
def padding_repeats(x, w, b=None, stride=1, padding=0):
    if padding:
        x = F.pad(x, (padding,) * 4, mode="replicate")
    return conv2d_scratch(x, w, b, stride, 0)


@misconception("conv2d_scratch", "All channels have the first channel's kernel.")
def first_channel(x, w, b=None, stride=1, padding=0):
    return conv2d_scratch(x, w[:, :1].expand_as(w), b, stride, padding)


@misconception("conv2d_scratch", "No gradient reaches the kernels: they are used through .data.")
def kernels_through_data(x, w, b=None, stride=1, padding=0):
    return conv2d_scratch(x, w.data, b, stride, padding)


@misconception(
    "conv2d_scratch", "Four loops go over images, channels and places; one product does all of them."
)
def over_places(x, w, b=None, stride=1, padding=0):
    x = F.pad(x, (padding,) * 4)
    K, L = w.shape[2:]
    height, width = (conv_out(x.size(dim), w.size(dim), stride) for dim in (2, 3))
    y = x.new_zeros(x.size(0), w.size(0), height, width)
    for n in range(x.size(0)):
        for o in range(w.size(0)):
            for i in range(height):
                for j in range(width):
                    top, left = i * stride, j * stride
                    y[n, o, i, j] = (x[n, :, top : top + K, left : left + L] * w[o]).sum()
    return _offset(y, b)


@misconception("conv2d_scratch", "A loop goes over the elements of the kernel; one product does all of them.")
def over_the_kernel(x, w, b=None, stride=1, padding=0):
    height, width = _sizes(x, w, stride, padding)
    x = F.pad(x, (padding,) * 4)
    y = 0
    for k in range(w.size(2)):
        for m in range(w.size(3)):
            bottom, right = k + (height - 1) * stride + 1, m + (width - 1) * stride + 1
            y = y + torch.einsum("nchw,oc->nohw", x[:, :, k:bottom:stride, m:right:stride], w[:, :, k, m])
    return _offset(y, b)


@misconception("conv2d_scratch", "A loop goes over the images; one product does all of them.")
def over_images(x, w, b=None, stride=1, padding=0):
    return torch.cat([conv2d_scratch(image, w, b, stride, padding) for image in x.split(1)])


@misconception("conv2d_scratch", "F.conv2d does the work; this task is to write it.")
def convolution_of_torch(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding)


# ---------------------------------------------------------------- MyDropout


def _kept(x, p):
    return torch.rand(x.shape) >= p


@misconception("MyDropout", "What is kept is not divided by 1 - p, so that the mean shrinks in training.")
class NotRescaled(MyDropout):
    def forward(self, x):
        return x * _kept(x, self.p) if self.training else x


@misconception(
    "MyDropout", "It is evaluation that is rescaled, by 1 - p; training should be, by 1 / (1 - p)."
)
class RescaledInEvaluation(MyDropout):
    def forward(self, x):
        return x * _kept(x, self.p) if self.training else x * (1 - self.p)


@misconception("MyDropout", "p is taken as the probability to keep; it is the probability to drop.")
class KeepProbability(MyDropout):
    def forward(self, x):
        return x * _kept(x, 1 - self.p) / self.p if self.training else x


@misconception("MyDropout", "It drops in evaluation too: look at self.training.")
class AlwaysOn(MyDropout):
    def forward(self, x):
        return x * _kept(x, self.p) / (1 - self.p) if self.p < 1 else torch.zeros_like(x)


@misconception("MyDropout", "At p = 1 it divides by zero: the result is NaN.")
class NanAtOne(MyDropout):
    def forward(self, x):
        return x * _kept(x, self.p) / (1 - self.p) if self.training else x


@misconception("MyDropout", "p = 0 is taken for p = 1, or for no answer: it drops nothing.")
class NothingAtZero(MyDropout):
    def forward(self, x):
        return super().forward(x) if self.p else torch.zeros_like(x)


@misconception("MyDropout", "Whole rows are dropped together; every element is to be dropped by itself.")
class WholeRows(MyDropout):
    def forward(self, x):
        if not self.training or self.p == 1:
            return super().forward(x)
        return x * _kept(x[:, :1], self.p) / (1 - self.p)


@misconception("MyDropout", "The mask is drawn once and used in every call; draw it anew each time.")
class OneMask(MyDropout):
    mask = None

    def forward(self, x):
        if not self.training or self.p == 1:
            return super().forward(x)
        if self.mask is None:
            self.mask = _kept(x, self.p) / (1 - self.p)
        return x * self.mask


@misconception("MyDropout", "Rescaling happens outside of the graph: gradient and output have other factors.")
class ScaledData(MyDropout):
    def forward(self, x):
        if not self.training or self.p == 1:
            return super().forward(x)
        kept = x * _kept(x, self.p)
        kept.data /= 1 - self.p
        return kept


@misconception(
    "MyDropout", "F.dropout does the work, and drops in evaluation too unless it is told the mode."
)
class DropoutFunction(MyDropout):
    def forward(self, x):
        return F.dropout(x, self.p)


@misconception("MyDropout", "It is nn.Dropout that does the work; this task is to write it.")
class DropoutOfTorch(nn.Dropout):
    pass


# ---------------------------------------------------------------- MyBatchNorm1d


class _Norm(MyBatchNorm1d):
    """The reference in parts that can be replaced one by one."""

    def in_training(self):
        return self.training

    def batch(self, x):
        return x.mean(dim=0), x.var(dim=0, correction=0)

    def memory(self):
        return self.running_mean, self.running_var

    def remember(self, mean, var, B):
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(var * B / (B - 1), self.momentum)
            self.num_batches_tracked += 1

    def normalise(self, x, mean, var):
        return (x - mean) / (var + self.eps).sqrt()

    def forward(self, x):
        mean, var = self.memory()
        if self.in_training():
            if x.size(0) == 1:
                raise ValueError("one row")
            mean, var = self.batch(x)
            self.remember(mean, var, x.size(0))
        return self.normalise(x, mean, var) * self.weight + self.bias


@misconception("MyBatchNorm1d", "The biased variance is remembered; it should be the unbiased one.")
class BiasedMemory(_Norm):
    def remember(self, mean, var, B):
        super().remember(mean, var * (B - 1) / B, B)


@misconception(
    "MyBatchNorm1d", "The batch is normalised by the unbiased variance; it should be the biased one."
)
class UnbiasedBatch(_Norm):
    def batch(self, x):
        return x.mean(dim=0), x.var(dim=0)

    def remember(self, mean, var, B):
        super().remember(mean, var * (B - 1) / B, B)


@misconception(
    "MyBatchNorm1d", "momentum is taken for the share of the old statistics; it is that of the new."
)
class MomentumSwapped(_Norm):
    def remember(self, mean, var, B):
        with torch.no_grad():
            self.running_mean.lerp_(mean, 1 - self.momentum)
            self.running_var.lerp_(var * B / (B - 1), 1 - self.momentum)
            self.num_batches_tracked += 1


@misconception(
    "MyBatchNorm1d", "The last batch replaces the running statistics; they should move by momentum."
)
class LastBatchOnly(_Norm):
    def remember(self, mean, var, B):
        with torch.no_grad():
            self.running_mean.copy_(mean)
            self.running_var.copy_(var * B / (B - 1))
            self.num_batches_tracked += 1


@misconception(
    "MyBatchNorm1d", "The running statistics are plain attributes: neither saved nor moved by .double()."
)
class PlainStatistics(_Norm):
    def __init__(self, d, eps=1e-5, momentum=0.1):
        super().__init__(d, eps, momentum)
        del self.running_mean, self.running_var, self.num_batches_tracked
        self.running_mean, self.running_var = torch.zeros(d), torch.ones(d)
        self.num_batches_tracked = torch.tensor(0)

    def remember(self, mean, var, B):
        keep, share = 1 - self.momentum, self.momentum
        self.running_mean = keep * self.running_mean + share * mean.detach()
        self.running_var = keep * self.running_var + share * var.detach() * B / (B - 1)
        self.num_batches_tracked += 1


@misconception("MyBatchNorm1d", "The running statistics are parameters: an optimizer would move them.")
class StatisticsAsParameters(_Norm):
    def __init__(self, d, eps=1e-5, momentum=0.1):
        super().__init__(d, eps, momentum)
        del self.running_mean, self.running_var
        self.running_mean, self.running_var = nn.Parameter(torch.zeros(d)), nn.Parameter(torch.ones(d))


@misconception("MyBatchNorm1d", "Evaluation moves the running statistics too; only training should.")
class UpdatesInEvaluation(_Norm):
    def forward(self, x):
        y = super().forward(x)
        if not self.training and x.size(0) > 1:
            self.remember(*self.batch(x), x.size(0))
        return y


@misconception(
    "MyBatchNorm1d", "Evaluation normalises by the batch too; it should use the running statistics."
)
class BatchInEvaluation(_Norm):
    def memory(self):
        return None, None

    def normalise(self, x, mean, var):
        return super().normalise(x, *(self.batch(x) if mean is None else (mean, var)))


@misconception(
    "MyBatchNorm1d", "Training normalises by the running statistics; it should use those of the batch."
)
class MemoryInTraining(_Norm):
    def normalise(self, x, mean, var):
        return super().normalise(x, *self.memory())


@misconception("MyBatchNorm1d", "A batch of one row is accepted in training; it should raise ValueError.")
class OneRowAccepted(_Norm):
    def forward(self, x):
        if self.training and x.size(0) == 1:
            return self.normalise(x, x, torch.zeros_like(x)) * self.weight + self.bias
        return super().forward(x)


@misconception(
    "MyBatchNorm1d", "Each row is normalised over its features; it should be each feature over the batch."
)
class OverFeatures(_Norm):
    def normalise(self, x, mean, var):
        if not self.training:
            return super().normalise(x, mean, var)
        var, mean = torch.var_mean(x, dim=1, keepdim=True, correction=0)
        return super().normalise(x, mean, var)


@misconception("MyBatchNorm1d", "eps is added to the root; it belongs under the root, to the variance.")
class EpsOutside(_Norm):
    def normalise(self, x, mean, var):
        return (x - mean) / (var.sqrt() + self.eps)


@misconception("MyBatchNorm1d", "It is divided by the variance; its root is missing.")
class ByVariance(_Norm):
    def normalise(self, x, mean, var):
        return (x - mean) / (var + self.eps)


@misconception(
    "MyBatchNorm1d", "In evaluation it is multiplied by the root of the variance, and should be divided."
)
class TimesDeviation(_Norm):
    def normalise(self, x, mean, var):
        if self.training:
            return super().normalise(x, mean, var)
        return (x - mean) * (var + self.eps).sqrt()


@misconception("MyBatchNorm1d", "weight and bias are not used.")
class NotAffine(_Norm):
    def forward(self, x):
        return (super().forward(x) - self.bias) / self.weight


@misconception("MyBatchNorm1d", "Whether gradients are on decides about the mode; self.training should.")
class ModeFromGradients(_Norm):
    def in_training(self):
        return self.training and torch.is_grad_enabled()


@misconception("MyBatchNorm1d", "num_batches_tracked does not count.")
class NotCounted(_Norm):
    def remember(self, mean, var, B):
        super().remember(mean, var, B)
        self.num_batches_tracked.zero_()


@misconception("MyBatchNorm1d", "Mean and variance of the batch are detached, and gradients go another way.")
class DetachedStatistics(_Norm):
    def batch(self, x):
        return super().batch(x.detach())


@misconception(
    "MyBatchNorm1d", "The running statistics keep the graph of all batches: use no_grad or detach."
)
class StatisticsWithGraph(_Norm):
    def remember(self, mean, var, B):
        self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
        self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var * B / (B - 1)
        self.num_batches_tracked += 1


@misconception("MyBatchNorm1d", "It is nn.BatchNorm1d that does the work; this task is to write it.")
class NormOfTorch(nn.BatchNorm1d):
    pass


# ---------------------------------------------------------------- my_state_dict, my_load


def _state(
    model, prefix="", own=lambda module: {**module._parameters, **module._buffers}, dot=".", deep=True
):
    found = {prefix + name: value for name, value in own(model).items()}
    for name, module in model._modules.items():
        if module is not None and deep:
            found.update(_state(module, prefix + name + dot, own, dot))
    return found


def _own(module):
    """What belongs into the dict, with its graph."""
    passing = module._non_persistent_buffers_set
    both = {**module._parameters, **module._buffers}
    return {name: value for name, value in both.items() if value is not None and name not in passing}


def _detached(found):
    return {name: value if value is None else value.detach() for name, value in found.items()}


@misconception("my_state_dict", "No module puts in what it has itself, so nothing is ever found.")
def state_of_nobody(model, prefix=""):
    return _state(model, prefix, own=lambda module: {})


@misconception("my_state_dict", "The dot between the names is missing.")
def state_without_dots(model, prefix=""):
    return _detached(_state(model, prefix, _own, dot=""))


@misconception("my_state_dict", "Only the model itself is asked, and none of its submodules.")
def state_of_the_top(model, prefix=""):
    return _detached(_state(model, prefix, _own, deep=False))


@misconception("my_state_dict", "Buffers are missing; running statistics belong to the state, too.")
def state_of_parameters(model, prefix=""):
    return {prefix + name: value.detach() for name, value in model.named_parameters(remove_duplicate=False)}


@misconception("my_state_dict", "Buffers that are not persistent are in it; they should be left out.")
def state_with_passing(model, prefix=""):
    every = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    return {prefix + name: value.detach() for name, value in every.items()}


@misconception("my_state_dict", "Entries that are None are in it; they should be left out.")
def state_with_none(model, prefix=""):
    def own(module):
        passing = module._non_persistent_buffers_set
        both = {**module._parameters, **module._buffers}
        return {name: value for name, value in both.items() if name not in passing}

    return _detached(_state(model, prefix, own))


@misconception("my_state_dict", "The values are copies; they should lie in the model's own memory.")
def state_copied(model, prefix=""):
    return {name: value.detach().clone() for name, value in _state(model, prefix, _own).items()}


@misconception("my_state_dict", "The values are the parameters themselves, with their graph: detach them.")
def state_with_graph(model, prefix=""):
    return _state(model, prefix, _own)


@misconception("my_state_dict", "The prefix is not used.")
def state_without_prefix(model, prefix=""):
    return _detached(_state(model, "", _own))


def _copy(own, sd):
    with torch.no_grad():
        for name in own.keys() & sd.keys():
            own[name].copy_(sd[name])


def _same_names(own, sd):
    if own.keys() != sd.keys():
        raise KeyError(str(own.keys() ^ sd.keys()))


@misconception(
    "my_load", "New Parameter objects replace the model's own; an optimizer made before moves the old ones."
)
def load_replaces(model, sd, strict=True):
    own = _state(model, "", _own)
    if strict:
        _same_names(own, sd)
    for name in own.keys() & sd.keys():
        owner, _, last = name.rpartition(".")
        new = sd[name].detach().clone()
        setattr(model.get_submodule(owner), last, nn.Parameter(new) if own[name].requires_grad else new)


@misconception("my_load", "The model shares memory with what was loaded: .data = .. makes no copy.")
def load_shares(model, sd, strict=True):
    own = _state(model, "", _own)
    if strict:
        _same_names(own, sd)
    for name in own.keys() & sd.keys():
        own[name].data = sd[name]


@misconception("my_load", "Only parameters are loaded; buffers are left as they were.")
def load_parameters(model, sd, strict=True):
    if strict:
        _same_names(my_state_dict(model), sd)
    _copy(dict(model.named_parameters()), sd)


@misconception("my_load", "A name that sd lacks goes unnoticed although strict is set.")
def load_absent_unnoticed(model, sd, strict=True):
    own = my_state_dict(model)
    if strict and sd.keys() - own.keys():
        raise KeyError(str(sd.keys() - own.keys()))
    _copy(own, sd)


@misconception("my_load", "A name that the model lacks goes unnoticed although strict is set.")
def load_unknown_unnoticed(model, sd, strict=True):
    own = my_state_dict(model)
    if strict and own.keys() - sd.keys():
        raise KeyError(str(own.keys() - sd.keys()))
    _copy(own, sd)


@misconception("my_load", "Names that do not fit raise although strict is False.")
def load_always_strict(model, sd, strict=True):
    own = my_state_dict(model)
    _same_names(own, sd)
    _copy(own, sd)


@misconception("my_load", "Parameters are changed in place while autograd watches: use torch.no_grad().")
def load_recorded(model, sd, strict=True):
    own = _state(model, "", _own)
    if strict:
        _same_names(own, sd)
    for name in own.keys() & sd.keys():
        own[name].copy_(sd[name])


# ---------------------------------------------------------------- freeze, set_mode


def _part(model, prefix):
    named = model.named_parameters()
    return [one for name, one in named if not prefix or name == prefix or name.startswith(prefix + ".")]


def _switched_off(part):
    for one in part:
        one.requires_grad_(False)
        one.grad = None
    return len(part)


@misconception("freeze", "Gradients become zero, but AdamW's weight decay still moves what has a gradient.")
def freeze_by_zeros(model, prefix):
    part = _part(model, prefix)
    for one in part:
        one.register_hook(torch.zeros_like)
    return len(part)


@misconception("freeze", "The prefix is compared without its dot: layer1 takes layer10 along.")
def freeze_without_dot(model, prefix):
    return _switched_off([one for name, one in model.named_parameters() if name.startswith(prefix)])


@misconception("freeze", "Evaluation mode does not freeze: it says nothing about gradients.")
def freeze_by_eval(model, prefix):
    model.eval()
    return len(_part(model, prefix))


@misconception("freeze", "The elements are counted; it should be the parameters.")
def freeze_counts_elements(model, prefix):
    part = _part(model, prefix)
    _switched_off(part)
    return sum(one.numel() for one in part)


@misconception("freeze", "All other parameters are switched on, also those that were frozen before.")
def freeze_thaws_others(model, prefix):
    part = _part(model, prefix)
    model.requires_grad_(True)
    return _switched_off(part)


@misconception("freeze", "Everything but the part is frozen.")
def freeze_others(model, prefix):
    part = {id(one) for one in _part(model, prefix)}
    return _switched_off([one for one in model.parameters() if id(one) not in part])


@misconception(
    "freeze", "A gradient from an earlier pass stays, and an optimizer goes on moving the parameter."
)
def freeze_keeps_gradients(model, prefix):
    part = _part(model, prefix)
    for one in part:
        one.requires_grad_(False)
    return len(part)


@misconception("freeze", "The empty prefix freezes nothing; it means the whole model.")
def freeze_nothing_by_default(model, prefix):
    return _switched_off(_part(model, prefix)) if prefix else 0


@misconception("freeze", "Only whole modules are found; the name of a single parameter is a prefix, too.")
def freeze_modules_only(model, prefix):
    named = model.named_parameters()
    return _switched_off([one for name, one in named if not prefix or name.startswith(prefix + ".")])


@misconception(
    "freeze", "Only direct parameters of the part are found; those of its submodules belong to it."
)
def freeze_one_level(model, prefix):
    part = [
        one
        for (name, one) in model.named_parameters()
        if not prefix or name == prefix or name.rpartition(".")[0] == prefix
    ]
    return _switched_off(part)


@misconception("freeze", "Parameters that were frozen before are not counted.")
def freeze_counts_new_ones(model, prefix):
    part = _part(model, prefix)
    new = sum(one.requires_grad for one in part)
    _switched_off(part)
    return new


@misconception("set_mode", "Only the model itself changes its mode; its submodules keep theirs.")
def mode_of_the_top(model, training):
    model.training = training


@misconception("set_mode", "Only one level below the model is reached.")
def mode_one_level(model, training):
    model.training = training
    for child in model.children():
        child.training = training


@misconception("set_mode", "The submodules change their mode, and the model itself does not.")
def mode_below(model, training):
    for module in list(model.modules())[1:]:
        module.training = training


@misconception("set_mode", "The mode is always evaluation, whatever is asked for.")
def mode_always_evaluation(model, training):
    for module in model.modules():
        module.training = False


@misconception("set_mode", "The mode is changed over instead of set: twice the same call undoes itself.")
def mode_changed_over(model, training):
    for module in model.modules():
        module.training = not module.training


@misconception("set_mode", "Gradients are switched instead of the mode; they have nothing to do with it.")
def mode_by_gradients(model, training):
    model.requires_grad_(training)


@misconception("set_mode", "It is train() that does the work; this task is to do it by hand.")
def mode_by_train(model, training):
    model.train(training)
