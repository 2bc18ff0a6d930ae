"""Loaded by Python in the processes whose clock is libfaketime's: its 0.9.10 breaks `time.sleep`, so sleep by `select`.

With FAKETIME_DONT_FAKE_MONOTONIC its `clock_nanosleep` answers EINVAL to every absolute time, which is what
`time.sleep` gives it; nothing that waits for a process with a limit would work.
"""

import select
import time
from typing import SupportsIndex


def _sleep(seconds: float | SupportsIndex) -> None:
    select.select([], [], [], float(seconds))


time.sleep = _sleep
