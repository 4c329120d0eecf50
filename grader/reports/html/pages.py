"""Values laid out as pages. What comes from a submission is escaped; nothing on a page runs or loads."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grader.model.names import NOTEBOOK
from grader.model.runs import Row, RunRecord
from grader.reports.html.documents import Drawn
from grader.reports.html.folder import INDEX, MARK
from grader.reports.html.overview import overview
from grader.reports.html.views import Audience, submission_view
from grader.reports.text import one_line

_TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A hand-in file as it stands on a page."""

    name: str
    drawn: Drawn

    @property
    def html(self) -> Markup:
        """What the process that draws files has made harmless already."""
        return Markup(self.drawn.html)

    @property
    def title(self) -> str:
        return one_line(self.name)

    @property
    def is_notebook(self) -> bool:
        return self.name.endswith(NOTEBOOK)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """The files of a submission, or a sentence that says why they are not shown."""

    sheets: tuple[Sheet, ...] = ()
    problem: str = ""


class Pages:
    """Makes the texts of the pages of a run."""

    def __init__(self, record: RunRecord, audience: Audience, *, images: bool) -> None:
        """`images`: whether pictures that stand in a page itself may be shown."""
        self._record = record
        self._audience = audience
        self._images = images
        self._jinja = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")

    def index(self, rows: Sequence[Row]) -> str:
        """The table of the class."""
        seen = overview(self._record, tuple(rows), self._audience)
        return self._page("index.html.jinja", images=False, overview=seen)

    def submission(self, row: Row, handed_in: HandedIn) -> str:
        """One submission's page."""
        view = submission_view(self._record, row, self._audience)
        return self._page("submission.html.jinja", images=self._images, view=view, handed_in=handed_in)

    def _page(self, template: str, *, images: bool, **values: Any) -> str:
        return self._jinja.get_template(template).render(
            policy=_policy(self._style, images=images),
            mark=Markup(MARK),
            style=Markup(self._style),
            title=one_line(self._record.title) or self._record.assignment,
            assignment=one_line(self._record.assignment),
            staff=self._audience is Audience.STAFF,
            index=f"../{INDEX}",
            **values,
        )


def _policy(style: str, *, images: bool) -> str:
    """Nothing is loaded and nothing runs: the style is known by its digest, and there is no script."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    rules = ["default-src 'none'", f"style-src 'sha256-{digest}'", "base-uri 'none'", "form-action 'none'"]
    return "; ".join([*rules, *(["img-src data:"] if images else [])])
