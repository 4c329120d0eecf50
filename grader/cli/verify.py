"""`grader verify`: the author's proof that the tests are right."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.exits import ExitCode

if TYPE_CHECKING:
    from grader.model.proofs import Proof


def verify(
    assignment: Annotated[
        str | None, typer.Argument(help="The assignment's id; all of the course where none is given.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Prove it under so many fresh seeds.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> ExitCode:
    """Prove that the tests are right: reference, starter, misconceptions, trivial and memorised answers."""
    from rich.console import Console

    from grader.cli.selection import selected
    from grader.course.verify import verify as prove
    from grader.reports.files import json_text
    from grader.reports.proof import print_proof, proof_data

    root, _, names = selected(assignment)
    console = Console(highlight=False)
    proofs: list[Proof] = []

    def tell(proof: Proof) -> None:
        proofs.append(proof)
        if not as_json:
            print_proof(console, proof)

    for name in names:
        prove(root, name, [secrets.randbelow(2**53) for _ in range(seeds)], tell)
    if as_json:
        sys.stdout.write(json_text([proof_data(proof) for proof in proofs]))
    return ExitCode.REGRADE if any(proof.problems for proof in proofs) else ExitCode.DONE
