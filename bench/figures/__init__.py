"""The parts of `overhead.py`: what is measured, against what, and how samples become figures."""
