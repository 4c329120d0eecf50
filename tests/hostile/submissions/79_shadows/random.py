"""Shadows random."""

raise SystemExit("shadowed")
