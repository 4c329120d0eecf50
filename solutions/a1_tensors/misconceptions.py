"""Known wrong versions, each the reference with one name replaced."""

import math

import numpy as np
import torch
from tensors import (
    arith,
    as_shape,
    contiguous_strides,
    describe,
    join,
    make_tensors,
    move,
    normalise,
    snapshot,
    split_rows,
    standardise_columns,
    to_nchw,
)
from torch import Tensor

from grader import misconception

# ---------------------------------------------------------------- make_tensors


@misconception("make_tensors", "torch.Tensor(data) is always float32; torch.tensor(data) infers the dtype.")
def make_by_tensor_class(data, array):
    return make_tensors(data, array) | {"from_list": torch.Tensor(data)}


@misconception("make_tensors", "torch.tensor(array) copies the numbers; the array's memory is to be shared.")
def make_copies_the_array(data, array):
    return make_tensors(data, array) | {"from_numpy": torch.tensor(array)}


@misconception(
    "make_tensors",
    "An array that is not contiguous is copied first; torch.from_numpy can share it as it lies.",
)
def make_contiguous_first(data, array):
    return make_tensors(data, array) | {"from_numpy": torch.from_numpy(np.ascontiguousarray(array))}


@misconception("make_tensors", "torch.eye(2) is 2 x 2; torch.eye(2, 3) has three columns.")
def make_square_eye(data, array):
    return make_tensors(data, array) | {"eye23": torch.eye(2)}


@misconception("make_tensors", "ones and zeros of integers: torch.ones(2, 3) is float32.")
def make_integer_ones(data, array):
    ones = torch.tensor([[1, 1, 1], [1, 1, 1]])
    return make_tensors(data, array) | {"ones23": ones, "zeros23": 0 * ones}


@misconception("make_tensors", "torch.Tensor(n) is a vector of n arbitrary numbers, not one like the list.")
def make_empty_vector(data, array):
    return make_tensors(data, array) | {"empty_like_list": torch.Tensor(len(data))}


@misconception("make_tensors", "torch.empty(shape) is float32; the dtype of the list's tensor is asked for.")
def make_empty_float(data, array):
    return make_tensors(data, array) | {"empty_like_list": torch.empty(torch.tensor(data).shape)}


# ---------------------------------------------------------------- describe


@misconception("describe", "len(t) is the number of rows; numel is that of all elements.")
def describe_rows(t):
    return describe(t) | {"numel": len(t) if t.dim() else 1}


@misconception("describe", "len(t) is the number of rows, and raises for a tensor without dimensions.")
def describe_rows_or_raise(t):
    return describe(t) | {"numel": len(t)}


@misconception("describe", "item() raises where there are more or fewer elements than one.")
def describe_every_item(t):
    return describe(t) | {"value": t.item()}


@misconception("describe", "A tensor of one element has a value, whatever the number of its dimensions.")
def describe_value_of_no_dimensions(t):
    return describe(t) | {"value": t.item() if t.dim() == 0 else None}


@misconception("describe", "The shape is given as a list; a tuple is asked for.")
def describe_list(t):
    return describe(t) | {"shape": list(t.shape)}


@misconception("describe", "The value is rounded to the digits that printing shows.")
def describe_printed(t):
    value = describe(t)["value"]
    return describe(t) | {"value": round(value, 4) if isinstance(value, float) else value}


@misconception("describe", "Strides count elements, not bytes.")
def describe_bytes(t):
    return describe(t) | {"stride": tuple(step * t.element_size() for step in t.stride())}


@misconception("describe", "The strides are those that a contiguous tensor of this shape would have.")
def describe_expected_strides(t):
    return describe(t) | {"stride": t.contiguous().stride()}


@misconception(
    "describe", "requires_grad is not is_leaf: a result of tensors with gradients requires them, too."
)
def describe_leaves(t):
    return describe(t) | {"requires_grad": t.requires_grad and t.is_leaf}


@misconception("describe", "The dtype is given as a string; the torch.dtype itself is asked for.")
def describe_dtype_as_text(t):
    return describe(t) | {"dtype": str(t.dtype)}


# ---------------------------------------------------------------- arith


@misconception("arith", "A * B multiplies element by element; the matrix product is A @ B.")
def arith_star_for_matmul(A, B):
    return arith(A, B) | {"matmul": A * B}


@misconception("arith", "The matrix product is B @ A; the order matters.")
def arith_matmul_turned(A, B):
    return arith(A, B) | {"matmul": B @ A}


@misconception("arith", "The fraction is cut off, towards zero; // rounds down: -7 // 2 is -4.")
def arith_cut_off(A, B):
    return arith(A, B) | {"floordiv": torch.div(A, B, rounding_mode="trunc")}


@misconception("arith", "fmod has the sign of A; % has the sign of B: -7 % 2 is 1.")
def arith_fmod(A, B):
    return arith(A, B) | {"mod": torch.fmod(A, B)}


@misconception("arith", "The quotient is rounded to integers; / gives float32.")
def arith_integer_quotient(A, B):
    return arith(A, B) | {"div": A // B}


@misconception("arith", "The quotient is float64; integers divided by / give float32.")
def arith_double_quotient(A, B):
    return arith(A, B) | {"div": A.double() / B}


@misconception("arith", "^ compares bits; the power is **.")
def arith_bits(A, B):
    return arith(A, B) | {"pow": A ^ B}


@misconception("arith", "A zero in B must raise; here it is replaced by another number.")
def arith_guarded(A, B):
    return arith(A, torch.where(B == 0, 1, B))


@misconception("arith", "A zero in B must raise; the way over / and floor makes nonsense of its infinity.")
def arith_by_floor(A, B):
    floor = (A / B).floor().to(A.dtype)
    safe = arith(A, torch.where(B == 0, 1, B))
    return safe | {"div": A / B, "floordiv": floor, "mod": A - B * floor}


# ---------------------------------------------------------------- normalise


def _zeros_if_equal(mat, result):
    return torch.where(mat.amin() == mat.amax(), 0, result)


@misconception("normalise", "The standard deviation divides by n; the unbiased one divides by n - 1.")
def normalise_biased(mat):
    return _zeros_if_equal(mat, (mat - mat.mean()) / mat.std(correction=0))


@misconception("normalise", "The matrix is divided by the variance; its root is asked for.")
def normalise_by_variance(mat):
    return _zeros_if_equal(mat, (mat - mat.mean()) / mat.var())


@misconception(
    "normalise", "Each row has its own mean and standard deviation; one is asked for over all elements."
)
def normalise_rows(mat):
    same = mat.amin() == mat.amax()
    return torch.where(same, 0, (mat - mat.mean(1, keepdim=True)) / mat.std(1, keepdim=True))


@misconception(
    "normalise", "Each column has its own mean and standard deviation; one is asked for over all elements."
)
def normalise_columns(mat):
    return standardise_columns(mat)


@misconception("normalise", "The mean is not subtracted.")
def normalise_not_centred(mat):
    return _zeros_if_equal(mat, mat / mat.std())


@misconception("normalise", "Nothing guards the division 0 / 0, which is NaN, where there is no spread.")
def normalise_without_guard(mat):
    return (mat - mat.mean()) / mat.std()


@misconception(
    "normalise", "A standard deviation of zero is guarded against; that of one element is NaN, and is not."
)
def normalise_guards_zero(mat):
    std = mat.std()
    return (mat - mat.mean()) / torch.where(std == 0, 1, std)


@misconception("normalise", "The result is float64, whatever mat is.")
def normalise_in_double(mat):
    return normalise(mat.double())


@misconception("normalise", "A loop goes over the rows; the whole matrix is divided at once.")
def normalise_by_rows(mat):
    mean, std = mat.mean(), mat.std()
    return _zeros_if_equal(mat, torch.stack([(row - mean) / std for row in mat]))


@misconception("normalise", "Two loops go over all elements; the whole matrix is divided at once.")
def normalise_by_elements(mat):
    mean, std = mat.mean(), mat.std()
    result = torch.zeros(mat.shape, dtype=mat.dtype)
    for i in range(mat.shape[0]):
        for j in range(mat.shape[1]):
            result[i, j] = (mat[i, j] - mean) / std
    return _zeros_if_equal(mat, result)


@misconception("normalise", "A loop goes over Python numbers; it is as slow as one over elements.")
def normalise_by_list(mat):
    mean, std = mat.mean().item(), mat.std().item()
    result = [[(number - mean) / std for number in row] for row in mat.tolist()]
    return _zeros_if_equal(mat, torch.tensor(result, dtype=mat.dtype))


@misconception("normalise", "`if` looks at the values of the matrix; torch.where chooses without looking.")
def normalise_by_if(mat):
    if (mat == mat[0, 0]).all():
        return torch.zeros_like(mat)
    return (mat - mat.mean()) / mat.std()


# ---------------------------------------------------------------- standardise_columns


def _standardised(X, dim, correction=1):
    std = X.std(dim, correction=correction, keepdim=True)
    return torch.where(X.amin(0) == X.amax(0), 0, (X - X.mean(dim, keepdim=True)) / std)


@misconception("standardise_columns", "The rows are standardised, not the columns.")
def standardise_rows(X):
    return _standardised(X, 1)


@misconception(
    "standardise_columns",
    "dim=1 without keepdim gives one number for each row, which is then taken for each column.",
)
def standardise_mixed_up(X):
    return torch.where(X.amin(0) == X.amax(0), 0, (X - X.mean(1)) / X.std(1))


@misconception(
    "standardise_columns", "One mean and one standard deviation are taken over all; each column has its own."
)
def standardise_all(X):
    return torch.where(X.amin(0) == X.amax(0), 0, (X - X.mean()) / X.std())


@misconception(
    "standardise_columns", "The standard deviation divides by n; the unbiased one divides by n - 1."
)
def standardise_biased(X):
    return _standardised(X, 0, correction=0)


@misconception(
    "standardise_columns", "Nothing guards the division 0 / 0, which is NaN, where a column has no spread."
)
def standardise_without_guard(X):
    return (X - X.mean(0)) / X.std(0)


@misconception(
    "standardise_columns", "A standard deviation of zero is guarded against; that of a single row is NaN."
)
def standardise_guards_zero(X):
    std = X.std(0)
    return (X - X.mean(0)) / torch.where(std == 0, 1, std)


@misconception(
    "standardise_columns",
    "A small number is added to the standard deviation, which changes every column a little.",
)
def standardise_with_eps(X):
    std = X.std(0) if X.size(0) > 1 else torch.zeros_like(X[0])
    return (X - X.mean(0)) / (std + 1e-5)


@misconception("standardise_columns", "A loop goes over the columns; dim=0 does all of them.")
def standardise_by_columns(X):
    columns = [normalise(column[:, None]) for column in X.unbind(1)]
    return torch.cat(columns, dim=1)


@misconception(
    "standardise_columns", "`if` looks at the values of the columns; torch.where chooses without looking."
)
def standardise_by_if(X):
    constant = X.amin(0) == X.amax(0)
    std = torch.ones_like(X[0]) if X.size(0) == 1 else X.std(0)
    if constant.any():
        std = torch.where(constant, 1, std)
    return (X - X.mean(0)) / std


@misconception(
    "standardise_columns",
    "Mean and standard deviation are detached: the gradient takes them for constants.",
)
def standardise_detached(X):
    centred = X - X.mean(0).detach()
    constant = X.amin(0) == X.amax(0)
    std = (centred.square().sum(0) / max(X.size(0) - 1, 1)).sqrt().detach()
    return torch.where(constant, 0, centred / torch.where(constant, 1, std))


# ---------------------------------------------------------------- shares_storage


@misconception("shares_storage", "Views are other Python objects: compare memory, not identity.")
def shares_identity(a, b):
    return a is b or a.data is b.data


@misconception(
    "shares_storage", "data_ptr() is where a tensor begins; a slice begins later in the same block."
)
def shares_first_element(a, b):
    return a.data_ptr() == b.data_ptr() != 0


@misconception("shares_storage", "Equal values are no sign of shared memory: a clone has them too.")
def shares_equal_values(a, b):
    return torch.equal(a, b)


@misconception("shares_storage", "Tensors made empty have no memory, and share none: their address is 0.")
def shares_nothing(a, b):
    return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()


# ---------------------------------------------------------------- contiguous_strides, is_contiguous_by_hand


@misconception(
    "contiguous_strides", "The strides grow from the left; row by row, the last dimension has stride 1."
)
def strides_from_the_left(shape):
    return tuple(math.prod(max(size, 1) for size in shape[:i]) for i in range(len(shape)))


@misconception(
    "contiguous_strides", "Each stride has the size of its own dimension in it; only those behind it count."
)
def strides_with_own_size(shape):
    return tuple(math.prod(max(size, 1) for size in shape[i:]) for i in range(len(shape)))


@misconception(
    "contiguous_strides", "The strides are in the wrong order: they end with that of the first dimension."
)
def strides_turned_round(shape):
    return contiguous_strides(shape)[::-1]


@misconception("contiguous_strides", "A size of 0 makes the strides before it 0; it counts as 1.")
def strides_of_zero(shape):
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


@misconception("contiguous_strides", "Strides count elements; these count bytes.")
def strides_in_bytes(shape):
    return tuple(4 * step for step in contiguous_strides(shape))


@misconception("contiguous_strides", "A tensor is made and asked for its strides; they are to be computed.")
def strides_of_a_tensor(shape):
    return torch.empty(shape).stride()


@misconception("is_contiguous_by_hand", "A dimension of size 1 may have any stride; its stride is compared.")
def contiguity_of_every_stride(shape, stride):
    return 0 in shape or stride == contiguous_strides(shape)


@misconception("is_contiguous_by_hand", "A tensor without elements is contiguous whatever its strides are.")
def contiguity_of_empty(shape, stride):
    wanted = contiguous_strides(shape)
    return all(size == 1 or stride[i] == wanted[i] for i, size in enumerate(shape))


@misconception(
    "is_contiguous_by_hand",
    "Falling strides are not enough: a slice has them too, with gaps between its rows.",
)
def contiguity_of_falling_strides(shape, stride):
    kept = [step for size, step in zip(shape, stride, strict=True) if size != 1]
    return 0 in shape or kept == sorted(kept, reverse=True)


@misconception("is_contiguous_by_hand", "Only the last stride is compared; the others count, too.")
def contiguity_of_the_last(shape, stride):
    return 0 in shape or not shape or shape[-1] == 1 or stride[-1] == 1


@misconception("is_contiguous_by_hand", "A tensor is made and asked; the strides are to be compared by hand.")
def contiguity_of_a_tensor(shape, stride):
    return torch.empty_strided(shape, stride).is_contiguous()


# ---------------------------------------------------------------- as_shape


@misconception("as_shape", "reshape copies where it must; then copied is True.")
def as_shape_never_copied(t, shape):
    return t.reshape(shape), False


@misconception(
    "as_shape",
    "Whether a copy is needed depends on the new shape, too: not every tensor with gaps needs one.",
)
def as_shape_by_contiguity(t, shape):
    return t.reshape(shape), not t.is_contiguous()


@misconception("as_shape", "contiguous() copies whatever is not contiguous, also where a view would do.")
def as_shape_contiguous_first(t, shape):
    return t.contiguous().view(shape), not t.is_contiguous()


@misconception("as_shape", "contiguous() copies, and copied says that nothing was.")
def as_shape_contiguous_unsaid(t, shape):
    return t.contiguous().view(shape), False


@misconception("as_shape", "The elements are always copied; a view needs no copy.")
def as_shape_always_copied(t, shape):
    return t.clone().reshape(shape), True


@misconception("as_shape", "The tensor is transposed; another shape keeps the elements in their order.")
def as_shape_transposed(t, shape):
    return as_shape(t.mT if t.dim() > 1 else t, shape)


@misconception("as_shape", "A tensor without dimensions raises; view takes it, too.")
def as_shape_of_rows(t, shape):
    if t.dim() == 0:
        raise ValueError("no rows to give a shape to")
    return as_shape(t, shape)


@misconception("as_shape", "Stride 0 is taken for a reason to copy; an expanded tensor can often be viewed.")
def as_shape_copies_expanded(t, shape):
    if 0 in t.stride():
        return t.contiguous().view(shape), True
    return as_shape(t, shape)


# ---------------------------------------------------------------- split_rows, join


@misconception("split_rows", "torch.chunk takes the number of parts; `size` is the number of rows in each.")
def split_by_chunk(T, size):
    return list(torch.chunk(T, size))


@misconception("split_rows", "A list of equal sizes must add up to n; the last part may be smaller.")
def split_by_equal_sizes(T, size):
    return list(torch.split(T, [size] * -(-len(T) // size)))


@misconception("split_rows", "The rows that are left at the end are dropped.")
def split_without_rest(T, size):
    return [T[start : start + size] for start in range(0, len(T) - size + 1, size)]


@misconception("split_rows", "The parts are copies; slices would be views.")
def split_into_copies(T, size):
    return [part.clone() for part in split_rows(T, size)]


@misconception("split_rows", "An empty part stands at the end where nothing is left.")
def split_with_empty_part(T, size):
    return [T[start : start + size] for start in range(0, len(T) + 1, size)]


@misconception("join", "torch.stack makes a new dimension; torch.cat joins along one that is there.")
def join_by_stack(parts, dim=0):
    return torch.stack(parts, dim)


@misconception("join", "`dim` is not used: the parts are always joined along dimension 0.")
def join_rows(parts, dim=0):
    return join(parts, 0)


@misconception("join", "The dimension is 1 if none is given; it should be 0.")
def join_columns(parts, dim=1):
    return join(parts, dim)


@misconception("join", "A negative dimension raises; it counts from the end.")
def join_from_the_start(parts, dim=0):
    if dim < 0:
        raise IndexError(dim)
    return join(parts, dim)


# ---------------------------------------------------------------- to_nchw


def _as_batch(img):
    return img if img.dim() == 4 else img[None]


@misconception("to_nchw", "The numbers are cut into another shape; permute moves the channels.")
def nchw_by_reshape(img):
    batch = _as_batch(img)
    n, height, width, channels = batch.shape
    return batch.reshape(n, channels, height, width)


@misconception("to_nchw", "squeeze() removes every dimension of size 1, not only the one that was added.")
def nchw_squeezed(img):
    found = to_nchw(img).squeeze()
    return found if img.dim() == 4 else found[None]


@misconception("to_nchw", "Rows and columns are swapped: transpose(0, 2) of (H, W, C) is (C, W, H).")
def nchw_transposed(img):
    return to_nchw(img).transpose(-1, -2).contiguous()


@misconception("to_nchw", "One image has no batch dimension in the result; N = 1 is asked for.")
def nchw_without_batch(img):
    return to_nchw(img)[0] if img.dim() == 3 else to_nchw(img)


@misconception("to_nchw", "permute is a view with other strides; the result is to be contiguous.")
def nchw_not_contiguous(img):
    return _as_batch(img).permute(0, 3, 1, 2)


@misconception("to_nchw", "The result is always a float tensor; the dtype stays as it is.")
def nchw_float(img):
    return to_nchw(img).float()


@misconception("to_nchw", "Bytes are divided by 255; no number changes.")
def nchw_divided(img):
    return to_nchw(img) / 255 if img.dtype == torch.uint8 else to_nchw(img)


@misconception(
    "to_nchw", "The channels are taken one by one as the numbers lie in memory, not as strides say."
)
def nchw_by_memory(img):
    batch = _as_batch(img)
    flat = batch.as_strided(batch.shape, contiguous_strides(tuple(batch.shape)))
    return flat.permute(0, 3, 1, 2).contiguous()


# ---------------------------------------------------------------- snapshot


@misconception("snapshot", "t.data is no copy: it shows the same memory.")
def snapshot_by_data(t):
    return t.data


@misconception("snapshot", "t.detach() cuts the graph, and shares the memory.")
def snapshot_by_detach(t):
    return t.detach()


@misconception("snapshot", "clone() copies the memory, and stays in the graph.")
def snapshot_by_clone(t):
    return t.clone()


@misconception(
    "snapshot", "torch.tensor(t) makes the copy and warns; t.detach().clone() is what it recommends."
)
def snapshot_by_tensor(t):
    return torch.tensor(t)


@misconception("snapshot", "t itself is detached from its graph, and must stay as it is.")
def snapshot_detaches_t(t):
    copy = snapshot(t)
    if t._base is None:
        t.detach_()
    return copy


@misconception("snapshot", "contiguous() copies only what is not contiguous.")
def snapshot_by_contiguous(t):
    return t.detach().contiguous()


@misconception("snapshot", "torch.Tensor and float() make float32 of every dtype.")
def snapshot_as_float(t):
    return snapshot(t).float()


@misconception("snapshot", "The copy requires gradients as t does; it should require none.")
def snapshot_requires_grad(t):
    return snapshot(t).requires_grad_(t.requires_grad)


# ---------------------------------------------------------------- move


def _rebuilt(obj, leaf):
    """New dicts, lists and tuples, with `leaf` of everything else in them."""
    if isinstance(obj, dict):
        return {key: _rebuilt(value, leaf) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return type(obj)(_rebuilt(item, leaf) for item in obj)
    return leaf(obj)


@misconception("move", "t.to(device) does not change t: its result must be used.")
def move_forgets_the_result(obj, device):
    def leaf(item):
        if isinstance(item, Tensor):
            item.to(device)
        return item

    return _rebuilt(obj, leaf)


@misconception("move", "Tuples come back as lists.")
def move_to_lists(obj, device):
    if isinstance(obj, dict):
        return {key: move_to_lists(value, device) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return [move_to_lists(item, device) for item in obj]
    return move(obj, device)


@misconception("move", "Strings can be iterated, but are no containers: they are taken to pieces.")
def move_iterates_strings(obj, device):
    if isinstance(obj, dict):
        return {key: move_iterates_strings(value, device) for key, value in obj.items()}
    if isinstance(obj, list | tuple) or (isinstance(obj, str) and len(obj) > 1):
        return [move_iterates_strings(item, device) for item in obj]
    return move(obj, device)


@misconception(
    "move", "Strings can be iterated, but are no containers: they are taken to pieces without end."
)
def move_iterates_strings_forever(obj, device):
    if isinstance(obj, dict):
        return {key: move_iterates_strings_forever(value, device) for key, value in obj.items()}
    if hasattr(obj, "__iter__") and not isinstance(obj, Tensor):
        return [move_iterates_strings_forever(item, device) for item in obj]
    return move(obj, device)


@misconception(
    "move", "Only tensors right inside the first container are moved; containers lie in each other."
)
def move_first_level(obj, device):
    def one(item):
        return item.to(device) if isinstance(item, Tensor) else item

    if isinstance(obj, dict):
        return {key: one(value) for key, value in obj.items()}
    return type(obj)(one(item) for item in obj) if isinstance(obj, list | tuple) else one(obj)


@misconception("move", "Dicts and lists are changed in place; new ones are asked for.")
def move_in_place(obj, device):
    if isinstance(obj, dict):
        obj.update({key: move_in_place(value, device) for key, value in obj.items()})
        return obj
    if isinstance(obj, list):
        obj[:] = [move_in_place(item, device) for item in obj]
        return obj
    if isinstance(obj, tuple):
        return tuple(move_in_place(item, device) for item in obj)
    return move(obj, device)


@misconception("move", "Numbers become tensors; what is no tensor stays as it is.")
def move_numbers(obj, device):
    def leaf(item):
        return torch.tensor(item).to(device) if isinstance(item, int | float) else move(item, device)

    return _rebuilt(obj, leaf)


@misconception("move", "What is no tensor becomes None; it should stay as it is.")
def move_drops_the_rest(obj, device):
    return _rebuilt(obj, lambda item: item.to(device) if isinstance(item, Tensor) else None)


@misconception("move", "An object that is no container raises; a bare tensor or number is moved, too.")
def move_containers_only(obj, device):
    if not isinstance(obj, dict | list | tuple):
        raise TypeError(f"not a container: {type(obj)}")
    return move(obj, device)


@misconception("move", "Everything becomes float32 on the way.")
def move_as_float(obj, device):
    return _rebuilt(obj, lambda item: item.to(device, torch.float32) if isinstance(item, Tensor) else item)


# ---------------------------------------------------------------- fix_tensor_notes.py


@misconception(
    "sequential",
    "torch.zeros gets a list with the shape inside it; give it the shape.",
    file="fix_tensor_notes.py",
)
def fix_leaves_zeros(mat):
    return torch.zeros([mat.shape])


@misconception(
    "sequential",
    "The numbers of the sizes make a vector of two elements; the shape itself is asked for.",
    file="fix_tensor_notes.py",
)
def fix_tensor_of_sizes(mat):
    return torch.tensor(mat.shape) * 0.0


@misconception(
    "row_ranges",
    "`return` stands inside the loop: only the first row is looked at.",
    file="fix_tensor_notes.py",
)
def fix_leaves_return(mat):
    ranges = mat.new_zeros(mat.shape[0])
    ranges[0] = mat[0].max() - mat[0].min()
    return ranges


@misconception(
    "row_ranges",
    "One range is taken over the whole matrix; each row has its own.",
    file="fix_tensor_notes.py",
)
def fix_range_of_all(mat):
    return (mat.max() - mat.min()).expand(len(mat))


@misconception(
    "scale_in_place",
    "t.data is no copy, whatever the slide says: the old contents are lost.",
    file="fix_tensor_notes.py",
)
def fix_leaves_data(t, factor):
    old = t.data
    t.mul_(factor)
    return old, t


@misconception(
    "scale_in_place",
    "t.detach() shares the memory as t.data does; clone() copies.",
    file="fix_tensor_notes.py",
)
def fix_by_detach(t, factor):
    old = t.detach()
    t.mul_(factor)
    return old, t


@misconception(
    "scale_in_place", "t itself is to be changed; only a new tensor is made.", file="fix_tensor_notes.py"
)
def fix_not_in_place(t, factor):
    return t, t * factor


@misconception(
    "same_numbers_without_graph", "There is no `detatch`: it is spelt detach.", file="fix_tensor_notes.py"
)
def fix_leaves_spelling(t):
    return t.detatch()


@misconception("same_numbers_without_graph", "clone() stays in the graph.", file="fix_tensor_notes.py")
def fix_by_clone(t):
    return t.clone()


@misconception(
    "same_numbers_without_graph",
    "A view that is made under no_grad has no graph, and still requires gradients.",
    file="fix_tensor_notes.py",
)
def fix_by_no_grad(t):
    with torch.no_grad():
        return t.view_as(t)


@misconception("column_to_vector", "squeeze() removes both dimensions if n is 1.", file="fix_tensor_notes.py")
def fix_leaves_squeeze(column):
    return column.squeeze()


@misconception(
    "column_to_vector",
    "The dimension of the rows is squeezed, which is not that of size 1.",
    file="fix_tensor_notes.py",
)
def fix_squeezes_rows(column):
    return column.squeeze(dim=0)
