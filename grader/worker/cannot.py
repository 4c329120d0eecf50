"""Why a hand-in cannot be loaded."""

from __future__ import annotations


class CannotLoad(Exception):
    """A hand-in file that cannot become a module, for a reason other than what its code did."""
