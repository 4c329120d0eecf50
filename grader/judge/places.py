"""Which assignment a test file belongs to. The place decides visibility; needs nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.model.names import ASSIGNMENTS, CONFIGURATION, SOLUTIONS, TAPE, forms
from grader.model.outcomes import Visibility

_FOLDERS = {ASSIGNMENTS: Visibility.PUBLIC, SOLUTIONS: Visibility.HIDDEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder of tests: of a course, or a student's copy that stands alone."""

    folder: Path
    visibility: Visibility
    root: Path | None
    """The course's folder; None for a copy that stands alone."""

    @property
    def tape(self) -> Path:
        """Where the assignment's tape lies, if there is one."""
        return self.assignment_folder / TAPE

    @property
    def assignment_folder(self) -> Path:
        """The public folder of the assignment."""
        return self.folder if self.root is None else self.root / ASSIGNMENTS / self.folder.name

    @property
    def solution_folder(self) -> Path | None:
        """The folder of the reference, where the course has it here."""
        if self.root is None:
            return None
        folder = self.root / SOLUTIONS / self.folder.name
        return folder if folder.is_dir() else None


def place_of(test_file: Path) -> Place | None:
    """The place of a test file; None where it belongs to no assignment."""
    folder = test_file.parent
    visibility = _FOLDERS.get(folder.parent.name)
    root = folder.parent.parent
    if visibility is not None and (root / CONFIGURATION).is_file():
        return Place(folder=folder, visibility=visibility, root=root)
    if (folder / TAPE).is_file():
        return Place(folder=folder, visibility=Visibility.PUBLIC, root=None)
    return None


def hand_ins(folder: Path, names: tuple[str, ...], instead: str = "") -> dict[str, bytes]:
    """The hand-ins that are in a folder, as bytes, each in its own form or else the other.

    `instead` names a file that is taken in place of the other form of it.
    """
    files = {}
    for name in names:
        there = [form for form in forms(name) if (folder / form).is_file()]
        if there:
            form = instead if instead in there else there[0]
            files[form] = (folder / form).read_bytes()
    return files
