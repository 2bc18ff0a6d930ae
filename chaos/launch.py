"""Becomes another program that dies with its parent: run by its path in a bare interpreter.

setpriv(1) would do, but for a parent that is killed before it has asked the kernel.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Run `launch.py PARENT_PID PROGRAM ARGUMENT…`."""
    parent, program, *arguments = sys.argv[1:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == int(parent):  # otherwise it died before the line above took hold
        os.execv(program, [program, *arguments])  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    main()
