"""Sections of Focos on neighbours: groups of departments, and provinces among theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import pandas as pd
import streamlit as st

from atlas.hotspots.page_change import FOCOS, ratio_scale
from atlas.html import render
from atlas.results.hotspots import SCAN_REPLICAS, lens_table, scan_table
from atlas.results.matrix import frequency
from atlas.results.regions import overdispersion, results_for
from atlas.results.sentences import counted_text, ratio_text
from atlas.view import View
from atlas.web.components import Drawing, draw_map
from atlas.web.session import start
from atlas.words import Words
from data.periods import LEVELS, Period, province_periods
from data.reports import counts_without_province
from geo.excess import LEVEL, Verdict
from geo.interrupt import watched
from geo.regions import FEW_REPORTS
from layers.palette import PALEST_WARM, SMR, VERDICT, ZERO_COLOR, shown_class

_SEED = 1
_FAR_FROM_IT = 0.5
"""a group of departments whose p is this large is left out"""


def scan_section(view: View, say: Words, choose: Callable[[], None]) -> str:
    """Draw circles of departments with more reports than the rest, and say if any have two.

    ``choose`` is called on a click on the map. Returns the answer.
    """
    clusters = scan_table(view.period, seed=_SEED, replicas=SCAN_REPLICAS)
    table = results_for(view.period).set_index("department_ubigeo")
    groups = clusters.to_dict("records")
    across = [
        group for group in groups if group["p_value"] < LEVEL and len(group["departments"]) > 1
    ]
    sentences = [say(f"focos.scan.{'yes' if across else 'no'}")]
    short: list[str] = []
    fills = dict.fromkeys(table.index[table["smr"].notna()], VERDICT.colors["unremarkable"])
    marks: list[tuple[str, str, str]] = []
    for group in groups:
        codes, is_firm = group["departments"], group["p_value"] < LEVEL
        names = say.list(table["department"][code] for code in codes)
        ratio = ratio_text(group["observed"] / group["expected"], say)
        often = frequency(group["p_value"], say)
        if not is_firm and (len(codes) == 1 or group["p_value"] >= _FAR_FROM_IT):
            continue
        together = "many" if len(codes) > 1 else "one"
        number = len(sentences) + len(short)
        # what falls short stands apart from the answer
        (sentences if is_firm else short).append(
            say(
                f"focos.scan.firm.{together}" if is_firm else "focos.scan.waves",
                number=number,
                names=names,
                count=counted_text(group["observed"], view.period.unit, say),
                ratio=ratio,
                often=often,
            )
        )
        for code in codes:  # a member of the group need not have more by itself
            is_above = is_firm and table["verdict"][code] == Verdict.ABOVE
            fills[str(code)] = VERDICT.colors["above"] if is_above else SMR.colors[PALEST_WARM]
        marks += [("number", str(code), str(number)) for code in codes]
    inside = {code for group in across for code in group["departments"] if table["smr"][code] <= 1}
    if inside:
        names = say.list(table["department"][code] for code in sorted(inside))
        sentences.append(say("focos.scan.inside", names=names))
    maps, seed = say.number(SCAN_REPLICAS), say.number(_SEED)
    fitted = overdispersion(view.period)
    low, high = (say.number(fitted.kappas[end], 3) for end in (0, -1))
    kappa = say.number(fitted.kappa, 3)
    waves = say("focos.waves", kappa=kappa, low=low, high=high, months=fitted.months)
    st.html(
        render(
            "hotspots/section",
            say,
            part="scan",
            sentences=sentences,
            notes=short,
            details=[say("focos.scan.detail", replicas=maps, seed=seed, waves=waves)],
        )
    )
    draw_map(
        Drawing(alt=" ".join([*sentences, *short]), fills=fills, marks=marks),
        key="scan_map",
        lang=view.lang,
        height_rem=22,
        selected=view.department,
        on_select=choose,
    )
    return sentences[0]


def provinces_section(view: View, say: Words) -> tuple[View, str]:
    """Draw the lenses at provinces; returns the view with the period chosen, and the finding."""
    offered = {period.code: period for period in province_periods()}
    own = offered.get(view.period.code)
    if own is None or own.at(LEVELS[0]) != view.period:
        own = next(iter(offered.values()))
    # codes: Streamlit takes a default that is a dataclass apart
    first = (view.provinces or own).code
    start(FOCOS.key("provinces_period"), first)
    code = st.segmented_control(
        say("column.period"),
        list(offered),
        default=first,
        required=True,
        key=FOCOS.key("provinces_period"),
        format_func=lambda code: code.replace("/", "\N{EN DASH}"),
        label_visibility="collapsed",
        wrap=True,
    )
    period = offered[code]
    table = results_for(period).set_index("province_ubigeo", drop=False)
    with _progress_bar(say("focos.provinces.scanning", replicas=say.number(SCAN_REPLICAS))):
        clusters = scan_table(period, seed=_SEED, replicas=SCAN_REPLICAS)
    gistar = lens_table(period, "gistar", seed=_SEED, replicas=SCAN_REPLICAS)
    gistar = gistar.set_index("province_ubigeo")
    untestable = gistar.index[gistar["hotspot"] == "untestable"]
    names = _names(table)
    firm = clusters[clusters["p_value"] < LEVEL]
    finding = _verdicts(table, names, say)
    hot = {
        side: gistar.index[gistar["hotspot"].isin((f"{side}_95", f"{side}_99"))]
        for side in ("hot", "cold")
    }
    unplaced = say(
        "focos.provinces.unplaced",
        count=say.number(table["reported_count"].sum()),
        unplaced=say.number(counts_without_province(period).sum()),
    )
    without_test = say(
        "focos.provinces.untestable", names=say.list(names[str(code)] for code in untestable)
    )
    left, right = st.columns([3, 2], gap="small")
    left.html(
        render(
            "hotspots/section",
            say,
            part="provinces",
            sentences=[
                finding,
                *_scan(clusters, names, say),
                _gistar_sentence(hot, names, say),
            ],
            notes=[say("focos.provinces.local"), f"{unplaced} {without_test}"],
            details=_details(gistar, period, say),
        )
    )
    with right:
        draw_map(
            Drawing(
                alt=say("focos.provinces.alt", period=say(f"period.{period.code}")),
                level=period.level,
                fills={
                    str(code): SMR.color(shown_class(SMR, row["smr"], row["verdict"], row["flags"]))
                    for code, row in table.iterrows()
                },
                tips={code: _tip(row, names[code], say) for code, row in table.iterrows()},
                marks=[
                    ("number", code, str(number))
                    for number, codes in enumerate(firm["provinces"], start=1)
                    for code in codes
                ],
            ),
            key="provinces_map",
            lang=view.lang,
            height_rem=30,
        )
        signs = [
            ("few", say("legend.few", count=FEW_REPORTS)),
            ("hatch", say("verdict.untestable")),
            (ZERO_COLOR, say("focos.count.none")),
        ]
        ratio_scale(say("measure.smr"), say, signs)
    return view.changed(provinces=period), f"{say(f'period.{period.code}')}. {finding}"


@contextmanager
def _progress_bar(text: str) -> Iterator[None]:
    """Show progress; cancel when the reader chooses something else."""
    place = st.empty()

    def progress(done: float) -> None:
        place.progress(done, text=text)

    try:
        with watched(None, progress):
            yield
    finally:
        place.empty()


def _names(table: pd.DataFrame) -> dict[str, str]:
    """Province by code; with its department, unless that has the same name."""
    return {
        str(code): row["province"]
        if row["province"] == row["department"]
        else f"{row['province']} ({row['department']})"
        for code, row in table.iterrows()
    }


def _tip(row: pd.Series, name: str, say: Words) -> str:
    count = say("focos.provinces.count", count=say.number(row["reported_count"]))
    if row["verdict"] == Verdict.UNTESTABLE:
        return f"{name}: {count}. {say('verdict.untestable')}"
    return f"{name}: {count}, {say('times', value=ratio_text(row['smr'], say))}"


def _verdicts(table: pd.DataFrame, names: Mapping[str, str], say: Words) -> str:
    above = table[table["verdict"] == Verdict.ABOVE].sort_values("p_value")
    if above.empty:
        return say("focos.provinces.verdict.none")
    provinces = (
        say(
            "focos.provinces.named",
            name=names[str(code)],
            count=say.number(row["reported_count"]),
            ratio=ratio_text(row["smr"], say),
        )
        for code, row in above.iterrows()
    )
    return say("card.country.names", names=say.list(provinces))


def _scan(clusters: pd.DataFrame, names: Mapping[str, str], say: Words) -> list[str]:
    """Each group that chance and waves seldom make, else how far the first one is from it."""
    firm = clusters[clusters["p_value"] < LEVEL]
    key = f"focos.provinces.scan.{'none' if firm.empty else 'firm'}"
    groups = (clusters.head(1) if firm.empty else firm).to_dict("records")
    return [
        say(
            key,
            number=number,
            names=_several(group["provinces"], names, say),
            count=say("focos.provinces.count", count=say.number(group["observed"])),
            ratio=ratio_text(group["observed"] / group["expected"], say),
            often=frequency(group["p_value"], say),
        )
        for number, group in enumerate(groups, start=1)
    ] or [say("focos.provinces.scan.empty")]


def _several(codes: Iterable[str], names: Mapping[str, str], say: Words) -> str:
    """Names of a group; of a large one the first and how many more."""
    every = [names[code] for code in codes]
    if len(every) <= 4:
        return say.list(every)
    return say("focos.provinces.more", names=", ".join(every[:3]), count=say.number(len(every) - 3))


def _gistar_sentence(sides: Mapping[str, pd.Index], names: Mapping[str, str], say: Words) -> str:
    parts = [
        say(f"focos.provinces.gistar.{side}", names=_several(codes, names, say))
        for side, codes in sides.items()
        if len(codes)
    ]
    none = say("focos.provinces.gistar.none")
    return say("focos.provinces.gistar", found="; ".join(parts) or none)


def _details(around: pd.DataFrame, period: Period, say: Words) -> list[str]:
    kappa = overdispersion(period)
    low, high = (say.number(kappa.kappas[end], 2) for end in (0, -1))
    tested = around["smallest_p"][around["hotspot"] != "untestable"]
    return [
        say(
            "focos.provinces.detail",
            replicas=say.number(SCAN_REPLICAS),
            seed=say.number(_SEED),
            kappa=say.number(kappa.kappa, 2),
            months=kappa.months,
            low=low,
            high=high,
            smallest=say.number(tested.max(), 4),
        ),
    ]
