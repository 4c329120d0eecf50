"""Assignment 1: tensors, the memory behind them, and code without loops.

Fill in the functions below. README.md says how to run the tests, and explains memory and strides.

Conventions that hold for the whole file:

- Inputs are never changed.
- Results have the dtype and the device of the tensor that they are made from, unless a docstring says
  otherwise.
- A *view* is a tensor on the memory of another one: what is written to one of them is seen in both. A
  *copy* has memory of its own.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor


def make_tensors(data: list, array: np.ndarray) -> dict[str, Tensor]:
    """Six tensors, each made in another way.

    Arguments:
        data: numbers, as a list or as a list of equally long lists of any depth.
        array: a numpy array of any shape and of a dtype that torch has. Its strides are not negative,
            but it need not be contiguous: it may be a transpose, or every second column of another one.

    Returns a dict with these keys:
        "from_list": the numbers of `data`; torch infers the dtype (whole numbers give torch.int64, others
            the default torch.float32, True and False give torch.bool);
        "from_numpy": a tensor of the shape and dtype of `array` **on the memory of `array`**: what is
            later written to the array is seen in the tensor, and the reverse;
        "ones23", "zeros23": (2, 3), float32, all ones and all zeros;
        "eye23": (2, 3), float32, ones on the diagonal and zeros elsewhere;
        "empty_like_list": shape and dtype of "from_list", with any values (tests do not look at them).
    """
    raise NotImplementedError


def describe(t: Tensor) -> dict[str, Any]:
    """What a tensor knows about itself, as plain Python values.

    Arguments:
        t: a tensor of any shape, dtype and layout; without dimensions, or without elements, too.

    Returns a dict with these keys:
        "shape": a tuple of ints;
        "dtype": the torch.dtype itself, as torch.int64;
        "device": the type of the device as a string, "cpu" or "cuda" (without an index);
        "requires_grad": a bool;
        "stride": a tuple of ints, counted in elements;
        "is_contiguous": a bool;
        "numel": the number of all elements, an int;
        "value": the only element as a Python number, exactly as it is stored, if there is one element,
            whatever the number of dimensions; None otherwise. (torch.tensor(1.1) holds the float32 nearest
            to 1.1, so its value is 1.100000023841858.)
    """
    raise NotImplementedError


def arith(A: Tensor, B: Tensor) -> dict[str, Tensor]:
    """Eight ways to combine two matrices of integers.

    Arguments:
        A, B: (n, n), torch.int64; entries may be negative.

    Returns a dict of eight tensors (n, n), element by element except for the last:
        "add", "sub", "mul": A + B, A - B and A times B, torch.int64;
        "div": A divided by B, torch.float32;
        "floordiv": A divided by B and rounded **down**, as by Python's `//`, torch.int64: -7 // 2 is -4;
        "mod": what is left of that, A - B * floordiv, as by Python's `%`, torch.int64: -7 % 2 is 1;
        "pow": A to the power of B, torch.int64 (tests look at it where no entry of B is negative);
        "matmul": the matrix product of A and B, torch.int64.

    Raises:
        RuntimeError or ZeroDivisionError: if B has a zero. (torch does that by itself where integers are
            divided and rounded.)
    """
    raise NotImplementedError


def normalise(mat: Tensor) -> Tensor:
    """(mat - mean) / std, with one mean and one standard deviation over **all** elements.

    The standard deviation is the unbiased one, which divides by the number of elements minus one; it is
    what torch computes by default. Where all elements are equal, and where there is only one, the result
    is exactly zero, not NaN. (Values are compared to a millionth: an eps of 1e-8 that somebody adds to the
    standard deviation does no harm, one of 1e-5 does.)

    Work on the whole matrix: no loops over rows or elements. At most 40 operations of torch for a matrix of
    100 x 30; numbers that leave torch (`tolist`, `numpy`, `item`, an `if` on an element) or come in count,
    too. One test more, worth a point, calls the function with a tensor on the device "meta", which has a
    shape and no values: what depends on values is chosen by `torch.where` there, not by `if`. Another one
    allows eight times the time of a solution without loops.

    Arguments:
        mat: (n, m), float32 or float64, at least one element.

    Returns:
        (n, m), in the dtype of mat.
    """
    raise NotImplementedError


def standardise_columns(X: Tensor) -> Tensor:
    """Give each column mean 0 and unbiased standard deviation 1; rows are samples, columns are features.

    Column j becomes (column - its mean) / its standard deviation, which divides by n - 1. A column whose
    entries are all equal becomes exactly zero, and so does everything if there is only one row (n = 1).
    Values are compared as for `normalise`.

    Work on the whole matrix: no loops over rows or columns. At most 50 operations of torch for a matrix of
    200 x 40, counted as for `normalise`; one test, worth a point, calls the function on the device "meta".
    Gradients flow from the result to X.

    Arguments:
        X: (n, d), float32 or float64, n and d at least 1.

    Returns:
        (n, d), in the dtype of X.
    """
    raise NotImplementedError


def shares_storage(a: Tensor, b: Tensor) -> bool:
    """Whether both tensors lie in the same block of memory.

    - Two different parts of one block share it: `x[:2]` and `x[2:]` do.
    - Equal values in two blocks do not share anything.
    - A tensor that was made empty (`torch.empty(0)`) has no memory and shares none, not even with
      itself. An empty slice of another tensor (`x[:0]`) lies in that tensor's block.
    - Shapes and dtypes may differ: `x.view(torch.int64)` shows the bits of x as integers, in one block.

    (`t.untyped_storage()` is the block of a tensor, and `.data_ptr()` is where something begins.)

    Returns a Python bool. Nothing is written to either tensor.
    """
    raise NotImplementedError


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of a tensor of this shape that lies in memory row by row, without gaps.

    The stride of a dimension is the number of elements from one index to the next. The last dimension has
    stride 1; every other one has the product of all sizes behind it: (2, 3, 4) gives (12, 4, 1). A size of 0
    counts as 1 in these products, as it does in torch: (2, 0, 4) gives (4, 4, 1). No dimensions give ().

    Plain Python: no tensor is made, and nothing else of torch is called.
    """
    raise NotImplementedError


def is_contiguous_by_hand(shape: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    """Whether a tensor of this shape and these strides is contiguous, as `Tensor.is_contiguous()` says it.

    It is if the strides are those of `contiguous_strides`, with two exceptions, where a stride is never
    used, so that it may be any number: in a dimension of size 1, and in a tensor without elements (some size
    is 0), which is always contiguous. So shape (1, 3) is contiguous with the strides (77, 1).

    Plain Python: no tensor is made, and nothing else of torch is called.

    Returns a Python bool.
    """
    raise NotImplementedError


def as_shape(t: Tensor, shape: tuple[int, ...]) -> tuple[Tensor, bool]:
    """The elements of t, in their order, in another shape; without copying them wherever that is possible.

    The order is that of `t.reshape(shape)`, row by row: nothing is transposed. `t.view(shape)` needs no
    copy, and raises RuntimeError where the elements do not lie in memory in a way that strides of the new
    shape could describe. Only then they are copied. Not every tensor that is not contiguous must be copied.

    Arguments:
        t: a tensor of any layout (a transpose, a slice, an expanded one), with at least one element.
        shape: a shape with as many elements; no -1.

    Returns:
        result: of the given shape; a view of t, or a copy that shares nothing with t.
        copied: a Python bool, True if it is a copy.
    """
    raise NotImplementedError


def split_rows(T: Tensor, size: int) -> list[Tensor]:
    """Cut T along dimension 0 into parts of `size` rows; the last part has what is left, if that is less.

    Five rows in parts of 2 are 2, 2 and 1 rows. The parts are views of T.

    Arguments:
        T: (n, ...), n at least 1.
        size: at least 1; it may be more than n, which gives one part with all rows.

    Returns:
        a list or a tuple of tensors.
    """
    raise NotImplementedError


def join(parts: list[Tensor], dim: int = 0) -> Tensor:
    """Put tensors one behind the other along a dimension that they already have; no new one is made.

    join(split_rows(T, size)) is equal to T.

    Arguments:
        parts: at least one; their shapes are equal except for their sizes in dimension `dim`.
        dim: from 0, or from the end if negative, as in torch.
    """
    raise NotImplementedError


def to_nchw(img: Tensor) -> Tensor:
    """Images as cameras and files have them, channels last, in the order of torch's convolutions.

    Pixel (h, w) of image n has its channel c at [n, h, w, c] before, and at [n, c, h, w] afterwards. No
    number changes, and the dtype stays as it is.

    Arguments:
        img: one image (H, W, C), or a batch (N, H, W, C), of any dtype and layout. Any of the sizes
            may be 1.

    Returns:
        (N, C, H, W), with N = 1 for one image; contiguous.
    """
    raise NotImplementedError


def snapshot(t: Tensor) -> Tensor:
    """A copy of t as it is now, which nothing that happens to t later can change.

    It has memory of its own, requires no gradient and has no graph behind it; values, shape and dtype are
    those of t. t itself stays as it is: if it required gradients or had a graph, it still does. No warning is
    raised (torch warns when `torch.tensor` is called with a tensor).

    Arguments:
        t: any tensor: a leaf or the result of operations, of any shape, dtype and layout.
    """
    raise NotImplementedError


def move(obj: Any, device: torch.device | str) -> Any:
    """A copy of a nested structure in which all tensors are on a device.

    Models take batches such as {"ids": ..., "pair": (..., ...), "name": "train"}, and everything in them
    that is a tensor must go where the model is.

    - A tensor becomes `t.to(device)`.
    - A dict, list or tuple becomes a **new** dict, list or tuple, with every item moved, at any depth; keys
      stay as they are. No other containers occur, nor subclasses of these.
    - Everything else (strings, numbers, None, ...) stays as it is.

    obj and all that is in it stay as they are. The tests also use the device "meta", which is there on every
    machine: its tensors have shape and dtype, and no values.

    Arguments:
        obj: a tensor, a dict, list or tuple, or anything else.
        device: "cpu", "cuda", "meta", or a torch.device.
    """
    raise NotImplementedError
