"""A console that cannot be made to fail or to lie by what is printed on it."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

MARKS = {"full": "█", "part": "▄", "none": "·", "pending": "?", "fault": "!"}
_PLAIN_MARKS = {"full": "#", "part": "+", "none": ".", "pending": "?", "fault": "!"}


class Speaker:
    """Prints plain lines: no markup is read from them, and what the terminal cannot show is replaced."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @property
    def marks(self) -> dict[str, str]:
        """One character for each state of a task, in what the terminal's encoding has."""
        blocks = "".join(MARKS.values())
        return MARKS if self.text(blocks).plain == blocks else _PLAIN_MARKS

    def text(self, text: str, style: str = "") -> Text:
        """The text as it can be shown."""
        encoding = self._console.encoding
        return Text(text.encode(encoding, "replace").decode(encoding), style=style)

    def cell(self, text: str) -> Text:
        """The same for a table: one line, cut where there is no room."""
        cell = self.text(text)
        cell.no_wrap = True
        cell.overflow = "ellipsis" if self.text("…").plain == "…" else "crop"
        return cell

    def line(self, text: str, style: str = "") -> None:
        """One line, however long."""
        self._console.print(self.text(text, style), soft_wrap=True)
