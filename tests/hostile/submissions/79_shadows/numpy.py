"""Shadows numpy."""

raise SystemExit("shadowed")
