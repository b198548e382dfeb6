"""The matrix of Focos: every department in every year, by each registry and base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from atlas.results.cache import cached
from atlas.results.regions import bases_of, results_for
from atlas.results.sentences import (
    depends_text,
    flag_lines,
    margin_text,
    period_name,
    ratio_text,
    ratio_texts,
    verdict_text,
)
from atlas.results.years import level_for
from atlas.view import BASES
from atlas.words import Words
from data.periods import DEFAULT_PERIOD, MAIN, REGISTRIES, Period, Registry, periods_of
from geo.excess import Verdict
from geo.privacy.disclosure import gate
from geo.privacy.provenance import derive

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


@cached
def matrix_table() -> pd.DataFrame:
    """Return the results of all cells, a row per department, registry, period and base.

    Columns as ``atlas.results.regions.results_for``, with ``registry_code`` and ``period`` third
    and fourth; in the order of the blocks.
    """
    tables = [
        results_for(period, block.base).assign(period=period.code, registry_code=block.registry)
        for block in blocks()
        for period in block.periods
    ]
    joined = pd.concat([pd.DataFrame(table) for table in tables], ignore_index=True)
    joined.insert(2, "registry_code", joined.pop("registry_code"))
    joined.insert(3, "period", joined.pop("period"))
    return gate(derive(joined, *tables, name="matrix"), "T1")


@cached
def _cells() -> dict[tuple[str, ...], dict[str, Any]]:
    keys = ("department_ubigeo", "registry_code", "period", "base")
    return {tuple(row[key] for key in keys): row for row in matrix_table().to_dict("records")}


def cells_of(department: str, block: Block) -> list[dict[str, Any]]:
    """Return the cells of a department in a block, in the order of its periods."""
    cells = _cells()
    keys = [(department, block.registry, period.code, block.base) for period in block.periods]
    return [cells[key] for key in keys]


def level_registry(registry: str) -> str:
    """Return the registry whose level stands beside the years."""
    return MAIN if REGISTRIES[registry].step == "window" else registry


def matrix_rows(
    registry: str = MAIN,
) -> Iterator[tuple[dict[str, Any], list[list[dict[str, Any]]]]]:
    """Yield departments by falling level: the row of ``level_for``, and the cells by block."""
    for level in _ranked(level_registry(registry)):
        code = level["department_ubigeo"]
        yield level, [cells_of(code, block) for block in blocks()]


@cached
def _ranked(registry: str) -> list[dict[str, Any]]:
    table = results_for(DEFAULT_PERIOD).loc[:, ["department_ubigeo", "department"]]
    levels = level_for(registry).drop(columns="department", errors="ignore")
    joined = table.merge(levels, on="department_ubigeo", how="left", validate="one_to_one")
    ordered = joined.sort_values("level", ascending=False, na_position="last")
    return ordered.to_dict("records")


def counted(row: dict[str, Any], say: Words) -> str:
    """Write the reports of a cell: "115 reportes"."""
    if pd.isna(row["reported_count"]):
        return say("number.unknown")
    count = int(row["reported_count"])
    many = "none" if count == 0 else "one" if count == 1 else "many"
    return say(f"focos.count.{many}", count=say.number(count))


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


def cell_text(row: dict[str, Any], say: Words) -> str:
    """Write a cell: reports, expected, interval, verdict and p."""
    period, base = say(f"period.{row['period']}"), say(f"base.{row['base']}")
    where = f"{row['department']}, {period}, {base}"
    if row["verdict"] == Verdict.UNTESTABLE:
        return say("focos.cell.untested", where=where, count=counted(row, say))
    return say(
        "focos.cell",
        where=where,
        count=counted(row, say),
        expected=say.number(row["expected"], 0 if row["expected"] >= 9.95 else 1),
        **ratio_texts(row, say),
        verdict=verdict_text(row, say),
        often=frequency(row["p_value"], say),
    )


def sentence_of(department: str | None, period: Period, base: str, say: Words) -> dict[str, Any]:
    """Return the finding of a department in a period, with its reasons and cautions.

    Of the country (None) how many departments are, and which, with their margins. Reports and how
    many times the expected, question and answer, what the other base says where it differs, the
    registries and years that agree, and cautions; for the template.
    """
    table, name = results_for(period, base), say(f"period.{period.code}")
    if department is None:
        above = table[table["verdict"] == Verdict.ABOVE]
        many = "none" if above.empty else "one" if len(above) == 1 else "many"
        named = (
            f"{row['department']} {ratio_text(row['smr'], say)} ({margin_text(row, say)})"
            for row in above.sort_values("smr", ascending=False).to_dict("records")
        )
        margins = say("focos.country.margins", names=say.list(named)) if len(above) else ""
        return {
            "finding": say(f"focos.country.{many}", period=name, count=say.number(len(above))),
            "question": margins,
            **dict.fromkeys(("answer", "depends", "margin", "agreement"), ""),
            "cautions": flag_lines(period, period.flags, say),
        }
    row = table[table["department_ubigeo"] == department].to_dict("records")[0]
    tested = row["verdict"] != Verdict.UNTESTABLE
    return {
        "finding": finding_text(row, row["department"], period, say),
        "question": say(f"focos.question.{base}"),
        "answer": say(f"focos.answer.{row['verdict']}", verdict=verdict_text(row, say)),
        "depends": depends_text(row, period, say),
        "margin": say("verdict.margin") if tested else "",
        "agreement": agreement_sentence(department, say),
        "cautions": flag_lines(period, row["flags"], say, area=department),
    }


def finding_text(row: dict[str, Any], name: str, period: Period, say: Words) -> str:
    """Write the reports of an area in a period, and how many times the expected."""
    return say(
        "focos.finding.untested" if row["verdict"] == Verdict.UNTESTABLE else "focos.finding",
        name=name,
        period=say(f"period.{period.code}"),
        count=counted(row, say),
        **ratio_texts(row, say),
    )


def agreement_sentence(department: str, say: Words) -> str:
    """Say in which registries, bases and years a department is above the expected."""
    parts = []
    for block in blocks():
        cells = cells_of(department, block)
        above = [cell["period"] for cell in cells if cell["verdict"] == Verdict.ABOVE]
        tested = sum(cell["verdict"] != Verdict.UNTESTABLE for cell in cells)
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
