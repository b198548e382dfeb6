"""What a content system is told of a page of this server that was pasted into it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

BASE = "https://atlas.example.pe/"
OEMBED = "/public/oembed.json"


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, forgotten: None) -> Iterator[None]:
    """The server knows the address by which readers know it."""
    monkeypatch.setenv("ATLAS_BASE_URL", BASE)
    return


def asked(path: str, **more: str) -> str:
    """The address of an answer about a page; what systems add of their own is left unread."""
    room = "".join(f"&{name}={value}" for name, value in more.items())
    return f"{OEMBED}?url={quote(BASE + path, safe='')}&dnt=1{room}"


@pytest.mark.parametrize("path", ["public/es", "public/en/compact?period=2021&measure=verdict"])
def test_a_page_leads_to_its_own_answer(public, named, path):
    """Found by the link in its head, as WordPress looks for it; period and measure come along."""
    page = public(f"/{path}").body.decode()
    link = re.search(r'type="application/json\+oembed" href="([^"]+)"', page)[1]
    found = public(f"/{link.removeprefix(BASE)}".replace("&amp;", "&") + "&maxwidth=640")
    assert found.status == 200
    assert found.headers["content-type"].startswith("application/json")
    answer = json.loads(found.body)
    assert f' src="{BASE}{path}"'.replace("&", "&amp;") in answer["html"]
    assert answer["width"] == 640
    assert answer["title"] in page


@pytest.mark.parametrize(
    ("room", "size", "view"),
    [
        ({}, (720, 1200), ""),
        ({"maxwidth": "500", "maxheight": "960"}, (500, 960), ""),
        ({"maxwidth": "500", "maxheight": "750"}, (500, 600), "/compact"),
        ({"maxwidth": "2000", "maxheight": "400"}, (720, 400), "/compact"),
    ],
)
def test_a_host_gets_what_it_has_room_for(public, named, room, size, view):
    """Frame and picture are no larger than asked; with little height it is the compact page."""
    answer = json.loads(public(asked("public/es", **room)).body)
    assert (answer["width"], answer["height"]) == size
    assert f' src="{BASE}public/es{view}"' in answer["html"]
    assert ("thumbnail_url" in answer) == (room == {})


def test_without_an_address_of_its_own_there_is_no_answer(public, monkeypatch, forgotten):
    """The server names no host that was asked for: it would be anybody's."""
    monkeypatch.delenv("ATLAS_BASE_URL", raising=False)
    assert public(asked("public/es")).status == 404
    assert b"json+oembed" not in public("/public/es").body
