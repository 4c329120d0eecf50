"""Plain values that every other layer speaks of: no torch, no pytest, no files."""
