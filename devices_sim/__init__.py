"""A simulated home; knows only the contract."""
