"""Canvas's download of submissions: flat files, their names lengthened by whose they are.

`<name>[_LATE]_<user id>_<attachment id>_<file name>`, where the name is the sortable one without spaces and
commas; `anon_<id>` stands for name and id where marking is anonymous. Texts and links that were typed in end
in `_text.html` and `_link.html`. Canvas tells no times, only `LATE`. (instructure/canvas-lms,
`lib/content_zipper.rb`.)
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.batch.contents import Named
from grader.batch.nodes import Kind, Node
from grader.batch.sources.base import Claim, Found, HandIn, Source, TimeSource, Wanted, ignore, person_name
from grader.batch.sources.folders import no_student
from grader.model.counting import counted
from grader.model.names import forms
from grader.model.runs import Ignored

_FILE = re.compile(
    r"(?P<name>[^/]*?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<attachment>\d+)_(?P<file>.+)", re.IGNORECASE
)
_ANONYMOUS = re.compile(
    r"(?P<name>anon)_(?P<user>[A-Za-z0-9]+)(?P<late>_LATE)?_(?P<attachment>\d+)_(?P<file>.+)", re.IGNORECASE
)
_TYPED = re.compile(
    r"(?P<name>.+?)(?P<late>_LATE)?_(?P<user>[A-Za-z0-9]+)_(?P<kind>text|link)\.html", re.IGNORECASE
)
_AGAIN = re.compile(r"(?P<stem>.+)-(?P<number>\d{1,3})(?P<ending>\.[^.]+(?:\.(?:gz|bz2|xz))?)")
"""A file of the same name as an earlier one gets `-1`, `-2`, ... before its ending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Upload:
    node: Node
    name: str
    user: str
    attachment: int
    file: str
    late: bool


def _upload(node: Node) -> _Upload | None:
    found = _ANONYMOUS.fullmatch(node.name) or _FILE.fullmatch(node.name)
    if found is None or node.is_folder:
        return None
    return _Upload(
        node=node,
        name=found["name"] if found["name"].lower() != "anon" else f"anon_{found['user']}",
        user=found["user"],
        attachment=int(found["attachment"]),
        file=found["file"],
        late=bool(found["late"]),
    )


def matches(_folder: Node, children: Sequence[Node], _wanted: Wanted) -> bool:
    """Most of the files are named as Canvas names them."""
    files = [node for node in children if not node.is_folder and not node.name.startswith(".")]
    fitting = [node for node in files if _upload(node) or _TYPED.fullmatch(node.name)]
    return bool(fitting) and 2 * len(fitting) > len(files)


def read(folder: Node, wanted: Wanted) -> Found:
    """A hand-in for each attempt of each student; re-uploads of a file are attempts."""
    ignored: list[Ignored] = []
    by_user: dict[str, list[_Upload]] = defaultdict(list)
    for node in folder.children():
        upload = _upload(node)
        if upload is not None:
            by_user[upload.user].append(upload)
        else:
            ignored.append(ignore(node, _why_not(node)))
    originals = [_with_own_names(uploads, wanted) for uploads in by_user.values()]
    attempts = [(uploads, _attempts(uploads)) for uploads in originals]
    hand_ins = [_hand_in(folder, uploads, parts) for uploads, sets in attempts for parts in sets]
    again = sum(len(sets) > 1 for _, sets in attempts)
    notes = (f"{counted(again, 're-upload')}",) if again else ()
    return Found(hand_ins=tuple(hand_ins), ignored=tuple(ignored), notes=notes)


def _why_not(node: Node) -> str:
    typed = _TYPED.fullmatch(node.name)
    if typed:
        return f"is a {typed['kind']} typed into Canvas, not a file that was handed in"
    if node.kind is Kind.UNSAFE:
        return f"cannot be told whose it is: {node.problem}"
    return no_student(node) or "is not named as Canvas names a student's file"


def _with_own_names(uploads: Sequence[_Upload], wanted: Wanted) -> list[_Upload]:
    """One student's files without the numbers that Canvas gave them.

    A number is Canvas's where the name without it is a hand-in's, or another file of the student's has it;
    `part-1.zip` and `part-2.zip` are two files.
    """
    own = {form for name in wanted.files for form in forms(name)} | {upload.file for upload in uploads}
    renamed = []
    for upload in uploads:
        again = _AGAIN.fullmatch(upload.file)
        name = again["stem"] + again["ending"] if again else upload.file
        renamed.append(replace(upload, file=name) if name in own else upload)
    return renamed


def _attempts(uploads: Sequence[_Upload]) -> list[list[_Upload]]:
    """The files of each attempt, oldest first. A file that was not uploaded again belongs to all of them."""
    by_file: dict[str, list[_Upload]] = defaultdict(list)
    for upload in sorted(uploads, key=lambda upload: upload.attachment):
        by_file[upload.file].append(upload)
    most = max(len(versions) for versions in by_file.values())
    return [
        [versions[max(0, len(versions) - most + number)] for versions in by_file.values()]
        for number in range(most)
    ]


def _hand_in(folder: Node, uploads: Sequence[_Upload], parts: Sequence[_Upload]) -> HandIn:
    newest = max(parts, key=lambda upload: upload.attachment)
    late = any(upload.late for upload in parts)
    times = [upload.node.modified for upload in parts if upload.node.modified]
    first = uploads[0]
    kind = "canvas_anonymous" if first.name.startswith("anon_") else "canvas"
    return HandIn(
        claims=(Claim(name=person_name(first.name), ids={kind: first.user}),),
        parts=tuple(Named(name=upload.file, node=upload.node) for upload in parts),
        shown=f"{folder.shown}/{newest.node.name}",
        stands_in=len(parts) == 1,
        order=newest.attachment,
        submitted_at=max(times, default=None) if late else None,
        time_source=TimeSource.MARK if late else None,
        late_mark=late,
        origin="canvas",
        prefix=newest.node.name[: newest.node.name.index(f"_{newest.attachment}_")]
        + f"_{newest.attachment}_",
    )


CANVAS = Source(name="canvas", title="Canvas download", matches=matches, read=read)
