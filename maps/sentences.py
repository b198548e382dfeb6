"""The sentences on one department: where it ranks, its verdict, what the verdict depends on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from maps.results import BASES, results_for
from maps.robustness import robustness_line
from messages import Words


def rank_in(results: pd.DataFrame, column: str, department_ubigeo: str) -> int:
    """Place of a department from the highest value of a column down; ties by code."""
    ordered = results.sort_values([column, "department_ubigeo"], ascending=[False, True])
    return list(ordered["department_ubigeo"]).index(department_ubigeo) + 1


def card_sentence(row: pd.Series, results: pd.DataFrame, say: Words) -> str:
    """Rank by count and by excess, then the verdict in words; or why there is none."""
    verdict = str(row["verdict"])
    if verdict == "untestable":
        return say("card.untestable")
    code = str(row["department_ubigeo"])
    ranks = say(
        "card.ranks",
        count=rank_in(results, "reported_count", code),
        excess=rank_in(results[results["smr"].notna()], "smr", code),
    )
    suffix = "" if row["base"] == BASES[0] else f".{row['base']}"
    return f"{say(f'verdict.{verdict}.sentence{suffix}')} {ranks}"


def depends_text(row: Mapping[str, Any] | pd.Series, period: str, say: Words) -> str:
    """The verdict under the other denominator where it is another one; else empty."""
    if "depends_on_denominator" not in row["flags"]:
        return ""
    other = next(base for base in BASES if base != row["base"])
    there = results_for(period, other).set_index("department_ubigeo")["verdict"]
    verdict = say(f"verdict.{there[row['department_ubigeo']]}")
    return say("card.depends", base=say(f"base.{other}"), verdict=verdict)


def how_sure(row: pd.Series, period: str, say: Words) -> str:
    """What the verdict depends on: the denominator, then other choices of method, in one line."""
    line = robustness_line(str(row["department_ubigeo"]), period, str(row["base"]), say)
    return " ".join(filter(None, (depends_text(row, period, say), line)))


def interval_text(row: pd.Series, say: Words) -> str:
    """The 95 % interval of the ratio, in times; empty where nothing was tested."""
    if pd.isna(row["smr"]):
        return ""
    return say(
        "card.interval",
        low=ratio_text(row["smr_low"], say),
        high=ratio_text(row["smr_high"], say),
    )


def ratio_text(value: float, say: Words) -> str:
    """Times the expected to two digits; no reports are 0, few of many expected are not.

    Examples
    --------
    >>> from messages import words
    >>> [ratio_text(one, words("es")) for one in (13.6, 3.41, 0.04, 0.004, 0, float("nan"))]
    ['14', '3.4', '0.04', '<0.01', '0', '–']
    """
    if pd.isna(value):
        return "–"
    if 0 < value < 0.005:
        return f"<{say.number(0.01, 2)}"
    return say.number(value, 0 if value >= 9.95 or value == 0 else 1 if value >= 0.095 else 2)


def flag_texts(flags: list[str], say: Words, *, reason: str = "") -> list[str]:
    """What the flags of a department say, each once; how sure the verdict is has its own line."""
    # "not ranked" says already what is wrong with the year
    hidden = {"depends_on_denominator", *(["year_flagged"] if "not_ranked" in flags else [])}
    return [
        say("card.mismatch", reason=reason)
        if reason and flag == "denominator_mismatch"
        else say(f"flag.{flag}")
        for flag in flags
        if flag not in hidden
    ]
