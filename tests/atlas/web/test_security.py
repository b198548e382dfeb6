"""Headers, routes and error pages: nothing foreign is fetched, nothing that came is repeated."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from atlas.map.addresses import layer_addresses
from atlas.map.routes import FRAME_PATH
from atlas.settings import offered_pages
from atlas.view import View
from atlas.web.errors import ErrorPages
from atlas.words import words
from tests.spoilt_data import faulty_data

EVERY_ANSWER = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}
PAGES = ("/", "/metodo", "/assets/atlas/frame.js", "/assets/none", FRAME_PATH, "/layers/zones.js")
EXPRESSION = re.compile(r"'[a-z0-9+/=-]+'|data:|blob:|allow-scripts", re.IGNORECASE)


def _policy(headers: dict[str, str]) -> dict[str, list[str]]:
    parts = [part.split() for part in headers["content-security-policy"].split(";")]
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_has_the_headers(ask, path):
    """Every answer forbids camera and position, and permits only keywords, hashes, data:, blob:."""
    headers = ask(path).headers
    assert EVERY_ANSWER.items() <= headers.items()
    assert "geolocation=()" in headers["permissions-policy"]
    policy = _policy(headers)
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'self'"]
    for name, sources in policy.items():
        for source in sources:
            assert EXPRESSION.fullmatch(source), f"{name} allows {source}"


def test_files_of_a_session_stay_in_no_cache(ask):
    assert ask("/media/none.csv").headers["cache-control"] == "no-store"


def test_the_frame_runs_its_own_scripts_and_talks_to_nobody(ask):
    """The policy's hashes are those of the inline scripts, and the frame has no connection."""
    policy = _policy(ask("/").headers)
    assert (policy["connect-src"], policy["object-src"]) == (["'self'"], ["'none'"])
    answer = ask(FRAME_PATH)
    policy = _policy(answer.headers)
    assert policy["sandbox"] == ["allow-scripts"]
    assert "connect-src" not in policy
    assert policy["form-action"] == policy["base-uri"] == ["'none'"]
    inline = re.findall(rb"<script>(.*?)</script>", answer.body, flags=re.DOTALL)
    expected = {
        f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" for text in inline
    }
    assert len(inline) >= 3
    assert set(policy["script-src"]) == {"'self'", *expected}


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../security.py",
        "/assets/leaflet/../../security.py",
        "/assets/%2e%2e/security.py",
        "/assets/..%2fsecurity.py",
        "/assets/....//security.py",
        "/assets//etc/passwd",
        "/assets/atlas/frame.js/../../../app.py",
        "/assets/atlas\\..\\..\\app.py",
        "/assets/atlas/frame.js\x00.py",
        "/assets/",
    ],
)
def test_no_path_leaves_the_list_of_assets(ask, path):
    """Names are looked up, never joined to a folder; steps upwards are stopped even before."""
    answer = ask(path)
    assert (answer.status, answer.body) in [(404, b"no such asset"), (400, b"Bad Request")]


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/layers/evil77.js?period=2023", b"layer"),
        ("/layers/__class__.js", b"layer"),
        ("/layers/regions.js?period=evil77", b"period"),
        ("/layers/regions.js?measure=%3Cscript%3Eevil77", b"measure"),
        ("/layers/regions.js?lang=evil77", b"lang"),
        ("/layers/density.js?bw=evil77", b"bw"),
        ("/layers/regions.js?base=evil77", b"base"),
        # no offences are known of this period
        ("/layers/regions.js?period=2007-01/2014-04&base=offences", b"base"),
        ("/layers/regions.js?period=" + "evil77" * 5000, b"period"),
    ],
)
def test_an_unknown_code_is_named_and_not_repeated(ask, path, named):
    """A link is somebody else's text: the answer says which field, never what it held."""
    answer = ask(path)
    assert answer.status == 404
    assert answer.body == b"unknown " + named
    assert answer.headers["content-type"].startswith("text/plain")
    assert "evil77" not in str(answer.headers)


def test_a_layer_is_kept_for_good_under_its_version_only(ask):
    """Immutable where the address holds the data's version; else asked again."""
    item = layer_addresses(View())[0]
    assert ask(item["url"]).headers["cache-control"] == "public, max-age=31536000, immutable"
    for other in (item["url"].partition("&v=")[0], item["url"] + "0"):
        assert ask(other).headers["cache-control"] == "no-cache"
    assert ask(FRAME_PATH).headers["cache-control"] == "no-cache"
    assert ask("/assets/leaflet/leaflet.js").headers["cache-control"] == "public, max-age=86400"


@pytest.mark.parametrize(
    "path", [FRAME_PATH, "/layers/regions.js?period=2023", "/assets/leaflet/leaflet.css"]
)
def test_answers_are_packed_for_those_who_can_unpack(ask, path):
    plain, packed = ask(path), ask(path, accept_encoding="gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert "accept-encoding" in plain.headers["vary"].lower()


def test_a_layer_that_cannot_be_drawn_is_a_503(ask, data_folder, tmp_path):
    """A data folder that is not what its catalogue says: no figure, no trace of the machine."""
    ask(FRAME_PATH)  # the program itself is read with the figures that it began with
    data_folder(faulty_data(tmp_path))
    answer = ask("/layers/regions.js?period=2023")
    assert answer.status == 503
    assert answer.body == b"this layer cannot be drawn"


PERSON = {"accept": "text/html,application/xhtml+xml", "accept-language": "es-PE,en;q=0.5"}


async def _breaks(_):
    raise RuntimeError("secret")


@pytest.fixture
def client() -> TestClient:
    """What Streamlit does, which answers any address with its shell, and some failures."""
    statuses = {"/layers/x.js": 404, "/map/frame": 503}
    routes = [
        *(
            Route(path, lambda _, code=code: PlainTextResponse("no such layer", code))
            for path, code in statuses.items()
        ),
        Route("/api/x", lambda _: JSONResponse({"title": "Not Found"}, 404)),
        Route("/assets/x", _breaks),
        Route("/{rest:path}", lambda _: HTMLResponse("shell")),
    ]
    return TestClient(ErrorPages(Starlette(routes=routes)), raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/xyz", 404), ("/focos/x", 404), ("/layers/x.js", 404), ("/map/frame", 503)],
)
def test_a_person_gets_a_page_with_the_way_back(client, path, status):
    """In the link's language before the browser's; nothing of the address is repeated."""
    for query, lang in (("", "es"), ("?lang=en", "en"), ("?lang=<b>", "es")):
        answer = client.get(path + query, headers=PERSON)
        say = words(lang)
        assert (answer.status_code, answer.headers["content-language"]) == (status, lang)
        assert say(f"error.{status}.title") in answer.text
        assert f'href="/?lang={lang}"' in answer.text
        assert "xyz" not in answer.text
        assert "no such layer" not in answer.text


def test_what_breaks_is_told_and_goes_to_the_log(client):
    """No traceback reaches a page; the error is raised on for the server's log."""
    answer = client.get("/assets/x", headers=PERSON)
    assert answer.status_code == 500
    assert words("es")("error.500.title") in answer.text
    assert "secret" not in answer.text


def test_programs_and_pages_are_left_alone(client):
    assert client.get("/layers/x.js").text == "no such layer"
    assert client.get("/api/x", headers=PERSON).json() == {"title": "Not Found"}
    for page in offered_pages().values():
        assert client.get(f"/{page}", headers=PERSON).text == "shell"
    assert client.get("/focos/_stcore/health").text == "shell"


def test_an_answer_that_has_begun_is_not_begun_again():
    async def breaks_late(scope, receive, send):
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("late")

    with pytest.raises(RuntimeError, match=r"^late$"):
        TestClient(ErrorPages(breaks_late)).get("/focos", headers=PERSON)
