"""The markers of an assignment's tests, as pytest shows them. Imports nothing."""

from __future__ import annotations

MARKERS = {
    "task(id)": "the task of autograder.yml that a test grades",
    "points(n)": "points of a test, shared over the CPU cases of a parametrised one",
    "gpu": "needs a GPU; pending where there is none",
    "timing": "measures time, by `faster` or `time`; alone on the machine among timed tests",
    "limits(seconds=, memory_mb=, processes=)": "other limits than autograder.yml's for each call of a test",
    "forbid(name, ...)": "names of torch that the student's code must not use, such as 'torch.nn.LSTM'",
    "hint(text)": "shown to the student when the test fails",
    "trivial(kind, reason)": "a trivial answer ('zeros', 'ones', 'input', 'mean') is rightly correct",
}
