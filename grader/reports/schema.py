"""The JSON Schema of a result file, made from the very dataclasses that are written."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from grader.model.proofs import PROOF_SCHEMA, Proof
from grader.model.results import SCHEMA, Result
from grader.model.runs import RUN_SCHEMA, RunRecord
from grader.reports.text import tidy

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def result_schema() -> dict[str, Any]:
    """Schema of `OUT/results/<student>.json`."""
    return _schema(Result, SCHEMA, "The result of one submission")


def run_schema() -> dict[str, Any]:
    """Schema of `OUT/run.json`."""
    return _schema(RunRecord, RUN_SCHEMA, "A grading run")


def proof_schema() -> dict[str, Any]:
    """Schema of each item that `grader verify --json` prints."""
    return _schema(Proof, PROOF_SCHEMA, "The proof of an assignment")


def schema_text(schema: dict[str, Any]) -> str:
    """As it is published under `docs/`."""
    return json.dumps(tidy(schema), indent=2, ensure_ascii=False) + "\n"


def _schema(kind: type, name: str, title: str) -> dict[str, Any]:
    made = msgspec.json.schema(kind)
    top = made["$defs"][kind.__name__]["properties"]["schema"]
    top.update(const=name)  # a file of another version is not valid under this one
    for definition in made["$defs"].values():
        if definition.get("type") == "object":  # the files that are written hold every key
            definition["required"] = list(definition["properties"])
    return {"$schema": DRAFT, "$id": name, "title": title, **made}


def publish(folder: Path) -> None:
    """Write the schemas (`python -m grader.reports.schema docs`); a test proves that they are current."""
    for name, schema in (("result", result_schema()), ("run", run_schema()), ("proof", proof_schema())):
        (folder / f"{name}.schema.json").write_text(schema_text(schema), encoding="utf-8")


if __name__ == "__main__":
    publish(Path(sys.argv[1]))
