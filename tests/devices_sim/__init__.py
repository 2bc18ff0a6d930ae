"""The simulated home: its stories without a broker, and its life on a real one."""
