"""Shadows pytest."""

raise SystemExit("shadowed")
