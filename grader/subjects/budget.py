"""The time that all calls of one submission have together, whichever workers answer them."""

from __future__ import annotations

from grader.model.outcomes import Outcome
from grader.subjects.base import Ended


class Budget:
    """Seconds that are left, and CPU seconds that were used."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.left_s = seconds
        self.cpu_s = 0.0
        """Of the workers that are gone."""

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self.left_s <= 0

    def charge(self, seconds: float) -> None:
        """Take so much off."""
        self.left_s -= seconds

    def over(self) -> Ended:
        """What is told of every call when it is spent."""
        message = f"the submission used up its {self._seconds:g} s in all"
        return Ended(outcome=Outcome.TIMEOUT, message=message, elsewhere=True)
