"""The driver of Centrifugo, on a stand-in: there is no binary of it to test with."""

import shutil
import sys
from pathlib import Path

import pytest

from bench import centrifugo
from bench.build import build
from bench.measure import measure
from bench.processes import Cores
from bench.server import FRAME_BYTES, Place
from bench.servers import left_out

STAND_IN = Path(__file__).with_name("centrifugo_stand_in.py")

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no cc: the bench's client is a C program")


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    return build(tmp_path_factory.mktemp("programs"))


@pytest.fixture
def place(programs, tmp_path, monkeypatch):
    binary = tmp_path / "bin" / "centrifugo"
    binary.parent.mkdir()
    binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", str(binary.parent), prepend=":")
    return Place(programs, Cores.choose(), tmp_path, None)


@pytest.mark.parametrize("version", ["5.4.9", "6.8.4"])
def test_every_frame_of_centrifugo_is_counted(place, monkeypatch, version):
    monkeypatch.setenv("STAND_IN_VERSION", version)
    assert left_out(["centrifugo"], in_namespace=True, place=place) == {}
    with centrifugo.Centrifugo(place) as server:
        paced, saturated = measure(server, 20, ["connect", "paced:100:0.5", "saturate:0.3"])[1:]
    for stage in (paced, saturated):
        assert (stage["missing"], stage["doubled"], stage["foreign"]) == (0, 0, 0)
    assert paced["frames"] == paced["events_published"] * 20 > 0
    assert saturated["frames"] > 0
    assert paced["bytes"] / paced["frames"] == FRAME_BYTES + 4  # RFC 6455 section 5.2: 126 and two bytes of length


@pytest.mark.parametrize(
    ("errs", "reason"),
    [
        ("mute", "TimeoutError"),
        ("refuses", "its API refuses an event"),
        ("unsubscribed", "does not subscribe a client to the channel of its token"),
        ("offset", '"offset":1'),
    ],
)
def test_centrifugo_that_is_not_as_documented_is_left_out_with_a_word(place, monkeypatch, errs, reason):
    monkeypatch.setenv("STAND_IN", errs)
    monkeypatch.setattr(centrifugo, "PROOF_SECONDS", 1.0)
    said = left_out(["centrifugo"], in_namespace=True, place=place)["centrifugo"]
    assert said.startswith("it does not do what its documentation says (")
    assert reason in said


def test_no_binary_is_said(place, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert left_out(["centrifugo"], in_namespace=True, place=place) == {"centrifugo": "no binary on the PATH"}
