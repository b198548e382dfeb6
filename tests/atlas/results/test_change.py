"""Change between two periods of one registry, on the figures in use."""

from __future__ import annotations

import numpy as np
import pytest

from atlas.results import years
from atlas.results.history import not_compared_note
from atlas.results.regions import results_for
from atlas.results.years import change_for, middle
from atlas.words import words
from data.periods import Period, comparable_with, parse_period
from data.reports import load_region_counts
from tests.refusing import refused


@pytest.mark.parametrize(
    ("pair", "kappa"),
    [
        (("2022", "2023"), 0.0494),
        (("2021", "2023"), 0.1161),
        (("2019", "2022"), 0.1496),
        (("2019", "2023"), 0.1876),
    ],
)
def test_departments_usually_change_so_much(pair: tuple[str, str], kappa: float) -> None:
    """Kappa by distance from the tables: all pairs of years, 2020 too, without Lima (its 2022)."""
    attrs = change_for(*map(parse_period, pair)).attrs
    assert attrs["kappa"] == pytest.approx(kappa, abs=5e-5)
    assert attrs["years_apart"] == int(pair[1]) - int(pair[0])


def test_ratio_is_against_the_country() -> None:
    """Puno 2019 to 2023: 156 and 51 of 1,365 and 1,076 reports, each over its share of people."""
    table = change_for(parse_period("2019"), parse_period("2023")).set_index("department")
    old, new = (load_region_counts(code).set_index("department") for code in ("2019", "2023"))
    smr = [
        one["reported_count"]
        / one["reported_count"].sum()
        / (one["person_years"] / one["person_years"].sum())
        for one in (old, new)
    ]
    np.testing.assert_allclose(table["ratio"], smr[1] / smr[0])
    assert (table.loc["Puno", ["reported_count_before", "reported_count_after"]] == [156, 51]).all()
    rates = [one["reported_count"].sum() / one["person_years"].sum() for one in (old, new)]
    assert table.attrs["country"] == pytest.approx(rates[1] / rates[0])


def test_most_of_what_moves_is_what_usually_moves() -> None:
    """Arequipa rose 3.7 times against the country in 2019 to 2021, q 0.42; 2020 to 2021 it rose."""
    table = change_for(parse_period("2019"), parse_period("2021")).set_index("department")
    assert table.loc["Arequipa", "ratio"] == pytest.approx(3.671, abs=5e-4)
    assert table.loc["Arequipa", "p_value"] == pytest.approx(0.0169, abs=5e-5)
    assert table.loc["Arequipa", "q_value"] == pytest.approx(25 * 0.01688, abs=1e-3)
    assert set(table["verdict"]) == {"unremarkable"}
    year = change_for(parse_period("2020"), parse_period("2021"))
    assert year.loc[
        year["verdict"] != "unremarkable", ["department", "verdict"]
    ].values.tolist() == [["Arequipa", "rose"]]


@pytest.mark.parametrize(("first", "second"), [("2021", "2022"), ("2022", "2023")])
def test_who_is_not_ranked_in_either_period_has_no_change(first, second):
    """Lima of 2022, as the earlier and as the later period, alone; the country's rate is without
    it."""
    before, after = parse_period(first, "mpfn"), parse_period(second, "mpfn")
    table = change_for(before, after).set_index("department_ubigeo")
    assert table.index[table["verdict"] == "untestable"].tolist() == ["15"]
    assert table.loc["15", ["ratio", "low", "high", "p_value", "q_value"]].isna().all()
    assert "year_flagged" in table.loc["08", "flags"]
    rates = [
        rows["reported_count"].sum() / rows["person_years"].sum()
        for rows in (
            results_for(period).query("department_ubigeo != '15'") for period in (before, after)
        )
    ]
    assert table.attrs["country"] == pytest.approx(rates[1] / rates[0])


def test_population_series_are_told() -> None:
    """2019 and 2021 share a projection, 2023 comes from the next census."""
    assert change_for(parse_period("2019"), parse_period("2021")).attrs["is_one_population_series"]
    assert not change_for(parse_period("2019"), parse_period("2023")).attrs[
        "is_one_population_series"
    ]


@pytest.mark.parametrize(
    ("before", "after", "match"),
    [
        ("2007-01/2014-04", "2019", "complaints .* reported offences .* no change is read"),
        ("2023", "2019", "the earlier one first"),
        ("2019", "2019+2021+2023", "do not overlap"),
        ("2009/2014", "2019", "incomplete"),
    ],
)
def test_refusals(before: str, after: str, match: str) -> None:
    """Two registries, a wrong order, an overlap, an incomplete table."""
    with refused(match):
        change_for(parse_period(before), parse_period(after))


def test_a_part_of_a_year_is_compared_with_the_same_months_only() -> None:
    """January to July beside a full year is refused; its middle is in April."""
    year, part = (
        Period(
            code,
            start,
            end,
            ((int(start[:4]), months),),
            months,
            "report",
            "R",
            "mpfn",
            (code,),
            flags=flags,
        )
        for code, start, end, months, flags in (
            ("2023", "2023-01", "2023-12", 12, ()),
            ("2024-01/2024-07", "2024-01", "2024-07", 7, ("part_year",)),
        )
    )
    with refused("same months of a year"):
        years._require_comparable(year, part)
    assert middle(year) == 2023.5
    assert middle(part) == pytest.approx(2024 + 3.5 / 12)


def test_a_page_can_offer_what_is_comparable() -> None:
    """Every offered pair is answered; the window and the pooled years have no partner."""
    offered = comparable_with(parse_period("2019"))
    assert [period.code for period in offered] == ["2020", "2021", "2022", "2023"]
    for code in ("2007-01/2014-04", "2019+2021+2023"):
        assert comparable_with(parse_period(code)) == ()
    year = parse_period("2021")
    for other in comparable_with(year):
        pair = sorted([year, other], key=lambda period: period.start)
        assert len(change_for(*pair)) == 25


@pytest.mark.parametrize(
    ("registry", "said"),
    [
        ("mpfn", "Police has the same months of two years, up to 2024"),
        ("police", "recorded late"),
        ("observatory", ""),
    ],
)
def test_a_part_of_a_year_that_is_not_compared_is_named_with_what_can_be(registry, said):
    """The newest figures are no silent gap: why they are not among the periods, and what is."""
    note = not_compared_note(registry, words("en"))
    assert said in note
    assert bool(note) == ("2025" in note)


def test_the_command_says_what_can_be_compared_with_a_part_of_a_year():
    """A full year beside eleven months: refused with the rate, the police's months, full years."""
    with refused(r"yearly rate of the part.*police.*2019"):
        change_for(parse_period("2021", "mpfn"), parse_period("2025-01/2025-11", "mpfn"))
