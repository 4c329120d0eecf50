"""Every name is spelled otherwise than the task says."""


def doubled(x):
    return 2 * x


def Total(x, word):
    return x.sum()
