"""A folder, a file or an archive for each student."""

from __future__ import annotations

from collections.abc import Sequence

from grader.batch.archives.opening import archive_stem, is_archive
from grader.batch.contents import CLUTTER, Named
from grader.batch.names import readable
from grader.batch.nodes import DiskNode, Kind, Node
from grader.batch.sources.base import Claim, Found, HandIn, Source, Wanted, ignore, submission_time
from grader.model.names import SUFFIXES
from grader.model.runs import Ignored


def read(folder: Node, wanted: Wanted) -> Found:
    """Everything in a class folder is a student's, or is ignored with a reason."""
    hand_ins: list[HandIn] = []
    ignored: list[Ignored] = []
    for node in folder.children():
        why_not = no_student(node)
        if why_not:
            ignored.append(ignore(node, why_not))
        else:
            hand_ins.append(hand_in(node))
    return Found(hand_ins=tuple(hand_ins), ignored=tuple(ignored))


def hand_in(node: Node, student: str = "") -> HandIn:
    """A folder, a source file, or an archive that is one student's."""
    is_file = not node.is_folder and not _is_linked_folder(node)
    name = student or (readable(node.name) if not is_file else readable(_stem(node)))
    packed = is_archive(node.name)
    at, source = submission_time(None, node.modified)
    return HandIn(
        claims=(Claim(name=name, ids={"any": name}),),
        shown=node.shown,
        folder=None if is_file else node,
        parts=(Named(name=node.name, node=node),) if is_file else (),
        stands_in=is_file and not packed and node.kind is not Kind.UNSAFE,
        submitted_at=at,
        time_source=source,
    )


def no_student(node: Node) -> str:
    """Why something in a class folder is no submission; empty where it is one, good or bad."""
    if node.name.startswith("."):
        return "is hidden"
    if node.name in CLUTTER:
        return "is left over from a program, not a submission"
    if node.kind is Kind.UNSAFE:
        return f"cannot be told whose it is: {node.problem}"
    if node.is_folder or node.suffix in SUFFIXES or is_archive(node.name):
        return ""
    if node.kind is Kind.LINK:
        # A link in a student's place is that student's submission, to be rejected where all can see it.
        return "" if _is_linked_folder(node) else "is a symbolic link"
    return "is no folder, no .py or .ipynb file and no archive"


def _stem(node: Node) -> str:
    return archive_stem(node.name) if is_archive(node.name) else node.stem


def _is_linked_folder(node: Node) -> bool:
    return isinstance(node, DiskNode) and node.kind is Kind.LINK and node.path.is_dir()


def _anything(_folder: Node, _children: Sequence[Node], _wanted: Wanted) -> bool:
    return True


FOLDERS = Source(name="folders", title="Folders", matches=_anything, read=read)
