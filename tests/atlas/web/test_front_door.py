"""Who is let in under which name, judged by the door alone and on a real server under attack."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from atlas.settings import named_proxies
from atlas.web.security import FrontDoor
from studies.benchmarks.browser import ROOT, free_port, wait_for

NAMED = frozenset({"atlas.example.pe", "192.168.1.20"})
WATCH = """
import os, sys

def watch(event, arguments):
    if event not in ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect"):
        return
    asked = arguments[1] if event == "socket.connect" else arguments[0]
    with open(os.environ["ATLAS_TEST_ASKED"], "a") as log:
        log.write(f"{event} {asked}\\n")
    raise OSError("nobody is asked in this test")

sys.addaudithook(watch)

import threading

begin = threading.Thread.start
threading.Thread.start = lambda thread: thread.name == "warm-up" or begin(thread)
"""
"""Loaded by Python before the server: every name that is resolved and every call is noted, and the
first map, which nobody asks for, is not drawn."""
READS_BODIES = """
import sys, uvicorn
from atlas.web.slow_clients import limit_requests

async def app(scope, receive, send):
    length, more = 0, scope["type"] == "http"
    while more:
        message = await receive()
        length, more = length + len(message["body"]), message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"%d bytes" % length})

limit_requests(1.0, float(sys.argv[2]))
uvicorn.run(app, port=int(sys.argv[1]), http="h11", lifespan="off", log_level="critical")
"""


def status(door: FrontDoor, kind: str, path: str, **headers: str | None) -> int:
    """200 if the door lets a request through, else the status of its refusal."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers_sent = [
        (name.encode(), text.encode()) for name, text in headers.items() if text is not None
    ]
    scope = {"type": kind, "method": "GET", "path": path, "headers": headers_sent}
    with contextlib.suppress(StopIteration):  # it awaits nothing
        door({**scope, "server": ("10.0.0.9", 8501)}, None, send).send(None)
    return 403 if sent[0]["type"] == "websocket.close" else sent[0]["status"]


async def inside(scope: Any, _: Any, send: Any) -> None:
    """What stands behind the door; what was judged is not judged again."""
    assert b"origin" not in dict(scope["headers"])
    await send({"type": "http.response.start", "status": 200})


DOOR = FrontDoor(inside, NAMED, named_proxies({"ATLAS_BEHIND_PROXY": "10.0.0.5"}))


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("host", "origin", "expected"),
    [
        ("127.0.0.1:8501", "http://127.0.0.1:8501", 200),
        ("127.8.0.1", None, 200),
        ("localhost:8501", "http://localhost:8501", 200),
        ("[::1]:8501", "http://[::1]:8501", 200),
        ("atlas.example.pe", "https://atlas.example.pe", 200),
        ("ATLAS.example.pe:8443", "https://ATLAS.example.pe:8443", 200),
        ("192.168.1.20", None, 200),  # named
        ("10.0.0.9:8501", "http://10.0.0.9:8501", 200),  # where the server was reached
        ("10.0.0.5", None, 200),  # the named proxy's
        ("10.0.0.8", None, 403),
        ("evil.example", "http://evil.example", 403),
        ("evil.example:8501", None, 403),
        ("127.0.0.1.evil.example", None, 403),
        ("localhost.evil.example", None, 403),
        ("evil.example@127.0.0.1", None, 403),
        ("127.0.0.1:8501/x", None, 403),
        ("127.0.0.1 evil.example", None, 403),
        ("2130706433", None, 403),
        ("[::1", None, 403),
        ("", None, 403),
        (None, None, 403),
        ("127.0.0.1:8501", "http://evil.example", 403),
        ("127.0.0.1:8501", "http://127.0.0.1:9999", 403),
        ("127.0.0.1:8501", "http://localhost:8501", 403),
        ("127.0.0.1:8501", "http://evil@127.0.0.1:8501", 403),
        ("127.0.0.1:8501", "http://[", 403),
        ("127.0.0.1:8501", "null", 403),
        ("127.0.0.1:8501", "", 403),
    ],
)
def test_the_door_knows_its_own_names(kind, host, origin, expected):
    assert status(DOOR, kind, "/", host=host, origin=origin) == expected


@given(host=st.from_regex(r"[a-z0-9.:@\[\]/_-]{1,40}", fullmatch=True))
def test_no_other_name_enters(host):
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    is_own = name in {*NAMED, "localhost", "10.0.0.9", "10.0.0.5"} or name.startswith(
        ("127.", "[::1]")
    )
    if not is_own:
        assert status(DOOR, "http", "/", host=host) == 403


def test_shipped_figures_are_for_pages_of_any_origin():
    """The same for everybody, and for the sandboxed map; a socket or another name is not."""
    for path in ("/public/es", "/api/v1/regions.json", "/assets/a.js", "/layers/regions.js"):
        asked = {"host": "localhost", "origin": "https://diario.example"}
        assert status(DOOR, "http", path, **asked) == 200
        assert status(DOOR, "websocket", path, **asked) == 403
        assert status(DOOR, "http", path, host="diario.example") == 403
        assert status(DOOR, "http", path, host="localhost", origin="null") == 200
    assert status(DOOR, "http", "/publica", host="localhost", origin="https://a.example") == 403


@dataclass(frozen=True, slots=True)
class Attacked:
    """A real server on every address, as an operator starts it who has named no host."""

    port: int
    folder: Path

    @property
    def asked(self) -> str:
        """Names that the server resolved and addresses that it called."""
        log = self.folder / "asked"
        return log.read_text() if log.exists() else ""

    def ask(self, target: str, method: str = "GET", **headers: str) -> int:
        """Status of an answer to a request that is sent as written."""
        lines = [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
        head = "\r\n".join([f"{method} {target} HTTP/1.1", "Connection: close", *lines, "", ""])
        with socket.create_connection(("127.0.0.1", self.port), 20) as client:
            client.sendall(head.encode())
            return int(client.recv(4096).split(b" ", 2)[1])

    def socket(self, host: str, origin: str | None) -> Any:
        """Streamlit's socket, opened under a host's name from a page of an origin."""
        return connect(
            f"ws://{host}/_stcore/stream",
            sock=socket.create_connection(("127.0.0.1", self.port), 20),
            origin=origin,
            subprotocols=["streamlit"],
        )


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """The server; its resolver and its calls are watched and fail."""
    folder = tmp_path_factory.mktemp("attacked")
    (folder / "sitecustomize.py").write_text(WATCH)
    port = free_port()
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("ATLAS_H")},
        "PYTHONPATH": str(folder),
        "ATLAS_TEST_ASKED": str(folder / "asked"),
        "ATLAS_TIER": "analyst",
        "HOST": "0.0.0.0",
        "PORT": str(port),
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "start.py"), "--installed", "--no-browser"],
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}")
        yield Attacked(port, folder)
    finally:
        process.terminate()
        process.wait(timeout=300)


def test_a_name_pointed_here_is_refused_everywhere(attacked):
    """DNS rebinding: Host and Origin agree, and are not ours; page, socket, upload, media."""
    for path in ("/", "/_stcore/health", "/media/a.csv", "/public/es", "/map/frame", "/layers/x"):
        assert attacked.ask(path, host="evil.example") == 403, path
    put = attacked.ask("/_stcore/upload_file/a/b", "PUT", host="evil.example", content_length="0")
    assert put == 403
    with (
        pytest.raises(InvalidStatus) as refused,
        attacked.socket("evil.example", "http://evil.example"),
    ):
        pass
    assert refused.value.response.status_code == 403
    assert "ATLAS_HOSTS=" in (attacked.folder / "log").read_text()


def test_a_foreign_page_makes_the_server_ask_nobody(attacked):
    """A socket, a request that Streamlit judges for CORS: 403, no name resolved, no call."""
    own = f"127.0.0.1:{attacked.port}"
    for origin in ("http://evil.example", "http://127.0.0.1:1", "null"):
        with pytest.raises(InvalidStatus) as refused, attacked.socket(own, origin):
            pass
        assert refused.value.response.status_code == 403
        assert attacked.ask("/_stcore/health", host=own, origin=origin) == 403
    for host, origin in ((own, f"http://{own}"), ("localhost", "http://localhost"), (own, None)):
        with attacked.socket(host, origin) as opened:
            opened.ping().wait(20)
        origin_header = {} if origin is None else {"origin": origin}
        assert attacked.ask("/_stcore/health", host=host, **origin_header) == 200
    assert attacked.asked == ""


def test_own_records_and_what_describes_the_process_are_closed(attacked):
    """On an analyst's application itself, without a proxy before it, however it is written."""
    assert attacked.ask("/mis-datos", host="localhost", accept="text/html") == 200
    put = attacked.ask("/_stcore/upload_file/x/y", "PUT", host="localhost", content_length="0")
    assert put == 404
    for path in (
        *("/_stcore/metrics", "/_stcore/%6detrics", "/_stcore/metrics?families=x"),
        *("/_stcore/script-health-check", "/_stcore/agent/openapi.json", "/_stcore/agent/mcp"),
    ):
        for method in ("GET", "POST", "OPTIONS"):
            assert attacked.ask(path, method, host="localhost", content_length="0") == 404, path


def closed(client: socket.socket) -> bool:
    client.settimeout(30)
    with contextlib.suppress(ConnectionResetError):
        while client.recv(4096):
            pass  # the rest of an answer
    return True


def test_slow_heads_are_dropped(attacked):
    """Two hundred at once that never end, one of them the second of a connection."""
    address = ("127.0.0.1", attacked.port)
    head = b"GET /_stcore/health HTTP/1.1\r\nHost: localhost\r\n"
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(address, 20)) for _ in range(200)]
        for client in slow[1:]:
            client.sendall(head)
        slow[2].sendall(b"\r\n")
        assert b" 200 " in slow[2].recv(4096)
        slow[2].sendall(head)
        with attacked.socket("localhost", "http://localhost") as opened:
            assert all(closed(client) for client in slow)
            opened.ping().wait(20)  # a socket outlives them


@contextlib.contextmanager
def served(*command: str, **environment: str) -> Iterator[tuple[str, int]]:
    """The address of a server that a command starts at the port that it is given."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, *(part.format(port=port) for part in command)],
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    try:
        wait_for(f"http://127.0.0.1:{port}")
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait(timeout=300)


def bodies(seconds: float) -> contextlib.AbstractContextManager[tuple[str, int]]:
    """A server that reads bodies, of which each brings something in so many seconds."""
    return served("-c", READS_BODIES.replace("{", "{{").replace("}", "}}"), "{port}", str(seconds))


def test_slow_bodies_are_not():
    """An upload may take longer than a head; its connection goes on to the next request."""
    with bodies(60.0) as address:
        head = b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\n"
        with socket.create_connection(address, 20) as body:
            for _ in range(2):
                body.sendall(head + b"four")
                with socket.create_connection(address, 20) as silent:
                    assert closed(silent)
                body.sendall(b"more")
                answer = b""
                while not answer.endswith(b"0\r\n\r\n"):
                    answer += body.recv(4096)
                assert b"8 bytes" in answer


def trickled(client: socket.socket) -> bytes:
    """Send a byte whenever nothing comes, until the other side closes; what it said."""
    received = b""
    client.settimeout(0.05)
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while True:
            try:
                more = client.recv(4096)
            except TimeoutError:
                client.sendall(b"x")
                continue
            if not more:
                break
            received += more
    return received


@pytest.fixture(scope="module")
def impatient() -> Iterator[tuple[str, int]]:
    """A server that waits a second for more of a body."""
    with bodies(1.0) as address:
        yield address


PUT = b"PUT / HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n"


@pytest.mark.parametrize(
    "begun",
    [
        PUT % b"Content-Length: 100000" + b"x",
        PUT % b"Transfer-Encoding: chunked" + b"186A0\r\n",
        # in the place of a web socket
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Content-Length: 100000\r\n\r\n",
        # behind a request that is answered at once
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + PUT % b"Content-Length: 100000",
    ],
)
def test_bodies_that_trickle_are_dropped(impatient, begun):
    """A byte now and then for ever, however the body is announced."""
    with socket.create_connection(impatient, 20) as client:
        client.sendall(begun)
        assert b"100000 bytes" not in trickled(client)


def test_a_steady_body_is_read(impatient):
    with socket.create_connection(impatient, 20) as client:
        client.sendall(PUT % b"Content-Length: 400000\r\nConnection: close" + b"x" * 400_000)
        client.settimeout(20)
        assert b"400000 bytes" in b"".join(iter(lambda: client.recv(4096), b""))


def test_the_public_server_takes_nothing_in():
    """A request with a body is answered without it and closed; others go on."""
    # without its start, in which it makes the pages that are asked for most
    command = ("-m", "uvicorn", "app:app", "--port", "{port}", "--lifespan", "off")
    with served(*command, ATLAS_TIER="public") as address:
        for asked, length in (
            (b"GET /api/v1/change.json", b"Content-Length: 1000000"),
            (b"POST /", b"Transfer-Encoding: chunked"),
            (b"GET /none", b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1"),
        ):
            with socket.create_connection(address, 20) as client:
                client.sendall(asked + b" HTTP/1.1\r\nHost: a\r\n")
                client.sendall(length + b"\r\nExpect: 100-continue\r\n\r\n")
                received = trickled(client).lower()
                assert received.startswith(b"http/1.1 413 ")
                assert b"\r\nconnection: close\r\n" in received
        with socket.create_connection(address, 20) as client:
            for _ in range(2):
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
                received = b""
                while not received.endswith(b"ok\n"):
                    received += client.recv(4096)
                assert b" 200 " in received
