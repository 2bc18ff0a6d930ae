"""A mistake in a setting of the web is told at the start, by the setting's name."""

import pytest

from homeguard.errors import Misconfigured
from homeguard.settings import load_settings


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("https://dash.example", ("https://dash.example",)),
        ("https://Dash.Example:443, http://[::1]:8080", ("https://dash.example", "http://[::1]:8080")),
        ("", ()),
    ],
)
def test_origins_are_written_as_browsers_write_them(said, read):
    assert load_settings(allowed_origins=said).allowed_origins == read


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("allowed_origins", "null"),
        ("allowed_origins", "*"),
        ("allowed_origins", "dash.example"),
        ("allowed_origins", "https://dash.example/"),
        ("allowed_origins", "https://ann@dash.example"),
        ("allowed_origins", "https://dash.example:99999"),
        ("allowed_hosts", "https://guard.example"),
        ("allowed_hosts", "guard.example:8000"),
        ("trusted_proxies", "*"),
        ("trusted_proxies", "proxy.example"),
        ("trusted_proxies", "10.0.0.0/33"),
    ],
)
def test_what_is_none_is_refused_by_name(name, said):
    with pytest.raises(Misconfigured, match=f"HOMEGUARD_{name.upper()}"):
        load_settings(**{name: said})


def test_networks_are_read_with_and_without_bits_of_a_host():
    assert load_settings(trusted_proxies="192.0.2.1, 10.1.2.3/8,fd00::1").trusted_proxies == (
        "192.0.2.1/32",
        "10.0.0.0/8",
        "fd00::1/128",
    )
