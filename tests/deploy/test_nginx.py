"""What nginx lets through, keeps and refuses, with the configuration that is shipped."""

import signal
import socket

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from studies.benchmarks.browser import ROOT
from tests.deploy.conftest import HOST, Front

POLICY = "content-security-policy"


def ask(front: Front, path: str, method: str = "GET", **options) -> httpx.Response:
    """One request to nginx under the host's name, its certificate checked."""
    headers = {"Host": HOST, **options.pop("headers", {})}
    with httpx.Client(verify=front.trust, trust_env=False, timeout=300) as client:
        return client.request(
            method,
            f"https://127.0.0.1:{front.https}{path}",
            headers=headers,
            extensions={"sni_hostname": HOST},
            **options,
        )


def raw(front: Front, target: str, host: str = HOST) -> bytes:
    """What comes back for a request line that no client library would send."""
    with (
        socket.create_connection(("127.0.0.1", front.https), 10) as plain,
        front.trust.wrap_socket(plain, server_hostname=HOST) as secure,
    ):
        line = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        secure.sendall(line.encode())
        received = b""
        while part := secure.recv(65536):
            received += part
        return received


@pytest.mark.parametrize(
    "path",
    [
        "/",
        *(
            pytest.param(address, marks=pytest.mark.slow)
            for address in ("/public/es", "/api/v1/meta.json", "/api/none")
        ),
    ],
)
def test_the_policy_is_the_applications_own(front, path):
    there = ask(front, path).headers
    direct = httpx.get(
        front.behind + path, headers={"Host": HOST}, trust_env=False, timeout=300
    ).headers
    assert there.get_list(POLICY) == direct.get_list(POLICY)
    assert len(there.get_list(POLICY)) == 1
    for name in ("x-content-type-options", "referrer-policy", "permissions-policy"):
        assert there.get_list(name) == direct.get_list(name)
    assert there["strict-transport-security"].startswith("max-age=")
    assert there["server"] == "nginx"


def test_what_describes_the_process_stays_inside(front):
    """However it is written; the application itself would answer some of them."""
    for path in (
        *("/_stcore/metrics", "//_stcore/metrics", "/_stcore/%6detrics", "/_stcore/./metrics"),
        *("/_stcore/agent/openapi.json", "/_stcore/script-health-check", "/healthz"),
    ):
        assert b" 404 " in raw(front, path).splitlines()[0], path


def test_steps_upwards_lead_nowhere(front):
    for path in (
        *("/../app.py", "/public/../../../etc/passwd", "/public/%2e%2e/app.py"),
        *("/app/static/..%2f..%2fsecurity.py", "/assets/%2e%2e/security.py"),
    ):
        answer = raw(front, path)
        assert answer.split(b" ", 2)[1] in (b"400", b"404"), path
        assert b"import " not in answer
        assert b"root:" not in answer


@pytest.mark.slow
def test_a_large_body_is_stopped_at_the_door(front):
    path = "/_stcore/upload_file/none/none"
    assert ask(front, path, "PUT", content=b"x" * 15_000_000).status_code == 413
    assert ask(front, "/api/v1/meta.json", "POST", content=b"x" * 2000).status_code == 413
    assert ask(front, "/api/v1/meta.json", "POST", content=b"x").status_code == 405


def test_the_socket_of_the_dashboard_passes(front):

    def opened(origin: str) -> None:
        address = f"wss://{HOST}/_stcore/stream"
        plain = socket.create_connection(("127.0.0.1", front.https), 10)
        with connect(
            address,
            sock=plain,
            ssl=front.trust,
            origin=origin,
            subprotocols=["streamlit"],
            open_timeout=300,
        ) as socket_:
            assert socket_.response.status_code == 101

    opened(f"https://{HOST}")
    with pytest.raises(InvalidStatus) as refused:
        opened("https://evil.example")
    assert refused.value.response.status_code == 403


@pytest.mark.slow
def test_readers_are_served_while_the_dashboard_hangs(front):
    first = ask(front, "/public/es")
    assert first.status_code == 200
    front.process.send_signal(signal.SIGSTOP)
    try:
        again = ask(front, "/public/es")
        unchanged = ask(front, "/public/es", headers={"If-None-Match": first.headers["etag"]})
    finally:
        front.process.send_signal(signal.SIGCONT)
    assert (again.content, again.headers[POLICY]) == (first.content, first.headers[POLICY])
    assert unchanged.status_code == 304


def test_every_path_of_pages_is_limited():
    """A location without a limit would let one address ask for looks without end."""
    conf = (ROOT / "deploy" / "nginx" / "atlas.conf").read_text("utf-8")
    passing = [part for part in conf.split("location ")[1:] if "proxy_pass" in part]
    assert len(passing) == 4
    assert all("limit_req zone" in part or "limit_conn atlas" in part for part in passing)


def test_another_host_gets_no_answer(front):
    assert raw(front, "/public/es", host="evil.example") == b""


def test_plain_http_leads_to_https(front):
    answer = httpx.get(
        f"http://127.0.0.1:{front.http}/public/en?a=1", headers={"Host": HOST}, trust_env=False
    )
    assert answer.status_code == 308
    assert answer.headers["location"] == f"https://{HOST}/public/en?a=1"
