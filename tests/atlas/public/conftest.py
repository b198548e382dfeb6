"""The page as the tests read it: parsed once per language and period."""

from __future__ import annotations

from functools import lru_cache

import pytest

from atlas.public.document import page_bytes
from data.periods import parse_period
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
