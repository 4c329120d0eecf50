"""Where verdicts are made: the pytest session collected once, fixtures, markers, naming."""
