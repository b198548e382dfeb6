"""Downloads from a server on loopback that breaks off, lies and sends on."""

import gzip
import hashlib
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial as bind
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from data.refresh import download
from data.refresh.download import catalogue_hosts, fetch, is_loopback, refuse_address
from data.refresh.folder import locked
from data.refresh.store import Source
from tests.refusing import refused, said

BODY = b"periodo_denuncia,anio_denuncia\n" + bytes(range(32, 127)) * 3_000
MOST = 1_000_000
Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers as the test says and notes what was asked."""

    protocol_version = "HTTP/1.1"
    answers: dict[str, Answer]
    asked: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        """Hand over to the test's answer."""
        self.asked.append((self.path, dict(self.headers)))
        self.close_connection = True
        self.answers[self.path.split("?")[0]](self)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send head and body; a header given as "" is left out."""
        self.send_response(status)
        fields = {"Content-Length": str(len(body)), "Connection": "close"}
        fields |= {name.replace("_", "-"): text for name, text in headers.items()}
        for name, text in fields.items():
            if text:
                self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def serve(store_folder: Path) -> Iterator[Callable[..., str]]:
    """Return a function that serves answers by path and gives the address of the first."""
    servers = []

    def start(**answers: Answer) -> str:
        class Mine(Handler):
            pass

        Mine.answers = {f"/{name}": answer for name, answer in answers.items()}
        Mine.asked = []
        server = ThreadingHTTPServer(("127.0.0.1", 0), Mine)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        start.asked = Mine.asked  # type: ignore[attr-defined]
        return f"http://127.0.0.1:{server.server_port}/{next(iter(answers))}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def whole(handler: Handler) -> None:
    """The file, without a word about its version."""
    handler.say(200, BODY, Content_Type="text/csv")


def get(address: str, **options: Any) -> tuple[Source, bytes]:
    """The file that is yielded, and its bytes as long as it is there."""
    with fetch(address, any_host=True, largest=MOST, **options) as file:
        content = file.path.read_bytes()
    assert not file.path.exists()
    return file, content


def test_a_file_arrives_whole(serve):
    told: list[tuple[int, int | None]] = []
    address = serve(file=whole)
    fetched, content = get(address, progress=lambda size, total: told.append((size, total)))
    assert content == BODY
    assert (fetched.size, fetched.name) == (len(BODY), address)
    assert fetched.sha256 == hashlib.sha256(BODY).hexdigest()
    assert told[-1] == (len(BODY), len(BODY))


def test_a_broken_download_leaves_nothing(serve, store_folder):
    left = [1_000]

    def answer(handler: Handler) -> None:
        handler.say(200, BODY[: left.pop() if left else None], Content_Length=str(len(BODY)))

    address = serve(file=answer)
    with refused(r"broke off \(.*the old figures hold"):
        get(address)
    assert [path.name for path in (store_folder / download.DOWNLOADS).iterdir()] == ["lock"]
    (store_folder / download.DOWNLOADS / "file.part").write_bytes(b"x" * 9_999_999)
    assert get(address)[1] == BODY
    assert all("Range" not in headers for _, headers in serve.asked)  # type: ignore[attr-defined]


def chunked(times: int = 1, *, is_cut: bool = False) -> Answer:
    """The file so many times, in chunks of no stated length."""

    def answer(handler: Handler) -> None:
        handler.say(200, Content_Length="", Transfer_Encoding="chunked")
        for _ in range(times):
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(BODY), BODY))
        if not is_cut:
            handler.wfile.write(b"0\r\n\r\n")

    return answer


def packed(content: bytes) -> Answer:
    """An answer that is packed although nobody asked for it."""
    return lambda handler: handler.say(200, gzip.compress(content), Content_Encoding="gzip")


def sends_on(to: str) -> Answer:
    """A redirect."""
    return lambda handler: handler.say(302, Location=to)


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (lambda h: h.say(200, b"<!doctype html><p>error", Content_Type="text/csv"), "a web page"),
        (lambda h: h.say(200, b"\xef\xbb\xbf \n<html>"), "a web page"),
        (lambda h: h.say(200, BODY, Content_Type="text/html; charset=utf-8"), "a web page"),
        (lambda h: h.say(200, b""), "is empty"),
        (lambda h: h.say(404), "answers 404"),
        (lambda h: h.say(204), "answers 204"),
        (lambda h: h.say(200, BODY, Content_Length=""), "does not say how long"),
        (
            lambda h: h.say(200, BODY, Content_Length="5000000"),
            "larger than 1,000,000 bytes",
        ),
        (lambda h: h.say(200, BODY, Content_Length=str(len(BODY) + 1)), "broke off"),
        (lambda h: h.say(206, BODY, Content_Range="bytes 5-9/10"), "answers 206"),
        (chunked(is_cut=True), "broke off"),
        (chunked(100), "larger than 1,000,000 bytes"),
        (packed(b"0" * (MOST + 1)), "larger than 1,000,000 bytes"),
        (sends_on("http://example.org/file"), "is not encrypted"),
        (sends_on("file:///etc/passwd"), "only https addresses"),
        (sends_on("https://user:secret@example.org/"), "with a name or a password"),
        (sends_on("/file"), "sends on more than 5 times"),
    ],
)
def test_what_is_not_a_whole_file_is_refused(serve, answer, match):
    """Pages, empty and cut answers, redirects to where a refresh may not go."""
    with refused(match) as caught:
        get(serve(file=answer))
    assert "secret" not in said(caught.value)


def test_a_silent_server_and_a_slow_one(serve, monkeypatch):
    wait = threading.Event()

    def silent(handler: Handler) -> None:
        handler.say(200, Content_Length="10")
        wait.wait(5)

    def slow(handler: Handler) -> None:
        handler.say(200, Content_Length=str(len(BODY)))
        for place in range(0, len(BODY), 100):
            handler.wfile.write(BODY[place : place + 100])
            if wait.wait(0.02):
                return

    monkeypatch.setattr(download, "TIMEOUT", httpx.Timeout(0.1, connect=1.0))
    monkeypatch.setattr(download, "TOTAL_S", 0.3)
    try:
        with refused("broke off"):
            get(serve(file=silent))
        with refused(r"took longer than 0 s|broke off"):
            get(serve(file=slow))
    finally:
        wait.set()


def test_other_ways_to_the_file(serve):
    """Chunks end by themselves; what is packed is unpacked; a relative and an absolute redirect."""
    assert get(serve(file=chunked()))[1] == BODY
    assert get(serve(file=packed(BODY)))[1] == BODY
    address = serve(start=sends_on("next?x=1"), next=sends_on("/file"), file=whole)
    assert get(address)[1] == BODY


@pytest.mark.parametrize("host", ["localhost", "10.0.0.1", "169.254.169.254", "[::1]", "127.1.2.3"])
def test_a_host_of_the_internet_never_sends_to_a_private_address(store_folder, monkeypatch, host):
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"location": f"https://{host}/file"})

    transport = httpx.MockTransport(answer)
    client = bind(httpx.Client, transport=transport)
    monkeypatch.setattr(download.httpx, "Client", client)
    with refused("sends on to a private address"):
        get("https://example.org/file")
    assert asked == ["example.org"]


def test_a_certificate_that_proves_nothing_is_refused(store_folder, tmp_path):
    import ssl

    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    ask = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=127.0.0.1"
    to = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    made = subprocess.run([*ask.split(), *to], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no openssl to make a certificate with")

    Mine = type("Mine", (Handler,), {"answers": {"/file": whole}, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mine)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        with refused("does not prove who it is"):
            get(f"https://127.0.0.1:{server.server_port}/file")
    finally:
        server.shutdown()
        server.server_close()


def test_two_downloads_at_once(serve, store_folder):
    with (
        locked(store_folder / download.DOWNLOADS),
        refused("another refresh is running"),
    ):
        get(serve(file=whole))


def test_a_file_of_the_user_s(tmp_path):
    path = tmp_path / "2024.csv"
    path.write_bytes(BODY)
    with fetch(str(path)) as fetched:
        assert (fetched.path, fetched.name, fetched.size) == (path, "2024.csv", len(BODY))
    assert path.exists()
    files = ((BODY, 10, "larger than 10 bytes"), (b"  <html>", MOST, r"2024\.csv is a web page"))
    for content, largest, match in (*files, (b"", MOST, "is empty")):
        path.write_bytes(content)
        with refused(match), fetch(str(path), largest=largest):
            pass
    with refused("no file"), fetch(str(tmp_path)):
        pass


@pytest.mark.parametrize(
    ("address", "match"),
    [
        ("https://example.org/2024.csv", "does not name the host 'example.org'"),
        ("https://www.datosabiertos.gob.pe.example.org/x", "does not name the host"),
        ("https://127.0.0.1/x", "does not name the host"),
        ("http://www.datosabiertos.gob.pe/2024.csv", "is not encrypted"),
        ("http://127.0.0.1.example.org/x", "is not encrypted"),
        ("ftp://www.datosabiertos.gob.pe/x", "only https addresses"),
        ("https:///x", "only https addresses"),
        ("https://www.datosabiertos.gob.pe:port/x", "is not an address"),
        ("https://[::1/x", "is not an address"),
        ("https://a:b@www.datosabiertos.gob.pe/x", "a name or a password"),
    ],
)
def test_only_named_hosts_over_https(address, match):
    with refused(match):
        refuse_address(address, catalogue_hosts())


def test_hosts_of_the_catalogue():
    hosts = catalogue_hosts()
    assert {"datosabiertos.gob.pe", "www.datosabiertos.gob.pe", "github.com"} <= hosts
    refuse_address("https://www.datosabiertos.gob.pe/a.csv", hosts)
    refuse_address("https://example.org/a.csv", None)
    refuse_address("http://127.0.0.1:8000/a.csv", None)
    assert not is_loopback("10.0.0.1")
