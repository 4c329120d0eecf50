"""Archives: right ones, mutated, truncated, bombs, with paths that lead out; and who reads them."""

from __future__ import annotations

import io
import random
import stat
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from figures.fuzzing import Read
from grader.batch.intake import find_submissions
from grader.model.course import Assignment, Task
from tests.batch.packing import tarred, zipped

KINDS = {"random": 1.0, "mutated": 2.0, "truncated": 1.0, "path": 1.0, "honest": 0.5, "bomb": 0.05}
"""With their shares: a bomb takes as long as hundreds of others."""
_WANTED = Assignment(title="A", files=("hw.py",), tasks={"t": Task(points=1)})
_MAGIC = (b"", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00")
_TARS = ("w", "w:gz", "w:bz2", "w:xz")
_PATHS = ("../hw.py", "/etc/hw.py", "a/../../hw.py", "..\\hw.py", "C:\\hw.py", "a" * 300 + "/hw.py", "hw.py/")
_TYPES = (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE)
_LINKS = ("/etc/passwd", "../../x", "hw.py")
_SPOILERS = (b"\xff" * 4, b"\0" * 4, b"7777", b"\x7f", b"")
_MIB = 2**20


def archive(kind: str, chance: random.Random) -> bytes:
    """The bytes of an archive of a kind."""
    if kind == "random":
        return chance.choice(_MAGIC) + chance.randbytes(chance.choice((0, 3, 30, 600)))
    if kind == "bomb":
        return chance.choice((_much, _many, _deep))(chance)
    if kind == "path":
        return chance.choice((_odd_zip, _odd_tar))(chance)
    data = bytearray(_packer(chance)(_tree(chance)))
    if kind == "mutated":
        for _ in range(chance.randrange(1, 9)):
            at = chance.randrange(len(data))
            data[at : at + chance.choice((1, 1, 4))] = chance.choice(_SPOILERS)
    if kind == "truncated":
        del data[chance.randrange(len(data)) :]
    return bytes(data)


def _tree(chance: random.Random) -> dict[str, bytes]:
    inner = {"hw.py": b"x = 1\n", "notes.txt": b"n" * chance.randrange(2000)}
    tree = {"hw.py": b"def f(x):\n    return x\n", f"a/{chance.randrange(9)}.txt": chance.randbytes(300)}
    return tree | ({"in.zip": zipped(inner)} if chance.random() < 0.3 else {})


def _packer(chance: random.Random) -> Callable[[dict[str, bytes]], bytes]:
    mode = chance.choice(_TARS)
    return zipped if chance.random() < 0.5 else lambda files: tarred(files, mode)


def _much(chance: random.Random) -> bytes:
    """A few thousand bytes that become many millions."""
    return _packer(chance)({"hw.py": b"\0" * chance.choice((2, 20)) * _MIB})


def _many(chance: random.Random) -> bytes:
    """More names than are read."""
    return _packer(chance)({f"{number}": b"" for number in range(chance.choice((100, 11_000)))})


def _deep(chance: random.Random) -> bytes:
    """Archives in archives."""
    data = zipped({"hw.py": b"x = 1\n"})
    for _ in range(chance.randrange(2, 30)):
        data = zipped({"in.zip": data, "also.zip": data} if len(data) < 10_000 else {"in.zip": data})
    return data


def _odd_zip(chance: random.Random) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        info = zipfile.ZipInfo("hw.py")
        info.filename = chance.choice(_PATHS)
        info.external_attr = chance.choice((stat.S_IFREG, stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO)) << 16
        packed.writestr(info, b"/etc/passwd")
    return made.getvalue()


def _odd_tar(chance: random.Random) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as packed:
        info = tarfile.TarInfo(chance.choice(_PATHS))
        info.type, info.linkname = chance.choice(_TYPES), chance.choice(_LINKS)
        packed.addfile(info)
    return made.getvalue()


def read(data: bytes) -> Read:
    """Take an archive as a student's hand-in. Raises whatever a hand-in must not cause: a finding."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "s01.zip")
        path.write_bytes(data)
        began = time.monotonic()
        (entry,) = find_submissions([Path(folder)], _WANTED).entries
        seconds = time.monotonic() - began
        if not entry.reason and entry.submission is None:
            raise RuntimeError("an archive was neither taken nor rejected")
        if [path] != list(Path(folder).iterdir()) or path.read_bytes() != data:
            raise RuntimeError("something was written beside an archive")
    return Read("rejected" if entry.reason else "taken", seconds)
