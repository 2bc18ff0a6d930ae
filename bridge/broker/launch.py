"""Becomes Mosquitto: run by its path in a bare interpreter, so that it imports nothing of ours.

A child can only be given its umask and its death signal between fork and exec, where Python code of a process with
threads must not run; so that code is a program of its own.
"""

import contextlib
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Run `launch.py PARENT_PID MOSQUITTO CONFIG`."""
    parent, program, config = sys.argv[1:]
    os.umask(0o077)  # the plugin rewrites the accounts with the umask it finds: 0644 under the usual one
    with contextlib.suppress(OSError, AttributeError):  # Linux only; elsewhere the pid file alone must do
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == int(parent):  # otherwise it died before the line above took hold
        os.execv(program, [program, "-c", config])  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    main()
