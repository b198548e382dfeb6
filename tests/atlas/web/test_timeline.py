"""What a selection on the timeline is as a period."""

from __future__ import annotations

import pytest

from atlas.web.timeline import Bar, bars_at, bars_of, period_between
from atlas.words import words
from data.periods import REGISTRIES

YEARS = [
    *(Bar(str(year), str(year), 5) for year in range(2019, 2024)),
    Bar("2024", "2024", None),
    Bar("2025-01/2025-11", "2025", 4, is_partial=True),
]
MONTHS = [Bar(f"2024-{month:02d}", "", month) for month in range(1, 13)]


@pytest.mark.parametrize(
    ("bars", "first", "last", "code"),
    [
        (YEARS, "2019", "2019", "2019"),
        (YEARS, "2022", "2020", "2020/2022"),
        (YEARS, "2025-01/2025-11", "2025-01/2025-11", "2025-01/2025-11"),
        ([YEARS[4], YEARS[6]], "2023", "2025-01/2025-11", "2023/2025-11"),
        (MONTHS, "2024-03", "2024-08", "2024-03/2024-08"),
        # an unknown year within or at an end, and what a page never offered
        (YEARS, "2023", "2025-01/2025-11", None),
        (YEARS, "2024", "2024", None),
        (YEARS, "2019", "2026", None),
        (YEARS, ["2019"], None, None),
    ],
)
def test_a_run_of_known_steps_is_a_period(bars, first, last, code):
    """Whichever end comes first; a run over an unknown count is none."""
    assert period_between(bars, first, last) == code


def test_years_that_no_province_has_are_gaps():
    """The police publish by province until 2022; a link to 2025 does not offer it."""
    say = words("en")
    registry = REGISTRIES["police"]
    bars = bars_at(bars_of("police", "year", "en"), registry, "provinces", say)
    assert [bar.code for bar in bars if bar.count is not None] == [
        str(year) for year in range(2017, 2023)
    ]
    assert {bar.gap for bar in bars if bar.count is None} == {say("timeline.no_provinces")}
