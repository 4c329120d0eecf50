"""How much of a submission a page shows, and what making it may cost."""

from __future__ import annotations

MAX_HIGHLIGHTED_BYTES = 128 * 2**10
"""Of a `.py` file; a longer one is shown in one colour."""
MAX_CELLS = 1_000
"""Of a notebook that is shown; a longer one is told, and graded all the same up to the worker's own limit."""
MAX_CELL_TEXT = 200_000
"""Characters of a cell's text, and of all texts among its outputs."""
MAX_OUTPUTS = 50
"""Outputs of a cell that are shown."""
MAX_PICTURE = 3_000_000
"""Characters of a picture, in base64."""
MAX_PAGE_PICTURES = 12_000_000
"""Characters of all pictures of a notebook."""
MAX_NOTEBOOK_TEXT = 1_000_000
"""Characters of all cells, and of all outputs but pictures."""
RENDER_S = 60.0
"""Wall clock for one file, after which its page goes without it."""
START_S = 60.0
"""Wall clock for the process that draws files to import what it needs, on a busy machine."""
RENDER_MEMORY_BYTES = 2 * 2**30
"""Address space of the process that draws files, where the system can limit it."""
