"""Archives are read in memory, within limits, and cost nobody but their own student anything."""

from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grader.batch.archives.limits import CLASS, MIB, STUDENT, ArchiveLimits, Budget
from grader.batch.archives.opening import archive_stem, is_archive, open_file
from grader.batch.archives.paths import safe_parts, unicode_name
from grader.batch.contents import Named, contents
from grader.batch.intake import Entry, find_submissions
from grader.batch.nodes import DiskNode, Kind, Node, Unreadable
from grader.model.course import Assignment, Task
from grader.model.digests import digest_files
from grader.model.errors import UsageError
from tests.batch.packing import tarred, tarred_entry, zipped, zipped_entry

ONE = Assignment(title="A", files=("hw.py",), tasks={"t": Task(points=1)})
TWO = Assignment(title="B", files=("one.py", "two.py"), tasks={"t": Task(points=1)})
PATIENTLY = settings(deadline=None, suppress_health_check=list(HealthCheck))
SMALL = ArchiveLimits(total_bytes=MIB, entries=50, packed_bytes=MIB, ratio_floor_bytes=64 * 1024)
ALL_TARS = [("tar", "w"), ("tar.gz", "w:gz"), ("tgz", "w:gz"), ("tar.bz2", "w:bz2"), ("tar.xz", "w:xz")]


def hand_in(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def take(path: Path, assignment: Assignment = ONE) -> dict[str, Entry]:
    return {entry.student: entry for entry in find_submissions([path], assignment).entries}


def files_of(data: bytes, name: str = "x.zip", limits: ArchiveLimits = STUDENT) -> dict[str, bytes]:
    """What contents finds in one archive that was handed in."""
    return contents((Named(name=name, node=Bytes(name, data)),), ("hw.py",), limits).files


class Bytes(Node):
    """A file that lies nowhere."""

    kind = Kind.FILE

    def __init__(self, name: str, data: bytes) -> None:
        self.name, self._data = name, data

    shown = property(lambda self: self.name)
    modified = property(lambda self: None)

    def children(self) -> list[Node]:
        return []

    def read(self, limit: int) -> bytes:
        if len(self._data) > limit:
            raise Unreadable("too large")
        return self._data


@pytest.mark.parametrize(("ending", "mode"), ALL_TARS)
def test_every_kind_of_tar_is_a_submission(tmp_path: Path, ending: str, mode: str) -> None:
    hand_in(tmp_path, f"jane.{ending}", tarred({"./hw.py": "1", "notes.txt": ""}, mode))
    jane = take(tmp_path)["jane"]
    assert jane.submission.files == {"hw.py": b"1"}
    assert jane.submission.found == (f"jane.{ending}", f"jane.{ending}/notes.txt")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_zip_is_a_submission(tmp_path: Path, method: int) -> None:
    hand_in(tmp_path, "jane.zip", zipped({"a/": "", "hw.py": "1"}, method))
    jane = take(tmp_path)["jane"]
    assert jane.submission.files == {"hw.py": b"1"}
    assert jane.submission.digest == digest_files({"hw.py": b"1"})


def test_a_zip_inside_a_students_folder_a_folder_inside_the_zip(tmp_path: Path) -> None:
    inner = zipped({"My work/hw.py": "1", "__MACOSX/My work/._hw.py": "junk"})
    hand_in(tmp_path, "jane/upload.zip", inner)
    assert take(tmp_path)["jane"].submission.files == {"hw.py": b"1"}


def test_what_lies_on_top_outweighs_an_archive_and_an_archive_adds_the_rest(tmp_path: Path) -> None:
    hand_in(tmp_path, "jane/one.py", b"top")
    hand_in(tmp_path, "jane/rest.zip", zipped({"one.py": "packed", "two.py": "packed"}))
    assert take(tmp_path, TWO)["jane"].submission.files == {"one.py": b"top", "two.py": b"packed"}


def test_two_archives_with_the_same_hand_in_are_not_guessed_between(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        hand_in(tmp_path, f"jane/{name}", zipped({"hw.py": name}))
    hand_in(tmp_path, "joe/hw.py", b"")
    found = take(tmp_path)
    assert "a.zip and b.zip hold hw" in found["jane"].reason
    assert found["joe"].submission is not None


def test_a_class_in_one_zip_of_zips_and_folders(tmp_path: Path) -> None:
    inner = zipped({"hw.py": "jane"})
    data = zipped({"class/jane.zip": inner, "class/joe/hw.py": "joe", "class/README.md": ""})
    found = find_submissions([hand_in(tmp_path, "class.zip", data)], ONE)
    assert {entry.student: entry.submission.files["hw.py"] for entry in found.entries} == {
        "jane": b"jane",
        "joe": b"joe",
    }
    assert [entry.path.rpartition("!")[2] for entry in found.ignored] == ["/class/README.md"]


def test_one_students_zip_given_by_name(tmp_path: Path) -> None:
    path = hand_in(tmp_path, "jane.zip", zipped({"hw.py": "1"}))
    assert take(path)["jane"].submission.files == {"hw.py": b"1"}
    path = hand_in(tmp_path, "all.zip", zipped({"joe/hw.py": "1"}))
    assert take(path)["joe"].submission.files == {"hw.py": b"1"}


UNSAFE_NAMES = [
    ("../hw.py", "'..'"),
    ("a/../../hw.py", "'..'"),
    ("/etc/cron.d/x", "absolute"),
    ("C:/windows/x.py", "drive letter"),
    ("c:x", "drive letter"),
    ("..\\x.py", "backslash"),
    ("x" * 300, "too long"),
    ("d/" * 40 + "x", "too many folders"),
    ("d/" * 600 + "x", "too long"),
]


@pytest.mark.parametrize(("name", "why"), UNSAFE_NAMES)
def test_an_unsafe_path_rejects_its_submission_and_no_other(tmp_path: Path, name: str, why: str) -> None:
    hand_in(tmp_path / "class", "jane.zip", zipped_entry(name))
    hand_in(tmp_path / "class", "jim.tar", tarred_entry(name))
    hand_in(tmp_path / "class", "joe/hw.py", b"1")
    found = take(tmp_path / "class")
    for student in ("jane", "jim"):
        assert found[student].submission is None
        assert "unsafe path" in found[student].reason and why in found[student].reason
    assert found["joe"].submission is not None
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "class",
        "hw.py",
        "jane.zip",
        "jim.tar",
        "joe",
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (zipped_entry("link", stat.S_IFLNK | 0o777, b"/etc/passwd"), "symbolic link"),
        (zipped_entry("pipe", stat.S_IFIFO | 0o644), "not a regular file"),
        (zipped_entry("device", stat.S_IFBLK | 0o644), "not a regular file"),
        (tarred_entry("link", tarfile.SYMTYPE, "/etc/passwd"), "link"),
        (tarred_entry("link", tarfile.LNKTYPE, "hw.py"), "link"),
        (tarred_entry("pipe", tarfile.FIFOTYPE), "not a regular file"),
        (tarred_entry("device", tarfile.CHRTYPE), "not a regular file"),
        (tarred_entry("sparse", tarfile.GNUTYPE_SPARSE), "sparse"),
    ],
)
def test_links_and_special_files_reject_the_submission(data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        files_of(data)


def test_an_unsafe_member_in_a_class_archive_is_its_students_only(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in ("jane/hw.py", "joe/hw.py", "jane/x/../../../evil.py", "../nobody.py"):
            archive.writestr(name, "1")
    found = find_submissions([hand_in(tmp_path, "class.zip", made.getvalue())], ONE)
    entries = {entry.student: entry for entry in found.entries}
    assert "leads out of the archive" in entries["jane"].reason
    assert entries["joe"].submission is not None
    assert any(
        "leads out" in one.reason for one in [*found.ignored, *found.entries] if one is not entries["jane"]
    )


def test_bombs_are_stopped_while_they_are_unpacked() -> None:
    zeros = b"\0" * (24 * MIB)
    for data in (zipped({"hw.py": "1", "zeros.bin": zeros}), tarred({"hw.py": "1", "zeros.bin": zeros})):
        with pytest.raises(Unreadable, match="times its size, as only a bomb does"):
            files_of(data)
    with pytest.raises(Unreadable, match="unpacks to more than 1 MiB"):
        files_of(zipped({"hw.py": "1", "r.bin": os.urandom(MIB)}, zipfile.ZIP_STORED), limits=SMALL_PACKED)


SMALL_PACKED = ArchiveLimits(total_bytes=MIB, packed_bytes=8 * MIB)


def test_a_header_that_lies_about_the_size_changes_nothing() -> None:
    data = bytearray(zipped({"zeros.bin": b"\0" * (40 * MIB), "hw.py": "1"}))
    place = data.rfind(b"PK\x01\x02", 0, data.rfind(b"PK\x01\x02"))
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")  # the unpacked size, it says, is ten bytes
    with pytest.raises(Unreadable):
        files_of(bytes(data))


def test_too_many_entries_are_refused() -> None:
    many = {f"{number}.txt": "" for number in range(60)} | {"hw.py": "1"}
    for data in (zipped(many), tarred(many)):
        with pytest.raises(Unreadable, match="more than 50 entries"):
            files_of(data, limits=SMALL)
    huge = zipped({f"{number}.txt": "" for number in range(6000)})
    with pytest.raises(Unreadable, match="more entries than are read"):
        files_of(huge, limits=ArchiveLimits(entries=200))


def test_archives_in_archives_have_an_end() -> None:
    data = zipped({"hw.py": "1"})
    for number in range(2):
        data = zipped({f"{number}.zip": data})
    assert files_of(data) == {"hw.py": b"1"}
    with pytest.raises(Unreadable, match="more than 3 deep"):
        files_of(zipped({"last.zip": data}))


def test_an_archive_of_itself_ends() -> None:
    data = zipped({"hw.txt": "1"})
    for _ in range(10):
        data = zipped({"again.zip": data})
    with pytest.raises(Unreadable, match="deep"):
        files_of(data)


def encrypted() -> bytes:
    data = bytearray(zipped({"hw.py": "1"}))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"PK", "damaged or no zip"),
        (b"no archive at all" * 50, "damaged or no tar"),
        (zipped({"hw.py": "1" * 5000})[:-30], "damaged or no zip"),
        (tarred({"hw.py": os.urandom(9000)})[:-200], "damaged or no tar"),
        (encrypted(), "hw.py is encrypted"),
        (zipped({"hw.py": "1"}, zipfile.ZIP_LZMA), "a method that is not read"),
    ],
)
def test_what_cannot_be_opened_is_rejected_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        files_of(data)


def test_a_damaged_member_is_told() -> None:
    data = bytearray(zipped({"hw.py": b"a" * 100}, zipfile.ZIP_STORED))
    data[data.find(b"aaa")] ^= 1
    with pytest.raises(Unreadable, match=r"hw\.py in the archive is damaged"):
        files_of(bytes(data))


def test_an_archive_of_another_kind_says_which_are_opened(tmp_path: Path) -> None:
    hand_in(tmp_path, "jane/work.rar", b"Rar!")
    assert "work.rar is an archive of a kind that is not opened" in take(tmp_path)["jane"].reason


def test_the_kind_is_told_by_the_first_bytes_and_not_by_the_name() -> None:
    assert files_of(tarred({"hw.py": "1"}), "x.zip") == {"hw.py": b"1"}
    assert files_of(zipped({"hw.py": "1"}), "x.tar") == {"hw.py": b"1"}


def test_a_damaged_class_archive_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"class\.zip: .*damaged.* Nothing was graded: fetch it again"):
        find_submissions([hand_in(tmp_path, "class.zip", b"PK nothing")], ONE)


def test_names_written_as_utf8_without_saying_so_are_read() -> None:
    assert unicode_name("übung.py".encode().decode("cp437"), is_utf8=False) == "übung.py"
    assert unicode_name("übung.py", is_utf8=True) == "übung.py"
    assert unicode_name("\x81bung.py", is_utf8=False) == "\x81bung.py"


def test_composition_and_case_twins_are_told_apart_or_told() -> None:
    decomposed = unicodedata.normalize("NFD", "é.py")
    assignment = ("é.py",)
    data = zipped({decomposed: "1"})
    assert contents((Named(name="x.zip", node=Bytes("x.zip", data)),), assignment).files == {"é.py": b"1"}
    with pytest.raises(Unreadable, match="stands more than once"):
        contents(
            (Named(name="x.zip", node=Bytes("x.zip", zipped({decomposed: "1", "é.py": "2"}))),), assignment
        )
    assert files_of(zipped({"HW.py": "no", "hw.py": "yes"})) == {"hw.py": b"yes"}


def test_two_entries_of_one_name_are_not_guessed_between() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("hw.py", "1")
        archive.writestr("hw.py", "2")
    with pytest.raises(Unreadable, match="stands more than once"):
        files_of(made.getvalue())


def test_a_stream_of_several_members_and_padding_is_one() -> None:
    plain = tarred({"hw.py": "1" * 3000}, "w")
    split = gzip.compress(plain[:700]) + gzip.compress(plain[700:]) + b"\0" * 512
    assert files_of(split, "x.tgz") == {"hw.py": b"1" * 3000}


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a.zip", "a"), ("a.b.TAR.GZ", "a.b"), ("a.tgz", "a"), ("a.tar", "a"), ("a.rar", "a.rar")],
)
def test_the_stem_of_an_archive(name: str, stem: str) -> None:
    assert archive_stem(name) == stem and is_archive(name) == (stem != name)


@given(st.text(max_size=60))
@example("a/../b")
@example("\\\\server\\share")
@PATIENTLY
def test_no_path_that_is_taken_for_safe_leads_out(name: str) -> None:
    parts, problem = safe_parts(name, STUDENT)
    assert not {"..", ".", ""} & set(parts)
    assert not any("/" in part or "\\" in part for part in parts)
    if not problem and parts:
        inside = os.path.normpath("/".join(["/safe", *parts]))
        assert inside.startswith("/safe/")


SEEDS = (
    zipped({"hw.py": "score 10", "a/b.txt": "x" * 300, "in.zip": zipped({"one.py": "1"})}),
    tarred({"hw.py": "score 10", "a/b.txt": "x" * 300}, "w"),
    tarred({"hw.py": "score 10"}, "w:gz"),
    tarred({"hw.py": "score 10"}, "w:bz2"),
    tarred({"hw.py": "score 10"}, "w:xz"),
    zipped_entry("../x"),
    tarred_entry("x", tarfile.GNUTYPE_LONGNAME),
    tarred_entry("x", tarfile.XHDTYPE),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """An archive with some bytes changed, taken out, put in or repeated."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.sampled_from(["flip", "set", "cut", "put", "repeat"])):
            case "flip" if data:
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "set":
                data[at : at + 4] = draw(
                    st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"7777"])
                )
            case "cut":
                del data[at : at + draw(st.integers(1, 600))]
            case "put":
                data[at:at] = draw(st.binary(max_size=20))
            case "repeat":
                data[at:at] = data[at : at + draw(st.integers(1, 600))]
    return bytes(data)


@given(mutated() | st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: b"PK\x03\x04" + tail))
@settings(PATIENTLY, max_examples=400)
def test_no_archive_whatever_it_holds_does_more_than_be_rejected(data: bytes) -> None:
    try:
        files = files_of(data, limits=SMALL)
    except Unreadable as error:
        assert str(error)
        return
    assert set(files) <= {"hw.py"}
    assert sum(map(len, files.values())) <= MIB


@given(mutated())
@settings(PATIENTLY, max_examples=60)
def test_no_class_archive_writes_anything_anywhere(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("class")
    path = hand_in(folder, "class.zip", data)
    try:
        find_submissions([path], ONE)
    except UsageError as error:
        assert "class.zip" in str(error)
    assert list(folder.iterdir()) == [path]


def test_a_class_may_be_larger_than_a_student() -> None:
    assert CLASS.total_bytes > STUDENT.total_bytes and CLASS.entries > STUDENT.entries
    tree = open_file(io.BytesIO(zipped({f"s{n}/hw.py": "1" for n in range(30)})), "c", Budget(CLASS))
    assert len(tree.children()) == 30


def test_a_file_on_the_disk_has_a_time_with_a_zone(tmp_path: Path) -> None:
    path = hand_in(tmp_path, "hw.py", b"1")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert DiskNode(path).modified.isoformat() == "2023-11-14T22:13:20+00:00"
