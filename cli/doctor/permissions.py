"""Who may read the secrets, the accounts and the journal."""

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bridge.broker.files import BrokerFiles
from cli.doctor.finding import Check, Finding, fine, loss, unseen, warning
from cli.doctor.home import Home
from homeguard.certificates.files import CertificateFiles

BEYOND_OWNER: Final = stat.S_IRWXG | stat.S_IRWXO
SHOWN: Final = 5  # of many; the line to paste mends all


def secrets(home: Home) -> Iterator[Finding]:
    """Look at the mode and the owner of every file below `secrets`, and of what is as secret."""
    directory = home.data_dir / "secrets"
    if not directory.exists():
        yield unseen(
            f"there are no secrets in {home.data_dir} yet: HomeGuard has never run there", mend=home.start_command
        )
        return
    try:
        files = sorted(path for path in (directory, *directory.rglob("*"), *_as_secret(home)) if path.exists())
        states = {path: path.stat() for path in files}
    except PermissionError as error:
        yield unseen(f"secrets: {error.filename} may not be read by this user")
        return
    open_ones = [path for path in files if states[path].st_mode & BEYOND_OWNER]
    owner = home.data_dir.stat().st_uid
    strange = [path for path in files if states[path].st_uid != owner]
    if open_ones:
        yield _open(home, open_ones)
    if strange:
        yield _strange(home, strange, owner)
    if not open_ones and not strange:
        yield fine(f"all {len(files)} secrets are for their owner alone")


def _as_secret(home: Home) -> tuple[Path, ...]:
    """Name what holds hashes of passwords, the broker's accounts and the journal, and the keys of certificates."""
    keys = CertificateFiles.of(home.data_dir).directory.rglob("*.key")
    return (BrokerFiles(home.data_dir / "broker").accounts, home.data_dir / "homeguard.db", *keys)


def _open(home: Home, paths: list[Path]) -> Finding:
    named = ", ".join(str(path.relative_to(home.data_dir)) for path in paths[:SHOWN])
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return loss(
        f"others of this machine may read or change {named}{more}",
        would_lose="the control: who has a secret signs in as anybody, or publishes as any device",
        mend=f"chmod -R go= {' '.join(shlex.quote(str(path)) for path in paths)}",
    )


def _strange(home: Home, paths: list[Path], owner: int) -> Finding:
    named = ", ".join(str(path.relative_to(home.data_dir)) for path in paths[:SHOWN])
    return warning(
        f"{named} belong to another user than {home.data_dir}",
        would_lose="the start of HomeGuard, where it may not read them",
        mend=f"sudo chown -R {owner} {shlex.quote(str(home.data_dir))}"
        if os.geteuid() != 0
        else f"chown -R {owner} {shlex.quote(str(home.data_dir))}",
    )


CHECKS: Final[tuple[Check, ...]] = (secrets,)
