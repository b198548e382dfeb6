"""A web server that counts who asks it; both ways of keeping an upload off the network."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from atlas.own_files import isolation as reading
from atlas.own_files.checking import check_table
from atlas.own_files.reading import headings_known
from atlas.own_files.report import Report
from data.readers.kinds import read_table


@dataclass(slots=True)
class Trap:
    """A server on loopback that nobody may ask."""

    address: str
    hits: list[str] = field(default_factory=list)


@pytest.fixture
def trap() -> Iterator[Trap]:
    """Return the trap; afterwards only the question that proves that it works may have come."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            opened.hits.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"fecha,ubigeo\n2023,150101\n")

        do_HEAD = do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    opened = Trap(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    with urllib.request.urlopen(f"{opened.address}/proof", timeout=5) as answer:
        answer.read()
    yield opened
    server.shutdown()
    server.server_close()
    assert opened.hits == ["/proof"]


@pytest.fixture(params=["unshared", "blocked"])
def isolation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test in the empty network, and with sockets blocked where there is none to have."""
    if request.param == "blocked":
        monkeypatch.setattr(reading, "_unshare", lambda: ())
    elif not reading._unshare():
        pytest.skip("this system gives no network namespace")
    return str(request.param)


Judged = tuple[list[dict[str, Any]], Report]


@pytest.fixture
def judge() -> Callable[..., Judged]:
    """Return what reads and judges a file in this process, as the child does in its own."""

    def judged(
        content: bytes | str,
        latest: date = date(2026, 1, 1),
        mapping: dict[str, Any] | None = None,
    ) -> Judged:
        raw = content.encode() if isinstance(content, str) else content
        answers = {} if mapping is None else mapping
        table = read_table(raw, headings_known(answers), sheet=answers.get("sheet", ""))
        rows, report = check_table(table, latest=latest, mapping=answers)
        if report.reading.refusal is not None:  # as a terminal does
            raise report.reading.refusal
        return rows, report

    return judged
