"""Shadows torch."""

raise SystemExit("shadowed")
