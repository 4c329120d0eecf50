"""What a wrong tensor has to do with the expected one, found by trying.

A hint is a sentence without a value in it, and is given only where it explains every element.
"""

from __future__ import annotations

from grader.checks.hints.search import find_hint as find_hint
