"""A generator, a coroutine, a wrong signature, and a question to the user."""


def double(x):
    yield 2 * x


def label():
    return input("What is the label?")


async def spread(n):
    return n


def total():
    return 0
