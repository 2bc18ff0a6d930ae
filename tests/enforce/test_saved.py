import pytest

from enforce.firewall.saved import Saved
from homeguard.errors import Misconfigured

MACS = {"02:00:5e:10:00:0a", "02:00:5e:10:00:0b"}


def test_what_was_saved_is_loaded(tmp_path):
    saved = Saved(tmp_path / "blocked.json")
    assert saved.load() == frozenset()
    saved.save(MACS)
    assert Saved(tmp_path / "blocked.json").load() == MACS
    saved.save(())
    assert saved.load() == frozenset()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"macs": "02:00:5e:10:00:0a"}', '{"macs": ["localhost"]}', '{"macs": [7]}', "\udcff"]
)
def test_a_file_that_is_none_of_ours_is_refused_by_name(tmp_path, text):
    path = tmp_path / "blocked.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(Misconfigured, match=r"blocked\.json"):
        Saved(path).load()


def test_a_write_that_fails_leaves_what_was(tmp_path):
    saved = Saved(tmp_path / "blocked.json")
    saved.save(MACS)
    (tmp_path / "blocked.new").mkdir()
    with pytest.raises(OSError):
        saved.save(())
    assert saved.load() == MACS
