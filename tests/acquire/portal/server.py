"""A portal on loopback: a real HTTP server whose answers, good and bad, are given by address.

Belongs here: serving, counting, breaking off. Does not: what the pages say (`families`).
"""

import hashlib
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Answer:
    """One answer. `validators`: with ETag and Last-Modified, and 304 to who has them already.

    `pause` seconds before the first byte, `drip` seconds between pieces of the body, `cut` bytes that are
    promised and never sent. Not `measured`: the length is not said, the answer ends with the connection.
    """

    body: bytes = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    validators: bool = True
    pause: float = 0
    drip: float = 0
    cut: int = 0
    measured: bool = True


Route = Answer | Callable[["Asked"], Answer]


@dataclass(frozen=True)
class Asked:
    """One request, as the server saw it. `at`: seconds on the server's clock."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    status: int = 0
    sent: int = 0


class Portal:
    """Routes by path and query, and what was asked. `url` has no slash at its end."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {
            "/robots.txt": Answer(b"User-agent: *\nAllow: /\n", kind="text/plain")
        }
        self.asked: list[Asked] = []
        self.url = ""

    def asked_for(self, path: str) -> list[Asked]:
        """Return the requests for a path."""
        return [one for one in self.asked if one.path == path]

    def answer(self, asked: Asked) -> Answer:
        """Return the answer to a request; 404 where there is no route."""
        route = self.routes.get(asked.path)
        if route is None:
            return Answer("<html><h1>404 页面不存在</h1></html>".encode(), 404, validators=False)
        given = route(asked) if callable(route) else route
        if not given.validators or given.status != 200 or asked.method != "GET":
            return given
        etag = f'"{hashlib.sha256(given.body).hexdigest()[:12]}"'
        headers = {"ETag": etag, **given.headers}
        if asked.headers.get("if-none-match") == etag:
            return Answer(b"", 304, given.kind, {"ETag": etag})
        return Answer(given.body, 200, given.kind, headers, pause=given.pause, drip=given.drip, cut=given.cut)


def certificate(folder: Path) -> Path:
    """Write a certificate that nobody has signed but itself, with its key; return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, today - timedelta(days=1), today + timedelta(days=1)
    ).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def serving(portal: Portal, certified_by: Path | None = None) -> Iterator[Portal]:
    """Serve a portal on a free port of 127.0.0.1 inside the block; over TLS where a certificate is given."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20  # a connection that a killed client left open ends by itself

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self.rfile.read(length), time.monotonic())
            given = portal.answer(asked)
            time.sleep(given.pause)
            sent = 0
            try:
                self.send_response(given.status)
                self.send_header("Content-Type", given.kind)
                if given.measured:
                    self.send_header("Content-Length", str(len(given.body) + given.cut))
                else:
                    self.send_header("Connection", "close")
                for name, value in given.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                pieces = 20 if given.drip else 1
                step = max(1, -(-len(given.body) // pieces))
                for start in range(0, len(given.body), step):
                    time.sleep(given.drip)
                    sent += self.wfile.write(given.body[start : start + step])
                    self.wfile.flush()
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client went away: that is what some of these answers are for
            self.close_connection = self.close_connection or bool(given.cut)
            portal.asked.append(Asked(**{**vars(asked), "status": given.status, "sent": sent}))

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # a killed client
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    if certified_by is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certified_by)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    portal.url = f"http{'s' if certified_by else ''}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
