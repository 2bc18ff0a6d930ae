"""A router with an API is told what is wished, signed, until it has heard it; its answer is the report."""

import asyncio
import json
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from enforce.enforcer import Wish
from enforce.signing import MAX_AGE_SECONDS, SIGNATURE, TIMESTAMP, is_genuine, signature_of
from enforce.webhook import MAX_ANSWER_BYTES, WebhookEnforcer, checked_target
from enforce.webhook_outbox import WebhookOutbox
from homeguard.errors import Misconfigured, Unavailable
from tests.ports import free_port
from tests.waiting import until

SECRET = b"s" * 32
CAM = Wish("cam-1", desired=True, command_id="c1", mac="02:00:5e:10:00:01", ips=("192.168.1.20",))
TV = Wish("tv-1", desired=False, command_id="c2")


class Router:
    """A router that verifies what it gets and answers as the test says."""

    def __init__(self, port=0):
        self.requests: list[dict[str, Any]] = []
        self.answer = None
        router = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                genuine = is_genuine(SECRET, self.headers[TIMESTAMP], self.headers[SIGNATURE], body, time.time())
                router.requests.append(json.loads(body) | {"genuine": genuine})
                status, headers, text = router.answer or (
                    200,
                    dict[str, str](),
                    json.dumps(router.reports(json.loads(body))),
                )
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(text.encode())

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @staticmethod
    def reports(body):
        return {
            "reports": {
                wish["device_id"]: {"state": "enforced" if wish["desired"] else "released", "detail": "port isolated"}
                for wish in body["wishes"]
            }
        }

    def close(self):
        self.server.shutdown()
        self.thread.join(10)
        self.server.server_close()


@pytest.fixture
def router():
    router = Router()
    yield router
    router.close()


@pytest.fixture
def outbox(tmp_path):
    return WebhookOutbox(tmp_path / "outbox" / "webhook.db")


@pytest.fixture
def enforcer(router, outbox):
    return WebhookEnforcer(router.url, SECRET, outbox)


async def test_router_is_told_the_whole_and_its_answer_is_the_report(router, enforcer):
    found = await enforcer.enforce({"tv-1": TV, "cam-1": CAM})
    assert {id: (finding.state, finding.detail) for id, finding in found.items()} == {
        "cam-1": ("enforced", "port isolated"),
        "tv-1": ("released", "port isolated"),
    }
    (request,) = router.requests
    assert request["genuine"]
    assert (request["action"], request["sequence"], request["enforcer"]) == ("enforce", 1, "webhook")
    assert request["wishes"] == [CAM.to_json(), TV.to_json()]


async def test_each_other_state_has_a_higher_sequence_and_the_same_one_keeps_it(router, enforcer):
    for wishes in ({"cam-1": CAM}, {"cam-1": CAM}, {"cam-1": CAM, "tv-1": TV}):
        await enforcer.enforce(wishes)
    await enforcer.look({"cam-1": CAM, "tv-1": TV})
    assert [(request["action"], request["sequence"]) for request in router.requests] == [
        ("enforce", 1),
        ("enforce", 1),
        ("enforce", 2),
        ("look", 2),
    ]
    assert len({request["delivery"] for request in router.requests}) == 4


async def test_what_did_not_arrive_arrives_after_a_restart_without_being_wished_again(tmp_path):
    port = free_port()
    gone = WebhookEnforcer(f"http://127.0.0.1:{port}/hook", SECRET, WebhookOutbox(tmp_path / "webhook.db"))
    with pytest.raises(Unavailable):
        await gone.enforce({"cam-1": CAM})
    router = Router(port)
    again = WebhookEnforcer(router.url, SECRET, WebhookOutbox(tmp_path / "webhook.db"))
    watching = asyncio.create_task(again.watch(lambda why: None))
    try:
        await until(lambda: router.requests)
        assert [wish["device_id"] for wish in router.requests[0]["wishes"]] == ["cam-1"]
        outbox: Any = WebhookOutbox(tmp_path / "webhook.db")
        await until(lambda: outbox.newest().is_delivered)
    finally:
        watching.cancel()
        await asyncio.wait({watching})
        router.close()


async def test_what_is_left_of_before_never_arrives_behind_what_is_new(router, outbox):
    outbox.put("[]")
    enforcer = WebhookEnforcer(router.url, SECRET, outbox)
    new = asyncio.create_task(enforcer.enforce({"cam-1": CAM}))
    watching = asyncio.create_task(enforcer.watch(lambda why: None))
    await new
    await until(lambda: enforcer._posting.locked() is False)
    await enforcer.look({"cam-1": CAM})  # waits its turn behind whatever `watch` has to deliver
    watching.cancel()
    await asyncio.wait({watching})
    sequences = [request["sequence"] for request in router.requests]
    assert sequences == sorted(sequences)
    assert sequences[-1] == 2


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_router_that_is_busy_is_unavailable(router, enforcer, outbox, status):
    router.answer = (status, {}, "later")
    with pytest.raises(Unavailable, match=str(status)):
        await enforcer.enforce({"cam-1": CAM})
    assert not outbox.newest().is_delivered


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((302, {"Location": "http://127.0.0.1:1/"}, ""), "redirects are not followed"),
        ((403, {}, "who are you?"), "refused with 403: who are you?"),
        ((200, {}, "ok"), "no report: ok"),
        ((200, {}, "[]"), "no report"),
        ((200, {}, '{"reports": {"cam-1": {"state": "maybe"}}}'), "cannot be read"),
        ((200, {}, '{"reports": {"cam-1": 7}}'), "cannot be read"),
    ],
)
async def test_router_that_does_not_report_has_failed(router, enforcer, answer, why):
    router.answer = answer
    found = await enforcer.enforce({"cam-1": CAM})
    assert found["cam-1"].state == "failed"
    assert why in found["cam-1"].detail


async def test_endless_answer_is_cut_off(router, enforcer):
    router.answer = (200, {}, "x" * (MAX_ANSWER_BYTES + 1))
    with pytest.raises(Unavailable, match="more than"):
        await enforcer.enforce({"cam-1": CAM})


def test_signature_is_of_this_body_at_this_time_under_this_secret():
    signature = signature_of(SECRET, "1000", b"body")
    assert is_genuine(SECRET, "1000", signature, b"body", 1000.0 + MAX_AGE_SECONDS)
    assert not is_genuine(SECRET, "1000", signature, b"body", 1001.0 + MAX_AGE_SECONDS)
    assert not is_genuine(SECRET, "1000", signature, b"body", 999.0 - MAX_AGE_SECONDS)
    assert not is_genuine(SECRET, "1001", signature, b"body", 1000.0)
    assert not is_genuine(SECRET, "1000", signature, b"Body", 1000.0)
    assert not is_genuine(b"t" * 32, "1000", signature, b"body", 1000.0)
    assert not is_genuine(SECRET, "soon", signature, b"body", 1000.0)
    assert not is_genuine(SECRET, "1000", "sha256=é", b"body", 1000.0)


@pytest.mark.parametrize(
    "url",
    ["https://router.example/x", "http://127.0.0.1:80/", "http://[::1]/", "http://192.168.1.1/", "http://localhost/"],
)
def test_webhook_may_be_near_or_encrypted(url):
    assert checked_target(url) == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://router.example/", "--insecure"),
        ("http://8.8.8.8/", "--insecure"),
        ("ftp://127.0.0.1/", "must look like"),
        ("router", "must look like"),
        ("http://[::1/", "must look like"),
        ("http://127.0.0.1:high/", "must look like"),
        ("https://user:word@router.example/", "must not contain a password"),
    ],
)
def test_webhook_that_is_neither_is_refused(url, why):
    if "8.8.8.8" in url:
        assert checked_target(url, insecure=True) == url
    with pytest.raises(Misconfigured, match=why):
        checked_target(url)


def test_secret_that_is_none_is_refused(outbox):
    with pytest.raises(Misconfigured, match="16 bytes"):
        WebhookEnforcer("https://router.example/", b"short", outbox)


def test_outbox_that_cannot_be_kept_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="outbox"):
        WebhookOutbox(tmp_path / "file" / "webhook.db")
