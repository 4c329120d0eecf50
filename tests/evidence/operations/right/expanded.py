"""The square is expanded: |x|^2 - 2 x.y + |y|^2, with one product of matrices."""


def distances(X, Y):
    return (X * X).sum(1)[:, None] - 2 * X @ Y.T + (Y * Y).sum(1)
