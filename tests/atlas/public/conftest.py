"""The page as the tests read it: parsed once per language and period."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial

import pytest

from atlas.public.document import page_bytes
from data.periods import parse_period
from tests.conftest import Answer, asked
from tests.parsed_html import Element, parse


@lru_cache(maxsize=32)
def tree_of(lang: str, period: str = "2023") -> Element:
    return parse(page_bytes(lang, period=parse_period(period)))


@pytest.fixture
def page_tree():
    """Return a function that parses the page of a language and a period."""
    return tree_of


@pytest.fixture
def parsed():
    """Return a function that parses HTML and refuses what is not closed in order."""
    return parse


@pytest.fixture(scope="session")
def public() -> Callable[..., Answer]:
    """Return a function that asks the server of the tier public."""
    from atlas.public.routes import public_app

    return partial(asked, public_app())


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Nothing that was made before is kept, before the test and after it."""
    from atlas.public.http import ANSWERS

    for cache in ANSWERS.values():
        cache.cache_clear()
    yield
    for cache in ANSWERS.values():
        cache.cache_clear()
