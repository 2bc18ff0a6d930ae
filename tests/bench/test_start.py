"""The count of what a start takes works on a real home."""

from bench.processes import ROOT, free_ports
from bench.start import Tree, measure, table


def test_start_after_a_kill_is_timed_from_the_port_to_the_broker(tmp_path):
    port, mqtt_port = free_ports(2)
    tree = Tree("now", ROOT, tmp_path / "now", port, mqtt_port)
    measure([tree], 1, lambda _: None)
    (start,) = tree.starts
    assert 0 < start.connects <= start.greeted <= start.ready
    assert start.cpu_greeted > 0
    assert f"| until a client has its `hello` | {start.greeted:.2f} s |" in table([tree])
