"""Compare two departments of one period, in figures and sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from atlas.results.regions import department_name, overdispersion
from atlas.results.sentences import end_text, flag_lines, margin_span
from atlas.words import Words
from data.cache import cached
from data.periods import NOT_COMPARED, NOT_RANKED, Period
from data.reports import load_region_counts
from geo.privacy.disclosure import gate
from geo.privacy.provenance import Tiered, derive, framed
from geo.regions import with_kappa
from geo.two_counts import PairVerdict, compare_pairs

NO_REPORT = "no_report"
"""why two departments are not compared that have no report in the period, neither of them"""
_OF_BOTH = ("reported_count", "rate_per_100k")


@framed
@cached
def pairs_table(
    departments: tuple[str, ...], period: Period, of: str | None = None
) -> Tiered[pd.DataFrame]:
    """Compare each two departments in a period; of one alone (``of``) with each of the others.

    A row a pair, the department with the higher rate first: department_ubigeo, department,
    reported_count, rate_per_100k, the same of the other (``other_...``), registry (code), unit,
    period, ``ratio`` (1 or more; infinite where the other has no report) with its simultaneous
    margin ``low`` to ``high``, ``p_value``, ``holm_p_value`` over these pairs, ``verdict``
    (geo.two_counts.PairVerdict), ``note`` (why a pair is not compared: the flag, or NO_REPORT) and
    the kappa of periods as long. A pair that is not compared has no numbers.
    """
    loaded = load_region_counts.tiered(period)
    counts = loaded.frame.set_index("department_ubigeo").loc[[*departments]]
    places = [*combinations(range(len(departments)), 2)]
    if of is not None:
        places = [pair for pair in places if departments.index(of) in pair]
    fit = overdispersion(period)
    reported = counts["reported_count"].where(counts["is_ranked"]).to_numpy(dtype=float)
    compared = compare_pairs(reported, counts["person_years"], fit.kappas, places)
    counts["rate_per_100k"] = counts["reported_count"] / counts["person_years"] * 1e5
    flags = counts["flags"].tolist()
    sides: dict[str, pd.Index | np.ndarray] = {}
    for prefix, at in (("", compared.higher), ("other_", compared.lower)):
        own = counts.iloc[at]
        sides |= {f"{prefix}ubigeo": own.index, f"{prefix}department": own["department"].to_numpy()}
        sides |= {f"{prefix}{name}": own[name].to_numpy(dtype=float) for name in _OF_BOTH}
    sides = {"department_ubigeo": sides.pop("ubigeo"), **sides}
    frame = pd.DataFrame(
        sides
        | {"registry": period.registry_code, "unit": period.unit, "period": period.code}
        | {name: getattr(compared, name) for name in ("ratio", "low", "high", "p_value")}
        | {
            "holm_p_value": compared.holm_p_value,
            "verdict": list(map(str, compared.verdict)),
            "note": [
                _note(flags[higher] + flags[lower], str(verdict))
                for higher, lower, verdict in zip(
                    compared.higher, compared.lower, compared.verdict, strict=True
                )
            ],
        }
    ).astype({"reported_count": "Int64", "other_reported_count": "Int64"})
    return gate(derive(with_kappa(frame, fit), loaded, name="pairs"), "T1")


def _note(flags: Iterable[str], verdict: str) -> str | None:
    """Why a pair is not compared: the first flag of either that forbids it."""
    if verdict != PairVerdict.UNTESTABLE:
        return None
    return next((flag for flag in flags if flag in NOT_COMPARED), NO_REPORT)


@dataclass(frozen=True, slots=True)
class PairLine:
    """A pair in words: both names, how many times, margin (or empty), conclusion."""

    pair: str
    ratio: str
    span: str
    verdict: str
    conclusion: str


def pair_rows(table: pd.DataFrame, say: Words) -> list[PairLine]:
    """Write each pair for a table."""
    rows = []
    for row in table.to_dict("records"):
        tested = row["verdict"] != PairVerdict.UNTESTABLE
        rows.append(
            PairLine(
                pair=say("compare.pair", higher=row["department"], lower=row["other_department"]),
                ratio=_times(row["ratio"], say) if tested else "–",
                span=margin_span(row["low"], row["high"], say) if tested else "",
                verdict=row["verdict"],
                conclusion=say(f"compare.pair.{row['verdict']}"),
            )
        )
    return rows


def _times(ratio: float, say: Words) -> str:
    return say("compare.pair.endless") if np.isinf(ratio) else end_text(ratio, say)


def pair_sentences(table: pd.DataFrame, period: Period, say: Words) -> list[str]:
    """Say which pairs are clear, by how many times, which are not, and who is not compared."""
    sentences = [
        say(
            "compare.pair.clear.none" if np.isinf(row["ratio"]) else "compare.pair.clear.sentence",
            higher=row["department"],
            lower=row["other_department"],
            count=say.number(row["reported_count"]),
            other=say.number(row["other_reported_count"]),
            ratio=end_text(row["ratio"], say),
            span=margin_span(row["low"], row["high"], say),
        )
        for row in table[table["verdict"] == PairVerdict.CLEAR].to_dict("records")
    ]
    unclear = table[table["verdict"] == PairVerdict.UNCLEAR]
    if len(unclear):
        sentences.append(_unclear_sentence(unclear, say))
    return [*sentences, *_not_compared(table, period, say)]


def _unclear_sentence(unclear: pd.DataFrame, say: Words) -> str:
    """Say which pairs are not clear: any two of some places, one with each, or pair by pair."""
    pairs = [*zip(unclear["department"], unclear["other_department"], strict=True)]
    names = [*dict.fromkeys(name for pair in pairs for name in pair)]
    if len(names) > 2 and len(pairs) == len(names) * (len(names) - 1) // 2:
        between = say("compare.pair.between.any", names=say.list(names))
    else:
        shared = {*pairs[0]}.intersection(*pairs)
        if len(pairs) > 1 and shared:
            (name,) = shared
            others = say.list([other for other in names if other != name])
            between = say("compare.pair.between.each", name=name, names=others)
        else:
            between = say.list(
                say("compare.pair.between", higher=higher, lower=lower) for higher, lower in pairs
            )
    return say("compare.pair.unclear.sentence", pairs=between)


def _not_compared(table: pd.DataFrame, period: Period, say: Words) -> list[str]:
    """Why departments are not compared, each once; pairs without a report in a sentence."""
    untested = table[table["verdict"] == PairVerdict.UNTESTABLE]
    flags = load_region_counts(period).set_index("department_ubigeo")["flags"]
    codes = dict.fromkeys([*untested["department_ubigeo"], *untested["other_ubigeo"]])
    lines = []
    for code in codes:
        forbidding = [flag for flag in flags[code] if flag in NOT_COMPARED]
        if forbidding:
            why = " ".join(flag_lines(period, forbidding, say, area=code))
            named = say("compare.pair.not_compared", name=department_name(code), why=why)
            lines.append(why if NOT_RANKED in forbidding else named)  # its reason has the name
    if (untested["note"] == NO_REPORT).any():
        none = untested[untested["note"] == NO_REPORT]
        names = dict.fromkeys([*none["department"], *none["other_department"]])
        lines.append(say("compare.pair.no_report", names=say.list(names)))
    return lines
