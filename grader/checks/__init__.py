"""Actual against expected: each check returns a failure or None."""
