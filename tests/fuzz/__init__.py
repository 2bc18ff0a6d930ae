"""Everything that parses, given what nobody sends: a few thousand inputs in `make test`, a million in `make fuzz`.

`targets.py` lists the targets. Each takes bytes and holds what comes out against a law; the ways in are two: hypothesis
(test_fuzz.py) and atheris (`python -m tests.fuzz`). What either has found stays in findings.py.
"""
