"""A real nginx with the configuration of deploy/ before a real server, both on loopback."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from studies.benchmarks.browser import ROOT, free_port, server, wait_for

HOST = "atlas.example.pe"
CONFIGURATION = ROOT / "deploy" / "nginx" / "atlas.conf"


@dataclass(frozen=True, slots=True)
class Front:
    """Where nginx and the application behind it listen."""

    https: int
    http: int
    behind: str
    """address of the application itself."""
    process: subprocess.Popen
    """the application."""
    trust: ssl.SSLContext
    """knows the test's own certificate."""


def _nginx() -> str:
    for name in filter(None, (os.environ.get("ATLAS_NGINX"), "nginx", "/usr/sbin/nginx")):
        if program := shutil.which(name):
            return program
    pytest.skip("no nginx: run deploy/tools/ensure_nginx.sh as root, or set ATLAS_NGINX")


def _certificate(folder: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make the test's own certificate")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "fullchain.pem")),
        ],
        check=True,
        capture_output=True,
    )


def _placed(folder: Path, https: int, http: int, behind: str) -> str:
    """The configuration as it is shipped, moved to other ports and folders."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    moves = {
        "listen 443 ssl": f"listen 127.0.0.1:{https} ssl",
        "listen 80 ": f"listen 127.0.0.1:{http} ",
        "server 127.0.0.1:8501;": f"server {behind.removeprefix('http://')};",
        "/var/cache/nginx/atlas": str(folder / "cache"),
        "/etc/ssl/atlas": str(folder),
    }
    for old, new in moves.items():
        assert old in text, f"the configuration no longer says {old!r}"
        text = text.replace(old, new)
    return text


def _quiet(folder: Path) -> str:
    """The application as it is shipped, but that nothing is drawn before somebody asks for it."""
    text = (ROOT / "app.py").read_text(encoding="utf-8")
    for old, new in {
        "partial(sweeping, begin=warm_up)": "sweeping",
        "Path(__file__).resolve().parent": f"Path({str(ROOT)!r})",
    }.items():
        assert old in text, f"app.py no longer says {old!r}"
        text = text.replace(old, new)
    (folder / "app.py").write_text(text, encoding="utf-8")
    return str(folder / "app.py")


def _main(folder: Path) -> str:
    """What a distribution's nginx.conf says around it."""
    whose = "user root;" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{name}_temp_path {folder / name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"{whose} daemon off; worker_processes 1; pid {folder / 'nginx.pid'};"
        f"error_log {folder / 'error.log'};"
        f"events {{ worker_connections 1024; }}"
        f"http {{ {temporary} include {folder / 'atlas.conf'}; }}"
    )


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """The dashboard behind nginx, with its certificate."""
    program = _nginx()
    folder = tmp_path_factory.mktemp("nginx")
    _certificate(folder)
    https, http = free_port(), free_port()
    with server(_quiet(folder), environment={"ATLAS_HOSTS": HOST}) as (behind, process):
        (folder / "atlas.conf").write_text(_placed(folder, https, http, behind), encoding="utf-8")
        (folder / "nginx.conf").write_text(_main(folder), encoding="utf-8")
        command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        proxy = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_for(behind)
            wait_for(f"http://127.0.0.1:{https}", seconds=120)
            trust = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
            yield Front(https, http, behind, process, trust)
        finally:
            proxy.terminate()
            proxy.wait(timeout=300)
