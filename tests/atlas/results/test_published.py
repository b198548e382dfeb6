"""Figures side by side: what the registries say, nothing added, nothing lost."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from atlas.results import published
from data.catalogue import load_table
from data.reports import load_breakdowns, load_national_figures, load_series
from geo.errors import DisclosureError
from geo.privacy.provenance import Tier
from tests.published import POLICE

TABLES = Path(__file__).resolve().parents[3] / "data" / "tables"


def _raw(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _range(category: str) -> published.Range:
    return next(item for item in published.ranges() if item.category == category)


@pytest.mark.parametrize(
    ("year", "reports"),
    [
        (2021, {("reported offence", 917), ("complaint", 1448), ("police complaint", 535)}),
        (2022, {("reported offence", 897), ("record", 6107), ("police complaint", 631)}),
    ],
)
def test_three_registries_disagree(year: int, reports: set[tuple[str, int]]) -> None:
    figures = published.in_year(year, "reports")
    assert {(figure.unit, figure.value) for figure in figures} == reports


def test_victims_of_part_of_a_year_or_of_more_years_are_around_it() -> None:
    """No count of 2024 exists; the one of 2023 and 2024 together is named as that."""
    assert not published.in_year(2024, "victims")
    around = {(figure.value, figure.period) for figure in published.victims_around(2024)}
    assert around == {(5551.0, ("2023-01", "2024-12"))}
    assert not published.victims_around(2020)


def test_the_answer_to_the_united_nations_is_a_row_and_no_second_source() -> None:
    """15 years of detected victims; prosecuted and convicted outside; told where it is its own."""
    row = next(row for row in published.registry_rows() if "GLOTIP" in row.registry)
    assert (row.kind, row.unit) == ("victims", "victim")
    assert [figure.year for figure in row.yearly] == list(range(2007, 2022))
    others = {(f.named("measure", "en"), f.year): int(f.value) for f in row.others}
    assert others == {
        **{("persons prosecuted", year): n for year, n in ((2007, 69), (2008, 80), (2009, 78))},
        **{("persons convicted", year): n for year, n in ((2007, 123), (2008, 131), (2009, 132))},
        **{("persons convicted", year): n for year, n in ((2012, 14), (2013, 10))},
    }
    answered = {
        year
        for year in range(2007, 2022)
        if row.registry in {figure.registry for figure in published.in_year(year, "victims")}
    }
    assert answered == set(range(2007, 2018))


def test_newest_counts_stand_among_the_registries() -> None:
    """Police 2017 to 2025 and the prosecutors' 2025 by year, parts of a year marked so."""
    rows = {row.registry: row for row in published.registry_rows()}
    police = rows["PNP / Mininter (denuncias de trata)"].yearly
    assert [f.value for f in police] == list(POLICE.values())
    last = rows["MPFN open data (delitos denunciados)"].yearly[-1]
    assert (last.value, last.period) == (886, ("2025-01", "2025-11"))
    partial = [f.year for row in rows.values() for f in row.yearly if f.is_partial]
    assert partial == [2025, 2025]


def test_cases_of_the_public_ministry_are_a_row_of_their_own() -> None:
    """7,517 in eleven years, in their own unit; what was revised says so."""
    cases = next(r for r in published.registry_rows() if "casos intervenidos" in r.registry)
    assert (cases.unit, sum(f.value for f in cases.yearly)) == ("case", 7517)
    assert [f.year for f in cases.yearly] == list(range(2008, 2019))
    assert [f.year for f in cases.yearly if f.named("note", "es")] == [2015, 2016, 2017]
    first = load_table("prosecutor_cases").set_index("period")["first_published"].dropna()
    assert first.to_dict() == {"2015": 889, "2016": 1144, "2017": 1433}


def test_job_offers_run_from_27_to_72() -> None:
    job = _range("job")
    assert (job.low.share_percent, job.high.share_percent) == (27, 72)
    assert job.high.registry == "Mininter Observatorio (via CHS)"
    # 287 of 1,600 victims, computed here and said so
    low = _range("minors").low
    assert (low.value, low.computed, low.share_percent) == (287, "share", 17.9375)


def test_one_observatory_said_84_and_59() -> None:
    """84 % is published; 59 % is the sum of 53 and 6, marked so, with both quotes."""
    high, low = shown_minors = published.same_observatory_on_minors()
    assert len({figure.registry for figure in shown_minors}) == 1
    assert (high.share_percent, high.period, high.computed) == (84, ("2007-01", "2013-08"), "")
    assert (low.share_percent, low.period, low.computed) == (59, ("2007-01", "2014-04"), "sum")
    assert len(low.sources) == 2
    assert low.named("category", "en") == "under 18"


def test_every_national_row_is_on_the_page_once() -> None:
    raw = Counter((r["source_id"], float(r["value"]), r["unit"]) for r in _raw("national_figures"))
    ids = load_national_figures().set_index("quote")["source_id"].to_dict()
    on_page = [f for row in published.registry_rows() for f in (*row.yearly, *row.others)]
    on_page += [*published.without_a_year(), *(f for f in published.national() if f.is_estimate)]
    assert len(on_page) == len(published.national())
    on_page = [f for f in on_page if f.sources[0]["quote"] in ids]
    drawn = Counter((ids[f.sources[0]["quote"]], f.value, f.unit) for f in on_page)
    assert drawn == raw


def test_every_breakdown_row_is_on_the_page_once() -> None:
    """Drawn as a dot or listed below; the sums of two age groups come on top."""
    dots = [f for item in published.ranges() for f in item.figures if f.computed != "sum"]
    drawn = Counter((f.value, f.sources[0]["quote"]) for f in (*dots, *published.not_drawn()))
    assert drawn == Counter((float(r["value"]), r["quote"]) for r in _raw("breakdowns"))


def test_a_row_holds_one_registry_and_one_unit() -> None:
    """Two units never share an axis, and only whole calendar years stand in the years."""
    keys = [(row.kind, row.registry, row.unit) for row in published.registry_rows()]
    assert len(keys) == len(set(keys))
    for row in published.registry_rows():
        assert {(f.registry, f.unit) for f in row.yearly} == {(row.registry, row.unit)}
        whole = [f for f in row.yearly if not f.is_partial]
        assert all(f.period == (f"{f.year}-01", f"{f.year}-12") for f in whole)


def test_no_estimate_stands_among_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Being called a complaint of a known registry makes no count of a guess."""
    drawn = [f for row in published.registry_rows() for f in (*row.yearly, *row.others)]
    drawn += [f for item in published.ranges() for f in item.figures]
    assert not any(f.is_estimate for f in drawn)
    guesses = published.estimates()
    assert all(f.is_estimate for f in guesses)
    assert {80000, 20437, 4500} <= {int(f.value) for f in guesses}
    # the article: counts before estimates
    flags = [f.is_estimate for f in published.article()]
    assert (len(flags), flags) == (8, sorted(flags))
    assert {f.value for f in published.article() if f.is_estimate} == {70, 350000, 35000}
    rows = published.registry_rows()
    guess = replace(published.in_year(2021, "reports")[0], is_estimate=True, value=99_999.0)
    with_guess = (*published.national(), guess)
    monkeypatch.setattr(published, "national", lambda: with_guess)
    assert published.registry_rows.__wrapped__() == rows


def test_every_figure_can_be_checked() -> None:
    """Each figure has a title and a quote; only the article has no address to open."""
    everything = [
        *published.national(),
        *published.article(),
        *published.estimates(),
        *published.not_drawn(),
    ]
    everything += [f for item in published.ranges() for f in item.figures]
    sources = [source for figure in everything for source in figure.sources]
    assert all(source["quote"] and source["title"] for source in sources)
    unlinked = {s["publisher"] for s in sources if not s["url"].startswith(("https://", "http://"))}
    assert unlinked == {"InfoSurHoy"}


def test_records_of_an_organisation_are_refused() -> None:
    own = replace(load_breakdowns.tiered(), tier=Tier.T2)
    with pytest.raises(DisclosureError, match="T2"):
        published.figures_of(own)


def test_columns_say_what_a_base_counts_and_what_is_told_elsewhere() -> None:
    """A base's count is the number in its words; a count of another file is in that file."""
    bases = load_breakdowns()
    written = bases["base"].str.extract(r"^([\d,]+) ")[0].str.replace(",", "").astype(float)
    assert written.notna().sum() > 30
    pd.testing.assert_series_equal(
        bases["base_count"].astype(float), written, check_names=False, check_dtype=False
    )
    own = {
        "police_complaints": load_series("police").set_index("period")["reported_count"],
        "prosecutor_cases": load_table("prosecutor_cases").set_index("period")["reported_count"],
    }
    rows = load_national_figures().dropna(subset=["same_as"])
    assert set(rows["same_as"]) == set(own)
    for row in rows.itertuples():
        counts = own[row.same_as]
        assert counts[counts.index.astype(str) == row.period_end[:4]].tolist() == [row.value]
