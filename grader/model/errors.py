"""The errors of the harness, and whose they are.

GraderError                 something that a person has to mend; never a student's zero
├── UsageError              a command was called wrongly (exit code 2)
├── ConfigurationError      autograder.yml, a marker or a course folder is wrong (exit code 2)
├── AuthoringError          a test, probe, reference or misconception is wrong
├── GradebookError          the gradebook cannot be used
├── IsolationError          a confinement layer failed, or the level asked for is not reached
└── HarnessFault            judge, fork server or machine failed: the submission is regraded
    └── Overran             the judge was ended in the midst of a test that worked on an answer for too long
"""

from __future__ import annotations


class GraderError(Exception):
    """Base of all errors that the harness raises on purpose."""


class UsageError(GraderError):
    """A command was called wrongly."""


class ConfigurationError(GraderError):
    """The course's description is wrong; says file, line and the allowed values."""


class AuthoringError(GraderError):
    """A test, probe, reference solution or misconception is wrong; says where."""


class GradebookError(GraderError):
    """The gradebook cannot be opened or written."""


class IsolationError(GraderError):
    """A confinement layer failed to apply, or a demanded level is not reached."""


class HarnessFault(GraderError):
    """The judge, the fork server or the machine failed; no student's fault."""


class Overran(HarnessFault):
    """A test worked on an answer for longer than it may, where nothing could interrupt it."""

    def __init__(self, text: str, test: str) -> None:
        super().__init__(text)
        self.test = test
        """The test's id."""
