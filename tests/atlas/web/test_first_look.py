"""The first answer of a page's address: the shell with the link's own map in it."""

from __future__ import annotations

import gzip
import json
import re
import threading
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from atlas.settings import offered_pages
from atlas.view import DEPARTMENTS, View
from atlas.web import first_look
from atlas.web.first_look import FirstLook
from atlas.web.packed_files import OWN_FONTS, PackedFiles
from atlas.words import words
from studies.benchmarks.browser import ROOT
from studies.stored_map import drawn_map


@pytest.fixture
def client(monkeypatch):
    """The shell's part of the server alone; an answer waits for its look."""
    monkeypatch.setattr(first_look, "AT_ONCE", 300)
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


def test_the_stored_map_is_what_would_be_drawn(monkeypatch):
    """And of other figures none is taken."""
    stored = json.loads(gzip.decompress(first_look.STORED_MAP.read_bytes()))
    drawn = json.loads(json.dumps(drawn_map()))
    for part, value in drawn.items():
        assert stored[part] == value, f"{part}: draw it anew: python -m studies.stored_map"
    assert first_look.stored_map("en") == drawn["en"]
    first_look.stored_map.forget()
    monkeypatch.setattr(first_look, "figures_edition", lambda: "another")
    assert first_look.stored_map("en") == {}
    first_look.stored_map.forget()


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


def test_a_look_that_takes_long_comes_behind_the_head(client, monkeypatch):
    """Scripts load meanwhile; one that takes too long is left to the next reader."""
    first_look._kept.forget()
    make, may_go_on = first_look._make, threading.Event()

    def make_slowly(feature: str, link: dict[str, str]) -> first_look.Look:
        may_go_on.wait()
        return make(feature, link)

    monkeypatch.setattr(first_look, "_make", make_slowly)
    monkeypatch.setattr(first_look, "AT_ONCE", 0.01)
    monkeypatch.setattr(first_look, "WAIT_SECONDS", 0.01)
    link = "/cifras?lang=es"
    without = client.get(link)
    assert "atlas-look" not in without.text
    assert without.text.rstrip().endswith("</html>")
    assert "etag" not in without.headers
    monkeypatch.setattr(first_look, "WAIT_SECONDS", 300)
    may_go_on.set()
    late = client.get(link).text
    monkeypatch.setattr(first_look, "AT_ONCE", 300)
    assert client.get(link).text == late
    assert late.index("modulepreload") < late.index('id="atlas-look"') < late.index('id="root"')


def test_a_full_queue_answers_at_once_without_a_look(client, monkeypatch):
    """Many links asked for together make nobody wait for all of their looks."""
    first_look._kept.forget()
    make, may_go_on = first_look._make, threading.Event()
    monkeypatch.setattr(
        first_look, "_make", lambda *asked: (may_go_on.wait(), make("figures", {"lang": "es"}))[1]
    )
    monkeypatch.setattr(first_look, "AT_ONCE", 0.01)
    monkeypatch.setattr(first_look, "WAIT_SECONDS", 0.01)
    for department in DEPARTMENTS[: first_look.MOST_WAITING]:
        assert "atlas-look" not in client.get(f"/?lang=es&dep={department}&period=2019").text
    monkeypatch.setattr(first_look, "AT_ONCE", 300)  # whoever waited for a look would stand still
    refused = client.get(f"/?lang=es&dep={DEPARTMENTS[-1]}&period=2019")
    assert refused.status_code == 200
    assert "atlas-look" not in refused.text
    may_go_on.set()
    assert "atlas-look" in client.get(f"/?lang=es&dep={DEPARTMENTS[0]}&period=2019").text
    first_look._kept.forget()


def test_a_look_that_cannot_be_drawn_is_left_out(client, monkeypatch):
    def fail(feature: str, link: dict[str, str]) -> first_look.Look:
        raise ValueError

    monkeypatch.setattr(first_look, "_make", fail)
    first_look._kept.forget()
    answer = client.get("/cifras?lang=es")
    assert answer.status_code == 200
    assert "atlas-look" not in answer.text
    first_look._kept.forget()


def test_files_of_streamlit_are_packed_once_and_whole():
    from streamlit import file_util

    shell = first_look.shell("map", "es")[0]
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
    for prefix in OWN_FONTS:
        (path,) = Path(file_util.get_static_dir()).rglob(f"{prefix}.*")
        font = client.get(f"/static/media/{path.name}")
        assert font.content.startswith(b"wOFF")
        assert len(font.content) < path.stat().st_size / 20


def test_the_icon_font_holds_every_icon_that_is_named():
    """Of a page or of Streamlit's own: one that lacks would stand there as its name in letters."""
    from fontTools.ttLib import TTFont
    from streamlit import file_util

    font = TTFont(
        Path(first_look.__file__).parent / "static" / OWN_FONTS["MaterialSymbols-Rounded"]
    )
    letters, ligatures = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}, set()
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            for first, rest in getattr(table, "ExtSubTable", table).ligatures.items():
                names = ([first, *ligature.Component] for ligature in rest)
                ligatures |= {"".join(letters[glyph] for glyph in name) for name in names}
    scripts = Path(file_util.get_static_dir()).rglob("*.js")
    files = [*scripts, *(ROOT / "atlas").rglob("*.py")]
    texts = (file.read_text("utf-8", errors="replace") for file in files)
    named = {name for text in texts for name in re.findall(r":material/([a-z0-9_]+):", text)}
    # the first stands for any in an error's text, the second is in no edition of the font
    assert named - {"icon_name", "star_filled"} <= ligatures
