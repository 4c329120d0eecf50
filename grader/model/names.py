"""Names of files and folders that several layers know a course by. Imports nothing."""

from __future__ import annotations

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
