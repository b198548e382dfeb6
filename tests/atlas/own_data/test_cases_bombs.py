"""Texts and names that are made to be slow to look at (case 12)."""

from __future__ import annotations

import math
import time

import pytest

import atlas.own_files.places as gazetteer_module
from data.names import normalise_name
from data.readers.geojson import _require_shallow
from data.readers.privacy import looks_personal


def _seconds(work, size):
    best = math.inf
    for _ in range(3):
        before = time.process_time()
        work(size)
        best = min(best, time.process_time() - before)
    return best


@pytest.mark.parametrize(
    "work",
    [
        lambda n: looks_personal("a" * n),
        lambda n: looks_personal("x@y" * (n // 3)),
        lambda n: looks_personal("a@" + "." * n),
        lambda n: looks_personal("1 " * (n // 2)),
        lambda n: looks_personal("a1-23_" * (n // 6)),
        lambda n: looks_personal("1   -" * (n // 5)),
        lambda n: looks_personal("a" + "\u0316\u0301" * (n // 2)),
        lambda n: normalise_name("a" + "\u0316\u0301" * (n // 2)),
        lambda n: _require_shallow(b'{"a":"' + b'\\"' * (n // 2)),
    ],
    ids=[
        "no mail",
        "half mails",
        "dots",
        "digits",
        "pieces",
        "gaps",
        "accents",
        "folded accents",
        "open text",
    ],
)
def test_time_grows_as_the_text_does(work):
    """Eight times the text takes some eight times as long; quadratic would be 64."""
    assert _seconds(work, 160_000) < 24 * max(_seconds(work, 20_000), 0.001)


def test_false_names_are_compared_by_an_index(monkeypatch):
    """A name that is nowhere is sounded out once, not once for each name of the gazetteer."""
    entries = gazetteer_module.gazetteer().districts[""]
    assert entries.by_sound
    asked = []
    monkeypatch.setattr(gazetteer_module, "sound", lambda name: asked.append(name) or name)
    for number in range(20):
        assert gazetteer_module.best_match(f"xqzw{number}wzqx", entries) is None
    assert len(asked) == 20
