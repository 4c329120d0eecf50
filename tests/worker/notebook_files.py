"""Notebooks for tests, as bytes."""

from __future__ import annotations

import json
from typing import Any


def code(source: Any, **more: Any) -> dict[str, Any]:
    """A code cell as Jupyter writes it, without an id."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
    return cell | more


def notebook(*cells: str | dict[str, Any], **more: Any) -> bytes:
    """A notebook of version 4.5 with these cells; texts become code cells."""
    made = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    numbered = [{"id": f"c{number}"} | cell for number, cell in enumerate(made)]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": numbered} | more).encode()


def version_3(*sources: str) -> bytes:
    """A notebook as IPython of 2013 wrote it."""
    cells = [
        {"cell_type": "code", "input": source, "language": "python", "outputs": [], "collapsed": False,
         "metadata": {}}
        for source in sources
    ]  # fmt: skip
    data = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "old"}}
    return json.dumps(data | {"worksheets": [{"metadata": {}, "cells": cells}]}).encode()
