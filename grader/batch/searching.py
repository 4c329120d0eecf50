"""The paths of a command -> hand-ins, none of them read yet."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from grader.batch.archives.limits import CLASS, Budget
from grader.batch.archives.opening import archive_stem, is_archive, open_file
from grader.batch.names import readable
from grader.batch.nodes import DiskNode, Node, Unreadable, plausible
from grader.batch.sources.base import HandIn, Wanted
from grader.batch.sources.detect import detect, holds_hand_in, source_named, told
from grader.batch.sources.folders import hand_in
from grader.model.errors import UsageError
from grader.model.names import SUFFIXES, forms
from grader.model.runs import Ignored


class Search:
    """Collects hand-ins, none of them read yet."""

    def __init__(self, wanted: Wanted, format_: str, archives: ExitStack) -> None:
        self._wanted = wanted
        self._source = source_named(format_) if format_ else None
        self._archives = archives
        self._places: set[str] = set()
        self.hand_ins: list[HandIn] = []
        self.ignored: list[Ignored] = []
        self.detected: list[str] = []

    def look(self, path: Path) -> None:
        """Take in what lies at a path. Raises UsageError."""
        with _said_of(path):
            mode = path.stat().st_mode  # a link that the instructor names is followed; those inside are not
            if stat.S_ISDIR(mode):
                self._folder(path)
            elif not stat.S_ISREG(mode):
                raise UsageError(f"{readable(str(path))} is neither a file nor a folder.")
            elif is_archive(path.name):
                self._archive(path)
            else:
                self._add(self._single_file(path))

    def _folder(self, path: Path) -> None:
        folder = DiskNode(path, named_by_staff=True)
        names = {inside.name for inside in path.iterdir()}
        if self._source is None and any(form in names for name in self._wanted.files for form in forms(name)):
            resolved = path.absolute().resolve()
            self._add(hand_in(DiskNode(resolved), readable(resolved.name) or "submission"))
        else:
            self._class(folder)

    def _archive(self, path: Path) -> None:
        shown = readable(str(path.absolute()))
        file = self._archives.enter_context(path.open("rb"))
        try:
            top = open_file(file, shown, Budget(CLASS))
            if self._source is None and holds_hand_in(top.children(), self._wanted):
                self._add(hand_in(DiskNode(path), readable(archive_stem(path.name))))
            else:
                self._class(top)
        except Unreadable as error:
            advice = "Nothing was graded: fetch it again, or unpack it yourself and give the folder."
            raise UsageError(f"{readable(str(path))}: {error}. {advice}") from error

    def _class(self, folder: Node) -> None:
        source, inner = (self._source, folder) if self._source else detect(folder, self._wanted)
        found = source.read(inner, self._wanted)
        self.ignored += found.ignored
        for one in found.hand_ins:
            self._add(one)
        if source.name != "folders":
            self.detected.append(f"{told(source, found)} ({folder.shown})")

    def _single_file(self, path: Path) -> HandIn:
        if path.suffix not in SUFFIXES:
            wanted = "a .py or .ipynb file, an archive (.zip, .tar, .tar.gz, ...) or a folder is needed"
            raise UsageError(f"{readable(str(path))} is not a submission: {wanted}.")
        if any(path.name in forms(name) for name in self._wanted.files):
            parent = path.absolute().parent
            return hand_in(DiskNode(parent), readable(parent.name) or path.stem)
        return hand_in(DiskNode(path))

    def _add(self, one: HandIn) -> None:
        place = _place(one)
        if place in self._places:
            self.ignored.append(Ignored(path=one.shown, reason="was given twice"))
        else:
            self._places.add(place)
            self.hand_ins.append(replace(one, submitted_at=plausible(one.submitted_at)))


def _place(one: HandIn) -> str:
    """The same for one place, however the path to it was written."""
    node = one.folder or (one.parts[0].node if len(one.parts) == 1 else None)
    if isinstance(node, DiskNode):
        return os.path.realpath(node.path.parent) + os.sep + node.path.name
    return one.shown


@contextmanager
def _said_of(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"Cannot read {readable(str(path))}: {said}.") from error
    except Unreadable as error:
        raise UsageError(f"Cannot read {readable(str(path))}: {error}.") from error
