"""The lenses in sentences: computed, in the reader's language, with every number in its place."""

from __future__ import annotations

import pandas as pd

from maps.lenses import UP
from maps.results import dispersion
from messages import Words


def ordinal(number: int, say: Words) -> str:
    """A rank as the language writes it.

    Examples
    --------
    >>> from messages import words
    >>> [ordinal(n, words("en")) for n in (1, 2, 3, 11, 22)], ordinal(3, words("es"))
    (['1st', '2nd', '3rd', '11th', '22nd'], '3.º')
    """
    if say.lang == "es":
        return f"{number}.º"
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10)
    return f"{number}{ending or 'th'}"


def p_text(value: float, say: Words) -> str:
    """A p-value to the digits that the simulated maps allow."""
    return say.number(value, 4 if value < 0.001 else 3 if value < 0.1 else 2)


def ratio_text(value: float, say: Words) -> str:
    """Times the expected: one decimal from 10 on, else two."""
    return say.number(value, 1 if value >= 10 else 2)


def department_sentence(row: pd.Series, grades: pd.DataFrame, robust: pd.Series, say: Words) -> str:
    """Rank, excess with both intervals, cluster and robustness of one department in one sentence.

    Parameters
    ----------
    row : Series
        Its row of ``maps.lenses.lens_grades``.
    grades : DataFrame
        The whole table, for the names of the others in its cluster.
    robust : Series
        Its row of ``maps.robustness.robustness_for`` for the unit of the period.
    say : Words
        The language.
    """
    if row["excess"] == "untestable":
        return say(
            "focos.sentence.untested",
            name=row["department"],
            count=say.number(row["reported_count"]),
            unit=say(f"unit.{row['unit']}.plural"),
            why=say("card.untestable"),
        )
    parts = [
        say(
            "focos.sentence.ranks",
            count=ordinal(int(row["rank_by_count"]), say),
            excess=ordinal(int(row["rank_by_excess"]), say),
            ratio=ratio_text(row["smr"], say),
            low=ratio_text(row["smr_low"], say),
            high=ratio_text(row["smr_high"], say),
            wide_low=ratio_text(row["smr_low_overdispersed"], say),
            wide_high=ratio_text(row["smr_high_overdispersed"], say),
        ),
        _cluster(row, grades, say),
        _settings(robust, say),
    ]
    return say("focos.sentence", name=row["department"], parts="; ".join(parts))


def _cluster(row: pd.Series, grades: pd.DataFrame, say: Words) -> str:
    number = int(row["scan_cluster"])
    if not number:
        return say("focos.cluster.none")
    together = grades[grades["scan_cluster"] == number]
    others = together.loc[together["department"] != row["department"], "department"]
    key = "alone" if others.empty else "with"
    text = say(f"focos.cluster.{key}.{row['scan']}", names=say.list(others))
    return say("focos.cluster.edge", cluster=text) if row["scan_is_undecided"] else text


def _settings(robust: pd.Series, say: Words) -> str:
    tested = int(robust["settings"] - robust["untestable"])
    if not tested:
        return say("focos.settings.none")
    # firm grades alone on either side: what holds under Poisson only holds in no sentence
    below, above = int(robust["below"]), int(robust["above"])
    if below > above and below > int(robust["unremarkable"]):
        return say("focos.settings.below", times=say.number(below), settings=say.number(tested))
    if above == 0:
        return say("focos.settings.never", settings=say.number(tested))
    return say("focos.settings.above", times=say.number(above), settings=say.number(tested))


def excess_sentence(grades: pd.DataFrame, say: Words) -> str:
    """Lens 1: who is beyond chance, and who only under Poisson."""
    firm, thin = (grades[grades["excess"] == name] for name in UP)
    if firm.empty:
        first = say("focos.lens.excess.none")
    else:
        top = firm.sort_values("smr", ascending=False).iloc[0]
        first = say(
            "focos.lens.excess.one" if len(firm) == 1 else "focos.lens.excess.many",
            count=say.number(len(firm)),
            top=top["department"],
            ratio=ratio_text(top["smr"], say),
        )
    if thin.empty:
        return first
    key = "one" if len(thin) == 1 else "many"
    return f"{first} {say(f'focos.lens.excess.thin.{key}', count=say.number(len(thin)))}"


def scan_sentence(clusters: pd.DataFrame, say: Words) -> str:
    """Lens 2: how many clusters, how many hold with the dispersion."""
    if clusters.empty:
        return say("focos.lens.scan.none")
    firm = clusters[clusters["grade"] == "above"]
    close = int(firm["is_undecided"].sum())
    key = "one" if len(clusters) == 1 else "many"
    return say(
        f"focos.lens.scan.{key}",
        count=say.number(len(clusters)),
        firm=say.number(len(firm)),
        edge=say("focos.lens.scan.edge", count=say.number(close)) if close else "",
    )


def seed_note(clusters: pd.DataFrame, say: Words) -> str:
    """A warning where another seed could move a cluster across the level, else nothing."""
    close = clusters[clusters["is_undecided"]]
    if close.empty:
        return ""
    numbers = say.list(str(number) for number in close["number"])
    return say(
        "focos.scan.close.one" if len(close) == 1 else "focos.scan.close.many", numbers=numbers
    )


def neighbours_sentence(grades: pd.DataFrame, statistic: str, say: Words) -> str:
    """Lens 3: whose neighbourhood stands out."""
    firm, thin = (list(grades.loc[grades["neighbours"] == name, "department"]) for name in UP)
    parts = []
    if firm:
        parts.append(say("focos.lens.near.firm", names=say.list(firm)))
    if thin:
        parts.append(say("focos.lens.near.thin", names=say.list(thin)))
    if not firm and not thin:
        parts.append(say(f"focos.lens.near.none.{statistic}"))
    for quadrant in ("HL", "LH"):
        names = list(grades.loc[grades["outlier"] == quadrant, "department"])
        if names:
            parts.append(say(f"focos.lens.near.{quadrant}", names=say.list(names)))
    # low neighbourhoods are not named here; their tips say it
    high = grades["neighbours"].isin(UP) | (grades["outlier"] != "")
    close = list(grades.loc[grades["neighbours_is_undecided"] & high, "department"])
    if close:
        parts.append(say("focos.lens.near.close", names=say.list(close)))
    return " ".join(parts)


def smallest_p_note(local: pd.DataFrame, say: Words) -> str:
    """Lens 3: the smallest p that its simulated maps allow, and how many departments it tests.

    Parameters
    ----------
    local : DataFrame
        ``maps.hotspots.lens_table`` of moran or gistar.
    say : Words
        The language.
    """
    tested = local[local["q_value"].notna()]
    if tested.empty:
        return ""
    return say(
        "focos.lens.near.smallest",
        p=p_text(float(tested["smallest_p"].min()), say),
        count=say.number(len(tested)),
    )


def phi_text(say: Words, *, is_lent: bool) -> str:
    """The dispersion with its interval, as it stands beside every Poisson result."""
    found = dispersion()
    text = say(
        "focos.phi",
        phi=say.number(found.phi, 1),
        low=say.number(found.low, 1),
        high=say.number(found.high, 1),
    )
    return f"{text} {say('focos.phi.lent')}" if is_lent else text
