"""What a verdict claims: the figures of the study are those that people read."""

import re
from pathlib import Path

import pytest

from atlas.words import LANGUAGES, words
from studies import alarms

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_documents_say_what_the_study_finds():
    found = alarms.verdict_calls()
    text = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    part = text[text.index("### What a verdict claims") : text.index("## Spatial scan")]
    rows = re.findall(r"\| (\d+\.\d) % \| (\d+\.\d) % \|", part)
    assert [(f"{100 * either:.1f}", f"{100 * holm:.1f}") for _, either, holm in found] == rows
    told = [rows[at][0] for at in (0, 1, 2, 4)]  # each world judged by what it would know
    for lang in LANGUAGES:
        page = words(lang)("method.claims.text")
        assert re.findall(r"(\d+\.\d) ?%", page) == told


def test_the_level_finds_waves_that_last():
    variance, correlation = alarms.level_law()
    assert (variance, correlation) == pytest.approx((0.390, 0.782), abs=5e-4)
