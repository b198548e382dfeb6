"""The matrix of the hot spots page: every department in every year, by each registry and base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from atlas.hotspots.years import level_for
from atlas.map.model import bases_of, results_for
from atlas.map.sentences import depends_text, ratio_text
from atlas.map.state import BASES
from atlas.words import Words
from data.periods import MONTHS_PER_YEAR, PERIODS, parse_period
from geo.excess import LEVEL, Verdict
from geo.privacy.disclosure import gate
from geo.privacy.provenance import derive

DEPENDS = "depends_on_denominator"
"""flag of a department whose verdict differs between the bases; the sentence says it."""
_RAREST = 1e-4
"""A p below is told as less than this: the law is not known so far out."""


@dataclass(frozen=True, slots=True)
class Block:
    """Columns of the matrix that are read together: the years of one registry on one base."""

    registry: str
    unit: str
    base: str
    periods: tuple[str, ...]


@lru_cache(maxsize=1)
def blocks() -> tuple[Block, ...]:
    """The blocks of the matrix: one for each registry that counts by year, and base it has."""
    yearly: dict[tuple[str, str], list[str]] = {}
    for one in PERIODS:
        if not one.is_pooled and one.months <= MONTHS_PER_YEAR:
            yearly.setdefault((one.registry, one.unit), []).append(one.code)
    having = (
        (key, base, tuple(code for code in codes if base in bases_of(code)))
        for key, codes in yearly.items()
        for base in BASES
    )
    return tuple(Block(*key, base, periods) for key, base, periods in having if periods)


def block_of(period: str, base: str) -> Block:
    """The block that a period's sentence goes through, its own registry's if that has years."""
    own = parse_period(period).registry
    of_base = [block for block in blocks() if block.base == base]
    return next((block for block in of_base if block.registry == own), of_base[0])


@lru_cache(maxsize=1)
def _matrix() -> pd.DataFrame:
    tables = [
        results_for(period, block.base).assign(period=period)
        for block in blocks()
        for period in block.periods
    ]
    joined = pd.concat([pd.DataFrame(table) for table in tables], ignore_index=True)
    joined.insert(2, "period", joined.pop("period"))
    return gate(derive(joined, *tables, name="matrix"), "T1")


def matrix_table() -> pd.DataFrame:
    """The results behind all cells, one row a department, period and base.

    Columns as ``atlas.map.model.results_for``, with ``period`` third; in the order of the blocks.
    """
    return _matrix().copy()


@lru_cache(maxsize=1)
def _cells() -> dict[tuple[str, str, str], dict[str, Any]]:
    records = _matrix().to_dict("records")
    return {(row["department_ubigeo"], row["period"], row["base"]): row for row in records}


def matrix_rows() -> Iterator[tuple[dict[str, Any], list[list[dict[str, Any]]]]]:
    """Departments from the highest level down: the row of ``level_for``, and the cells by block."""
    for level in _ranked():
        code = level["department_ubigeo"]
        cells = [[_cells()[code, one, block.base] for one in block.periods] for block in blocks()]
        yield level, cells


def highest_level() -> str:
    """Code of the department with the highest level over the years."""
    return str(_ranked()[0]["department_ubigeo"])


@lru_cache(maxsize=1)
def _ranked() -> list[dict[str, Any]]:
    table = results_for(PERIODS[-1].code).loc[:, ["department_ubigeo", "department"]]
    levels = level_for().drop(columns="department", errors="ignore")
    joined = table.merge(levels, on="department_ubigeo", how="left", validate="one_to_one")
    ordered = joined.sort_values("level", ascending=False, na_position="last")
    return ordered.to_dict("records")


def counted(row: dict[str, Any], say: Words) -> str:
    """The reports of a cell: "115 reportes"."""
    count = int(row["reported_count"])
    many = "none" if count == 0 else "one" if count == 1 else "many"
    return say(f"focos.count.{many}", count=say.number(count))


def frequency(p_value: float, say: Words) -> str:
    """How often so much happens: "2 de cada 100 veces", "1 de cada 7,800 veces"."""
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
    """All that a cell holds in words: reports, expected, interval, verdict and p."""
    period, base = say(f"period.{row['period']}"), say(f"base.{row['base']}")
    where = f"{row['department']}, {period}, {base}"
    if row["verdict"] == Verdict.UNTESTABLE:
        return say("focos.cell.untested", where=where, count=counted(row, say))
    text = say(
        "focos.cell",
        where=where,
        count=counted(row, say),
        expected=say.number(row["expected"], 0 if row["expected"] >= 9.95 else 1),
        ratio=ratio_text(row["smr"], say),
        low=ratio_text(row["smr_low"], say),
        high=ratio_text(row["smr_high"], say),
        verdict=say(f"verdict.{row['verdict']}"),
        often=frequency(row["p_value"], say),
    )
    # an interval without 1 beside "as expected" wants its reason
    is_one_of_many = row["verdict"] == Verdict.UNREMARKABLE and row["p_value"] < LEVEL
    return say("focos.cell.many", cell=text) if is_one_of_many else text


def sentence_of(department: str, period: str, base: str, say: Words) -> dict[str, Any]:
    """The finding of a department in a period, and the same question in the other years.

    Reports and how many times the expected, question and answer, the answers of the other years
    of its registry, what the other base says where it differs, and cautions; for the template.
    """
    table = results_for(period, base)
    row = table[table["department_ubigeo"] == department].to_dict("records")[0]
    tested = row["verdict"] != Verdict.UNTESTABLE
    block = block_of(period, base)
    answers = [
        say(
            "focos.year",
            year=one if one.isdigit() else say(f"period.{one}"),
            answer=say(f"focos.year.{_cells()[department, one, base]['verdict']}"),
        )
        for one in block.periods
        if one != period
    ]
    return {
        "finding": say(
            "focos.finding" if tested else "focos.finding.untested",
            name=row["department"],
            period=say(f"period.{period}"),
            count=counted(row, say),
            ratio=ratio_text(row["smr"], say),
            low=ratio_text(row["smr_low"], say),
            high=ratio_text(row["smr_high"], say),
        ),
        "question": say(f"focos.question.{base}"),
        "answer": say(f"focos.answer.{row['verdict']}"),
        # years of another registry are no continuation of this one
        "years": f"{', '.join(answers)}."
        if block.registry == parse_period(period).registry
        else "",
        "depends": depends_text(row, period, say),
        "cautions": tuple(
            say(f"flag.{flag}")
            for flag in row["flags"]
            # those of the whole year stand below the matrix
            if flag not in (DEPENDS, *parse_period(period).flags)
        ),
    }
