"""Results on their way into the gradebook: one that it does not take now is tried again, and not lost.

Another process may hold the database's lock for long, or the disk be full for a while.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from grader.model.errors import GradebookError

_PAUSE_S = 20.0
"""Each attempt may wait for a lock already; in between the grading goes on."""

Item = TypeVar("Item")


class Keeper(Generic[Item]):
    """Stores items in their order, sooner or later."""

    def __init__(self, store: Callable[[Item], None], clock: Callable[[], float] = time.monotonic) -> None:
        """`store` raises GradebookError where it cannot."""
        self._store = store
        self._clock = clock
        self._waiting: deque[Item] = deque()
        self._not_before = float("-inf")
        self.reason = ""
        """Why the last attempt failed."""

    @property
    def waiting(self) -> tuple[Item, ...]:
        """What is not stored so far."""
        return tuple(self._waiting)

    def keep(self, item: Item) -> None:
        """Store it, after all that wait, or let it wait as well."""
        self._waiting.append(item)
        if self._clock() >= self._not_before:
            self.flush()

    def flush(self) -> None:
        """Try now to store all that wait."""
        while self._waiting:
            try:
                self._store(self._waiting[0])
            except GradebookError as error:
                self.reason = str(error)
                self._not_before = self._clock() + _PAUSE_S
                return
            self._waiting.popleft()
