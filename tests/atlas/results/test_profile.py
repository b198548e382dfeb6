"""The victims' profile: known totals, what is hidden, and what an attacker makes of the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from atlas.results import profile as who
from atlas.results.profile import victim_profile, who_line
from atlas.results.victim_rates import rates_html, rates_period, victim_rates
from atlas.tables import csv_bytes
from atlas.words import LANGUAGES, words
from data.periods import span_months
from data.police import (
    parse_years,
    profile_years,
)
from data.population import load_ages
from data.reports import load_series
from geo.errors import DisclosureError
from geo.privacy.disclosure import gate
from geo.rates import chance_interval, years_interval
from tests.refusing import refused

WHOLE = "2017/2025-09"


def _counts(period: str, department: str | None = None) -> dict[tuple[str, str], int]:
    frame = victim_profile(period, department).dropna(subset="count")
    keys = zip(frame["group"], frame["category"], strict=True)
    return dict(zip(keys, frame["count"].astype(int), strict=True))


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        (
            "es",
            "En Madre de Dios hubo 166 denuncias policiales de trata ({}). Personas registradas "
            "como víctimas en esas denuncias: {} mujeres y niñas;",
        ),
        (
            "en",
            "There were 166 complaints of trafficking to the police in Madre de Dios ({}). People "
            "recorded as victims in those complaints: {} women and girls;",
        ),
    ],
)
def test_what_the_police_count_are_complaints(lang, line):
    """Madre de Dios: the base is the sum of the complaints that the map shows."""
    say = words(lang)
    assert load_series("police", "year", "17")["reported_count"].sum() == 166
    part = say.percent(0.91)
    assert who_line("17", say).startswith(line.format(say(f"period.{WHOLE}"), part))


def test_known_totals_of_the_country():
    """Sums of the published file, taken from it by hand."""
    counts = _counts(WHOLE)
    assert (counts["sex", "female"], counts["sex", "male"]) == (4493, 649)
    assert counts["age", "under_18"] == 32 + 93 + 1218 + 25 + 40 + 159
    assert (counts["age", "18_and_over"], counts["age", "not_recorded"]) == (2850, 725)
    assert counts["purpose", "sexual_exploitation"] == 2877
    assert counts["purpose", "not_identified"] == 962
    assert counts["recruitment", "job_offer"] == 3485
    assert counts["means", "deception"] == 3016
    assert (counts["venue", "night_club"], counts["venue", "not_recorded"]) == (290, 5142 - 4385)
    assert counts["link", "other"] == 4300
    assert counts["recruited_from", "outside"] == 1306
    assert counts["reported_by", "mother"] == 478
    assert (victim_profile(WHOLE)["base"] == 5142).all()
    assert _counts("2025")["sex", "female"] == _counts("2025-01/2025-09")["sex", "female"] == 371


def _rate(period: str, department: str | None, category: str) -> pd.Series:
    frame = victim_profile(period, department)
    return frame[frame["group"].eq("sex_age") & frame["category"].eq(category)].iloc[0]


def test_known_rates_by_sex_and_age():
    """By hand: 647 girls of 1,664,638 in four years; Loreto's 68, with its Poisson interval."""
    country = _rate("2021/2024", None, "female.12-17")
    assert (country["count"], country["population"]) == (647, 1_664_638)
    assert country["rate_per_100k"] == pytest.approx(1e5 * 647 / 4 / 1_664_638)
    loreto = _rate("2017/2025-09", "16", "female.12-17")
    assert (loreto["count"], loreto["rate_period"]) == (68, "2018/2025-09")
    person_years = loreto["population"] * 7.75
    assert loreto["rate_per_100k"] == pytest.approx(68e5 / person_years)
    low, high = (person_years * loreto[name] / 1e5 for name in ("rate_low", "rate_high"))
    assert poisson.sf(67, low) == pytest.approx(0.025)
    assert poisson.cdf(68, high) == pytest.approx(0.025)
    ages = load_ages()
    assert (
        loreto["population"]
        == (
            ages[ages["department_ubigeo"].eq("16") & ages["age"].isin(range(12, 18))][
                "counted_women"
            ]
        ).sum()
    )


def test_a_hidden_count_has_no_rate_and_other_groups_have_none():
    frame = victim_profile("2017/2025-09", "17")
    by_sex = frame["group"].eq("sex_age") & frame["category"].ne(who.NOT_RECORDED)
    rates = frame[["rate_per_100k", "rate_low", "rate_high", "rate_margin"]]
    assert rates.notna().any(axis=1).equals(by_sex & frame["count"].notna())
    assert frame["population"].notna().equals(by_sex)
    leaked = victim_profile.tiered("2017/2025-09", "17")
    leaked.frame.loc[by_sex, "rate_per_100k"] = 1.0
    with pytest.raises(DisclosureError, match="counts below 5"):
        gate(leaked, "T1")


@pytest.mark.parametrize("department", ["04", "09", "15", "16"])
def test_the_years_of_the_rates_show_most(department):
    """Nothing is drawn where no range shows a rate, and no shorter range shows as many."""
    shown = {
        code: int(victim_profile(code, department, groups=("sex_age",))["rate_low"].notna().sum())
        for code in who.offered_ranges()
    }
    period = rates_period(department)
    if period is None:
        assert not any(shown.values())
        assert words("es")("who.rates.none") in rates_html(department, words("es"))
        return
    assert shown[period] == len(victim_rates(department, period)) == max(shown.values())
    years = {code: parse_years(code, "police") for code in shown}
    as_many = [code for code, count in shown.items() if count == shown[period]]
    lengths = {code: years[code].last - years[code].first for code in as_many}
    assert lengths[period] == min(lengths.values())


@pytest.mark.parametrize(
    ("period", "department", "registry", "message"),
    [
        ("2024-03", None, "police", "by year, not by month"),
        ("2023-01/2023-06", None, "police", "by year, not by month"),
        ("2016/2018", None, "police", "does not have '2016/2018'. It has 2017/2025-09"),
        ("2020/2019", None, "police", "does not have '2020/2019'"),
        ("tomorrow", None, "police", "Give a year"),
        (WHOLE, "99", "police", "unknown department '99'. Give an INEI code, 01 to 25"),
        ("2019", None, "mpfn", "the mpfn registry has no profile"),
        ("2019", None, "army", "unknown registry 'army'"),
    ],
)
def test_what_the_profile_does_not_have_is_refused(period, department, registry, message):
    with refused(message):
        victim_profile(period, department, registry=registry)


def test_the_gate_lets_the_profile_out():
    """Public and internal; a profile with a small count is refused as well."""
    profile = victim_profile.tiered(WHOLE, "17")
    frame = profile.frame
    assert len(gate(profile, "T1", outlet="public").frame) == len(frame)
    assert b"sex,female" in csv_bytes(profile, "T1")
    assert frame["count"].isna().any()
    # below 5; a share of a hidden count; a group of a base of one
    for column, number in (("count", 4), ("share", 0.1), ("base", 1)):
        leaked = profile.copy()
        leaked.frame.loc[frame["count"].isna() if column == "share" else 0, column] = number
        with pytest.raises(DisclosureError, match="counts below 5"):
            gate(leaked, "T1")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_line_of_the_card(lang):
    """Madre de Dios in one line; where too few are known it says so."""
    say = words(lang)
    line = who_line("17", say)
    for text in (say.percent(0.91), say.percent(59 / 166), say.percent(48 / 166), "2017"):
        assert text in line
    assert who_line("09", say) == say("who.line_none", period=say(f"period.{WHOLE}"))


@pytest.mark.parametrize(("hidden", "is_named"), [(0.05, True), (0.45, False)])
def test_no_purpose_is_called_the_first_where_a_hidden_one_may_be_larger(
    hidden: float, is_named: bool
) -> None:
    """Of a hundred victims the largest shown purpose has 40; the rest of it is known, or is not."""
    rows = [
        *(("sex", name, 0.5, 50) for name in ("female", "male")),
        *(("age", name, 0.5, 50) for name in ("under_18", "18_and_over")),
        ("purpose", "sexual_exploitation", 0.4, 40),
        ("purpose", "not_identified", 0.6 - hidden, round(60 - 100 * hidden)),
        ("purpose", "labour_exploitation", np.nan, pd.NA),
    ]
    frame = pd.DataFrame(rows, columns=["group", "category", "share", "count"])
    say = words("en")
    label = who.labels_of(say)["purpose", "sexual_exploitation"].lower()
    assert any(label in text.lower() for text in who.facts(frame, say)) == is_named


def test_a_year_that_is_missing_is_no_figure_in_the_profile():
    """Cusco's 2019: neither 0 nor a group that is hidden because it is small."""
    for code in ("2019", "2018/2020", "2017/2025-09"):
        frame = victim_profile(code, "08")
        assert frame[["count", "base", "share", "rate_per_100k"]].isna().all(axis=None), code
        assert any("taken as missing" in note for note in who.notes(code, "08", words("en")))
    assert not any("taken as missing" in note for note in who.notes("2020", "08", words("en")))
    assert who.whole_period("08") == "2020/2025-09"
    assert (who.whole_period(), who.whole_period("17")) == ("2017/2025-09", "2017/2025-09")
    assert victim_profile("2019", None)["count"].notna().any()


def test_the_margins_of_rates_are_the_spread_of_the_years():
    """By hand: 77, 190, 144 and 236 girls, with t of 3 degrees of freedom, 3.182.

    By chance alone the margin would be 9.0 to 10.5.
    """
    girls = _rate("2021/2024", None, "female.12-17")
    of_years = np.array([77, 190, 144, 236]) / 1_664_638 * 1e5
    reach = 3.182446 * of_years.std(ddof=1) / 2
    assert girls["rate_low"] == pytest.approx(of_years.mean() - reach, rel=1e-6)
    assert girls["rate_high"] == pytest.approx(of_years.mean() + reach, rel=1e-6)
    assert girls["rate_margin"] == "years"
    women = _rate("2021/2024", None, "female.18-29")
    assert [round(women[end], 1) for end in ("rate_low", "rate_high")] == [7.9, 12.2]
    assert words("es")("who.rates.margin.years") in rates_html(None, words("es"))
    assert words("es")("who.rates.margin.chance") in rates_html("16", words("es"))


@pytest.mark.parametrize("department", [None, "04", "15", "16"])
def test_a_margin_says_nothing_that_the_printed_counts_do_not(department):
    """Every margin follows from counts that are printed: who attacks with it knows no more."""
    frames = {
        code: victim_profile(code, department, groups=("sex_age",)).set_index("category")
        for code in who.offered_ranges()
    }
    singles = profile_years()
    kinds = set()
    for frame in frames.values():
        for category, row in frame.dropna(subset="rate_per_100k").iterrows():
            years = parse_years(row["rate_period"], "police")
            inside = singles[years.first : years.last]
            spans = [span_months(window) for window in inside]
            lengths = np.array([last - first + 1 for first, last in spans]) / 12
            printed = [frames[window].loc[category, "count"] for window in inside]
            ends = [end / lengths.sum() for end in chance_interval(row["count"])]
            if len(inside) > 1 and not pd.isna(printed).any():
                low, high = years_interval(printed, lengths)
                ends = [min(low, ends[0]), max(high, ends[1])]
                assert row["rate_margin"] == "years"
            else:
                assert row["rate_margin"] == "chance"
            kinds.add(row["rate_margin"])
            for name, end in zip(("rate_low", "rate_high"), ends, strict=True):
                assert row[name] == pytest.approx(1e5 * end / row["population"])
    assert "chance" in kinds
    assert department or "years" in kinds
