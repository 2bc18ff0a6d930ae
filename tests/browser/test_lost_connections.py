import pytest
from playwright.async_api import Page, expect

from tests.browser.proxy import Proxy
from tests.browser.visits import Visits, alert_rows, is_in_mode
from tests.conftest import OwnBroker
from tests.integration.home import Home
from tests.ports import free_port

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOBODY_ANSWERS = r"ERR_CONNECTION_(REFUSED|RESET)|ERR_EMPTY_RESPONSE|WebSocket connection to"


def publish(home: Home, reason: str) -> None:
    home.publish({"device_id": "cam-1", "reason": reason})


async def each_is_shown_once(page: Page, *reasons: str) -> None:
    """Wait for the newest, given last, and see that all are there, and none twice."""
    for reason in reversed(reasons):
        await expect(alert_rows(page, reason)).to_have_count(1)
        await expect(alert_rows(page, reason)).not_to_contain_text("×")  # as alerts that say the same are folded


async def test_a_killed_server_comes_back_and_nothing_is_missed(
    own_home: Home, own_broker: OwnBroker, visits: Visits
) -> None:
    visits.allow(NOBODY_ANSWERS)
    broker = own_broker(own_home.data_dir)  # one that outlives HomeGuard, and keeps for it what is published meanwhile
    port = str(free_port())
    variables = {"HOMEGUARD_MQTT_URL": broker.mqtt_url, "HOMEGUARD_MQTT_CLIENT_ID": broker.service.client_id}
    own_home.up("--port", port, **variables)
    page = await visits.open(f"{own_home.running['url']}/#/alerts")
    await is_in_mode(page, "Live")
    publish(own_home, "Before the kill")
    await each_is_shown_once(page, "Before the kill")

    own_home.kill()
    await is_in_mode(page, "Reconnecting")
    publish(own_home, "First while away")
    publish(own_home, "Second while away")
    await is_in_mode(page, "Offline")
    own_home.up("--port", port, **variables)
    await is_in_mode(page, "Live")
    publish(own_home, "After the kill")
    await each_is_shown_once(page, "Before the kill", "First while away", "Second while away", "After the kill")


async def test_polling_takes_over_where_only_the_socket_is_cut(shared_home: Home, visits: Visits) -> None:
    visits.allow(NOBODY_ANSWERS)
    async with Proxy(shared_home.port) as proxy:
        page = await visits.open(f"{proxy.url}#/alerts")
        await is_in_mode(page, "Live")
        publish(shared_home, "First, by socket")
        await each_is_shown_once(page, "First, by socket")

        proxy.cut_sockets()
        await is_in_mode(page, "Polling")
        publish(shared_home, "Second, by polling")
        await each_is_shown_once(page, "Second, by polling")
        assert proxy.open_sockets == 0

        proxy.mend_sockets()
        await is_in_mode(page, "Live")
        assert proxy.open_sockets == 2
        publish(shared_home, "Third, by socket")
        await each_is_shown_once(page, "First, by socket", "Second, by polling", "Third, by socket")
        await visits.close()
