"""Guides at the foot of the pages: each page has one, readable without a network."""

import re

import pytest

from atlas.settings import PAGES
from atlas.web.guides import FOLDER, GUIDES, guides_of, read_guide
from atlas.words import LANGUAGES
from tests.other_process import open_page

ROOT = FOLDER.parents[1]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_names_its_papers_and_has_its_pictures(name, lang):
    """Nothing is left of it that a browser would look for."""
    title, parts = read_guide(name, lang)
    assert "#" not in title
    assert len(parts) % 3 == 1
    texts = "\n".join(parts[::3])
    assert not re.search(r"\]\((?!\w+:)|!\[|^# ", texts, flags=re.MULTILINE)
    named = re.findall(r"`((?:docs|deploy)/[^`]+\.md)`", texts)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert len(parts[2::3]) > 0
    assert [path for path in parts[2::3] if not (FOLDER / path).exists()] == []


def test_every_page_has_a_guide_and_together_they_have_all():
    assert {name for page in PAGES.values() for name in guides_of(page)} == {*GUIDES}
    assert [guides_of(page) for page in ("", "planificador", "vista-publica")] == [
        ["policymaker"],
        ["planner"],
        ["embedding"],
    ]


def test_a_page_shows_its_guide_when_it_is_opened():
    app = open_page("vista-publica", {"lang": "en"})
    title, parts = read_guide("embedding", "en")
    assert title in [fold.label for fold in app.expander]
    drawn = [item.value for item in app.markdown]
    assert parts[0] not in drawn
    app.session_state["guide_embedding"] = True
    app.run()
    assert not app.exception
    assert parts[0].strip() in [item.value.strip() for item in app.markdown]
    assert any("data:image/png;base64," in item.proto.body for item in app.get("html"))
