"""A platform's CSV read and written back with nothing changed but what is meant to be."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.model.errors import UsageError
from grader.reports.text import number

MAX_BYTES = 64 * 1024 * 1024
_COMMA = re.compile(r"-?\d+,\d+")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of a CSV, and how the file spells them."""

    path: Path
    header: tuple[str, ...]
    rows: list[list[str]]
    delimiter: str
    line_end: str
    has_mark: bool
    """Whether the file begins with a byte order mark, as Excel wants it."""
    has_decimal_comma: bool
    """Whether numbers in it are written `85,5`."""

    def column(self, name: str) -> int:
        """Where a column of exactly this header stands. Raises UsageError."""
        if name in self.header:
            return self.header.index(name)
        raise UsageError(
            f"{self.path} has no column {name!r}; it has: {', '.join(filter(None, self.header))}."
        )

    def cell(self, row: Sequence[str], column: int | None) -> str:
        """A cell without white space around it; empty where the row is short or there is no such column."""
        return row[column].strip() if column is not None and column < len(row) else ""

    def put(self, row: list[str], column: int, value: float) -> None:
        """A number into a cell, as the file writes numbers."""
        text = number(value)
        row += [""] * (column + 1 - len(row))
        row[column] = text.replace(".", ",") if self.has_decimal_comma else text

    def text(self) -> str:
        """The file as it is to be written."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator=self.line_end)
        writer.writerow(self.header)
        writer.writerows(self.rows)
        return ("\ufeff" if self.has_mark else "") + out.getvalue()


def read_sheet(path: Path) -> Sheet:
    """A CSV in UTF-8. Raises UsageError where it is none."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise UsageError(f"{path} is larger than {MAX_BYTES // 1024 // 1024} MiB.")
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8 text; download it again and do not save it by Excel."
        ) from error
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise UsageError(f"{path} cannot be read as CSV: {error}.") from error
    if not rows:
        raise UsageError(f"{path} is empty.")
    return Sheet(
        path=path,
        header=tuple(rows[0]),
        rows=rows[1:],
        delimiter=delimiter,
        line_end="\r\n" if "\r\n" in text else "\n",
        has_mark=raw.startswith(b"\xef\xbb\xbf"),
        has_decimal_comma=any(_COMMA.fullmatch(cell.strip()) for row in rows[1:] for cell in row),
    )


def value_of(cell: str) -> float | None:
    """A cell's number, with a point or a comma; None where it has none."""
    try:
        return float(cell.strip().replace(",", "."))
    except ValueError:
        return None
