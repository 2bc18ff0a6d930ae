"""HomeGuard measured beside what a user would pick instead: `python -m bench`, or `make bench`."""
