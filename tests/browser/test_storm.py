"""Much at once: ten thousand alerts to scroll through, and two hundred events a second to keep up with."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, CDPSession, expect

from tests.browser.visits import Visits, alert_rows, is_in_mode
from tests.integration.home import Home

pytestmark = pytest.mark.asyncio(loop_scope="session")

MANY = 10_000
MAX_NODES = 6_000  # of the document; ten thousand rows would be a hundred thousand

SECONDS = int(os.environ.get("BROWSER_STORM_SECONDS", "15"))  # the issue asks for 60; `make test` has less time
EVENTS_A_SECOND = 200
TICK_SECONDS = 0.05
MAX_TASK_MS = 200
MAX_GROWTH_BYTES = 8_000_000  # of some 20 MB; a storm of a minute that is kept is more

PLACES = {"/alerts": "Alerts", "/": "Overview", "/devices": "Devices"}

COUNT_NODES = "() => document.getElementsByTagName('*').length"


@pytest.fixture(scope="module")
def busy_home(_built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home in which much has happened."""
    home = Home(tmp_path_factory.mktemp("storm") / "home").up()
    home.publish_many({"device_id": f"cam-{number % 20}", "reason": f"Alert {number:05}"} for number in range(MANY))
    yield home
    home.stop()


async def test_ten_thousand_alerts_scroll_to_the_end(busy_home: Home, visits: Visits) -> None:
    page = await visits.open(f"{busy_home.running['url']}/#/alerts")
    await expect(alert_rows(page, f"Alert {MANY - 1:05}")).to_have_count(1)
    most = 0
    deadline = time.monotonic() + 60
    while not await alert_rows(page, "Alert 00000").count():
        assert time.monotonic() < deadline, "the end of the list was not reached"
        await page.evaluate("() => scrollTo(0, document.scrollingElement.scrollHeight)")
        await page.evaluate("() => new Promise(requestAnimationFrame)")
        most = max(most, await page.evaluate(COUNT_NODES))
    assert most <= MAX_NODES


async def test_the_page_keeps_up_with_two_hundred_events_a_second(
    busy_home: Home, browser: Browser, visits: Visits
) -> None:
    page = await visits.open(f"{busy_home.running['url']}/#/alerts")
    await is_in_mode(page, "Live")
    devtools = await page.context.new_cdp_session(page)
    await pour(busy_home, 2)  # what is compiled and cached at first is no growth
    before = await heap_bytes(devtools)

    await browser.start_tracing(page=page, categories=["toplevel", "disabled-by-default-devtools.timeline"])
    most = 0
    for place, heading in PLACES.items():
        await page.evaluate("place => { location.hash = place }", place)
        await pour(busy_home, SECONDS / len(PLACES))
        await expect(page.get_by_role("heading", level=2, name=heading)).to_be_visible()
        most = max(most, await page.evaluate(COUNT_NODES))
    tasks = main_thread_tasks(json.loads(await browser.stop_tracing())["traceEvents"])
    grown = await heap_bytes(devtools) - before

    busy_home.publish({"device_id": "cam-1", "reason": "After the storm"})
    await page.evaluate("() => { location.hash = '/alerts' }")
    await expect(alert_rows(page, "After the storm")).to_have_count(1)
    await is_in_mode(page, "Live")
    print(
        f"worst tasks: {[round(ms) for ms in sorted(tasks)[-5:]]} ms, heap {grown / 1e6:+.1f} MB, at most {most} nodes"
    )
    assert max(tasks) <= MAX_TASK_MS
    assert grown <= MAX_GROWTH_BYTES
    assert most <= MAX_NODES


async def pour(home: Home, seconds: float) -> None:
    """Publish alerts and device updates by turns, evenly."""
    each = round(EVENTS_A_SECOND * TICK_SECONDS / 2)
    async with publisher(home, "alerts") as alerts, publisher(home, "devices") as devices:
        begun = time.monotonic()
        for tick in range(round(seconds / TICK_SECONDS)):
            for number in range(tick * each, (tick + 1) * each):
                alerts.write(line({"device_id": f"cam-{number % 20}", "reason": f"Storm {begun} {number}"}))
                devices.write(line({"id": f"cam-{number % 20}", "telemetry": {"level": number}}))
            await asyncio.sleep(max(0, begun + (tick + 1) * TICK_SECONDS - time.monotonic()))


@asynccontextmanager
async def publisher(home: Home, topic: str) -> AsyncIterator[asyncio.StreamWriter]:
    """Publish each line that is written."""
    process = await asyncio.create_subprocess_exec(*home.pub(topic), "-l", stdin=asyncio.subprocess.PIPE)
    assert process.stdin is not None
    yield process.stdin
    process.stdin.close()
    assert await process.wait() == 0


def line(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload).encode() + b"\n"


async def heap_bytes(devtools: CDPSession) -> int:
    """Measure what JavaScript holds when the garbage is out."""
    await devtools.send("HeapProfiler.collectGarbage")
    return int((await devtools.send("Runtime.getHeapUsage"))["usedSize"])


def main_thread_tasks(events: list[dict[str, Any]]) -> list[float]:
    """Tell how many milliseconds of processor time each task of the page's main thread took.

    Not the time on the clock, which `longtask` entries measure: other programs of the box take part in that.
    """
    main = {(event["pid"], event["tid"]) for event in events
            if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"}  # fmt: skip
    return [event["tdur"] / 1_000 for event in events
            if event["name"] == "RunTask" and (event["pid"], event["tid"]) in main and "tdur" in event]  # fmt: skip
