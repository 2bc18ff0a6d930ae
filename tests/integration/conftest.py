"""Homes that end with their test."""

import pytest

from tests.integration.home import Home


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    yield home
    if home.process is not None and home.process.poll() is None:
        home.process.kill()
        home.process.wait(10)
