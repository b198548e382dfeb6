"""What a verdict claims: the figures of the study are those that people read."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from atlas.words import LANGUAGES, words
from geo.excess import Verdict, judge
from studies import alarms, power

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_documents_say_what_the_study_finds() -> None:
    """Every share of the table of the method, and those of the page in both languages."""
    found = alarms.verdict_calls()
    text = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    part = text[text.index("### What a verdict claims") : text.index("## Spatial scan")]
    rows = re.findall(r"\| (\d+\.\d) % \| (\d+\.\d) % \|", part)
    assert [(f"{100 * either:.1f}", f"{100 * holm:.1f}") for _, either, holm in found] == rows
    told = [rows[at][0] for at in (0, 1, 2, 4)]  # each world judged by what it would know
    for lang in LANGUAGES:
        page = words(lang)("method.claims.text")
        assert re.findall(r"(\d+\.\d) ?%", page) == told


def test_a_map_is_judged_as_the_atlas_judges_it() -> None:
    """Forty maps of wider waves: the test itself calls in those that the table of tails names."""
    measured, country = power.measure(), power.load_country(alarms.JUDGED_YEAR)
    law = power.Law("wider", alarms.WIDER_KAPPA, is_gamma=True)
    maps = power.simulate_maps(
        law, country, np.ones(country.share.size), size=40, rng=np.random.default_rng(3)
    )
    grid = power.kappa_grid(3 * alarms.WIDER_KAPPA)
    mixed = np.broadcast_to(power.mixture(measured.fit.kappas[None], grid), (40, grid.size))
    short = power.called(power.two_sided(power.tabulate_tails(country, grid), maps, mixed))
    for counts, is_called in zip(maps[:8], short, strict=False):
        verdicts = judge(counts, country.share, measured.fit.kappas).verdict
        whole = [verdict in (Verdict.ABOVE, Verdict.BELOW) for verdict in verdicts]
        assert is_called.tolist() == whole


def test_the_level_finds_waves_that_last() -> None:
    """2019 to 2023: wide ones, most of which stays from year to year."""
    variance, correlation = alarms.level_law()
    assert (variance, correlation) == pytest.approx((0.41, 0.79), abs=0.01)
