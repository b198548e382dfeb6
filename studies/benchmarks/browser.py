"""A server and a Chromium for the measurements and the tests, both on loopback."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # pages that Chromium loads for its address bar with every window: half a second each
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
]


def chromium_path() -> str:
    """Path of the system's Chromium (ATLAS_CHROMIUM wins)."""
    names = [os.environ.get("ATLAS_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    for name in filter(None, names):
        path = shutil.which(name)
        if path:
            return path
    raise SystemExit("no Chromium found: run deploy/tools/ensure_chromium.sh")


def free_port() -> int:
    """A port that is free on loopback now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(
    script: str, *, environment: dict[str, str] | None = None, folder: Path = ROOT
) -> Iterator[tuple[str, subprocess.Popen]]:
    """Run a Streamlit script of a folder; yields its address once the process has been started."""
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "streamlit", "run", script),
            *("--server.address", "127.0.0.1", "--server.port", str(port)),
        ],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with _ended(process):
        yield f"http://127.0.0.1:{port}", process


@contextlib.contextmanager
def served(tier: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """The atlas of a tier as `make run` serves it; yields address and process once started."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "start.py"), "--installed", "--no-browser"],
        env={
            **os.environ,
            "ATLAS_TIER": tier,
            "HOST": "127.0.0.1",
            "PORT": str(port),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with _ended(process):
        yield f"http://127.0.0.1:{port}", process


@contextlib.contextmanager
def _ended(process: subprocess.Popen) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=20)


def wait_for(address: str, *, seconds: float = 120) -> None:
    """Wait until the port accepts a connection."""
    host, port = address.removeprefix("http://").split(":")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 0.2):
            return
        time.sleep(0.02)
    raise TimeoutError(f"no server at {address} after {seconds:.0f} s")


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
