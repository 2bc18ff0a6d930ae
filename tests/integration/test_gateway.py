"""A gateway with HomeGuard on it, in network namespaces: who comes is seen, and who is blocked is silent."""

from tests.enforce.conftest import make_home  # noqa: F401  a fixture
from tests.enforce.netns import BRIDGED
from tests.enforce.traffic import Traffic, all_rise, now
from tests.waiting import until

GRACE_SECONDS = 0.1  # after the report, in which what was on its way may arrive


async def test_a_device_without_mqtt_is_seen_blocked_held_and_let_go(home, make_home):  # noqa: F811
    network = make_home(BRIDGED)
    device = network.devices[0]
    path = f"/api/devices/net-{device.mac.replace(':', '')}"
    with network.gateway.entered():
        home.up()
        with home.beside("enforce", "--firewall", "--watch"), Traffic(network) as traffic:
            async with home.client() as client:

                async def seen():
                    answer = await client.get(path)
                    return answer.json() if answer.status_code == 200 else None

                async def block():
                    return (await seen())["block"]

                async def is_silent():
                    since = now() + GRACE_SECONDS
                    await until(lambda: now() > since + GRACE_SECONDS)
                    return traffic.frames_after(since) == []

                assert (await until(seen, timeout=20))["mac"] == device.mac
                before = traffic.heard()
                await until(lambda: all_rise(before, traffic.heard()))
                await client.post(f"{path}/block", json={"reason": "It talks too much"})
                await until(lambda: state_is(block, "enforced"), timeout=20)
                reports = (await block())["reports"]
                assert (reports["firewall"]["state"], reports["broker"]["state"]) == ("enforced", "not_in_path")
                assert await is_silent()

                network.gateway.nft("flush ruleset")
                (alert,) = await until(lambda: drift_alerts(client), timeout=10)
                assert (alert["device_id"], alert["raised_by"]) == (path.rpartition("/")[2], "homeguard")
                assert await is_silent()

                await client.post(f"{path}/unblock")
                await until(lambda: state_is(block, "none"), timeout=20)
                before = traffic.heard()
                await until(lambda: all_rise(before, traffic.heard()))


async def state_is(block, state):
    return (await block())["state"] == state


async def drift_alerts(client):
    items = (await client.get("/api/alerts")).json()["items"]
    return [item["data"] for item in items if item["data"].get("category") == "drift"]
