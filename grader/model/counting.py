"""Numbers with what they count, in words."""

from __future__ import annotations


def counted(number: float, noun: str) -> str:
    """`1 point`, `2 points`, `0.5 points`."""
    shown = number if isinstance(number, int) else f"{number:g}"
    return f"{shown} {noun}" + ("" if number == 1 else "s")
