"""Public tests of tensors.py. Numbers, shapes and orders are drawn at random unless a test says otherwise."""

import pytest
import torch
from probes import (
    APART,
    COPIED,
    IN_ORDER,
    SAME_START,
    combined,
    contiguity,
    corner,
    described,
    layouts_of,
    made,
    moved,
    parts,
    reshaped,
    said,
    shapes_of,
    strides,
    taken,
    tensor_of_part,
)

# ---------------------------------------------------------------- make_tensors


@pytest.mark.task("make_tensors")
@pytest.mark.points(1)
@pytest.mark.hint("torch.tensor looks at the numbers to choose a dtype; torch.Tensor is always float32.")
def test_make_from_list(agree, rand):
    """A nested list of whole numbers, one of fractions, and a flat one of truth values."""
    whole, fractions = rand(2, 3, low=-9, high=9, dtype=torch.int64), rand(3, 1, 2, dtype=torch.float32)
    for numbers in (whole, fractions, rand(5, low=0, high=2, dtype=torch.bool)):
        agree(made, numbers.tolist(), rand(3).numpy(), "from_list")


@pytest.mark.task("make_tensors")
@pytest.mark.points(1)
@pytest.mark.hint("torch.eye takes two numbers: rows and columns.")
def test_make_constants(agree, rand):
    """Ones, zeros, and ones on the diagonal, of shape (2, 3)."""
    agree(made, [1, 2], rand(3).numpy(), "ones23", "zeros23", "eye23")


@pytest.mark.task("make_tensors")
@pytest.mark.points(2)
@pytest.mark.hint("torch.tensor(array) copies the numbers; torch.from_numpy takes over the memory.")
def test_make_on_the_memory_of_an_array(aliases, rand, pick):
    """from_numpy shares the memory of the array, in both directions."""
    aliases(tensor_of_part, rand(3, pick(range(4, 8))).numpy(), "all of it")
    aliases(tensor_of_part, rand(2, 2, low=-9, high=9, dtype=torch.int32).numpy(), "all of it")


# ---------------------------------------------------------------- describe


@pytest.mark.task("describe")
@pytest.mark.points(1)
@pytest.mark.hint("Strides are counted in elements; the transpose has those of the matrix in reverse.")
def test_describe_matrices(agree, rand, pick):
    """A matrix, its transpose, a column and other parts, with and without gradients."""
    forms = ["as it is", "the transpose", "a column", "every second row", "the left columns"]
    gradients = ["asking for gradients", "made of one that asks for gradients"]
    x = rand(pick(range(3, 8)), pick(range(3, 8)), dtype=pick([torch.float32, torch.float64]))
    agree(described, x, *pick([*forms, *gradients], 7))


@pytest.mark.task("describe")
@pytest.mark.points(1)
@pytest.mark.hint("numel is the product of all sizes, 1 for a tensor without dimensions.")
def test_describe_elements(agree, rand, pick):
    """A single element, without dimensions and as a matrix of one row and one column."""
    x = rand(pick(range(2, 6)), pick(range(3, 7)), low=-99, high=99, dtype=torch.int64)
    agree(described, x, *pick(["an element", "an element as a matrix", "as it is"], 3))


@pytest.mark.task("describe")
@pytest.mark.points(1)
@pytest.mark.hint("Tuples for shape and stride, the torch.dtype itself, a string for the device.")
def test_describe_types(agree, rand, pick):
    """Each entry is of the type that is asked for."""
    agree("describe", rand(pick(range(2, 9)), pick(range(2, 9)), dtype=torch.float32))


# ---------------------------------------------------------------- arith


@pytest.mark.task("arith")
@pytest.mark.points(2)
@pytest.mark.hint("A * B multiplies element by element, A @ B rows by columns.")
def test_arith_sums_and_products(agree, rand, pick):
    """Sum, difference, and both kinds of product."""
    n = pick(range(2, 6))
    A, B = rand(n, n, low=-9, high=10, dtype=torch.int64), rand(n, n, low=1, high=10, dtype=torch.int64)
    agree(combined, A, B, "add", "sub", "mul", "matmul")


@pytest.mark.task("arith")
@pytest.mark.points(2)
@pytest.mark.hint("/ of integers gives float32; // and % stay integers.")
def test_arith_quotients(agree, rand, pick):
    """Quotients of positive numbers: exact, rounded down, and what is left."""
    n = pick(range(2, 6))
    A, B = rand(n, n, low=1, high=50, dtype=torch.int64), rand(n, n, low=1, high=10, dtype=torch.int64)
    agree(combined, A, B, "div", "floordiv", "mod")


@pytest.mark.task("arith")
@pytest.mark.points(1)
@pytest.mark.hint("In Python ** is the power; ^ compares bits.")
def test_arith_powers(agree, rand, pick):
    """Powers of positive and negative numbers."""
    n = pick(range(2, 6))
    A, B = rand(n, n, low=-6, high=7, dtype=torch.int64), rand(n, n, low=1, high=5, dtype=torch.int64)
    agree(combined, A, B, "pow")


# ---------------------------------------------------------------- normalise


@pytest.mark.task("normalise")
@pytest.mark.points(3)
@pytest.mark.hint("One mean and one standard deviation for the whole matrix, by mat.mean() and mat.std().")
def test_normalise(agree, rand):
    """A wide matrix, a square one, and [[1, 2], [3, 4]]."""
    agree("normalise", 5 + 3 * rand(2, 3), rtol=1e-6, atol=1e-7)
    agree("normalise", rand(3, 3), rtol=1e-6, atol=1e-7)
    agree("normalise", torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64), rtol=1e-6, atol=1e-7)


@pytest.mark.task("normalise")
@pytest.mark.points(2)
@pytest.mark.hint("A matrix minus a number, and a matrix divided by a number, are one operation each.")
def test_normalise_operations(ops_at_most, rand):
    """A matrix of 100 x 30 by at most 40 operations: no loop."""
    ops_at_most(corner, 40, "normalise", 5 + 3 * rand(100, 30), rtol=1e-3, atol=1e-3)


# ---------------------------------------------------------------- standardise_columns


@pytest.mark.task("standardise_columns")
@pytest.mark.points(3)
@pytest.mark.hint("dim=0 goes over the rows and leaves one number for each column.")
def test_standardise(agree, rand):
    """More rows than columns, and more columns than rows."""
    agree("standardise_columns", 1 + rand(7, 3) / 10, rtol=1e-6, atol=1e-7)
    agree("standardise_columns", rand(6, 8) * rand(8, low=0.1, high=0.3), rtol=1e-6, atol=1e-7)


@pytest.mark.task("standardise_columns")
@pytest.mark.points(2)
@pytest.mark.hint("Where the shape is square, a wrong dimension raises nothing, and is wrong all the same.")
def test_standardise_square(agree, rand):
    """As many rows as columns."""
    agree("standardise_columns", 1 + rand(6, 6) / 10, rtol=1e-6, atol=1e-7)


@pytest.mark.task("standardise_columns")
@pytest.mark.points(1)
@pytest.mark.hint("Means and standard deviations of all columns take one operation each.")
def test_standardise_operations(ops_at_most, rand):
    """A matrix of 200 x 40 by at most 50 operations: no loop."""
    X = 1 + rand(200, 40) * rand(40, low=0.1, high=0.3)
    ops_at_most(corner, 50, "standardise_columns", X, rtol=4e-3, atol=4e-3)


# ---------------------------------------------------------------- shares_storage


@pytest.mark.task("shares_storage")
@pytest.mark.points(3)
@pytest.mark.hint("Every Python object has an identity of its own, also when two of them show one memory.")
def test_shares_views(agree, rand, pick):
    """Views and copies, in random order."""
    agree(said, rand(4, 4), *pick(["a view", "the transpose", "x.data", "a clone", "a sum"], 5))
    agree(said, rand(4, 4), *pick([*SAME_START, *APART], 8))


# ---------------------------------------------------------------- contiguous_strides, is_contiguous_by_hand


@pytest.mark.task("contiguous_strides")
@pytest.mark.points(2)
@pytest.mark.hint("The last stride is 1; each other one is the next one times the next size.")
def test_strides(agree, rand, pick):
    """The strides of forty random shapes with no to five dimensions."""
    agree(strides, *shapes_of(rand, pick, [0, 1, 2, 3, 4, 5, 3, 4] * 5))


@pytest.mark.task("contiguous_strides")
@pytest.mark.points(2)
@pytest.mark.hint("Every stride counts, not only the last one; a slice leaves gaps.")
def test_contiguity(agree, rand, pick):
    """Contiguous tensors, transposes and slices, as shapes and strides in random order."""
    layouts = [
        layout
        for _ in range(4)
        for layout in layouts_of(torch.empty(shapes_of(rand, pick, [3], low=3)[0], dtype=torch.int8))
    ]
    agree(contiguity, *pick(layouts, len(layouts)))


# ---------------------------------------------------------------- as_shape


@pytest.mark.task("as_shape")
@pytest.mark.points(2)
@pytest.mark.hint("What lies in memory row by row needs no copy for another shape: t.view(shape).")
def test_as_shape_of_contiguous(aliases, rand, pick):
    """Contiguous tensors in other shapes: views."""
    x = rand(4, 6)
    for case in pick(IN_ORDER, 4):
        aliases(reshaped, x, case)


@pytest.mark.task("as_shape")
@pytest.mark.points(2)
@pytest.mark.hint("view raises RuntimeError where only a copy can have the shape.")
def test_as_shape_by_a_copy(aliases, rand, pick):
    """Transposes and slices in shapes that only a copy can have."""
    x = rand(4, 6)
    for case in pick(COPIED, 4):
        aliases(reshaped, x, case)


# ---------------------------------------------------------------- split_rows, join


@pytest.mark.task("split_rows")
@pytest.mark.points(2)
@pytest.mark.hint("`size` is the number of rows in a part, not the number of parts; the last may have fewer.")
def test_split_with_a_rest(agree, rand, pick):
    """Shape (5, 6, 7) in parts of 2 as in the lecture, and other numbers of rows with a smaller last part."""
    agree(parts, rand(5, 6, 7, dtype=torch.float32), 2)
    size = pick(range(2, 5))
    agree(parts, rand(size * pick(range(2, 5)) + pick(range(1, size)), 3), size)


@pytest.mark.task("split_rows")
@pytest.mark.points(2)
@pytest.mark.hint("torch.cat joins along a dimension that is there; torch.stack makes a new one.")
def test_join(agree, rand, pick):
    """Parts of different sizes along each dimension."""
    for dim in pick([0, 1, 2], 3):
        shapes = [[3, 4, 2] for _ in range(3)]
        for shape, size in zip(shapes, pick(range(1, 6), 3), strict=True):
            shape[dim] = size
        agree("join", [rand(*shape) for shape in shapes], dim)


# ---------------------------------------------------------------- to_nchw


@pytest.mark.task("to_nchw")
@pytest.mark.points(3)
@pytest.mark.hint("permute moves dimensions; view and reshape only cut the same row of numbers elsewhere.")
def test_nchw_one_image(agree, rand, pick):
    """One image: its channels first, and a batch dimension of size 1."""
    height, width = pick(range(4, 9), 2)
    agree("to_nchw", rand(height, width, 3))
    agree("to_nchw", rand(3, 3, 3))


@pytest.mark.task("to_nchw")
@pytest.mark.points(3)
@pytest.mark.hint("permute(0, 3, 1, 2): which old dimension stands at each new place.")
def test_nchw_batch(agree, rand, pick):
    """A batch of images."""
    height, width = pick(range(4, 9), 2)
    agree("to_nchw", rand(2, height, width, 3))
    agree("to_nchw", rand(3, 3, 3, 3))


# ---------------------------------------------------------------- snapshot


@pytest.mark.task("snapshot")
@pytest.mark.points(2)
@pytest.mark.hint(".data and .detach() are views: they have no graph, but the same memory.")
def test_snapshot_memory(aliases, rand):
    """What is written to t later is not seen in the snapshot, nor the reverse."""
    aliases("snapshot", rand(3, 4))


@pytest.mark.task("snapshot")
@pytest.mark.points(2)
@pytest.mark.hint("clone() copies the memory, and is an operation of the graph.")
def test_snapshot_graph(agree, rand, pick):
    """No gradient and no graph, for a leaf, for a result, and where there is none."""
    agree(taken, rand(3, 4), *pick(["a leaf", "a result", "no gradients"], 3))


# ---------------------------------------------------------------- move


@pytest.mark.task("move")
@pytest.mark.points(2)
@pytest.mark.hint(
    "t.to(device) returns the moved tensor, and does not change t; go down into every container."
)
def test_move_nested(agree, rand, pick):
    """Tensors in a dict, in a list and in a tuple, also inside each other."""
    a, b, c, d, e = (rand(pick(range(1, 9)), pick(range(1, 9)), dtype=torch.float32) for _ in range(5))
    agree(moved, {"a": a, "b": [b, (c,)]}, "meta")
    agree(moved, [(d, {"e": [e]}), a, []], "meta")


@pytest.mark.task("move")
@pytest.mark.points(1)
@pytest.mark.trivial("input", "what is no tensor is returned as it is")
@pytest.mark.hint("What is no tensor and no dict, list or tuple is returned as it is; a string is no list.")
def test_move_other_things(agree, rand, pick):
    """Strings, numbers and None beside tensors stay as they are; so do keys that are no strings."""
    things = pick(["train", "", None, True, 3, 2.5, "x"], 7)
    tensor = rand(pick(range(1, 9)), dtype=torch.float32)
    agree(moved, {"kept": things, pick(range(9)): tensor, ("a", 1): (tensor, things[0])}, "meta")
