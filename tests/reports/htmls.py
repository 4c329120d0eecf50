"""Notebooks to draw, and pages read as a browser reads them."""

from __future__ import annotations

import json
import struct
import zlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from hypothesis import strategies as st

SNIPPETS = (
    "<script>document.title = 'ran'</script>",
    "</script><script>document.title = 'ran'</script>",
    "<img src=x onerror=\"document.title='ran'\">",
    "<svg onload=\"document.title='ran'\"><a xlink:href='javascript:1'>x</a></svg>",
    "<math><mtext></table><mglyph><style><img src=x onerror=1></style>",
    "<iframe srcdoc='<script>parent.document.title=1</script>'></iframe>",
    "[x](javascript:alert(1)) [y](data:text/html,<script>1</script>) [z](../index.html)",
    "![p](http://example.org/p.png) ![q](data:image/svg+xml;base64,PHN2Zz4=)",
    "<a href=' jAvAscript:alert(1)'>x</a><a href='vbscript:x'>y</a>",
    "<b style='position:fixed;top:0' class='verdict facts' id=x name=y>100 of 100</b>",
    "<form action=//example.org><input name=q><button formaction=javascript:1>go</button></form>",
    "<base href=//example.org><link rel=stylesheet href=//example.org><meta http-equiv=refresh content=0>",
    "<style>*{display:none}</style><!-- --><!--> <script>1</script> -->",
    "</pre></div></section></main></body></html>",
    "\"><x y='z'>",
    "{{ 7 * 7 }} {% raw %} {# #}",
    "\x1b]0;title\x07\x1b[2J\u202e\x00\x0b\x9b31m\ud800\u2028\ufeff",
    "&lt;script&gt; &amp;#60; &#x3c;b&#x3e;",
)


def texts(*, surrogates: bool = True) -> st.SearchStrategy[str]:
    """Text with what breaks out of HTML among it."""
    snippets = [one if surrogates else one.replace("\ud800", "") for one in SNIPPETS]
    plain = (
        st.text(max_size=30) if not surrogates else st.text(st.characters(exclude_categories=()), max_size=30)
    )
    return st.lists(st.one_of(st.sampled_from(snippets), plain), max_size=4).map("".join)


def cell(kind: str, source: Any, **more: Any) -> dict[str, Any]:
    made = {"cell_type": kind, "metadata": {}, "source": source, **more}
    return {"outputs": [], "execution_count": None, **made} if kind == "code" else made


def notebook(*cells: Any, **more: Any) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **more}).encode()


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def display(**data: Any) -> dict[str, Any]:
    named = {kind.replace("_", "/"): value for kind, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": named}


def png() -> str:
    """A small blue picture in base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60, 40, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x30\x80\xd0" * 60) * 40)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b64encode(b"\x89PNG\r\n\x1a\n" + parts).decode()


def parsed(html: str) -> Element:
    """A whole page, as browsers read it."""
    return html5lib.parse(html, namespaceHTMLElements=False)


def fragment(html: str) -> Element:
    """A part of a page inside a `div`, as browsers read it."""
    return html5lib.parseFragment(html, container="div", namespaceHTMLElements=False)


def elements(tree: Element) -> Iterator[Element]:
    """Every element, without comments."""
    return (one for one in tree.iter() if isinstance(one.tag, str) and one.tag != "DOCUMENT_FRAGMENT")


def skeleton(tree: Element) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """The tags and attributes of a page in order, without its texts."""
    return [(one.tag, tuple(sorted(one.attrib.items()))) for one in elements(tree)]


def text_of(tree: Element) -> str:
    return "".join(tree.itertext())


def by_class(tree: Element, name: str) -> list[Element]:
    return [one for one in elements(tree) if name in one.get("class", "").split()]
