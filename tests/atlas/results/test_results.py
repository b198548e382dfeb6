"""The results of a period: one table behind page, terminal and map."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from atlas.public.model import contents_of
from atlas.results.figures import figures_for, how_sure, ranks_text, verdict_text
from atlas.results.history import change_verdict
from atlas.results.regions import (
    bases_of,
    fitted_overdispersion,
    mismatch_reason,
    missed_by_area,
    missed_doublings,
    overdispersion,
    results_for,
    seats,
    touches,
    verdicts_of,
)
from atlas.results.sentences import (
    compared_text,
    flag_lines,
    rank_in,
    robustness_for,
    robustness_line,
)
from atlas.results.years import changes_between
from atlas.view import BASES, DEPARTMENTS
from atlas.words import LANGUAGES, words
from data.comparing import first_periods, later_than
from data.context import load_route_waypoints, load_routes
from data.names import AREA_COLUMNS
from data.periods import parse_period, province_periods
from data.reports import load_region_counts, load_window_counts
from geo.excess import LEVEL, judge
from geo.overdispersion import Overdispersion
from geo.regions import region_results, window_overdispersion
from tests.refusing import refused


@cache
def waves_of(base: str) -> Overdispersion:
    return replace(window_overdispersion(load_window_counts(), base=base), months=12)


@pytest.mark.parametrize("period", ["2007-01/2014-04", "2022", "2019+2021+2023", "2025-01/2025-11"])
def test_results_are_those_of_the_analysis(period):
    """Computed anew from the loaders, the table is the same; one flag and a count are added."""
    bases = bases_of(parse_period(period))
    assert bases == (("people",) if period.startswith("2007") else ("people", "offences"))
    loaded = {base: results_for.tiered(parse_period(period), base) for base in bases}
    tables = {base: result.frame for base, result in loaded.items()}
    for base, table in tables.items():
        fresh = region_results(load_region_counts(period), waves_of(base), base=base)
        assert table.drop(columns=["flags", "compared"]).equals(fresh.drop(columns="flags"))
        (compared,) = set(table["compared"])
        assert compared.count == (table["verdict"] != "untestable").sum()
        untested = table.loc[table["verdict"] == "untestable", "department"]
        assert compared.without == tuple(untested)
        differs = [
            len({by_choice["verdict"].iloc[i] for by_choice in tables.values()}) > 1
            for i in range(25)
        ]
        for flags, own, depends in zip(table["flags"], fresh["flags"], differs, strict=True):
            assert flags == [*own, *(["depends_on_denominator"] if depends else [])]
        assert loaded[base].tier == "T1"
        assert loaded[base].card["sources"]


def test_a_base_that_a_period_lacks_is_refused():
    with refused(r"the base 'offences'.*Choose one of 2019, 2020"):
        results_for(parse_period("2007-01/2014-04"), "offences")
    with refused("unknown base 'area'. Allowed are people, offences"):
        results_for(parse_period("2023"), "area")


def test_a_caller_gets_a_copy():
    spoilt = results_for.tiered(parse_period("2023"))
    spoilt.frame["reported_count"] = 0
    spoilt.card["name"] = "spoilt"
    assert results_for(parse_period("2023"))["reported_count"].sum() > 0
    assert results_for.tiered(parse_period("2023")).card["name"] == "region_results"


def test_what_touches_a_department():
    """Madre de Dios carries most of the hectares; the shares of all add up to the country's."""
    shares = {code: touches(code).mined_share for code in DEPARTMENTS}
    assert shares["17"] == max(shares.values()) > 0.5
    assert 0.95 < sum(shares.values()) <= 1 + 1e-9
    assert all(seats()[code] for code in DEPARTMENTS)


def test_results_cite_what_went_into_them():
    """The file of the year, its people, and the years of the measured waves; nothing else."""
    cited = {
        period: [
            source["title"] for source in results_for.tiered(parse_period(period)).card["sources"]
        ]
        for period in ("2023", "2007-01/2014-04")
    }
    press = "Cerca de 2,000 denuncias por trata de personas se registran en Perú"
    assert press not in cited["2023"]
    assert cited["2007-01/2014-04"][0] == press
    for titles in cited.values():
        assert not any("named row by row" in title for title in titles)
        years = [title for title in titles if "Delitos denunciados" in title]
        assert sorted(years) == [
            f"MPFN - Delitos denunciados {year} (open-data CSV, mirrored on GitHub)"
            for year in (2019, 2021, 2022, 2023)
        ]
    assert not any("UNDP" in title for title in cited["2023"])
    assert any("UNDP" in title for title in cited["2007-01/2014-04"])


def test_a_route_counts_where_a_source_names_a_stop():
    """Not where a point only helps to draw it; routes that are on the map alone."""
    shown = {row.route_id for row in load_routes().itertuples() if row.is_default}
    stated: dict[str, set[str]] = {code: set() for code in DEPARTMENTS}
    helping: dict[str, set[str]] = {code: set() for code in DEPARTMENTS}
    for stop in load_route_waypoints().dropna(subset="department_ubigeo").itertuples():
        if stop.route_id in shown:
            (stated if stop.is_stated else helping)[stop.department_ubigeo].add(stop.route_id)
    assert any(helping[code] - stated[code] for code in DEPARTMENTS)
    assert {code: set(touches(code).routes) for code in DEPARTMENTS} == stated


def test_as_expected_says_why_where_nobody_would_believe_it():
    """A margin without 1, where p alone is below the level; twice the expected, and half of it."""
    say, counted = (
        words("en"),
        dict.fromkeys(("by chance alone)", "few reports", "at times rise"), 0),
    )
    for period in (*map(parse_period, ("2022", "2023")), province_periods()[-1]):
        for of in figures_for(period).values():
            text, verdict = verdict_text(of, say), say(f"verdict.{of.verdict}")
            is_expected = of.verdict == "unremarkable"
            is_near = is_expected and of.p_value < LEVEL
            is_far = is_expected and (of.ratio >= 2 or of.ratio <= 0.5)
            assert text.startswith(verdict)
            assert (text != verdict) == (is_near or is_far), (period.code, of.name)
            assert ("by chance alone)" in text) == is_near
            assert is_near or not is_far or ("few" in text) == ("few_reports" in of.flags)
            for part in counted:
                counted[part] += part in text
    assert min(counted.values()) > 5
    provinces = figures_for(parse_period("2022", "police", "provinces"))
    tested = sum(of.is_tested for of in provinces.values())
    assert f"{tested} provincias" in verdict_text(provinces["1701"], words("es"))


def test_notes_and_reasons_are_in_the_language_asked_for():
    """Notes of the table by its two columns; Lima 2022; a percentage as the language sets it."""
    spanish, english = (
        {
            *(line for period in periods for line in flag_lines(period, period.flags, words(lang))),
            *flag_lines(periods[1], ["not_ranked"], words(lang), area="15"),
        }
        for periods in [[parse_period(code, "mpfn") for code in ("2020", "2022")]]
        for lang in ("es", "en")
    )
    assert len(spanish) == len(english) >= 3
    assert not spanish & english
    assert any("En 2022 faltan datos" in line for line in spanish)
    assert any("In 2022 the record" in line for line in english)
    assert not any(sign in line for line in english for sign in "áéíóúñ¿¡")
    assert "33%" in mismatch_reason("06", "en")
    assert "33\N{NO-BREAK SPACE}%" in mismatch_reason("06", "es")


def test_every_choice_is_one_change_of_the_test() -> None:
    """2022, where Lima is not ranked: each column is the same test with one thing changed."""
    counts = load_region_counts("2022").set_index("department_ubigeo")
    robustness = robustness_for(parse_period("2022")).set_index("department_ubigeo")
    kappas = overdispersion(parse_period("2023")).kappas
    usual = counts["person_years"].to_dict()
    ways = {
        "kappa_low": (usual, kappas[[0]], ["15"]),
        "kappa_high": (usual, kappas[[19]], ["15"]),
        "without_lima_callao": (usual, kappas, ["15", "07"]),
    }
    assert list(robustness.columns) == ["verdict", *ways, "offences"]
    for name, (people, chosen, left_out) in ways.items():
        remaining = counts.drop(index=left_out)
        exposure = np.array([people[code] for code in remaining.index])
        by_hand = judge(remaining["reported_count"].to_numpy(), exposure, chosen).verdict
        assert robustness.loc[remaining.index, name].tolist() == list(by_hand), name
        assert set(robustness.loc[left_out, name]) == {"untestable"}
        assert robustness[name].ne(robustness["verdict"]).any(), name
    offences = results_for(parse_period("2022"), "offences").set_index("department_ubigeo")[
        "verdict"
    ]
    assert robustness["offences"].equals(offences.rename("offences"))


def test_what_changes_the_verdict_is_said_and_no_count_of_ways() -> None:
    """2022 and 2025: a line just where a choice of method other than the base gives another."""
    part = "2025-01/2025-11"
    for period in map(parse_period, ("2022", part)):
        for base in bases_of(period):
            table = robustness_for(period, base).set_index("department_ubigeo")
            own = table.drop(columns=["verdict", *({*BASES} & {*table.columns})])
            for code in DEPARTMENTS:
                text = robustness_line(code, period, base, words("es"))
                tested = own.loc[code][own.loc[code] != "untestable"]
                differs = bool((tested != table["verdict"][code]).any())
                is_tested = table["verdict"][code] != "untestable"
                assert bool(text) == (differs and is_tested), (code, period.code, base)
                assert "maneras" not in text


def test_kappa_belongs_to_a_length_of_time() -> None:
    """The shorter a period of the police, the wider its waves; the prosecutors have the year's."""
    kappas = {
        code: overdispersion(parse_period(code, "police"))
        for code in ("2018-03", "2018-01/2018-03", "2018-01/2018-05", "2018", "2018/2019")
    }
    values = [fit.kappa for fit in kappas.values()]
    assert values == sorted(values, reverse=True)
    assert [fit.months for fit in kappas.values()] == [1, 3, 5, 12, 36]
    ends = (fitted_overdispersion("police", "departments", months) for months in (3, 6))
    share = np.log(5 / 3) / np.log(2)
    by_hand = sum(weight * end.kappas for weight, end in zip((1 - share, share), ends, strict=True))
    assert kappas["2018-01/2018-05"].kappas == pytest.approx(by_hand)
    fits = [fitted_overdispersion("police", "departments", months) for months in (24, 36)]
    for code in ("2018/2019", "2017/2022"):
        long = overdispersion(parse_period(code, "police"))
        assert (long.kappa, long.months) == max((fit.kappa, fit.months) for fit in fits)
        assert long.kappas == pytest.approx(np.maximum(*(fit.kappas for fit in fits)))
    whole = {
        overdispersion(parse_period(code, registry)).kappa
        for code, registry in (
            ("2023", "mpfn"),
            ("2019+2021+2023", "mpfn"),
            ("2025-01/2025-11", "mpfn"),
            ("2007-01/2014-04", "observatory"),
        )
    }
    assert whole == {fitted_overdispersion("mpfn", "departments", 12).kappa}


def test_windows_of_every_start_give_the_kappa_of_two_years() -> None:
    """0.22 from the first start, 0.42 from others: all of them, and no length below the first."""
    windows = load_window_counts("police", months=24)
    each = [window_overdispersion(part).kappa for _, part in windows.groupby("start")]
    assert len(each) == 24
    assert (each[0], max(each)) == pytest.approx((0.22, 0.476), abs=5e-4)
    kappa = fitted_overdispersion("police", "departments", 24)
    assert (kappa.kappa, kappa.degrees_of_freedom) == (pytest.approx(0.290, abs=5e-4), 22)
    for level, lengths in (("departments", (1, 2, 3, 6, 12, 24)), ("provinces", (12, 24))):
        for months in lengths:
            windows = load_window_counts("police", level, months)
            recorded = windows.assign(reported_count=windows["recorded_count"])
            first = window_overdispersion(recorded[recorded["start"] == 0])
            fit = fitted_overdispersion("police", level, months)
            assert fit.kappa >= first.kappa
            assert (fit.kappas >= first.kappas).all()


def test_two_years_of_the_police_have_six_calls() -> None:
    """21 with three windows of one start; 2021 and 2022 had four that nothing bears."""
    calls = {}
    for year in range(2017, 2024):
        judged = verdicts_of(parse_period(f"{year}/{year + 1}", "police"))
        calls[year] = {code for code, verdict in judged.items() if verdict in ("above", "below")}
    assert sum(map(len, calls.values())) == 6
    assert calls[2021] == set()


def test_windows_are_the_sums_of_their_months() -> None:
    """Second way: counts and person-years of a window from the loader of periods."""
    for level, months in (("departments", 24), ("provinces", 12)):
        windows = load_window_counts("police", level, months)
        for period, part in list(windows.groupby("period"))[::9]:
            counts = load_region_counts(str(period), "police", level)
            counts = counts[counts[AREA_COLUMNS[level]].isin(part[AREA_COLUMNS[level]])]
            for name in ("reported_count", "person_years"):
                assert part[name].to_numpy(float) == pytest.approx(
                    counts[name].to_numpy(float), nan_ok=True
                )


def test_ranks_reach_as_far_as_the_waves() -> None:
    """Huánuco 2023: 2 to 6 by chance alone, 2 to 13 with the waves; no rank among zeros."""
    year = parse_period("2023")
    assert rank_in(year, "people", "smr", "10") == (2, 13)
    assert rank_in(year, "people", "smr", "17") == (1, 1)
    assert rank_in(parse_period("2022"), "people", "smr", "15") is None
    month = parse_period("2018-03", "police")
    zero = results_for(month).set_index("department_ubigeo")["reported_count"].eq(0)
    assert rank_in(month, "people", "smr", zero.index[zero][0]) is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_rank_where_its_range_covers_half_of_the_departments(lang: str) -> None:
    say, year = words(lang), parse_period("2023")
    for code in DEPARTMENTS:
        text = ranks_text(figures_for(year)[code], say)
        ends = [rank_in(year, "people", column, code) for column in ("reported_count", "smr")]
        wide = [last - first + 1 > 12.5 for first, last in ends]
        assert text.count(say("card.ranks.untold.departments", what="#").split("#")[0][:15]) == any(
            wide
        )
        for (first, last), is_wide in zip(ends, wide, strict=True):
            shown = say(
                "card.rank.chain" if first < last else "card.rank", what="#", first=first, last=last
            ).split("#")[0]
            assert is_wide or shown in text


def test_the_rate_of_the_country_is_of_those_that_may_be_compared() -> None:
    """2022: 2.7 with Lima's incomplete 99, 3.59 without; the note says who is out."""
    contents = contents_of(parse_period("2022"))
    assert contents.rate_per_100k == pytest.approx(3.586, abs=5e-4)
    assert (contents.partial, contents.reported_count) == (("Lima",), 897)
    assert contents_of(parse_period("2023")).partial == ()


def test_a_doubling_is_mostly_missed() -> None:
    """The prosecutors' years miss seven in eight, the police's months nearly all."""
    assert missed_doublings(parse_period("2023")) == pytest.approx(7 / 8, abs=0.03)
    assert missed_doublings(parse_period("2018-03", "police")) > 0.97
    assert missed_doublings(parse_period("2007-01/2014-04")) < 0.9


def test_over_one_and_a_half_times_counts_the_waves() -> None:
    """Police 2022: seven were almost certainly over 1.5 by chance alone, none of them above."""
    table = results_for(parse_period("2022", "police")).dropna(subset="smr")
    assert (table["p_over_1_5"] >= table["p_over_2"]).all()
    assert ((table["p_over_1_5"] > 0.975) == (table["smr_low"] > 1.5)).all()
    assert ((table["p_over_2"] > 0.975) == (table["smr_low"] > 2)).all()
    assert (table["p_over_1_5"] > 0.975).sum() == 0


def test_how_often_a_tripling_is_missed_is_said_of_the_area() -> None:
    """Its own chance, not the mean of all: Lima's doubling is found more often than Moquegua's."""
    year = parse_period("2023")
    missed = {ratio: missed_by_area(year, "people", ratio) for ratio in (2.0, 3.0, 5.0)}
    assert np.mean(list(missed[2.0].values())) == pytest.approx(missed_doublings(year))
    assert missed[2.0]["15"] < missed[2.0]["18"]
    assert all(missed[2.0][code] > missed[3.0][code] > missed[5.0][code] for code in DEPARTMENTS)
    text = how_sure(figures_for(year)["18"], words("en"))
    unnoticed = round(10 * missed[2.0]["18"])
    assert f"the atlas would miss twice the expected about {unnoticed} times in ten" in text


def test_a_low_count_that_is_left_out_makes_no_kappa_smaller() -> None:
    """Cusco's 2019: the fit to what the table says and the one without it, the larger value."""
    for months in (1, 12, 24):
        windows = load_window_counts("police", months=months)
        recorded = windows.assign(reported_count=windows["recorded_count"])
        kappa, whole = window_overdispersion(windows), window_overdispersion(recorded)
        assert windows["reported_count"].isna().any()
        assert kappa.kappa >= whole.kappa
        assert (kappa.kappas >= whole.kappas).all()


@pytest.mark.parametrize(
    ("code", "registry", "among"),
    [
        ("2025-01/2025-11", "mpfn", "23 departamentos, sin Pasco y Piura"),
        ("2024", "police", "24 departamentos, sin Lima"),
        ("2023", "mpfn", "25 departamentos"),
        ("2022", "police", "195 provincias, sin Lima"),
    ],
)
def test_how_many_are_compared_is_one_number_with_who_is_out(code, registry, among):
    """The margin's caution and the reason of a verdict name the same areas."""
    say = words("es")
    level = "provinces" if "provincias" in among else "departments"
    period = parse_period(code, registry, level)
    table = results_for(period)
    assert compared_text(table["compared"].iloc[0], say) == among
    open_ones = [of for of in figures_for(period).values() if of.verdict == "unremarkable"]
    for of in open_ones:
        assert of.low <= 1 <= of.high or f"cuando se miran {among}," in verdict_text(of, say)
    if level == "departments":
        assert f"Entre {among}," in how_sure(open_ones[0], say)


def test_a_change_whose_margin_leaves_out_one_says_why_it_is_not_clear():
    say, count = words("es"), 0
    for registry in ("mpfn", "police"):
        for before in first_periods(registry):
            for after in later_than(before):
                for of in changes_between(before, after).values():
                    is_open = of.verdict == "unremarkable"
                    is_apart = is_open and not of.low <= 1 <= of.high
                    assert ("cuando se miran " in change_verdict(of, say)) == is_apart
                    count += is_apart
    assert count
