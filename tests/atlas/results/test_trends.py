"""Do reports rise or fall: own counts of departments and of the country, and what is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from atlas.results.trends import (
    country_sentences,
    country_trend,
    newest_trends,
    own_change_for,
    own_trend,
    trend_answer,
    trend_missed,
    trend_sentences,
)
from atlas.results.years import change_for, change_overdispersion
from atlas.words import words
from data.comparing import newest_pair
from data.periods import parse_period
from data.reports import load_region_counts
from geo.change import Trend
from geo.errors import UserError
from geo.two_counts import compare_counts


def _pair(before, after, registry="mpfn"):
    return parse_period(before, registry), parse_period(after, registry)


@pytest.mark.parametrize(("registry", "before", "after"), [
    ("mpfn", "2019", "2023"), ("mpfn", "2023", "2025-01/2025-11"), ("police", "2023", "2024"),
])  # fmt: skip
def test_each_department_by_its_own_counts(registry, before, after):
    """Counts and residents as they stand in the tables, no country's total between them."""
    periods = _pair(before, after, registry)
    table = own_change_for(*periods).set_index("department_ubigeo")
    sides = [load_region_counts(period).set_index("department_ubigeo") for period in periods]
    kappas = change_overdispersion(*periods).kappas
    for code in ("16", "21", "04"):
        counts = np.array([[side.loc[code, "reported_count"]] for side in sides], float)
        odds = np.array([sides[1].loc[code, "person_years"] / sides[0].loc[code, "person_years"]])
        alone = compare_counts(*counts, odds, kappas)
        assert table.loc[code, "p_value"] == pytest.approx(alone.p_value[0])
        assert table.loc[code, "ratio"] == pytest.approx(counts[1, 0] / counts[0, 0] / odds[0])
    assert (table["verdict"] == "unclear").sum() >= 20
    assert table["missed_doubling"].dropna().between(0.5, 1).all()


def test_the_country_first_and_its_lockdown():
    """1,365 to 1,076 may be ups and downs; the halving of 2020 is not, nor the rise after it."""
    trend = country_trend(*_pair("2019", "2023"))
    assert (trend.count_before, trend.count_after) == (1365, 1076)
    assert trend.trend == Trend.UNCLEAR
    assert country_sentences(trend, words("en")) == [
        "By the prosecutors’ count, Peru went from 1,365 reported offences in 2019 to 1,076 in "
        "2023, about a fifth fewer.",
        "The usual ups and downs can explain the difference, so we cannot say whether reports rise "
        "or fall.",
    ]
    lockdown = country_trend(*_pair("2019", "2020"))
    assert lockdown.trend == Trend.FALLING
    assert country_sentences(lockdown, words("es")) == [
        "Según la Fiscalía, el Perú pasó de 1,365 delitos denunciados en 2019 a 692 en 2020, un "
        "49\xa0% menos.",
        "Es una bajada mayor que las que suelen explicar las subidas y bajadas usuales.",
    ]
    assert country_trend(*_pair("2020", "2023")).trend == Trend.RISING
    assert not set(change_for(*_pair("2019", "2020"))["verdict"]) & {"rose", "fell"}


def test_a_department_whose_record_is_whole_in_one_period_alone_is_in_no_total():
    """2025 lacks Pasco and a part of Piura; 2022 a part of Lima; the police's Lima is in both."""
    trend = country_trend(*_pair("2023", "2025-01/2025-11"))
    assert trend.left_out == ("19", "20")
    assert (trend.count_before, trend.count_after) == (1076 - 2 - 87, 886 - 41)
    first, _ = country_sentences(trend, words("en"))
    left_out = "and without Pasco and Piura, whose data are not complete, Peru went from"
    assert left_out in first
    assert first.endswith("in January to November 2025. That is 7% fewer a month.")
    assert country_trend(*_pair("2022", "2023")).left_out == ("15",)
    police = country_trend(*_pair("2023", "2024", "police"))
    assert (police.count_before, police.count_after, police.left_out) == (583, 669, ())


def test_the_newest_of_each_registry_is_asked():
    """The prosecutors' part of 2025 against 2023, by month; the police's late 2025 not at all."""
    prosecutors, police = newest_trends("16")
    assert (prosecutors.count_before, prosecutors.count_after) == (115, 56)
    assert prosecutors.is_by_length
    assert (police.before.code, police.after.code) == ("2023", "2024")
    assert newest_pair("observatory") is None
    answer = trend_answer("16", words("en"))
    assert answer.startswith(
        "We cannot say whether reports of Loreto rise or fall. Prosecutors counted 115 in 2023 and "
        "56 in January to November 2025. That is 9.6 a month and then 5.1. "
        "Police counted 7 in 2023 and 4 in 2024. The usual ups and downs can explain this. "
    )
    assert "el atlas casi nunca lo notaría" in trend_answer("16", words("es"))


def test_what_is_not_tested_says_why():
    assert "La unidad nacional de la Policía registra en Lima" in trend_answer("15", words("es"))
    assert "no hay ningún reporte" in trend_answer("09", words("es")).lower()
    pasco = trend_answer("19", words("en"))
    assert "Figures of the Prosecutors do not tell whether reports rise or fall." in pasco
    assert own_trend("19", *_pair("2023", "2025-01/2025-11")).flags == ("unknown",)


@pytest.mark.parametrize(("registry", "before", "after", "match"), [
    ("police", "2024", "2025-01/2025-09", "late"),
    ("police", "2023", "2024-01/2024-06", "months"),
    ("mpfn", "2023", "2021", "overlap"),
])  # fmt: skip
def test_refused(registry, before, after, match):
    for ask in (own_change_for, country_trend):
        with pytest.raises(UserError, match=f"change.refusal.{match}"):
            ask(*_pair(before, after, registry))


def test_what_one_registry_tells_is_not_said_of_all():
    """The other is not tested: the rise is the police's alone; both of them share one sentence."""
    say, (mpfn, police) = words("en"), newest_trends("16")
    rises = [replace(trend, trend=Trend.RISING) for trend in (mpfn, police)]
    untested = replace(mpfn, trend=Trend.UNTESTABLE)
    alone = trend_sentences("16", say, (untested, rises[1]))
    assert alone[0] == say("trend.by.rising", name="Loreto", registry=say("registry.police"))
    assert trend_sentences("16", say, rises)[0] == say("trend.rising", name="Loreto")
    assert trend_missed("16", say, rises) == ""
    assert trend_missed("16", say, (untested, police)).startswith("Here, if reports doubled, ")
