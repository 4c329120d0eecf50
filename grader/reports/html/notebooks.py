"""A notebook as a fragment of HTML, by nbconvert and then through the list of what may be there.

nbconvert's own HTML exporter is not used: its templates bring scripts from elsewhere, its sanitiser shows
headings of a text cell as code and lets any class through, and its second pass over the whole page takes ten
times as long as everything else. What is used are the exporter below it and the parsers of text and code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from grader.reports.html.documents import Document, Drawn
from grader.reports.html.reading import LEXER, read_notebook
from grader.reports.html.sanitising import sanitised

_TEMPLATES = Path(__file__).with_name("templates")


class NotebookDrawer:
    """Draws notebooks. Making one takes as long as drawing a few pages, so it is made once."""

    def __init__(self) -> None:
        self._exporter: Any = TemplateExporter(
            template_name="notebook",
            file_extension=".html",
            extra_template_basedirs=[str(_TEMPLATES)],
            default_preprocessors=[],  # one of nbconvert's could run the cells
        )
        self._exporter.register_filter("highlight_code", Highlight2HTML(pygments_lexer=LEXER))
        self._exporter.register_filter("markdown2html", _markdown)
        self._exporter.register_filter("harmless", _harmless)

    def draw(self, document: Document) -> Drawn:
        """The notebook's cells, in order. Raises Undrawable, with the reason."""
        notebook, notes = read_notebook(document)
        node = nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]  # nbformat has no types
        html, _resources = self._exporter.from_notebook_node(node)
        return Drawn(html=sanitised(html, images=document.outputs), notes=notes)


def _markdown(source: str) -> str:
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    return _harmless(str(MarkdownWithMath(renderer).render(source)))


def _harmless(html: str) -> str:
    # Piece by piece, so that a comment or a tag that one leaves open ends with it, and hides no cell below.
    return sanitised(html, images=True)
