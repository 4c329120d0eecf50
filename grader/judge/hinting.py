"""The hint of a failure that no misconception explains, searched only then, and told after the sentence."""

from __future__ import annotations

from dataclasses import replace

from grader.checks.hints import find_hint
from grader.judge.conclude import Conclusion


def hint_of(conclusion: Conclusion, misconception: str | None) -> str | None:
    """A sentence without values, for a comparison that failed for no known reason; else None."""
    if misconception is not None or conclusion.mismatch is None:
        return None
    return find_hint(conclusion.mismatch)


def with_hint(conclusion: Conclusion, hint: str | None) -> Conclusion:
    """The conclusion whose message has the hint as its second line, before the figures."""
    if hint is None:
        return conclusion
    sentence, *figures = conclusion.message.split("\n")
    return replace(conclusion, message="\n".join([sentence, f"  {hint}", *figures]))
