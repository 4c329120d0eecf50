"""Wrong answers, and option files for pytest beside them that leave all tests out."""


def double(*_):
    return None


label = spread = total = double
