"""What the strategies of `limits` are promised of their memory."""

from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from api.limits.memory import BoundedMemory
from tests.limits.clock import Seconds

TWO = RateLimitItemPerMinute(2)


def test_a_moving_window_has_room_when_its_oldest_has_left():
    seconds = Seconds()
    limiter = MovingWindowRateLimiter(BoundedMemory(seconds))
    assert [limiter.hit(TWO, "a") for _ in range(3)] == [True, True, False]
    seconds.now += 59.9
    assert not limiter.test(TWO, "a")
    assert limiter.get_window_stats(TWO, "a") == (1060.0, 0)
    seconds.now += 0.1
    assert limiter.hit(TWO, "a")


def test_a_fixed_window_ends_a_minute_after_its_first():
    seconds = Seconds()
    limiter = FixedWindowRateLimiter(BoundedMemory(seconds))
    assert [limiter.hit(TWO, "a") for _ in range(3)] == [True, True, False]
    assert limiter.get_window_stats(TWO, "a") == (1060.0, 0)
    seconds.now += 60
    assert limiter.test(TWO, "a")
    assert limiter.hit(TWO, "a")


def test_what_is_heard_of_is_not_what_is_forgotten():
    memory = BoundedMemory(Seconds(), max_keys=10)
    limiter = MovingWindowRateLimiter(memory)
    limiter.hit(TWO, "attacked", cost=2)
    for number in range(1000):
        limiter.hit(TWO, f"made-up-{number}")
        assert not limiter.test(TWO, "attacked")
    assert len(memory) == 10


def test_reset_forgets_everything():
    memory = BoundedMemory(Seconds())
    MovingWindowRateLimiter(memory).hit(TWO, "a")
    FixedWindowRateLimiter(memory).hit(TWO, "a")
    assert memory.check()
    assert (memory.reset(), len(memory)) == (2, 0)
