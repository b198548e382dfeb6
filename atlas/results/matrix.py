"""Build the matrix of Focos: every department in every year, in two registries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from atlas.results.coverage_dates import runs_of
from atlas.results.figures import Figures, figures_for
from atlas.results.regions import (
    bases_of,
    chances_above,
    results_for,
    verdicts_of,
)
from atlas.results.sentences import end_text, period_name
from atlas.view import BASES
from atlas.words import Words
from data.cache import cached
from data.periods import (
    MAIN,
    REGISTRIES,
    Period,
    Registry,
    parse_period,
    periods_of,
)
from geo.errors import UserError
from geo.excess import Verdict
from geo.privacy.disclosure import gate
from geo.privacy.provenance import Tiered, derive, framed

_RAREST = 1e-4
"""A p below is told as less than this: the law is not known so far out."""


@dataclass(frozen=True, slots=True)
class Block:
    """Columns of the matrix with one registry and one base."""

    registry: str
    """code of the registry."""
    unit: str
    base: str
    periods: tuple[Period, ...]

    def cells_of(self, department: str) -> list[Figures]:
        """Return the figures of a department (code) in each period."""
        return [figures_for(period, self.base)[department] for period in self.periods]

    def heads(self, say: Words) -> list[str]:
        """Name the columns; a year with a caution has a flag."""
        return [period_name(period, say) for period in self.periods]


def yearly_registries() -> tuple[Registry, ...]:
    """Return the registries that count by year, the main one first."""
    return tuple(registry for registry in REGISTRIES.values() if registry.step != "window")


@cached
def blocks() -> tuple[Block, ...]:
    """Return the blocks of the matrix: one for each yearly registry and base."""
    every = (
        Block(
            registry.code,
            registry.unit,
            base,
            tuple(
                period
                for period in periods_of(registry)
                if not period.is_pooled and base in bases_of(period)
            ),
        )
        for registry in yearly_registries()
        for base in BASES
    )
    return tuple(block for block in every if block.periods)


def block_of(period: Period, base: str) -> Block:
    """Return the block of a period's registry, or of the first one without years."""
    of_base = [block for block in blocks() if block.base == base]
    of_registry = (block for block in of_base if block.registry == period.registry_code)
    return next(of_registry, of_base[0])


@framed
@cached
def matrix_table() -> Tiered[pd.DataFrame]:
    """Return the results of all cells, a row per department, registry, period and base.

    Columns as ``atlas.results.regions.results_for``, with ``registry_code`` and ``period`` third
    and fourth; in the order of the blocks.
    """
    tables = [
        results_for.tiered(period, block.base).assign(
            period=period.code, registry_code=block.registry
        )
        for block in blocks()
        for period in block.periods
    ]
    joined = pd.concat([table.frame for table in tables], ignore_index=True)
    joined.insert(2, "registry_code", joined.pop("registry_code"))
    joined.insert(3, "period", joined.pop("period"))
    return gate(derive(joined, *tables, name="matrix"), "T1")


@cached
def dark_by_chance() -> float:
    """Return the share (0 to 1) of countries without any excess with a cell above, by residents.

    Each registry has one of its twenty kappas in all years, and waves that are new each year.
    ``studies/alarms.py`` counts the same on simulated countries.
    """
    none = 1.0
    for block in blocks():
        if block.base == BASES[0]:
            chances = (chances_above(period, ratio=1) for period in block.periods)
            by_kappa = np.prod([(1 - chance).prod(axis=1) for chance in chances], axis=0)
            none *= float(by_kappa.mean())
    return 1 - none


def yearly_registry(registry: str) -> str:
    """Return the registry whose years the matrix shows: this one, or the main one."""
    return MAIN if REGISTRIES[registry].step == "window" else registry


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A department: in how many of its tested years it is above, and its cells by block."""

    code: str
    name: str
    above: int
    years: int
    cells: tuple[list[Figures], ...]


def matrix_rows(registry: str = MAIN) -> Iterator[MatrixRow]:
    """Yield departments as :func:`years_above` orders them."""
    for row in years_above(yearly_registry(registry)).to_dict("records"):
        code = str(row["department_ubigeo"])
        cells = tuple(block.cells_of(code) for block in blocks())
        yield MatrixRow(code, str(row["department"]), row["above"], row["years"], cells)


@framed
@cached
def years_above(registry: str) -> Tiered[pd.DataFrame]:
    """Return in how many of its years each department is above the expected, by residents.

    ``above`` of ``years`` in which it was tested, the most first; those alike by ``ratio``, the
    reports of these years over those that were expected (NaN where it was tested in none).
    """
    block = next(
        block for block in blocks() if (block.registry, block.base) == (registry, BASES[0])
    )
    tables = [results_for.tiered(period, block.base) for period in block.periods]
    joined = pd.concat([table.frame for table in tables], ignore_index=True)
    joined = joined.assign(
        is_tested=joined["verdict"] != Verdict.UNTESTABLE,
        is_above=joined["verdict"] == Verdict.ABOVE,
        tested_count=joined["reported_count"].where(joined["expected"].notna()),
    )
    sums = joined.groupby(["department_ubigeo", "department"], as_index=False).agg(
        above=("is_above", "sum"),
        years=("is_tested", "sum"),
        counted=("tested_count", "sum"),
        expected=("expected", "sum"),
    )
    sums["ratio"] = sums["counted"] / sums["expected"].where(sums["expected"] > 0)
    frame = sums.drop(columns=["counted", "expected"]).sort_values(
        ["above", "ratio"], ascending=False, kind="stable", na_position="last", ignore_index=True
    )
    return gate(derive(frame, *tables, name="years_above"), "T1")


def full_years(registry: Registry) -> list[int]:
    """Return the calendar years with every month in a registry."""
    months = {
        month
        for _, first, last in registry.spans["departments"]
        for month in range(first, last + 1)
    }
    years = sorted({month // 12 for month in months})
    return [year for year in years if months >= set(range(12 * year, 12 * year + 12))]


@cached
def common_periods() -> tuple[Period, ...]:
    """Return the longest run of full years of all yearly registries, as two periods.

    >>> [(period.code, period.registry_code) for period in common_periods()]
    [('2019/2023', 'mpfn'), ('2019/2023', 'police')]
    """
    shared = _shared_years()
    if not shared:
        raise UserError("agreement.refusal")
    longest = max(runs_of(sorted(shared)), key=lambda run: (len(run), run[-1]))
    code = f"{longest[0]}/{longest[-1]}"
    return tuple(parse_period(code, registry.code) for registry in yearly_registries()[:2])


@framed
@cached
def agreement_rows() -> Tiered[pd.DataFrame]:
    """Results of both registries over the years that both have, one row a department and registry.

    Columns as ``atlas.results.regions.results_for``, with ``registry_code`` and ``period``;
    shared: read only. Nothing is added or divided across the registries.
    """
    tables = [
        results_for.tiered(period).assign(registry_code=period.registry_code, period=period.code)
        for period in common_periods()
    ]
    joined = pd.concat([table.frame for table in tables], ignore_index=True)
    return gate(derive(joined, *tables, name="agreement"), "T1")


def _shared_years() -> set[int]:
    """Full years of all yearly registries."""
    return set.intersection(*(set(full_years(registry)) for registry in yearly_registries()))


@cached
def other_registry(registry: str) -> tuple[Period, dict[str, Figures]]:
    """Return the full years common to both yearly registries, in the other one, and its results.

    The results are by department code.
    """
    own = yearly_registry(registry)
    period = next(period for period in common_periods() if period.registry_code != own)
    return period, figures_for(period)


@cached
def above_in_both() -> tuple[str, ...]:
    """Return the departments that both registries find above, in the years that both have."""
    rows = agreement_rows()
    above = (rows["verdict"] == Verdict.ABOVE).groupby(rows["department"]).all()
    return tuple(above.index[above])


def both_text(say: Words) -> str:
    """Say which departments both registries find above the expected in the years both have."""
    names = above_in_both()
    period = say(f"period.{common_periods()[0].code}")
    key = "focos.agreement.both" if names else "focos.agreement.nobody"
    return say(key, names=say.list(names), period=period)


def frequency(p_value: float, say: Words) -> str:
    """Write how often so much happens: "2 de cada 100 veces", "1 de cada 7,800 veces"."""
    if p_value >= 0.95:
        return say("focos.often.always")
    for out_of in (10, 100):
        if p_value >= 0.95 / out_of:
            times = say.number(round(p_value * out_of))
            return say("focos.often", times=times, out_of=say.number(out_of))
    if p_value < _RAREST:
        return say("focos.often.less", out_of=say.number(1 / _RAREST))
    return say("focos.often", times=say.number(1), out_of=say.number(float(f"{1 / p_value:.2g}")))


def cell_text(cell: Figures, say: Words) -> str:
    """Write a cell: reports, expected, interval, verdict and p."""
    wording = cell.wording(say)
    where = f"{cell.name}, {wording['period']}, {say(f'base.{cell.base}')}"
    if not cell.is_tested:
        return say("focos.cell.untested", where=where, count=wording["counted"])
    return say(
        "focos.cell",
        where=where,
        count=wording["counted"],
        expected=wording["expected"],
        ratio=end_text(cell.ratio, say),
        low=wording["low"],
        high=wording["high"],
        verdict=wording["conclusion"],
        often=frequency(cell.p_value, say),
    )


def agreement_sentence(department: str, say: Words) -> str:
    """Say in which registries, bases and years a department is above the expected."""
    parts = []
    for block in blocks():
        verdict_in = {
            period.code: verdicts_of(period, block.base)[department] for period in block.periods
        }
        above = [code for code, verdict in verdict_in.items() if verdict == Verdict.ABOVE]
        tested = sum(verdict != Verdict.UNTESTABLE for verdict in verdict_in.values())
        registry, base = say(f"focos.registry.{block.registry}"), say(f"base.{block.base}")
        key = "focos.agreement.above" if above else "focos.agreement.none"
        if len(above) == tested:
            key = "focos.agreement.always" if tested else "focos.agreement.untested"
        text = say(
            key,
            where=say("focos.block", registry=registry, base=base),
            years=say.list(say(f"period.{period}.short") for period in above),
            count=say.number(len(above)),
            of=say.number(tested),
        )
        parts.append(text)
    return say("focos.agreement", parts="; ".join(parts))
