"""`grader release --out DIR`: what students get of an assignment, and nothing else.

Only files of known kinds are copied, and those that the assignment names under `handed_out`. Whatever else
lies in the folder is told, so that neither a note of the author's nor a left-over solution goes out unseen.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from grader.model.course import Assignment
from grader.model.errors import AuthoringError, UsageError
from grader.model.names import ASSIGNMENTS, SOLUTIONS, TAPE, forms

_FOR_PEOPLE = (".md", ".png", ".svg", ".jpg", ".pdf")
_DATA = (".csv", ".json", ".txt")
_CLUTTER = frozenset({"__pycache__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Handout:
    """What was written where, and what was not."""

    folder: Path
    files: tuple[str, ...]
    left_out: tuple[str, ...]


def hand_out(root: Path, name: str, assignment: Assignment, out: Path) -> Handout:
    """Copy an assignment to `OUT/assignments/<name>`.

    Raises UsageError where OUT lies in the course or its folder holds what a release does not write,
    AuthoringError where a file that would go out is one of the solutions, or one that should is not there.
    """
    source, target = root / ASSIGNMENTS / name, out / ASSIGNMENTS / name
    if out.resolve().is_relative_to(root.resolve() / ASSIGNMENTS) or target.resolve() == source.resolve():
        raise UsageError(f"--out {out} is the course itself; give another folder.")
    found = [path for path in sorted(source.rglob("*")) if not _is_clutter(path.relative_to(source))]
    chosen = [path for path in found if _is_handed_out(path, source, assignment)]
    files = [path.relative_to(source).as_posix() for path in chosen]
    left_out = [
        path.relative_to(source).as_posix() for path in found if path not in chosen and not path.is_dir()
    ]
    _expect_promised(assignment, files, source)
    _expect_no_solution(chosen, root / SOLUTIONS / name)
    _expect_only(target, files)
    for path, file in zip(chosen, files, strict=True):
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target / file)
    return Handout(folder=target, files=tuple(files), left_out=tuple(left_out))


def _is_clutter(inside: Path) -> bool:
    return any(part.startswith(".") or part in _CLUTTER for part in inside.parts)


def _is_handed_out(path: Path, source: Path, assignment: Assignment) -> bool:
    """Regular files that students are meant to have; a link could lead anywhere."""
    if path.is_symlink() or not path.is_file():
        return False
    if path.suffix in (*_FOR_PEOPLE, *_DATA):
        return True
    hand_ins = {form for file in assignment.files for form in forms(file)}
    own = {TAPE, "probes.py", *hand_ins, *assignment.handed_out}
    return path.parent == source and (
        path.name in own or (path.name.startswith("test_") and path.suffix == ".py")
    )


def _expect_promised(assignment: Assignment, files: list[str], source: Path) -> None:
    missing = [file for file in assignment.handed_out if file not in files]
    if missing:
        raise AuthoringError(
            f"autograder.yml hands out {', '.join(missing)}, and {source} has no such file: "
            "put it there, or take it out of handed_out"
        )


def _expect_no_solution(files: list[Path], solutions: Path) -> None:
    secret = {path.read_bytes(): path for path in solutions.rglob("*") if path.is_file()}
    for path in files:
        same = secret.get(path.read_bytes())
        if same is not None and path.stat().st_size:
            raise AuthoringError(f"{path} is the same file as {same}, and would go out to students")


def _expect_only(target: Path, files: list[str]) -> None:
    """An earlier release is overwritten; anything else there stops this one."""
    there = [path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir()]
    others = [file for file in there if file not in files and not _is_clutter(Path(file))]
    if others:
        listed = ", ".join(sorted(others)[:5])
        raise UsageError(
            f"{target} holds what this release does not write: {listed}. Empty it, or give another folder."
        )
