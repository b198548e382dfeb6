"""The verdict over listed settings, on tables small enough to reckon."""

from __future__ import annotations

import dataclasses

import pytest

from geo.dispersion import Dispersion
from geo.errors import ParameterError
from geo.robustness import robustness
from geo.robustness_settings import VERDICTS, PreparedTable, Setting

WAVES = Dispersion(phi=5.0, low=3.0, high=8.0, degrees_of_freedom=60, chi_square=300.0)
CODES = tuple("abcdefgh")
BASE = Setting(
    "base", "complaint", "p", "estimate", "people", "all", "exact", "bh", 0.05, is_reference=True
)


def table(counts: list[int], codes: tuple[str, ...] = CODES) -> PreparedTable:
    """Eight regions of equal people on a line, 100 km apart."""
    return PreparedTable(
        codes, tuple(counts), (1000.0,) * len(codes), tuple(1e5 * i for i in range(len(codes))),
        (0.0,) * len(codes),
    )  # fmt: skip


def variant(name: str, **change: object) -> Setting:
    """The reference with some axes changed."""
    return dataclasses.replace(BASE, setting_id=name, is_reference=False, **change)


TABLES = {
    ("p", "people", "all"): table([90, 33, 20, 20, 20, 20, 20, 17]),
    ("p", "people", "without_h"): table([90, 33, 20, 20, 20, 20, 20], CODES[:7]),
    ("q", "people", "all"): table([20, 90, 20, 20, 20, 20, 20, 20]),
}
SETTINGS = [
    BASE,
    variant("poisson", dispersion="poisson"),
    variant("strict", level=0.01),
    variant("bonferroni", correction="bonferroni"),
    variant("scan", test="scan"),
    variant("small", departments="without_h"),
    variant("later", period="q"),
    variant("two", period="q", level=0.01),
]


def test_counts_and_flips() -> None:
    """a: 90 of 240 where 30 are expected; gone in period q, which is one axis, and in q at 0.01."""
    rows, by_setting = robustness(SETTINGS, TABLES, WAVES, codes=CODES)
    first, second, *_, last = rows
    assert first.code == "a"
    assert first.reference_verdict == "above"
    assert first.counts["above"] == 6
    assert [(flip.axis, flip.value, flip.verdict) for flip in first.flips] == [
        ("period", "q", "unremarkable")
    ]
    assert not first.is_stable
    assert second.reference_verdict == "unremarkable"
    assert by_setting["later"]["b"] == "above"
    assert last.counts["untestable"] == 1
    assert all(sum(row.counts.values()) == row.settings == len(SETTINGS) for row in rows)
    assert all(tuple(row.counts) == VERDICTS for row in rows)


def test_grades_meet_under_poisson() -> None:
    """20 more than 30 expected is beyond chance, and no more once counts come in waves."""
    tables = {("p", "people", "all"): table([52, 30, 30, 28, 25, 25, 25, 25])}
    settings = [BASE, variant("poisson", dispersion="poisson")]
    _, by_setting = robustness(settings, tables, WAVES, codes=CODES)
    assert by_setting["base"]["a"] == "above_poisson_only"
    assert by_setting["poisson"]["a"] == "above"


def test_a_swallowed_region_keeps_its_side() -> None:
    """A region of many reports inside a wide circle of few is not called low by the scan."""
    tables = {("p", "people", "all"): table([2, 1, 45, 2, 60, 60, 60, 60])}
    settings = [BASE, variant("scan", test="scan", dispersion="poisson")]
    _, by_setting = robustness(settings, tables, WAVES, codes=CODES)
    assert by_setting["scan"]["a"] == "below"
    assert not by_setting["scan"]["c"].startswith("below")


def test_labels_do_not_matter() -> None:
    """Other names and another order of the regions: the same verdict for the same region."""
    _, plain = robustness(SETTINGS[:5], TABLES, WAVES, codes=CODES)
    names = dict(zip(CODES, ("t", "s", "z", "y", "x", "w", "v", "u"), strict=True))
    one = TABLES["p", "people", "all"]
    order = [3, 1, 7, 0, 2, 6, 5, 4]
    permuted = PreparedTable(
        **{
            name: tuple(
                names[values[place]] if name == "codes" else values[place] for place in order
            )
            for name in one.__slots__
            for values in [getattr(one, name)]
        }
    )
    _, renamed = robustness(
        SETTINGS[:5], {("p", "people", "all"): permuted}, WAVES, codes=tuple(names.values())
    )
    for setting in SETTINGS[:4]:
        for code in CODES:
            same = renamed[setting.setting_id][names[code]]
            assert plain[setting.setting_id][code] == same, (setting.setting_id, code)


def test_the_same_seed_says_the_same() -> None:
    """Twice is once."""
    assert robustness(SETTINGS, TABLES, WAVES, codes=CODES) == robustness(
        SETTINGS, TABLES, WAVES, codes=CODES
    )


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ([BASE, BASE], "setting_id repeats"),
        ([dataclasses.replace(BASE, is_reference=False)], "0 reference settings"),
        ([BASE, variant("x", test="bayes")], "test is 'bayes', allowed are exact, scan"),
        ([BASE, variant("x", level=0.0)], "level is 0.0"),
        ([BASE, variant("x", period="r")], "x: no table for r / people / all"),
    ],
)
def test_refusals(settings: list[Setting], match: str) -> None:
    """What cannot be judged is named."""
    with pytest.raises(ParameterError, match=match):
        robustness(settings, TABLES, WAVES, codes=CODES)
