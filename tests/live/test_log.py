"""The log keeps the newest, says where its memory ends, and is fed twice without harm."""

from homeguard.events import Channel
from tests.live.simulation import World
from tests.live.test_subscriber import alert


def test_log_returns_what_follows_a_cursor():
    world = World(max_events=100)
    for _ in range(5):
        alert(world)
    world.show()
    stretch = world.log[Channel.ALERTS].after(2, until=4)
    assert stretch is not None
    assert (len(stretch.frames), stretch.last_seq) == (2, 4)


def test_log_does_not_answer_beyond_its_memory():
    world = World(max_events=4)
    for _ in range(100):
        alert(world)
    world.show()
    log = world.log[Channel.ALERTS]
    assert log.after(log.floor - 1) is None
    assert (newest := log.after(log.floor)) is not None
    assert newest.last_seq == 100


def test_log_memory_stays_bounded():
    world = World(max_events=4)
    for _ in range(1000):
        alert(world)
        world.show()
    log = world.log[Channel.ALERTS]
    assert log.count_after(log.floor) in range(6)


def test_log_fed_twice_shows_once():
    world = World()
    event = alert(world)
    assert world.log.append([event]) == {Channel.ALERTS}
    assert world.log.append([event]) == set()
    assert world.log[Channel.ALERTS].count_after(0) == 1
