"""Somebody is refused, in words that can be written in both languages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from atlas.words import LANGUAGES, error_text, words
from geo.errors import GeoError

PYDANTIC = re.compile(r"pydantic|validation error|Input should|input_value|Traceback")
"""words that a library would say of a wrong value"""


def refusal_text(error: GeoError) -> str:
    """All that anybody sees of a refusal: its text, values, and sentence in each language."""
    sentences = [error_text(error, words(lang)) for lang in LANGUAGES]
    return " ".join([str(error), str(getattr(error, "values", "")), *sentences])


@contextmanager
def refused(match: str) -> Iterator[Any]:
    """What is done inside is refused; a pattern is found in the key or in the English sentence."""
    with pytest.raises(GeoError) as caught:
        yield caught
    assert re.search(match, refusal_text(caught.value)), refusal_text(caught.value)
