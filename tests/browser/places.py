"""Every page of the dashboard, and data that is hard on it."""

from typing import Any, Final

from playwright.async_api import Locator, Page, expect

from tests.integration.home import Home

# Routes behind the `#`, and the heading that says one is there.
PLACES: Final = {
    "/": "Overview",
    "/devices": "Devices",
    "/devices/cam-1": "Front yard camera",
    "/alerts": "Alerts",
    "/system": "System",
    "/system?tab=rejects": "System",
    "/system?tab=clients": "System",
    "/system?tab=users": "System",
    "/system?tab=audit": "System",
    "/system?tab=about": "System",
}
EMPTY_PLACES: Final = {place: heading for place, heading in PLACES.items() if place != "/devices/cam-1"}

UNBROKEN: Final = "W" * 300  # no space to break a line at
DEVICES: Final[list[dict[str, Any]]] = [
    {"id": "cam-1", "name": "Front yard camera", "kind": "camera", "status": "online", "ip": "192.168.1.20",
     "mac": "02:00:00:00:00:01", "firmware": "4.2.1", "telemetry": {"temperature": 41.5, "fps": 25}},
    {"id": "door-1", "name": "Front door", "kind": "lock", "status": "offline", "telemetry": {"battery": 81}},
    {"id": "long-1", "name": UNBROKEN[:100], "kind": UNBROKEN[:40], "status": "online", "firmware": UNBROKEN[:60]},
]  # fmt: skip
ALERTS: Final = [
    *({"device_id": "cam-1", "reason": f"A {severity} thing", "severity": severity}
      for severity in ("info", "low", "medium", "high", "critical")),
    *({"device_id": "cam-1", "reason": "The same again"} for _ in range(5)),
    {"device_id": "long-1", "reason": UNBROKEN, "category": UNBROKEN[:60], "details": {UNBROKEN: UNBROKEN}},
]  # fmt: skip


def furnish(home: Home) -> None:
    """Fill a home with what the pages must show well."""
    home.publish_many(DEVICES, topic="devices")
    home.publish_many(
        [DEVICES[0] | {"telemetry": {"temperature": 41.5 + step, "fps": 25}} for step in range(5)], "devices"
    )
    home.publish_many(ALERTS)
    home.publish("hello?")  # a reject
    home.publish(UNBROKEN)


async def go(page: Page, place: str, heading: str) -> None:
    """Go to a page, and wait until it has all it shows at first."""
    await page.evaluate("place => { location.hash = place }", place)
    await expect(page.get_by_role("heading", level=2, name=heading, exact=True)).to_be_visible()
    await page.wait_for_load_state("networkidle")
    await expect(page.locator(".mantine-Skeleton-root:visible, .mantine-Loader-root:visible")).to_have_count(0)


async def add_device(page: Page, device_id: str, name: str = "") -> Locator:
    """Add a device, on the page of all; returns the dialog that shows how it signs in."""
    await page.get_by_role("button", name="Add device").click()
    form = page.get_by_role("dialog", name="Add a device")
    await form.get_by_label("Id").fill(device_id)
    await form.get_by_label("Name").fill(name)
    await form.get_by_role("button", name="Add device").click()
    shown = page.get_by_role("dialog", name=f"How {name or device_id} signs in")
    await expect(shown).to_be_visible()
    return shown
