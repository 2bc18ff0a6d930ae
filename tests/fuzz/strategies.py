"""What hypothesis sends: valid messages damaged, JSON with the right names and wrong values, and raw bytes."""

import json
import re
from typing import Any, Final

from hypothesis import strategies as st

from tests.fuzz.seeds import NAMES

INTERESTING: Final = [
    *(b"\0", b"\n", b" ", b'"', b"{", b"}", b"[", b"/", b"+#", b"%00"),
    *(b"\xff", b"\xed\xa0\x80", "é".encode(), b"\\ud800", b"\\u0000"),
    *(b"-1", b"1e999", b"18446744073709551616", b"null", b"0001-01-01T00:00:00+23:59"),
]


@st.composite
def damaged(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """Take a valid input and cut, splice and overwrite it at one to four places."""
    data = draw(st.sampled_from(seeds))
    pieces = st.one_of(st.sampled_from(INTERESTING), st.binary(max_size=8), st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        begin = draw(st.integers(0, len(data)))
        end = draw(st.integers(begin, min(len(data), begin + 20)))
        data = data[:begin] + draw(pieces) + data[end:]
    return data


_VALUES: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat())
    | st.sampled_from(["cam-1", "high", "online", "02:00:5E:10:00:01", "::1", "x" * 501, "enforced", "new_alert"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner),
    max_leaves=8,
)


def _object_in(data: bytes) -> re.Match[bytes] | None:
    """Find the JSON object that is in an input, never over the end of a line, for a line is a message."""
    found = re.search(rb"\{.*\}", data)
    try:
        return found if found and isinstance(json.loads(found[0]), dict) else None
    except ValueError:
        return None


@st.composite
def refilled(draw: st.DrawFn, found: list[re.Match[bytes]]) -> bytes:
    """Take an input that holds a JSON object, and give some of its fields, or other known ones, other values."""
    one = draw(st.sampled_from(found))
    value: dict[str, Any] = json.loads(one[0])
    value |= draw(st.dictionaries(st.sampled_from([*NAMES, *value]), _VALUES, min_size=1, max_size=4))
    text = json.dumps(value, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    return one.string[: one.start()] + text + one.string[one.end() :]


def inputs(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """Make inputs for a target that begins with these."""
    kinds = damaged(seeds) | st.binary(max_size=300)
    found = [one for seed in seeds if (one := _object_in(seed))]
    return kinds | refilled(found) if found else kinds
