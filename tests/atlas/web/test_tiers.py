"""The tiers of the server: what starts, what refuses to start, who may come in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.settings import (
    ServerTier,
    SettingError,
    contact,
    current,
    is_loopback,
    named_proxies,
    require_guarded,
)
from atlas.web.security import OnlyThroughProxy, frame_ancestors

ROOT = Path(__file__).resolve().parent.parent.parent.parent
EVERYWHERE = ("0.0.0.0", "::", "10.1.2.3", "atlas.example.pe", None)

IN_THE_PUBLIC_TIER = """
import importlib, json, sys
import app
from tests.conftest import asked

filled = [
    route.path.replace("{lang}", "es").replace("{name}", "es.png").replace("{rest:path}", "x")
    for route in app.app.routes
] + ["/_stcore/upload_file/a/b", "/_stcore/stream", "/metodo", "/map/frame",
     "/planificador", "/mis-datos", "/plan.geojson"]
answers = {}
for path in filled:
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = asked(app.app, path, method)
        reply = [answer.status, answer.headers.get("location"), "set-cookie" in answer.headers]
        answers[f"{method} {path}"] = reply
importlib.import_module("atlas.public.site")
print(json.dumps({"answers": answers, "loaded": sorted(sys.modules)}))
"""


def _environment(**settings: str) -> dict[str, str]:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("ATLAS_")}
    return {**environment, **settings}


@pytest.fixture(scope="module")
def driven() -> dict:
    """Every route of the tier public asked with every method, in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", IN_THE_PUBLIC_TIER],
        cwd=ROOT,
        env=_environment(ATLAS_TIER="public"),
        capture_output=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return json.loads(ran.stdout)


def test_the_public_tier_takes_nothing_in_and_loads_nothing_that_could(driven):
    """Neither Streamlit nor upload, planning or own-record modules are ever loaded.

    No other method, dashboard or cookie exists.
    """
    loaded, answers = driven["loaded"], driven["answers"]
    assert not {"streamlit", "multipart"} & {*loaded}
    assert "geo.privacy.disclosure" in loaded
    closed = ("atlas.planner", "atlas.own_data", "geo.siting", "data.readers")
    assert [name for name in loaded if name.startswith(closed)] == []
    for asked, (status, _, cookie) in answers.items():
        assert not cookie, asked
        if not asked.startswith("GET "):
            assert status in (404, 405), asked
    for path in ("/public/es", "/public/card/es.png", "/healthz"):
        assert answers[f"GET {path}"][0] == 200
    assert answers["GET /"][:2] == [307, "/public"]
    for path in (
        *("/_stcore/upload_file/a/b", "/_stcore/stream", "/metodo", "/map/frame"),
        *("/planificador", "/mis-datos", "/plan.geojson"),
    ):
        assert answers[f"GET {path}"][0] == 404


@given(text=st.text(min_size=1).filter(lambda text: text.strip() not in {"", *ServerTier}))
def test_the_tier_is_one_of_three(text):
    """Analyst unless told otherwise; spaces around a setting are no other setting."""
    assert current({}) is current({"ATLAS_TIER": ""}) is ServerTier.ANALYST
    for tier in ServerTier:
        assert current({"ATLAS_TIER": f" {tier} "}) is tier
    with pytest.raises(SettingError, match="public, analyst, ngo"):
        current({"ATLAS_TIER": text})


def test_own_records_stay_on_the_machine():
    for address in ("127.0.0.1", "127.8.0.1", "::1", "localhost", "localhost."):
        require_guarded(address, {"ATLAS_TIER": "ngo"})
    for address in EVERYWHERE:
        assert not is_loopback(address)
        with pytest.raises(SettingError, match="ATLAS_BEHIND_PROXY"):
            require_guarded(address, {"ATLAS_TIER": "ngo"})
        require_guarded(address, {"ATLAS_TIER": "ngo", "ATLAS_BEHIND_PROXY": "10.0.0.5"})
        require_guarded(address, {"ATLAS_TIER": "analyst"})


@pytest.mark.parametrize(
    ("listens", "peer", "enters"),
    [
        ("127.0.0.1", "203.0.113.9", True),  # forwarded by a server on this machine
        ("::1", "::1", True),
        ("10.0.0.9", "10.0.0.5", True),
        ("10.0.0.9", "10.0.0.6", False),
        ("10.0.0.9", "127.0.0.1.evil", False),
        (None, None, False),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_only_the_machine_and_the_proxy_come_in(kind, listens, peer, enters, apart):
    reached, sent = [], []

    async def inside(scope, receive, send):
        reached.append(scope["type"])

    async def send(message):
        sent.append(message)

    scope = {
        "type": kind,
        "method": "GET",
        "path": "/",
        "headers": [(b"x-forwarded-for", b"127.0.0.1"), (b"host", b"localhost")],
        "server": listens and (listens, 80),
        "client": peer and (peer, 5),
    }
    guard = OnlyThroughProxy(inside, named_proxies({"ATLAS_BEHIND_PROXY": "10.0.0.5"}))
    apart(guard(scope, None, send))
    assert reached == ([kind] if enters else [])
    if not enters:
        first = sent[0]
        assert first.get("status") == 403 or first["type"] == "websocket.close"


@pytest.mark.parametrize(
    ("read", "name", "text"),
    [
        # a word is no proxy's address, and everybody is no proxy
        *(
            (named_proxies, "ATLAS_BEHIND_PROXY", text)
            for text in ("yes", "nginx", "10.0.0.0/8/8", "0.0.0.0/0", "::/0", "10.0.0.5/8")
        ),
        # a word that the browser would read otherwise than it was meant
        *(
            (frame_ancestors, "ATLAS_EMBED_ORIGINS", text)
            for text in (
                *("http://diario.example", "https://diario.example/", "https://*.example"),
                *("diario.example", "https://diario.example; script-src *", "'self'"),
                *("https://user@diario.example", "* https://diario.example"),
                "https://Diario.example",
            )
        ),
    ],
)
def test_a_proxy_is_an_address_and_who_may_embed_a_list_of_origins(read, name, text):
    with pytest.raises(SettingError, match=name):
        read({name: text})


def test_named_origins_and_nobody_else_may_embed():
    """The server itself stays on the list, for the preview; without a list everybody may."""
    assert frame_ancestors({}) == frame_ancestors({"ATLAS_EMBED_ORIGINS": " * "}) == "*"
    listed = frame_ancestors({"ATLAS_EMBED_ORIGINS": "https://a.pe,https://b.pe https://a.pe"})
    assert listed == "'self' https://a.pe https://b.pe"


@pytest.mark.parametrize(
    ("settings", "command", "message"),
    [
        ({"ATLAS_TIER": "ngo", "HOST": "0.0.0.0"}, "serve", "name the proxy's address"),
        ({"ATLAS_TIER": "public"}, "streamlit", "runs without Streamlit"),
        # what each setting refuses is tested above; that it is asked for at the start, here
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                ({"ATLAS_TIER": "evil77"}, "streamlit", "ATLAS_TIER is 'evil77': it is one of"),
                ({"ATLAS_TIER": "public", "ATLAS_K_ANONYMITY": "10"}, "serve", "lowered below 11"),
                ({"ATLAS_TIER": "public", "ATLAS_EMBED_ORIGINS": "x"}, "serve", "EMBED_ORIGINS"),
                ({"ATLAS_TIER": "public", "ATLAS_DASHBOARD_URL": "x"}, "serve", "URL is 'x'"),
                ({"ATLAS_BEHIND_PROXY": "x"}, "streamlit", "ATLAS_BEHIND_PROXY holds 'x'"),
                ({"ATLAS_HOSTS": "https://a.pe"}, "streamlit", "holds 'https://a.pe'"),
            )
        ),
    ],
)
def test_a_wrong_setting_does_not_start(settings, command, message):
    """One line on stderr that says what to change, no traceback, a code that is not nought."""
    if command == "serve":
        line = [sys.executable, str(ROOT / "start.py"), "--installed", "--no-browser"]
    else:
        line = [sys.executable, "-m", "streamlit", "run", "app.py"]
    ran = subprocess.run(
        line,
        cwd=ROOT,
        env=_environment(PORT="1", **settings),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode != 0
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("datos@example.org.pe", "mailto:datos@example.org.pe"),
        ("https://example.org.pe/contacto", "https://example.org.pe/contacto"),
        ("", None),
    ],
)
def test_whom_to_tell_is_an_address_or_a_page(text, link):
    address = contact({"ATLAS_CONTACT": text})
    assert (address and address[1]) == link


@pytest.mark.parametrize(
    "text", ["nobody", "a@b", "http://example.org.pe/", "javascript:alert(1)", "x@y.pe?cc=z@y.pe"]
)
def test_whom_to_tell_is_nothing_else(text):
    with pytest.raises(SettingError, match="ATLAS_CONTACT is"):
        contact({"ATLAS_CONTACT": text})
