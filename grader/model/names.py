"""Names of files and folders that several layers know a course by. Needs nothing heavy."""

from __future__ import annotations

from collections.abc import Collection

CONFIGURATION = "autograder.yml"
"""The course's description, in its folder."""
TAPE = "expected.tape"
"""What answers for the reference, in an assignment's folder."""
ASSIGNMENTS = "assignments"
"""The folder of what students get."""
ALTERNATIVES = "alternatives"
"""Other right solutions, a folder each, in a solution's folder."""
MISCONCEPTIONS = "misconceptions.py"
"""The known wrong versions, in a solution's folder."""
SOLUTIONS = "solutions"
"""The folder of what they do not."""
MODULE, NOTEBOOK = ".py", ".ipynb"
SUFFIXES = (MODULE, NOTEBOOK)
"""Endings of hand-in files. Where one form is asked for, the other stands for it."""
MAX_MODULE_BYTES, MAX_NOTEBOOK_BYTES = 2**20, 16 * 2**20
"""Of a hand-in file, by its form: most of a notebook may be plots, which nobody looks at."""


def most_bytes(file: str) -> int:
    """How large a hand-in file may be, by its name."""
    return MAX_NOTEBOOK_BYTES if file.endswith(NOTEBOOK) else MAX_MODULE_BYTES


def forms(file: str) -> tuple[str, ...]:
    """A hand-in's own name first, then the other form: a notebook for a module and the reverse."""
    stem = file.rpartition(".")[0]
    return tuple(dict.fromkeys((file, *(stem + suffix for suffix in SUFFIXES))))


def as_form(file: str, like: str) -> str:
    """A hand-in's name with the ending of another file."""
    return file.rpartition(".")[0] + (NOTEBOOK if like.endswith(NOTEBOOK) else MODULE)


def in_either_form(file: str, among: Collection[str]) -> str | None:
    """The name under which a hand-in is there; None where it is not."""
    return next((form for form in forms(file) if form in among), None)
