"""The home of a run says why it ended, where nobody killed it."""

import asyncio

from chaos.home import Home
from tests.waiting import until


async def test_homeguard_that_ends_by_itself_is_told_with_its_last_words(tmp_path):
    (tmp_path / "taken").write_text("a file, where the data directory should be")
    said: list[str] = []
    home = Home(tmp_path / "taken" / "home", tmp_path / "homeguard.log", {}, said.append)
    home.bridge.start()
    keeping = asyncio.create_task(home.keep_running())
    try:
        await until(lambda: said, timeout=30)
    finally:
        keeping.cancel()
        home.stop()
    assert said[0].startswith("homeguard up ended with 1: homeguard: cannot make the directory")
    assert home.failed_starts >= 1
