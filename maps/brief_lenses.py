"""The three questions of a brief, answered from the lenses' finished tables."""

from __future__ import annotations

import pandas as pd

from exports.brief import Lens
from geo.excess import LEVEL
from geo.monte_carlo import is_undecided
from maps.hotspots import LOCAL_REPLICAS, SCAN_REPLICAS, lens_table, scan_table
from maps.results import results_for
from messages import Words

SEED = 1


def lenses(department: str, period: str, say: Words) -> tuple[Lens, ...]:
    """Excess, scan and neighbours for one department.

    A lens is called strong only if it holds against maps that vary as the yearly reports do.
    """
    return (
        _excess(department, period, say),
        _scan(department, period, say),
        _neighbours(department, period, say),
    )


def _p(value: float, say: Words) -> str:
    if value < 0.001:
        return f"<\N{NO-BREAK SPACE}{say.number(0.001, 3)}"
    return f"=\N{NO-BREAK SPACE}{say.number(value, 3)}"


def _excess(department: str, period: str, say: Words) -> Lens:
    row = results_for(period).set_index("department_ubigeo").loc[department]
    verdict = str(row["verdict"])
    question = say("brief.lens.excess")
    if verdict == "untestable":
        return Lens(question, _first_up(say("verdict.untestable")), say("brief.untested"), False)
    detail = say(
        "brief.lens.excess.detail",
        count=say.number(row["reported_count"]),
        expected=say.number(row["expected"], 1),
        q=_p(row["q_value"], say),
        q_waves=_p(row["q_value_overdispersed"], say),
    )
    return Lens(question, _first_up(say(f"verdict.{verdict}")), detail, verdict == "above")


def _scan(department: str, period: str, say: Words) -> Lens:
    question = say("brief.lens.scan")
    results = results_for(period).set_index("department_ubigeo")
    if results.loc[department, "verdict"] == "untestable":
        return Lens(question, _first_up(say("verdict.untestable")), say("brief.untested"), False)
    table = scan_table(period, seed=SEED, replicas=SCAN_REPLICAS)
    for _, row in table.iterrows():
        if department not in row["departments"] or row["p_value"] > LEVEL:
            continue
        is_strong = bool(row["p_value_overdispersed"] <= LEVEL)
        others = [results.loc[code, "department"] for code in row["departments"]]
        names = say.list(sorted(str(name) for name in others))
        answer = say("brief.lens.scan.yes" if is_strong else "brief.lens.scan.poisson")
        if _is_on_the_edge(row):
            answer = say("focos.key.edge", grade=answer)
        key = "brief.lens.scan.alone" if len(others) == 1 else "brief.lens.scan.group"
        detail = say(
            key,
            names=names,
            observed=say.number(row["observed"]),
            expected=say.number(row["expected"], 1),
            p=_p(row["p_value"], say),
            p_waves=_p(row["p_value_overdispersed"], say),
        )
        return Lens(question, answer, detail, is_strong)
    return Lens(question, say("brief.lens.scan.no"), say("brief.lens.scan.no_detail"), False)


def _is_on_the_edge(row: pd.Series) -> bool:
    """Whether another seed could change the grade of a cluster."""
    p_values = [row["p_value"], row["p_value_overdispersed"]]
    return bool(is_undecided(p_values, replicas=SCAN_REPLICAS).any())


def _neighbours(department: str, period: str, say: Words) -> Lens:
    question = say("brief.lens.neighbours")
    local = _row(period, "gistar", department)
    moran = _row(period, "moran", department)
    chance, waves = str(local["hotspot"]), str(local["hotspot_overdispersed"])
    if chance == "untestable":
        return Lens(question, _first_up(say("verdict.untestable")), say("brief.untested"), False)
    side = chance.split("_")[0] if chance != "not_significant" else ""
    is_firm = waves.startswith(side) and waves.endswith(("95", "99")) if side else False
    # Gi* at 90 % is a hint, not a finding: the level of the atlas is 5 %
    is_found = bool(side) and chance.endswith(("95", "99"))
    grade = "firm" if is_firm else "poisson"
    answer = say(f"brief.lens.{side}.{grade}") if is_found else say("brief.lens.neighbours.no")
    said = say(
        "brief.lens.neighbours.detail",
        z=say.number(local["z_score"], 1),
        q=_p(local["q_value"], say),
        q_waves=_p(local["q_value_overdispersed"], say),
    )
    quadrant = str(moran["quadrant"])
    if bool(moran["is_significant"]) and quadrant:
        said = f"{said} {say(f'brief.quadrant.{quadrant}')}"
    return Lens(question, answer, said, is_firm and is_found and side == "hot")


def _row(period: str, lens: str, department: str) -> pd.Series:
    table = lens_table(period, lens, seed=SEED, replicas=LOCAL_REPLICAS)
    return table.set_index("department_ubigeo").loc[department]


def _first_up(text: str) -> str:
    return text[0].upper() + text[1:]
