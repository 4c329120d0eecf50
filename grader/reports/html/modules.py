"""A `.py` file as highlighted source, a line an element, so that the page can number them."""

from __future__ import annotations

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.lexers.special import TextLexer

from grader.reports.html.documents import Document, Drawn
from grader.reports.html.limits import MAX_HIGHLIGHTED_BYTES
from grader.reports.html.visible import visible


def drawn_module(document: Document) -> Drawn:
    """The file, whatever its bytes are; what is no UTF-8 is shown as `�`, and told."""
    notes = []
    try:
        text = document.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = document.data.decode("utf-8-sig", "replace")
        notes.append(f"It is not UTF-8 text (byte {error.start}); what cannot be read is shown as �.")
    long = len(document.data) > MAX_HIGHLIGHTED_BYTES
    if long:
        notes.append(f"It has {len(document.data):,} bytes, too many to be coloured.")
    lexer = TextLexer(stripnl=False) if long else PythonLexer(stripnl=False)
    coloured = highlight(visible(text), lexer, HtmlFormatter(nowrap=True))
    lines = coloured.removesuffix("\n").split("\n")
    html = "".join(f'<span class="line">{line}\n</span>' for line in lines)
    return Drawn(html=f'<pre class="source">{html}</pre>', notes=tuple(notes))
