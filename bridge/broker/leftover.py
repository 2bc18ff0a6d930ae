"""Stops the broker that a killed `homeguard up` left behind, and nothing else."""

import os
import select
import signal
from pathlib import Path
from typing import Final

from bridge.broker.files import BrokerFiles
from homeguard.errors import Misconfigured

PATIENCE_SECONDS: Final = 5  # Mosquitto saves its queues when it is told to end


def stop_leftover(files: BrokerFiles) -> str | None:
    """Stop the process that the pid file names if it is Mosquitto with our configuration; return what was done.

    Blocks. Where the kernel cannot tell (no /proc, no pidfd) nothing is stopped, and the port is found taken.

    Raises:
        Misconfigured: it is ours, but belongs to another user.
    """
    try:
        pid = int(files.pid.read_text(encoding="ascii"))
        handle = os.pidfd_open(pid)  # from here on the number cannot come to mean another process
    except (OSError, ValueError, AttributeError):
        return None
    try:
        if not _is_ours(pid, files.config):
            return None
        for number in (signal.SIGTERM, signal.SIGKILL):
            signal.pidfd_send_signal(handle, number)
            if select.select([handle], [], [], PATIENCE_SECONDS)[0]:
                break
    except ProcessLookupError:
        return None
    except PermissionError as error:
        raise Misconfigured(f"process {pid} is a broker of this data directory run by another user: stop it") from error
    finally:
        os.close(handle)
    files.pid.unlink(missing_ok=True)
    return f"stopped the broker (process {pid}) that a killed `homeguard up` had left behind"


def _is_ours(pid: int, config: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return Path(os.fsdecode(words[0])).name == "mosquitto" and os.fsencode(config) in words[1:]
