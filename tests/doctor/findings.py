"""How tests read what a check has found."""

from cli.doctor.finding import Check, Finding, State
from cli.doctor.home import Home


def found(check: Check, home: Home) -> list[Finding]:
    """Run a check; whatever is wrong must say what it costs."""
    findings = list(check(home))
    for finding in findings:
        assert (finding.would_lose is not None) == (finding.state in {State.LOSS, State.WARNING}), finding
        assert finding.mend is None or "\n" not in finding.mend, finding
    return findings


def states(check: Check, home: Home) -> list[State]:
    """Run a check, for the states alone."""
    return [finding.state for finding in found(check, home)]


def only(check: Check, home: Home, state: State) -> Finding:
    """Run a check that finds one thing in this state; returns it."""
    (finding,) = [finding for finding in found(check, home) if finding.state is state]
    return finding
