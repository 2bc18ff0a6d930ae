"""A broker's URL is read, or refused without repeating the password in it."""

import pytest

from bridge.address import Address
from homeguard.errors import Misconfigured


def test_url_gives_host_port_and_account():
    address = Address.from_url("mqtts://me:p%40ss@broker.example", "bridge")
    assert (address.host, address.port, address.is_tls) == ("broker.example", 8883, True)
    assert (address.username, address.password) == ("me", "p@ss")


@pytest.mark.parametrize(
    "url", ["mqtt://me:secret@[::1", "mqtt://me:secret@host:65536", "mqtt://me:secret:host", "secret"]
)
def test_url_that_leads_nowhere_is_refused_without_its_password(url):
    with pytest.raises(Misconfigured, match="HOMEGUARD_MQTT_URL must look like") as refused:
        Address.from_url(url, "bridge")
    assert "secret" not in str(refused.value)
