"""The plain sentence of a region's card: where it ranks and what its verdict means."""

from __future__ import annotations

import pandas as pd

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
    return f"{ranks} {say(f'verdict.{verdict}.sentence')}"
