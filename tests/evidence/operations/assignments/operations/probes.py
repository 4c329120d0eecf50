"""Probes: each runs beside your code and returns plain data."""


def after_a_loop(submission, X, Y):
    """Your distances, after a set-up that makes many operations of its own."""
    for row in range(X.size(0)):
        X[row] = X[row] * 2 + row
    yield
    return submission.distances(X, Y)
