"""Networks as values, for tests that need no kernel."""

from ipaddress import ip_address

from enforce.neighbours.network import DefaultRoute, Link, Neighbour, Network, Station


def link(index, name, *, master=None, is_bridge=False, is_up=True, is_ethernet=True):
    return Link(index, name, f"02:00:5e:00:00:{index:02x}", is_ethernet, is_up, is_bridge, master)


def network(*links, neighbours=(), stations=(), routes=(), forwards=False):
    """`neighbours` are (mac, ip, link), `stations` (mac, port, bridge), `routes` (gateway, link)."""
    return Network(
        links={one.index: one for one in links},
        neighbours=frozenset(Neighbour(mac, ip_address(ip), at) for mac, ip, at in neighbours),
        stations=frozenset(Station(*one) for one in stations),
        default_routes=frozenset(DefaultRoute(ip_address(gateway) if gateway else None, at) for gateway, at in routes),
        forwards=forwards,
    )
