"""Known wrong versions: where one is named, no hint is searched."""

from grader import misconception


@misconception("column_means", "The rows are averaged, not the columns: the mean goes over dim=0.")
def rows(x):
    return x.mean(dim=1)
