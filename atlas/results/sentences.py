"""Write an area's numbers, ranks, flags and mining in words, and what its verdict hangs on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from atlas.results.regions import (
    Compared,
    area_name,
    bases_of,
    judged_alone,
    overdispersion,
    results_for,
    row_of,
    seats,
    touches,
)
from atlas.view import BASES
from atlas.words import Words
from data.cache import cached
from data.catalogue import descriptor_of
from data.context import load_mining_cells, mining_span
from data.geography import mining_illegality_by_area
from data.names import CODE_DIGITS
from data.periods import NOT_RANKED, REGISTRIES, UNKNOWN, Period, span_code, span_months
from data.reports import AREA_COLUMNS, load_region_counts
from geo.excess import LEVEL, Verdict
from geo.privacy.disclosure import gate
from geo.privacy.provenance import derive
from geo.regions import EXPOSURES
from geo.two_counts import p_of_two_counts

LIMA_CALLAO = ("15", "07")


@cached
def robustness_for(period: Period, base: str = BASES[0]) -> pd.DataFrame:
    """Return the verdict of each department under each other choice of method; read only."""
    results = results_for(period, base)
    loaded = load_region_counts.tiered(period)
    counts = loaded.frame
    ranked = counts["is_ranked"].to_numpy(dtype=bool)
    exposure = counts[EXPOSURES[base]].to_numpy(dtype=float)
    inside = ranked & ~counts["department_ubigeo"].isin(LIMA_CALLAO).to_numpy()
    kappas = overdispersion(period, base).kappas
    choices = {
        "kappa_low": judged_alone(counts, exposure, ranked, kappas[:1]),
        "kappa_high": judged_alone(counts, exposure, ranked, kappas[-1:]),
        "without_lima_callao": judged_alone(counts, exposure, inside, kappas),
    }
    for other in bases_of(period):
        if other != base:
            choices[other] = results_for(period, other)["verdict"].to_numpy()
    frame = results[["department_ubigeo", "verdict"]].assign(**choices)
    return gate(derive(frame, loaded, name="robustness"), "T1").frame


def robustness_line(department_ubigeo: str, period: Period, base: str, say: Words) -> str:
    """Say which choices change the verdict; empty if none does, or without a verdict.

    The other denominator is left out: the card has a clause of its own for it.
    """
    verdict, tested = _choices(department_ubigeo, period, base)
    if verdict == Verdict.UNTESTABLE:
        return ""
    changed = tested[(tested != verdict) & ~tested.index.isin(BASES)]
    return " ".join(
        say(
            "robust.changes",
            verdict=say(f"verdict.{other}"),
            choices=say.list((say(f"robust.{choice}") for choice in choices.index), "or"),
        )
        for other, choices in changed.groupby(changed, sort=False)
    )


def _choices(department_ubigeo: str, period: Period, base: str) -> tuple[str, pd.Series]:
    """A department's verdict, and its verdicts under the other choices that can be tested."""
    table = robustness_for(period, base).set_index("department_ubigeo")
    row = row_of(table, department_ubigeo)
    if table["verdict"][LIMA_CALLAO[0]] == Verdict.UNTESTABLE:  # it is out already
        row = row.rename({"without_lima_callao": "without_callao"})
    choices = row.drop("verdict")
    return str(row["verdict"]), choices[choices != Verdict.UNTESTABLE]


def period_name(period: Period, say: Words) -> str:
    """Name a period shortly, with a flag where its registry asks for caution."""
    name = say(f"period.{period.code}.short")
    return f"{name} ⚑" if period.flags else name


def rank_in(period: Period, base: str, column: str, code: str) -> tuple[int, int] | None:
    """Return the first and the last rank that an area may have by falling values of a column.

    ``column`` is reported_count or smr. From the area's place on, upwards and downwards, ranks are
    chained while :func:`geo.two_counts.p_of_two_counts` cannot tell its count and that of the
    area there apart at 5 %, waves included. None for an area that is not ranked or has no report:
    there is no rank among zeros.
    """
    table, key = results_for(period, base), AREA_COLUMNS[period.level]
    table = table[table["smr"].notna() & (table["reported_count"] > 0)]
    table = table.sort_values([column, key], ascending=[False, True])
    if code not in set(table[key]):
        return None
    place = list(table[key]).index(code)
    counts = table["reported_count"].to_numpy(float)
    weights = table["expected"].to_numpy(float) if column == "smr" else np.ones(len(table))
    kappas = overdispersion(period, base).kappas
    p_value = p_of_two_counts(
        np.broadcast_to(counts[place], counts.shape), counts, weights / weights[place], kappas
    )
    apart = np.flatnonzero(p_value < LEVEL)
    first = apart[apart < place].max(initial=-1) + 1
    return int(first) + 1, int(apart[apart > place].min(initial=len(table)))


def figures_source(unit: str, base: str, say: Words) -> str:
    """Name the registry, and the source of its residents or offences."""
    source = say(f"unit.{unit}.source")
    return source if base == BASES[0] else f"{source} {say('picture.source.offences')}"


def compared_text(compared: Compared, say: Words) -> str:
    """Write how many areas were compared, and without which: "24 departments, without Lima".

    >>> from atlas.words import words
    >>> compared_text(Compared("departments", 23, ("Pasco", "Piura")), words("es"))
    '23 departamentos, sin Pasco y Piura'
    """
    key = f"compared.{compared.level}{'.without' if compared.without else ''}"
    return say(key, count=say.number(compared.count), names=say.list(compared.without))


def end_text(value: float, say: Words) -> str:
    """Write an end of a margin; a very large one as "more than 100"."""
    return say("focos.change.beyond") if value > 100 else ratio_text(value, say)


def margin_span(low: float, high: float, say: Words) -> str:
    """Write two ends of a margin shortly; one that ends nowhere near has its low end alone."""
    is_open = low <= 100 < high
    ends = {"low": end_text(low, say), "high": end_text(high, say)}
    return say("focos.span.open" if is_open else "focos.span", **ends)


def unit_text(unit: str, count: float, say: Words) -> str:
    """Name the unit as it follows a number.

    >>> from atlas.words import words
    >>> [unit_text("complaint", count, words("es")) for count in (0, 1, 2)]
    ['denuncias', 'denuncia', 'denuncias']
    """
    return say(f"unit.{unit}.{'one' if count == 1 else 'plural'}")


def counted_text(count: float, unit: str, say: Words) -> str:
    """Write a count with its unit: "71 delitos denunciados"; an unknown count has no unit."""
    number = say.number(count)
    return number if pd.isna(count) else f"{number} {unit_text(unit, count, say)}"


def expected_text(value: float, say: Words) -> str:
    """Write the expected reports to one decimal."""
    return say.number(value, 1)


def ratio_text(value: float, say: Words) -> str:
    """Write times the expected to one decimal; no reports are 0, few are not.

    >>> from atlas.words import words
    >>> [ratio_text(ratio, words("es")) for ratio in (13.6, 3.41, 0.04, 0.004, 0, float("nan"))]
    ['13.6', '3.4', '0.04', '<0.01', '0', '–']
    """
    if pd.isna(value):
        return "–"
    if 0 < value < 0.005:
        return f"<{say.number(0.01, 2)}"
    return say.number(value, 0 if value >= 99.5 or value == 0 else 1 if value >= 0.095 else 2)


def rate_text(value: float, say: Words) -> str:
    """Write reports per 100,000 residents to one decimal, below 1 to two."""
    return say.number(value, 1 if value >= 1 else 2)


def flag_lines(
    period: Period, flags: Sequence[str], say: Words, *, area: str = "", reason: str = ""
) -> list[str]:
    """Explain the flags of a department or of the country, each once.

    Flags of a period have the words of its registry's note, the others those of the catalogues;
    how sure the verdict is has its own line, and "not ranked" says what is wrong with the year.
    """
    is_out = not {NOT_RANKED, UNKNOWN}.isdisjoint(flags)
    hidden = {"depends_on_denominator", *(["year_flagged"] if is_out else [])}
    notes = _notes(period, say, area)
    lines = []
    for flag in flags:
        if flag in hidden:
            continue
        if reason and flag == "denominator_mismatch":
            lines.append(say("card.mismatch", reason=reason))
        else:
            lines.append(notes.get(flag) or say(f"flag.{flag}"))
    return list(dict.fromkeys(lines))


def cautions_of(periods: Iterable[Period], say: Words) -> list[str]:
    """Explain the flags of periods, each once."""
    lines = (line for period in periods for line in flag_lines(period, period.flags, say))
    return list(dict.fromkeys(lines))


def _notes(period: Period, say: Words, area: str) -> dict[str, str]:
    """Return the notes on a period by flag: on all areas, and on one or each unranked area."""
    notes: dict[str, str] = {}
    for note in REGISTRIES[period.registry_code].notes:
        of_area, start = note["area_ubigeo"], note["period_start"]
        end = note["period_end"] or period.end  # empty: it has not ended yet
        is_out = of_area in (*period.unranked, *period.missing)
        is_about = not of_area or (_is_of(of_area, area, note["flag"]) if area else is_out)
        is_within = not start or (start <= period.end and end >= period.start)
        if is_about and is_within:
            text = str(note["reason_es" if say.lang == "es" else "reason"])
            if of_area:
                text = say("flag.area", area=area_name(of_area), reason=text)
            notes.setdefault(note["flag"], f"{text.removesuffix('.')}.")
    return notes


def missing_lines(say: Words, plain: Callable[[str], str]) -> list[str]:
    """Name in Markdown the counts taken as missing, with the reason; ``plain`` escapes text."""
    notes = (note for registry in REGISTRIES.values() for note in registry.notes)
    return [
        say(
            "method.missing",
            area=plain(area_name(note["area_ubigeo"])),
            period=say(f"period.{_code_of(note)}"),
            reason=plain(note["reason_es" if say.lang == "es" else "reason"]),
        )
        for note in notes
        if note["flag"] == UNKNOWN
    ]


def _code_of(note: Mapping[str, str]) -> str:
    return span_code(span_months(note["period_start"])[0], span_months(note["period_end"])[1])


def _is_of(noted: str, area: str, flag: str) -> bool:
    """Return whether a note on an area holds for another: provinces share the gaps above."""
    return noted == (area[: len(noted)] if flag == UNKNOWN else area)


def mining_years() -> str:
    """Write the years of the detections, which are the same for every period.

    >>> mining_years()
    '2018–2025'
    """
    first, last = (month[:4] for month in mining_span())
    return first if first == last else f"{first}–{last}"


def illegality_span() -> str:
    """Write the years of the classes of likely illegality.

    >>> illegality_span()
    '2018–2025 Q3'
    """
    coverage = descriptor_of("mining_illegality")["coverage"]
    return f"{coverage['start']}–{coverage['end'].replace('Q', ' Q')}"


def illegality_text(code: str, say: Words) -> str:
    """Say how much of an area's mining its publisher calls likely illegal; "" if not judged.

    ``code`` is of a department or a province; "" is the country without those not judged.
    """
    row = illegality_figures(code) if code else _illegality_of_country()
    if row is None:
        return ""
    parts = [say("mining.illegality", span=illegality_span(), **_illegality_values(row, say))]
    if row["includes_suspects"]:
        parts.append(say("mining.illegality.suspects"))
    return " ".join(parts)


def illegality_figures(code: str) -> pd.Series | None:
    """Return hectares of an area by likely illegality; None if the publisher does not judge it."""
    level = next(level for level, digits in CODE_DIGITS.items() if digits == len(code))
    table = mining_illegality_by_area(level)
    return row_of(table, code) if code in table.index else None


def illegality_in_country(say: Words) -> str:
    """Say how much of the country's mining is likely illegal, departments not judged left out."""
    return say("panel.mining.illegality", **_illegality_values(_illegality_of_country(), say))


def _illegality_of_country() -> pd.Series:
    return mining_illegality_by_area("departments").sum(numeric_only=True)


def illegality_note(say: Words) -> str:
    """Explain the hectares by class, and name the areas that have none."""
    cells = say.number(load_mining_cells()["mined_ha"].sum())
    return say("mining.illegality.note", span=illegality_span(), cells=cells)


def communities_text(say: Words) -> str:
    """Say how much of the mining lies on native communities, the country as a whole."""
    communities = descriptor_of("mining_illegality")["native_communities"]
    hectares, count = say.number(communities["mined_ha"]), say.number(communities["communities"])
    return say("panel.mining.communities", ha=hectares, count=count, span=illegality_span())


def _illegality_values(row: pd.Series, say: Words) -> dict[str, str]:
    mined, likely, very = (
        float(row[name]) for name in ("mined_ha", "likely_illegal_ha", "very_likely_illegal_ha")
    )
    hectares = {"ha": mined, "likely": likely, "very": very}
    texts = {
        name: say.number(value, 0 if value >= 10 or not value else 1)
        for name, value in hectares.items()
    }
    return {**texts, "share": say.percent(likely / mined)}


def superseded(say: Words) -> str:
    """Say that the publisher has a newer version; empty after a refresh."""
    month = descriptor_of("mining_cells").get("superseded", "")
    return say("mining.superseded", month=say.month(month)) if month else ""


def mining_context(department: str, say: Words) -> str:
    """Describe the hectares detected in a department, and those in doubt."""
    touched = touches(department)
    sentences = []
    if touched.mined_ha > 0:
        key = "card.mining_share" if touched.mined_share >= 0.005 else "card.mining"
        share = say.percent(touched.mined_share)
        sentences.append(
            say(key, ha=say.number(touched.mined_ha), share=share, span=mining_years())
        )
    elif not touched.doubtful_ha:
        sentences.append(say("card.no_mining", span=mining_years()))
    if touched.doubtful_ha:
        sentences.append(say("card.doubtful", ha=say.number(touched.doubtful_ha)))
    sentences.append(illegality_text(department, say))
    sentences += [say("mining.no_cause")] if touched.mined_ha > 0 else []
    return " ".join(filter(None, sentences))


def where_counted(department: str, period: Period, say: Words) -> str:
    """Say whose counts these are: of fiscal districts seated there, or of the police."""
    if not period.is_by_prosecutors:
        return say("card.police_where")
    towns = seats()[department]
    return say("card.seat", count=len(towns), towns=say.list(towns))
