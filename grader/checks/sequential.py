"""When a row of noisy measurements has shown on which side of a limit the truth lies.

The measurements are log ratios less the log of the limit, one for each pair of runs: below zero is within
the limit. After every pair it may be asked again, as often as one likes, because what is
computed are *e-processes*: under the hypothesis that the truth lies on the other side, each is a positive
process of expectation at most one, so that by Ville's inequality the chance that it ever reaches 1/alpha is
at most alpha, however long one looks. Three of them work together, each good where the others are not:

sign    bets on the sign alone, by the Krichevsky-Trofimov mixture: nothing is assumed but that the
        noise is as often above the truth as below. Heavy tails do not matter. It needs fifteen pairs at
        least. (Howard & Ramdas, "Sequential estimation of quantiles with applications to A/B testing and
        best-arm identification", Bernoulli 2022, section 3.)
size    the scale-invariant t-mixture: noise of unknown variance, an effect of N(0, 1/c^2) standard
        deviations, and the right Haar prior on the scale. Few pairs are enough where all of them lie far
        off. (Lai, "On confidence sequences", Ann. Stat. 1976; Wang & Ramdas, "Anytime-valid t-tests and
        confidence sequences for Gaussian means with unknown variance", 2025.) As if each measurement had a
        further variance of `FLOOR`^2: pairs that agree by chance, or because one state of the machine
        outlasts them, shall not count as certainty; this can only make it smaller, and so stays valid.
gross   assumes that noise moves a pair by a factor of `GROSS_FACTOR` or more with a probability of at most
        `GROSS_CHANCE`, whatever was before, and bets everything on each pair. It is asked only when no more
        pairs fit into the time there is: it decides about what is too slow to be run many times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum

FLOOR = 0.1
GROSS_FACTOR = 8.0
GROSS_CHANCE = 0.01
GROSS_SHARE = 0.1
"""Of the error probability, what the gross process may use up."""
PRIOR = 0.05
"""c^2 of the t-mixture: effects of about four standard deviations are expected."""
_KT = 0.5


class Side(Enum):
    """Where the truth lies."""

    WITHIN = -1
    UNKNOWN = 0
    BEYOND = 1


@dataclass(slots=True)
class Tally:
    """What a row has shown so far; as many numbers however long it is."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    above: int = 0
    _log_sign: float = 0.0

    def add(self, value: float) -> None:
        """Take one more measurement. Raises ValueError where it is not finite."""
        if not math.isfinite(value):
            raise ValueError(f"a measurement must be finite, got {value}")
        same = self.above if value > 0 else self.count - self.above
        self._log_sign += math.log(2 * (same + _KT) / (self.count + 2 * _KT))
        self.count += 1
        self.total += value
        self.squares += value * value
        self.above += value > 0

    @property
    def log_evidence(self) -> float:
        """Log of the evidence (an e-value) against zero as the truth: the mean of `sign` and `size`."""
        if not self.count:
            return 0.0
        one, other = self._log_sign, log_size(self.count, self.total, self.squares)
        most = max(one, other)
        return most + math.log((math.exp(one - most) + math.exp(other - most)) / 2)

    def side(self, alpha: float) -> Side:
        """Where the truth lies; wrong with a probability of at most `alpha`.

        Both parts grow with the distance of the hypothesis on the far side of mean and median. So what
        speaks against zero speaks against everything beyond it.
        """
        if self.log_evidence < -math.log(alpha):
            return Side.UNKNOWN
        if self.total < 0 and 2 * self.above <= self.count:
            return Side.WITHIN
        return Side.BEYOND if self.total > 0 and 2 * self.above >= self.count else Side.UNKNOWN


def log_size(count: int, total: float, squares: float) -> float:
    """Log of the t-mixture against a mean of zero, of so many measurements with this sum and sum of squares.

    sqrt(c^2 / (n + c^2)) * (V / (V - S^2 / (n + c^2)))^(n/2), with V increased by n * FLOOR^2.
    """
    spread = squares + count * FLOOR**2
    left = spread - total * total / (count + PRIOR)
    return 0.5 * math.log(PRIOR / (count + PRIOR)) + 0.5 * count * math.log(spread / left)


@dataclass(slots=True)
class Trial:
    """A row of pairs, each as the log of its ratio less the log of the limit, until the side is known."""

    alpha: float
    """The greatest probability of a wrong side, over the whole row."""
    side: Side = Side.UNKNOWN
    _tally: Tally = field(default_factory=Tally)
    _far: dict[Side, int] = field(default_factory=lambda: {Side.WITHIN: 0, Side.BEYOND: 0})

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise ValueError(f"an error probability lies between 0 and 1, got {self.alpha}")

    @property
    def count(self) -> int:
        """Pairs so far."""
        return self._tally.count

    def add(self, value: float) -> Side:
        """Take one more pair. Gives the side, which stays once it is known."""
        self._tally.add(value)
        far = math.log(GROSS_FACTOR)
        self._far[Side.WITHIN] += value < -far
        self._far[Side.BEYOND] += value > far
        if self.side is Side.UNKNOWN:
            self.side = self._tally.side((1 - GROSS_SHARE) * self.alpha)
        return self.side

    def finish(self) -> Side:
        """The side when no more pairs will come: known also where each of the few was grossly off."""
        enough = self.count * math.log(GROSS_CHANCE) <= math.log(GROSS_SHARE * self.alpha)
        if self.side is Side.UNKNOWN and enough:
            sides = [side for side, count in self._far.items() if count == self.count]
            self.side = sides[0] if sides else Side.UNKNOWN
        return self.side
