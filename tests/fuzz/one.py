"""Fuzzes one target by coverage (libFuzzer, through atheris) until its runs are done; for `python -m tests.fuzz`."""

import sys

import atheris

with atheris.instrument_imports(include=["homeguard", "api", "bridge"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Take the target's name, then what libFuzzer takes; does not return."""
    _, name, *options = sys.argv
    atheris.Setup([name, *options], TARGETS[name].law)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
