"""HTML that came of a submission, reduced to what is listed here.

Not what is known to be bad is taken out, but what is not known to be good: tags, attributes, classes and
addresses. A student's class or style could otherwise draw over the page that judges their work.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import nh3
from pygments.token import STANDARD_TYPES

_WORD_TAGS = {
    "a", "abbr", "b", "br", "code", "del", "em", "i", "ins", "kbd", "q",
    "s", "samp", "small", "span", "strong", "sub", "sup", "tt", "u", "var",
}  # fmt: skip
_HEADING_TAGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCK_TAGS = {
    "blockquote", "dd", "details", "div", "dl", "dt", "hr", "li", "ol", "p", "pre", "summary", "ul",
}  # fmt: skip
_TABLE_TAGS = {"table", "tbody", "td", "tfoot", "th", "thead", "tr"}
_TEXT_TAGS = frozenset(_WORD_TAGS | _HEADING_TAGS | _BLOCK_TAGS | _TABLE_TAGS)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "*": {"class"},
}
_SCHEMES = {"http", "https", "mailto", "data"}
_PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/]+={0,2}")
_PYGMENTS_CLASSES = frozenset(STANDARD_TYPES.values()) - {""}
_CELL_CLASSES = {"cell", "code-cell", "text-cell", "raw-cell", "prompt", "input", "highlight"}
_OUTPUT_CLASSES = {"outputs", "output", "stream", "stderr", "error"}
NOTEBOOK_CLASSES = frozenset(_CELL_CLASSES | _OUTPUT_CLASSES)
"""What the notebook's template uses; the pages around it have other names."""


def sanitised(html: str, *, images: bool) -> str:
    """The fragment with listed tags and attributes only; pictures, if any, from the page itself."""
    tags = _TEXT_TAGS | {"img"} if images else _TEXT_TAGS
    attributes = {tag: names for tag, names in _ATTRIBUTES.items() if tag == "*" or tag in tags}
    return nh3.clean(
        html,
        tags=set(tags),
        attributes=attributes,
        attribute_filter=_attribute_filter(),
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _attribute_filter() -> Callable[[str, str, str], str | None]:
    allowed = NOTEBOOK_CLASSES | _PYGMENTS_CLASSES

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "class":
            return " ".join(name for name in value.split() if name in allowed) or None
        if tag == "img" and attribute == "src":
            return value if _PICTURE.fullmatch(value) else None
        if attribute == "href":
            # A relative address would lead to another student's page, or anywhere on the disk.
            return value if value.lower().startswith(("http://", "https://", "mailto:")) else None
        return value

    return keep
