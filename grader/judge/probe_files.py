"""`assignments/<id>/probes.py`: importable as `probes` by the public and hidden tests of its assignment."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from grader.model.errors import AuthoringError

NAME = "probes"


def load_probes(assignment_folder: Path) -> ModuleType | None:
    """Import the file under the name `probes`, replacing another assignment's; None where there is none.

    Raises AuthoringError where it is no module, or whatever its code raises.
    """
    sys.modules.pop(NAME, None)
    path = assignment_folder / f"{NAME}.py"
    if not path.is_file():
        return None
    spec = importlib.util.spec_from_file_location(NAME, path)
    if spec is None or spec.loader is None:
        raise AuthoringError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module
    spec.loader.exec_module(module)
    return module
