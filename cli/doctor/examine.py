"""Runs every check, in the order in which they are shown; one that crashes is a finding, not the end."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cli.doctor import access, accounts, broker, certificates, journal, machine, permissions, service
from cli.doctor.finding import Check, Finding, State, unseen
from cli.doctor.home import Home

logger = logging.getLogger(__name__)

FAMILIES: Final[tuple[tuple[str, tuple[Check, ...]], ...]] = (
    ("HomeGuard", service.CHECKS),
    ("Broker", broker.CHECKS),
    ("Access", (*access.CHECKS, *accounts.CHECKS)),
    ("Certificates", certificates.CHECKS),
    ("Journal", journal.CHECKS),
    ("Secrets", permissions.CHECKS),
    ("Machine", machine.CHECKS),
)


@dataclass(frozen=True, slots=True)
class Examined:
    """One finding, and the check that made it."""

    family: str
    check: str
    finding: Finding


def examine(home: Home, families: Iterable[tuple[str, tuple[Check, ...]]] = FAMILIES) -> list[Examined]:
    """Run the checks one after the other. Blocks, some seconds where a broker does not answer."""
    return [
        Examined(family, check.__name__, finding)
        for family, checks in families
        for check in checks
        for finding in _run(check, home)
    ]


def _run(check: Check, home: Home) -> list[Finding]:
    findings: list[Finding] = []
    try:
        findings.extend(check(home))
    except Exception as error:
        logger.exception("doctor: the check %s failed", check.__name__)
        findings.append(
            unseen(f"the check `{check.__name__}` failed, a fault of ours: {error or type(error).__name__}")
        )
    return findings


def exit_code(examined: Iterable[Examined]) -> int:
    """Tell 1 where something would be lost, else 2 where something could not be looked at, else 0."""
    states = {each.finding.state for each in examined}
    if State.LOSS in states:
        return 1
    return 2 if State.UNSEEN in states else 0
