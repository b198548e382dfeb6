"""The map's page: words that are safe, local assets or none, the same script every time."""

import html
import json
import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from layers.document import (
    CONTENT_POLICY,
    FRAME_SCRIPTS,
    STATIC_FOLDER,
    frame_script,
    layer_script,
    map_document,
)
from layers.palette import SMR
from layers.places import named_places_layer
from layers.regions import region_layer
from layers.safe import safe, script_json

TEXTS = {f"{number:02d}": (("12 reports",), "") for number in range(1, 26)}


def test_same_input_same_bytes(regions, places):
    """Folium's random names leave no trace in a layer's file."""
    for key, build in (
        ("regions", lambda: region_layer(regions, SMR, value="smr", texts=TEXTS)),
        ("places", lambda: named_places_layer(places, caveat="")),
    ):
        first, second = layer_script(build(), key), layer_script(build(), key)
        assert first == second
        assert not re.search(r"[0-9a-f]{32}", first)
        assert f'window.atlas.put("{key}", feature_group_{key}_0);' in first
        assert "map_atlas" not in first


def test_every_dangerous_character_becomes_an_entity():
    """In order; a limit counts characters; a no-break space, which Spanish writes, is a space."""
    assert safe("&<>\"'`${}\\") == "&#38;&#60;&#62;&#34;&#39;&#96;&#36;&#123;&#125;&#92;"
    assert safe("<<<<", limit=3) == "&#60;" * 3
    assert safe("50\N{NO-BREAK SPACE}%\u2028") == "50 %"


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_safe_text_reads_as_the_printable_text(text):
    """A browser shows what was written, and nothing in it can start markup or a template."""
    result = safe(text)
    assert html.unescape(result) == "".join(
        c for c in text.replace("\N{NO-BREAK SPACE}", " ") if c.isprintable()
    )
    assert not set(result) & set("<>\"'`${}\\")


@settings(max_examples=60)
@given(st.text(max_size=60))
@example("${window.P=1}</script>\u2028")
def test_script_json_survives_and_cannot_close_its_script(text):
    """The value comes back, and the source holds no tag, no separator, no template."""
    source = script_json([text])
    assert json.loads(source) == [text]
    assert not set(source) & set("<>&'`\u2028\u2029")
    assert "${" not in source


def test_the_served_page():
    """The page asks only its own server; titles are text, and zoom limits are set."""
    html = map_document([], title="<b>t", lang="es", attribution="<i>source")
    assert re.findall(r"(?:src|href)=[\"']([^\"']+)", html) == [
        "data:,",
        "/assets/leaflet/leaflet.css",
        "/assets/atlas/frame.css",
        "/assets/leaflet/leaflet.js",
        "/assets/atlas/view.js",
        "/assets/atlas/names.js",
        "/assets/atlas/frame.js",
    ]
    assert "&#60;b&#62;t" in html
    assert "&#60;i&#62;source" in html
    assert not re.search("<[bi]>", html)
    for absent in ("Content-Security-Policy", "user-scalable"):
        assert absent not in html
    for option in ('"maxZoom": 11', 'createPane("density")'):
        assert option in html


def test_each_file_of_the_frame_is_in_one_script():
    """None is forgotten or read twice, and what they do stays whole but for lines of comments."""
    files = [file for joined in FRAME_SCRIPTS.values() for file in joined]
    assert sorted(files) == sorted(path.name for path in STATIC_FOLDER.glob("*.js"))
    for name, joined in FRAME_SCRIPTS.items():
        texts = (STATIC_FOLDER / file for file in joined)
        lines = [line for text in texts for line in text.read_text(encoding="utf-8").splitlines()]
        code = [line for line in lines if not line.lstrip().startswith("//")]
        assert frame_script(name).splitlines() == code


def test_the_file_that_stands_alone():
    """No src, no url() but patterns, no external sheet; a policy before all that it governs."""
    html = map_document([], title="t", lang="es", inline=True)
    assert not re.search(r"<script[^>]+src|<link[^>]+stylesheet", html)
    assert not re.search(r"url\((?!#)[^)]*\.(png|svg|gif)", html)
    assert "sourceMappingURL" not in html
    assert html.index(f'content="{CONTENT_POLICY}"') < html.index("<style>")
    for rule in ("default-src 'none'", "img-src data:;"):
        assert rule in CONTENT_POLICY
