"""What a network reads of a shared link: tags in the first answer, and their picture."""

from __future__ import annotations

from html.parser import HTMLParser
from io import BytesIO

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from atlas.map import http
from atlas.map.routes import map_routes
from atlas.settings import BASE_SETTING, offered_pages
from atlas.view import DEPARTMENTS
from atlas.web import first_look, preview
from atlas.web.first_look import FirstLook
from atlas.web.preview import SIZE_PX, Admission

BASE = "https://atlas.example.pe"


class Tags(HTMLParser):
    """The head's tags as a network's reader collects them, by property or name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.of: dict[str, str] = {}
        self._ended = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what stands in the head."""
        values = dict(attrs)
        if tag == "body":
            self._ended = True
        name = values.get("property") or values.get("name") or values.get("rel")
        if tag in ("meta", "link", "html") and not self._ended:
            text = values.get("content") or values.get("href") or values.get("lang") or ""
            self.of[name or tag] = text


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setattr(first_look, "AT_ONCE", 300)
    monkeypatch.setattr(preview, "ADMISSION", Admission())
    monkeypatch.setattr(http, "ADMISSION", preview.ADMISSION)
    monkeypatch.setenv(BASE_SETTING, BASE)
    first_look._kept.forget()
    yield TestClient(FirstLook(Starlette(routes=map_routes())))
    first_look._kept.forget()


def test_every_page_has_a_title_and_a_picture_of_its_view(client):
    """The finding, not the name of the page; addresses are whole, and of the set host alone."""
    for path in offered_pages().values():
        for lang in ("es", "en"):
            answer = client.get(f"/{path}?lang={lang}", headers={"host": "evil.example"})
            tags = Tags(answer.text).of
            assert tags["html"] == lang
            assert "Atlas Trata" not in tags["og:title"]
            assert tags["og:title"] == tags["twitter:title"]
            assert tags["og:image"].startswith(f"{BASE}/share/{lang}.png")
            assert tags["canonical"].startswith(f"{BASE}/{path}?lang={lang}")
            assert tags["twitter:card"] == "summary_large_image"
            assert "evil" not in answer.text
    titles = {
        Tags(client.get(f"/?lang=es&period={year}").text).of["og:title"] for year in (2019, 2023)
    }
    assert len(titles) == 2


def test_the_picture_is_of_the_view_that_the_tags_name(client):
    asked = Tags(client.get("/?lang=en&period=2019&dep=17&x=1").text).of
    country = Tags(client.get("/?lang=en").text).of
    pictures = [client.get(tags["og:image"].removeprefix(BASE)) for tags in (asked, country)]
    assert [answer.headers["content-type"] for answer in pictures] == ["image/png"] * 2
    assert {Image.open(BytesIO(answer.content)).size for answer in pictures} == {SIZE_PX}
    assert pictures[0].content != pictures[1].content
    assert "x=1" not in asked["og:image"]


def test_without_an_address_of_ones_own_there_is_a_title_alone(client, monkeypatch):
    monkeypatch.delenv(BASE_SETTING)
    first_look._kept.forget()
    tags = Tags(client.get("/?lang=es").text).of
    assert tags["og:title"]
    assert not {"og:image", "canonical", "og:url"} & set(tags)


def test_beyond_the_limit_title_and_picture_are_the_countrys(client, monkeypatch):
    """Never the title of one map above the picture of another."""
    monkeypatch.setattr(preview, "ADMISSION", Admission(burst=2, seconds=1e9))
    monkeypatch.setattr(http, "ADMISSION", preview.ADMISSION)
    country = Tags(client.get("/?lang=es").text).of
    answers = [
        Tags(client.get(f"/?lang=es&dep={code}&period=2019").text).of for code in DEPARTMENTS[:3]
    ]
    assert len({tags["og:image"] for tags in answers}) == 3
    for tags in answers[2:]:
        assert tags["og:image"] == country["og:image"]
        assert tags["og:title"] == country["og:title"]
    refused = client.get(f"/share/es.png?dep={DEPARTMENTS[9]}&period=2019")
    assert (refused.status_code, refused.headers["cache-control"]) == (503, "no-store")
    assert client.get("/share/es.png?period=1900").status_code == 404
    assert client.get("/share/xx.png").status_code == 404


def test_views_are_admitted_again_as_time_goes_by():
    now = [0.0]
    admission = Admission(burst=2, seconds=3, most=3, clock=lambda: now[0])
    assert [admission.admits(view) for view in ("a", "b", "c", "a")] == [True, True, False, True]
    now[0] = 3.0
    assert [admission.admits(view) for view in ("c", "d", "b")] == [True, False, True]
