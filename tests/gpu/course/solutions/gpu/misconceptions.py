"""Known wrong versions, each the reference with one name replaced."""

from grader import misconception


@misconception("move", "`to` gives a new tensor; it does not move the one that it is called on.")
def left_where_they_were(values, to):
    for value in values:
        value.to(to)
    return values[:1]


@misconception("scale", "The values are divided by their sum, not by the greatest one.")
def by_the_sum(x):
    return x / x.abs().sum()
