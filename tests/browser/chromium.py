"""Debian's chromium, started so that it asks nobody but the page's own host."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Browser, Playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")  # as tools/setup.sh looks for them
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--js-flags=--expose-gc",  # memory is compared after the garbage is out
    "--no-first-run",
]


def require_chromium() -> str:
    """Return the program; without it skip, or fail where the tests must be complete."""
    for program in PROGRAMS:
        if found := shutil.which(program):
            return found
    why = "chromium is not installed: `make test` installs it"
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


async def launch(playwright: Playwright, program: str, home: Path | None = None) -> Browser:
    """Start it without a window; with a `home`, it believes the authorities that its user has added there."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # its sandbox refuses root
    given: dict[str, str | float | bool] | None = {**os.environ, "HOME": str(home)} if home is not None else None
    return await playwright.chromium.launch(executable_path=program, args=[*FLAGS, *sandbox], env=given)
