"""What the tests of this assignment share: probes, and the tensors that they are asked about.

A probe runs beside your code and returns plain data. Strides, and which tensors share memory, do not cross
from one process to another, so probes make such tensors themselves, beside you.
"""

import warnings

import torch

# ---------------------------------------------------------------- make_tensors


def made(submission, data, array, *keys):
    """Some of the tensors that your make_tensors makes."""
    tensors = submission.make_tensors(data, array)
    return {key: tensors[key] for key in keys if key in tensors}


def kind_of_empty(submission, data, array):
    """Shape and dtype of your empty_like_list."""
    empty = submission.make_tensors(data, array)["empty_like_list"]
    return {"shape": tuple(empty.shape), "dtype": empty.dtype}


ARRAY_PARTS = {
    "all of it": lambda array: array,
    "the transpose": lambda array: array.T,
    "every second column": lambda array: array[:, ::2],
    "the last rows": lambda array: array[1:],
}


def tensor_of_part(submission, array, part):
    """Your from_numpy for a part of an array."""
    return submission.make_tensors([1], ARRAY_PARTS[part](array))["from_numpy"]


# ---------------------------------------------------------------- describe

FORMS = {
    "as it is": lambda x: x,
    "the transpose": lambda x: x.T,
    "a column": lambda x: x[:, 1],
    "every second row": lambda x: x[::2],
    "the left columns": lambda x: x[:, :2],
    "a new dimension": lambda x: x[:, None],
    "a row shown four times": lambda x: x[1].expand(4, -1),
    "an element": lambda x: x[1, 2],
    "an element as a matrix": lambda x: x[1:2, 2:3],
    "no rows": lambda x: x[:0],
    "no columns": lambda x: x[:, :0],
    "asking for gradients": lambda x: x.clone().requires_grad_(),
    "made of one that asks for gradients": lambda x: x.clone().requires_grad_() * 2,
}


def described(submission, x, *forms):
    """What your describe says about some forms of x, in their order; lists will do for tuples here."""
    found = [submission.describe(FORMS[form](x)) for form in forms]
    return [one | {key: tuple(one[key]) for key in ("shape", "stride") if key in one} for one in found]


# ---------------------------------------------------------------- arith


def combined(submission, A, B, *keys):
    """Some of the results of your arith."""
    results = submission.arith(A, B)
    return {key: results[key] for key in keys if key in results}


# ---------------------------------------------------------------- normalise, standardise_columns


def corner(submission, name, mat):
    """Nine elements of what your function makes of mat: sending all would take longer than making them."""
    return getattr(submission, name)(mat)[:3, :3]


# ---------------------------------------------------------------- shares_storage

SAME_START = {
    "a view": lambda x: (x, x.view(-1)),
    "the transpose": lambda x: (x.T, x),
    "x.data": lambda x: (x, x.data),
    "x.detach()": lambda x: (x.requires_grad_(), x.detach()),
    "the first rows": lambda x: (x, x[:2]),
    "itself": lambda x: (x, x),
}
OTHER_START = {
    "the last rows": lambda x: (x, x[2:]),
    "a column": lambda x: (x[:, 1], x),
    "two halves": lambda x: (x[:2], x[2:]),
    "every second row": lambda x: (x, x[1::2]),
    "the bits of the last row": lambda x: (x, x[-1].view(torch.int64)),
}
APART = {
    "a clone": lambda x: (x, x.clone()),
    "a sum": lambda x: (x, x + 0),
    "the transpose, reshaped": lambda x: (x, x.T.reshape(x.shape)),
    "rows by an index": lambda x: (x[[0, 1]], x[:2]),
    "a copy in another dtype": lambda x: (x.float(), x),
}
EMPTY = {
    "two empty tensors": lambda x: (torch.empty(0), torch.empty(0)),
    "an empty tensor and itself": lambda x: (torch.empty(0),) * 2,
    "an empty slice": lambda x: (x, x[:0]),
    "an empty tensor and another": lambda x: (torch.empty(0), x),
}


def said(submission, x, *pairs):
    """What your shares_storage says of pairs of tensors, in their order."""
    known = SAME_START | OTHER_START | APART | EMPTY
    return [submission.shares_storage(*known[pair](x.clone())) for pair in pairs]


# ---------------------------------------------------------------- contiguous_strides, is_contiguous_by_hand


def shapes_of(rand, pick, counts, low=2):
    """Random shapes with these numbers of dimensions, in random order; sizes from `low` to 6."""
    shapes = [tuple(rand(count, low=low, high=7, dtype=torch.int64).tolist()) for count in counts]
    return pick(shapes, len(shapes))


def strides(submission, *shapes):
    """Your contiguous_strides of some shapes; a list will do, too."""
    return [tuple(submission.contiguous_strides(shape)) for shape in shapes]


def contiguity(submission, *layouts):
    """Your is_contiguous_by_hand of some pairs of shape and stride."""
    return [submission.is_contiguous_by_hand(shape, stride) for shape, stride in layouts]


def layouts_of(x):
    """Shapes and strides of a tensor (a, b, c) and of parts of it, half of them contiguous."""
    contiguous = [x, x[1:], x[0], x[:, 0, 0].clone(), x.transpose(1, 2).contiguous()]
    others = [x.transpose(0, 1), x.movedim(0, -1), x[:, :, :-1], x[0].T, x[0, 0, ::2]]
    return [(tuple(one.shape), one.stride()) for one in (*contiguous, *others)]


# ---------------------------------------------------------------- as_shape

IN_ORDER = {
    "flat": (lambda x: x, (24,)),
    "three dimensions": (lambda x: x, (2, 2, 6)),
    "rows of another length": (lambda x: x, (3, 8)),
    "a dimension more": (lambda x: x, (4, 1, 6)),
    "rows 1 and 2, three in a row": (lambda x: x[1:3], (4, 3)),
}
COPIED = {
    "the transpose, flat": (lambda x: x.T, (24,)),
    "the transpose, in the shape of x": (lambda x: x.T, (4, 6)),
    "the left columns, flat": (lambda x: x[:, :4], (16,)),
    "every second row, flat": (lambda x: x[::2], (12,)),
    "the transpose, in rows of three": (lambda x: x.T, (8, 3)),
}
GAPS = {
    "the left columns, in squares": (lambda x: x[:, :4], (4, 2, 2)),
    "the left columns, pairs of rows": (lambda x: x[:, :4], (2, 2, 4)),
    "every second column, flat": (lambda x: x[:, ::2], (12,)),
    "the transpose, pairs of rows": (lambda x: x.T, (3, 2, 4)),
    "the transpose, as it is": (lambda x: x.T, (6, 4)),
}
EXPANDED = {
    "a row shown three times, in pairs": (lambda x: x[1].expand(3, 6), (3, 3, 2)),
    "a row shown three times, flat": (lambda x: x[1].expand(3, 6), (18,)),
    "a column shown five times, in pairs": (lambda x: x[:, :1].expand(4, 5), (2, 2, 5)),
    "a column shown five times, flat": (lambda x: x[:, :1].expand(4, 5), (20,)),
}


def reshaped(submission, x, case):
    """What your as_shape makes of a part of x (4, 6), and whether it says that it copied."""
    part, shape = (IN_ORDER | COPIED | GAPS | EXPANDED)[case]
    result, copied = submission.as_shape(part(x), shape)
    return {"copied": copied, "result": result}


# ---------------------------------------------------------------- split_rows, join


def parts(submission, T, size):
    """The parts that your split_rows makes."""
    return list(submission.split_rows(T, size))


# ---------------------------------------------------------------- to_nchw

LAYOUTS = {
    "as it is": lambda img: img,
    "channels first in memory": lambda img: img.movedim(-1, 0).contiguous().movedim(0, -1),
    "every second column": lambda img: img[..., ::2, :],
}


def images(submission, img, layout="as it is"):
    """The result of your to_nchw, and whether it is contiguous."""
    found = submission.to_nchw(LAYOUTS[layout](img))
    return {"images": found, "is_contiguous": found.is_contiguous()}


# ---------------------------------------------------------------- snapshot

SOURCES = {
    "a leaf": lambda x: x.clone().requires_grad_(),
    "a result": lambda x: x.clone().requires_grad_().exp(),
    "a part of a leaf": lambda x: x.clone().requires_grad_()[1:],
    "no gradients": lambda x: x.clone(),
}


def taken(submission, x, *sources):
    """Your snapshots of some tensors, and what autograd knows of both."""
    facts = []
    for source in sources:
        t = SOURCES[source](x)
        copy = submission.snapshot(t)
        kept = {"snapshot": copy.requires_grad, "t": t.requires_grad, "t is a leaf": t.is_leaf}
        facts.append({"values": copy, "requires_grad": kept, "has a graph": copy.grad_fn is not None})
    return facts


SNAPSHOT_LAYOUTS = {
    "the transpose": lambda x: x.T,
    "a row shown three times": lambda x: x[1].expand(3, -1),
    "an element": lambda x: x[1, 2],
    "a column": lambda x: x[:, 1],
}


def taken_of_part(submission, x, layout):
    """Your snapshot of a part of x."""
    return submission.snapshot(SNAPSHOT_LAYOUTS[layout](x))


def warned(submission, x):
    """Your snapshot of x, x as it is written to afterwards, and the warnings on the way."""
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        values = submission.snapshot(x).clone()
    later = x.add_(1).clone()
    return {"values": values, "later": later, "warnings": [one.category.__name__ for one in raised]}


# ---------------------------------------------------------------- move


def where(value):
    """A nested structure, with device, shape and dtype in the place of each tensor."""
    if isinstance(value, torch.Tensor):
        return f"{value.device.type} {tuple(value.shape)} {value.dtype}"
    if isinstance(value, dict):
        return {key: where(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(where(item) for item in value)
    return value


def moved(submission, obj, device):
    """Where everything is after your move, in what you return and in what you were given."""
    found = submission.move(obj, device)
    return {"moved": where(found), "given": where(obj)}


def moved_values(submission, obj, device):
    """The values in what your move returns, back on the CPU, and on which devices they were."""
    found = submission.move(obj, device)
    return {"devices": where(found), "values": found}


def scribble(value):
    """Write something into every container of a structure."""
    if isinstance(value, dict):
        for item in list(value.values()):
            scribble(item)
        value["scribbled"] = True
    if isinstance(value, list | tuple):
        for item in value:
            scribble(item)
    if isinstance(value, list):
        value.append("scribbled")


def scribbled(submission, obj, device):
    """What you were given, after something was written into all containers that your move returned."""
    found = submission.move(obj, device)
    scribble(found)
    return {"moved": where(found), "given": where(obj)}


# ---------------------------------------------------------------- fix_tensor_notes.py


def scaled(submission, t, factor):
    """The old and the new contents that your scale_in_place returns, and what t holds afterwards."""
    own = t.clone()
    old, new = submission.scale_in_place(own, factor)
    return {"old": old, "new": new, "t": own}


def restored(submission, t, factor):
    """t after it was scaled, restored from the old contents, and scaled once more."""
    own = t.clone()
    old, new = submission.scale_in_place(own, factor)
    new.copy_(old)
    return submission.scale_in_place(own, factor)[1]


def graphless(submission, t):
    """Your same_numbers_without_graph of the result of an operation, and what autograd knows of it."""
    found = submission.same_numbers_without_graph(t.clone().requires_grad_().exp())
    return {"values": found, "requires_grad": found.requires_grad, "has a graph": found.grad_fn is not None}
