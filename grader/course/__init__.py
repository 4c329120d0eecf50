"""Authoring: the tape of a release, and the proof that the tests are right."""
