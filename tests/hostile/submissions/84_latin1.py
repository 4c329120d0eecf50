"""Latin-1 without saying so: é."""
