"""Grades and feedback for learning platforms, from what a run has left in its folder."""
