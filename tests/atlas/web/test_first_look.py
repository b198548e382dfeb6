"""The first answer of a page's address: the shell with the link's own map in it."""

from __future__ import annotations

import gzip
import re
import time

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from atlas.settings import offered_pages
from atlas.view import DEPARTMENTS, View
from atlas.web import first_look
from atlas.web.first_look import FirstLook
from atlas.web.packed_files import PackedFiles
from atlas.words import words


@pytest.fixture
def client(monkeypatch):
    """The shell's part of the server alone; an answer waits for its look."""
    monkeypatch.setattr(first_look, "WAIT_SECONDS", 300)
    below = Starlette(routes=[Route("/{rest:path}", lambda _: PlainTextResponse("below"))])
    return TestClient(FirstLook(below))


def test_the_answer_holds_the_map_of_its_link(client):
    """Names that lead to their card, in the link's language; another year is another map."""
    newest, of_2019 = (client.get(f"/?lang=es{more}").text for more in ("", "&period=2019"))
    for html in (newest, of_2019):
        assert html.count("<title>") == 1
        assert '<html lang="es">' in html
        assert "MADRE DE DIOS" in re.findall(r"<text[^>]*>([^<]+)</text>", html)
        assert 'as="font"' not in html  # Streamlit's, which the theme does not use
        assert html.count('rel="modulepreload"') > 10
        assert html.index("<svg") < html.index('<div id="root">')
    assert "2019" in re.findall(r'<svg[^>]*aria-label="([^"]*)"', of_2019)[0]
    assert newest != of_2019
    link = View.from_link({"period": "2019", "lang": "es"}).changed(department="17").link()
    assert all(f"{name}={value}" in of_2019 for name, value in link.items() if name != "lang")
    linked = {code for code in DEPARTMENTS if f"department={code}" in of_2019} or {
        code for code in DEPARTMENTS if f"dep={code}" in of_2019
    }
    assert len(linked) > 20
    assert "Where is more" not in newest
    assert words("en")("picture.title.smr") in client.get("/?lang=en").text


def test_every_page_has_its_heading_and_nothing_else_is_touched(client):
    for feature, path in offered_pages().items():
        answer = client.get(f"/{path}?lang=es")
        assert answer.headers["cache-control"] == "no-cache"
        assert f'data-page="{feature}"' in answer.text
        assert answer.text.count("<h1>") == 1
        assert ("<svg" in answer.text) == (feature == "map")
        assert ("<table>" in answer.text) == (feature == "hotspots")
    for path in ("/focos/x", "/_stcore/health", "/static/js/x.js", "/unknown"):
        assert client.get(path).text == "below"
    assert client.post("/").text != ""


def test_nothing_of_a_link_is_repeated(client):
    plain = client.get("/?lang=es").text
    assert client.get("/?lang=es&dep=<script>&x=%22onload").text == plain
    assert client.get("/", headers={"accept-language": "en"}).text == client.get("/?lang=en").text


def test_what_a_browser_has_is_not_sent_again(client):
    first = client.get("/focos?lang=en", headers={"accept-encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    again = client.get("/focos?lang=en", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get("/focos?lang=es", headers={"if-none-match": first.headers["etag"]})
    assert other.status_code == 200


def test_a_look_that_takes_long_is_not_waited_for(client, monkeypatch):
    """The shell goes without it, and the next reader has it."""
    monkeypatch.setattr(first_look, "WAIT_SECONDS", 0.01)
    make = first_look._make

    def make_slowly(feature: str, view: View) -> first_look.Look:
        time.sleep(0.3)
        return make(feature, view)

    monkeypatch.setattr(first_look, "_make", make_slowly)
    link = "/cifras?lang=es"
    first_look._kept.cache_clear()
    assert "atlas-look" not in client.get(link).text
    monkeypatch.setattr(first_look, "WAIT_SECONDS", 300)
    assert "atlas-look" in client.get(link).text


def test_files_of_streamlit_are_packed_once_and_whole():
    from streamlit import file_util

    shell = first_look._streamlit_shell()
    script = re.findall(r"\./(static/js/index\.[\w-]+\.js)", shell)[0]
    below = Starlette(routes=[Route("/{rest:path}", lambda _: PlainTextResponse("below"))])
    client = TestClient(PackedFiles(below))
    with client.stream("GET", f"/{script}", headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
        assert answer.headers["vary"] == "Accept-Encoding"
        assert int(answer.headers["content-length"]) == len(raw)
        assert "javascript" in answer.headers["content-type"]
    with open(f"{file_util.get_static_dir()}/{script}", "rb") as file:
        assert gzip.decompress(raw) == file.read()
    for path, headers in (
        (f"/{script}", {"accept-encoding": "identity"}),
        (f"/{script}", {"range": "bytes=0-9"}),
        ("/static/js/../index.html", {}),
        ("/static/none.js", {}),
    ):
        assert client.get(path, headers=headers).text == "below"
