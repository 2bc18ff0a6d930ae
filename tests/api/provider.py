"""An identity provider of the tests' own: real keys, a real JWK set behind a real URL, tokens as it is told."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER = "https://id.example"

_MAKE: dict[str, Callable[[], Any]] = {
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "RS256 short": lambda: rsa.generate_private_key(65537, 1024),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


@cache
def private_key(kind: str, which: int = 0) -> Any:
    """Make a key, once a run: an RSA key takes a moment."""
    return _MAKE[kind]()


def pem(kind: str, which: int = 0) -> str:
    public = private_key(kind, which).public_key()
    return str(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def jwk(kind: str, kid: str | None, which: int = 0, **more: Any) -> dict[str, Any]:
    public = private_key(kind, which).public_key()
    algorithm: Any = {"RS": RSAAlgorithm, "ES": ECAlgorithm, "Ed": OKPAlgorithm}[kind[:2]]
    return dict(algorithm.to_jwk(public, as_dict=True)) | ({"kid": kid} if kid else {}) | more


def token_of(
    now: float,
    kind: str = "RS256",
    kid: str | None = "one",
    which: int = 0,
    headers: dict[str, Any] | None = None,
    **changed: Any,
) -> str:
    """Sign a good token of Zoe's, but for what is changed; None leaves a claim out."""
    claims = {
        "iss": ISSUER,
        "aud": "homeguard",
        "sub": "zoe",
        "iat": int(now),
        "exp": int(now) + 300,
        "jti": "j1",
    } | changed
    claims = {name: value for name, value in claims.items() if value is not None}
    headers = ({"kid": kid} if kid else {}) | (headers or {})
    return jwt.encode(claims, private_key(kind, which), algorithm=kind.split()[0], headers=headers)


class JwksServer:
    """Serves `keys` and counts who asks; while `status` is another one, it serves nothing."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.keys: list[dict[str, Any]] = [jwk("RS256", "one")]
        self.body: bytes | None = None  # instead of the keys
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked = 0


@contextmanager
def jwks_server() -> Iterator[JwksServer]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked += 1
            body = server.body if server.body is not None else json.dumps({"keys": server.keys}).encode()
            self.send_response(server.status)
            for name, value in (server.headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as listening:
        server = JwksServer(f"http://127.0.0.1:{listening.server_address[1]}/jwks.json")
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
