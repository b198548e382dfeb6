"""Error pages: in the reader's language for a person, unchanged for a program."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from atlas.web.errors import ErrorPages, offered_pages
from atlas.words import words

PERSON = {"accept": "text/html,application/xhtml+xml", "accept-language": "es-PE,en;q=0.5"}


async def _breaks(_):
    raise RuntimeError("secret")


@pytest.fixture
def client() -> TestClient:
    """What Streamlit does, which answers any address with its shell, and some failures."""
    told = {"/layers/x.js": 404, "/map/frame": 503}
    routes = [
        *(
            Route(path, lambda _, code=code: PlainTextResponse("no such layer", code))
            for path, code in told.items()
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
    """A program gets the text or JSON as it was, and every page of the atlas is one."""
    assert client.get("/layers/x.js").text == "no such layer"
    assert client.get("/api/x", headers=PERSON).json() == {"title": "Not Found"}
    for page in offered_pages().values():
        assert client.get(f"/{page}", headers=PERSON).text == "shell"
    assert client.get("/focos/_stcore/health").text == "shell"


def test_an_answer_that_has_begun_is_not_begun_again():
    """What breaks in the middle of a page is the fault that the log sees, and no second one."""

    async def breaks_late(scope, receive, send):
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("late")

    with pytest.raises(RuntimeError, match=r"^late$"):
        TestClient(ErrorPages(breaks_late)).get("/focos", headers=PERSON)
