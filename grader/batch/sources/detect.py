"""Which format a folder or an archive of hand-ins has, told by nobody."""

from __future__ import annotations

from collections.abc import Sequence

from grader.batch.archives.opening import is_archive
from grader.batch.archives.tree import Member
from grader.batch.contents import CLUTTER
from grader.batch.nodes import Node
from grader.batch.sources.base import Found, Source, Wanted
from grader.batch.sources.canvas import CANVAS
from grader.batch.sources.folders import FOLDERS
from grader.batch.sources.github import GITHUB
from grader.batch.sources.gradescope import GRADESCOPE
from grader.batch.sources.gradescope_autograder import GRADESCOPE_AUTOGRADER
from grader.batch.sources.moodle import MOODLE
from grader.batch.sources.nbgrader import NBGRADER
from grader.model.counting import counted
from grader.model.errors import UsageError
from grader.model.names import forms

SOURCES: tuple[Source, ...] = (GRADESCOPE_AUTOGRADER, GRADESCOPE, MOODLE, CANVAS, NBGRADER, GITHUB, FOLDERS)
"""In the order in which they are tried; folders fit everything."""
NAMES = tuple(sorted(source.name for source in SOURCES))


def source_named(name: str) -> Source:
    """The format that `--format` names. Raises UsageError."""
    for source in SOURCES:
        if source.name == name:
            return source
    raise UsageError(f"--format: {name!r} is no format; there are {', '.join(NAMES)}.")


def detect(folder: Node, wanted: Wanted) -> tuple[Source, Node]:
    """The format, and the folder in which it was found: archives often hold everything in one folder more."""
    for _ in range(3):
        children = folder.children()
        source = next(source for source in SOURCES if source.matches(folder, children, wanted))
        inner = _only_folder(folder, children, wanted)
        if source is not FOLDERS or inner is None:
            return source, folder
        folder = inner
    return FOLDERS, folder


def _only_folder(folder: Node, children: Sequence[Node], wanted: Wanted) -> Node | None:
    """The one folder of an archive, if it is a class and no student."""
    visible = [node for node in children if node.name not in CLUTTER and not node.name.startswith(".")]
    if not isinstance(folder, Member) or len(visible) != 1 or not visible[0].is_folder:
        return None
    inside = [node for node in visible[0].children() if node.name not in CLUTTER]
    if holds_hand_in(inside, wanted):
        return None
    is_class = any(node.is_folder or is_archive(node.name) for node in inside)
    return visible[0] if is_class or CANVAS.matches(visible[0], inside, wanted) else None


def holds_hand_in(children: Sequence[Node], wanted: Wanted) -> bool:
    """Whether a hand-in file lies among them, so that the folder is one student's."""
    names = {node.name for node in children}
    return any(form in names for hand_in in wanted.files for form in forms(hand_in))


def told(source: Source, found: Found) -> str:
    """What was detected, in a line: `Canvas download: 58 students, 3 late, 4 re-uploads`."""
    whose = {(claim.name, tuple(sorted(claim.ids.items()))) for one in found.hand_ins for claim in one.claims}
    groups = len({one.group for one in found.hand_ins if one.group})
    late = len({one.name for one in found.hand_ins if one.late_mark})
    parts = [counted(len(whose), "student")]
    if groups:
        parts.append(counted(groups, "group"))
    if late:
        parts.append(f"{late} late")
    return f"{source.title}: {', '.join([*parts, *found.notes])}"
