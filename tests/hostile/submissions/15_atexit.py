"""Right answers; what it registered for the exit of the process prints, writes and waits."""

import atexit
import threading
import time
import weakref

class _Last:
    def __del__(self):
        time.sleep(60)


def _at_the_end():
    print("passed", flush=True)
    with open("left_behind.txt", "w") as file:
        file.write("x")
    time.sleep(60)


_last = _Last()
atexit.register(_at_the_end)
weakref.finalize(_last, _at_the_end)
threading.Thread(target=time.sleep, args=(60,)).start()


def double(x):
    return 2 * x


def label():
    return "ok"


def spread(n):
    return n


def total(x, word):
    return x.sum()
