"""Sections of Focos on neighbours: groups of departments, and provinces among theirs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import pandas as pd
import streamlit as st

from atlas.hotspots.derivation import group_derivation
from atlas.hotspots.page_folds import figures_table, ratio_scale, waves_text
from atlas.html import render
from atlas.results.derivation import derivation_html
from atlas.results.hotspots import (
    SCAN_REPLICAS,
    lens_table,
    scan_table,
)
from atlas.results.matrix import counted, frequency
from atlas.results.regions import overdispersion, results_for
from atlas.results.sentences import ratio_text, verdict_text
from atlas.tables import csv_bytes
from atlas.view import BASES, View
from atlas.web.components import Drawing, data_button, draw_map, sortable_table, start
from atlas.words import Words, file_name
from data.periods import LEVELS, Period, province_periods
from data.reports import counts_without_province
from geo.excess import LEVEL, Verdict
from geo.interrupt import watched
from layers.palette import SMR, VERDICT, ZERO_COLOR

_SEED = 1
_FAR_FROM_IT = 0.5
"""a group of departments whose p is this large is in the table only"""
_LISTED = 15
"""provinces in the short table"""
_TOLD_EVERY_S = 0.25


def scan_section(view: View, say: Words, choose: Callable[[], None]) -> None:
    """Draw circles of departments with more reports than the rest: do any have two?

    ``choose`` hears a click on the map.
    """
    clusters = scan_table(view.period, seed=_SEED, replicas=SCAN_REPLICAS)
    table = results_for(view.period).set_index("department_ubigeo")
    groups = clusters.to_dict("records")
    across = [one for one in groups if one["p_value"] < LEVEL and len(one["departments"]) > 1]
    sentences = [say(f"focos.scan.{'yes' if across else 'no'}")]
    fills = dict.fromkeys(table.index[table["smr"].notna()], VERDICT.colors["unremarkable"])
    marks: list[tuple[str, str, str]] = []
    rows: list[list[str]] = []
    derived: list[str] = []
    short: list[str] = []
    for one in groups:
        codes, firm = one["departments"], one["p_value"] < LEVEL
        names = say.list(table["department"][code] for code in codes)
        ratio = ratio_text(one["observed"] / one["expected"], say)
        often = frequency(one["p_value"], say)
        count, expected = say.number(one["observed"]), say.number(one["expected"], 1)
        rows.append([names, count, expected, ratio, often])
        if not firm and (len(codes) == 1 or one["p_value"] >= _FAR_FROM_IT):
            continue
        together = "many" if len(codes) > 1 else "one"
        number = len(derived) + 1
        # what falls short stands apart from the answer
        (sentences if firm else short).append(
            say(
                f"focos.scan.firm.{together}" if firm else "focos.scan.waves",
                number=number,
                names=names,
                count=counted({"reported_count": one["observed"]}, say),
                ratio=ratio,
                often=often,
            )
        )
        values = group_derivation(codes, table, say)
        derived.append(render("derivation", say, title=f"{number}. {names}", **values))
        for code in codes:
            fills[code] = VERDICT.colors["above"] if firm else SMR.colors[3]
            marks.append(("number", str(code), str(number)))
    inside = {code for one in across for code in one["departments"] if table["smr"][code] <= 1}
    if inside:
        names = say.list(table["department"][code] for code in sorted(inside))
        sentences.append(say("focos.scan.inside", names=names))
    maps, seed = say.number(SCAN_REPLICAS), say.number(_SEED)
    waves = waves_text(say, view.registry)
    details = [say("focos.scan.detail", replicas=maps, seed=seed, waves=waves)]
    derivation = render("derivations", say, title=say("derivation.title"), ones=derived)
    told = {"sentences": sentences, "notes": short, "derivation": derivation, "details": details}
    st.html(render("hotspots/section", say, part="scan", **told))
    draw_map(
        Drawing(alt=" ".join([*sentences, *short]), fills=fills, marks=marks),
        key="scan_map",
        lang=view.lang,
        height_rem=22,
        selected=view.department,
        on_select=choose,
    )
    columns = ("scan.group", "scan.reports", "scan.due", "change.ratio", "scan.often")
    figures_table(say, "scan", [say(f"focos.{one}") for one in columns], rows, numbers=(1, 2, 3))
    name = file_name(
        say, "hotspots", say("file.scan"), say(f"file.{view.registry}"), view.period.code
    )
    make = partial(_scan_csv, clusters, table, view.period.code, say)
    data_button(say, name, make, key="scan", is_beside=True)


def _scan_csv(clusters: pd.DataFrame, table: pd.DataFrame, period: str, say: Words) -> bytes:
    """The groups that the circles found, a row a department of theirs."""
    rows = clusters.assign(group=range(1, len(clusters) + 1)).explode("departments")
    rows = rows.rename(columns={"departments": "department_ubigeo"})
    heads = {
        name: say(f"focos.scan.{name}")
        for name in ("group", "observed", "expected", "relative_risk")
    }
    names = ("group", "department_ubigeo", "department", "observed", "expected", "relative_risk")
    return csv_bytes(
        rows,
        "T1",
        period=period,
        columns=(*names, "p_value"),
        say=say,
        heads=heads,
        named={"department": ("department_ubigeo", table["department"].to_dict())},
    )


def provinces_section(view: View, say: Words) -> tuple[View, str]:
    """Draw the lenses at provinces; returns the view with the period chosen, and the finding."""
    offered = {period.code: period for period in province_periods()}
    own = offered.get(view.period.code)
    if own is None or own.at(LEVELS[0]) != view.period:
        own = next(iter(offered.values()))
    # codes: Streamlit takes a default that is a dataclass apart
    first = (view.provinces or own).code
    start("focos_provinces", first)
    code = st.segmented_control(
        say("controls.period"),
        list(offered),
        default=first,
        required=True,
        key="focos_provinces",
        format_func=lambda code: code.replace("/", "\N{EN DASH}"),
        label_visibility="collapsed",
        wrap=True,
    )
    period = offered[code]
    table = results_for(period).set_index("province_ubigeo")
    with _told(say("focos.provinces.scanning", replicas=say.number(SCAN_REPLICAS))):
        clusters = scan_table(period, seed=_SEED, replicas=SCAN_REPLICAS)
    lenses = {
        lens: lens_table(period, lens, seed=_SEED, replicas=SCAN_REPLICAS).set_index(
            "province_ubigeo"
        )
        for lens in ("gistar", "moran")
    }
    names = _named(table)
    firm = clusters[clusters["p_value"] < LEVEL]
    st.html(
        render(
            "hotspots/section",
            say,
            part="provinces",
            titled=False,  # its fold is its heading
            sentences=[
                finding := _verdicts(table, names, say),
                *_scan(clusters, names, say),
                _around(lenses["gistar"], names, say),
                _alike(lenses["moran"], names, say),
            ],
            notes=[
                say("focos.provinces.local"),
                *_notes(table, lenses["gistar"], period, names, say),
            ],
            details=_details(clusters, lenses["gistar"], period.registry_code, names, say),
        )
    )
    left, right = st.columns([2, 3], gap="small")
    with left:
        draw_map(
            Drawing(
                alt=say("focos.provinces.alt", period=say(f"period.{period.code}")),
                level=period.level,
                fills={
                    code: SMR.color(SMR.classify(value)) for code, value in table["smr"].items()
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
        signs = [("hatch", say("verdict.untestable")), (ZERO_COLOR, say("focos.count.none"))]
        ratio_scale(say("measure.smr"), say, signs)
    with right:
        shown = table[table["smr"] > 1].sort_values("p_value").head(_LISTED)
        rows = [
            {
                "name": row["province"],
                "department": row["department"],
                "count": say.number(row["reported_count"]),
                "ratio": ratio_text(row["smr"], say),
                "span": say(
                    "focos.span",
                    low=ratio_text(row["smr_low"], say),
                    high=ratio_text(row["smr_high"], say),
                ),
                "verdict": str(row["verdict"]),
                "verdict_text": verdict_text(row, say),
                "around": str(lenses["gistar"].loc[code, "hotspot"]),
            }
            for code, row in shown.iterrows()
        ]
        sortable_table(render("hotspots/provinces", say, rows=rows), say, key="provinces_table")
        name = file_name(say, "hotspots", say("file.level.provinces"), period.code)
        make = partial(_provinces_csv, table, lenses["gistar"], period.code, say)
        data_button(say, name, make, key="provinces", is_beside=True)
    # of the rows shown, under them
    ones = [
        derivation_html(str(code), period, BASES[0], say, title=names[str(code)])
        for code in shown.index
    ]
    with right:
        st.html(render("derivations", say, title=say("derivation.provinces"), ones=ones))
    return view.changed(provinces=period), f"{say(f'period.{period.code}')}. {finding}"


@contextmanager
def _told(text: str) -> Iterator[None]:
    """A bar while the maps are drawn; a newer choice of the reader ends the work there."""
    place = st.empty()
    written = time.monotonic()

    def progress(done: float) -> None:
        nonlocal written
        if time.monotonic() - written >= _TOLD_EVERY_S:
            written = time.monotonic()
            place.progress(done, text=text)

    try:
        with watched(None, progress):
            yield
    finally:
        place.empty()


def _named(table: pd.DataFrame) -> dict[str, str]:
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
    return say(
        "card.country.names",
        names=say.list(
            say(
                "focos.provinces.named",
                name=names[str(code)],
                count=say.number(row["reported_count"]),
                ratio=ratio_text(row["smr"], say),
            )
            for code, row in above.iterrows()
        ),
    )


def _scan(clusters: pd.DataFrame, names: Mapping[str, str], say: Words) -> list[str]:
    """Each group that chance and waves seldom make, else how far the first one is from it."""
    found = []
    for number, one in enumerate(clusters.to_dict("records"), start=1):
        firm = one["p_value"] < LEVEL
        if not firm and number > 1:
            break
        found.append(
            say(
                f"focos.provinces.scan.{'firm' if firm else 'none'}",
                number=number,
                names=_several(one["provinces"], names, say),
                count=say("focos.provinces.count", count=say.number(one["observed"])),
                ratio=ratio_text(one["observed"] / one["expected"], say),
                often=frequency(one["p_value"], say),
            )
        )
    return found or [say("focos.provinces.scan.empty")]


def _several(codes: Iterable[str], names: Mapping[str, str], say: Words) -> str:
    """Names of a group; of a large one the first and how many more."""
    every = [names[code] for code in codes]
    if len(every) <= 4:
        return say.list(every)
    return say("focos.provinces.more", names=", ".join(every[:3]), count=say.number(len(every) - 3))


def _around(table: pd.DataFrame, names: Mapping[str, str], say: Words) -> str:
    return _parts(
        "gistar",
        {
            side: table.index[table["hotspot"].isin([f"{side}_95", f"{side}_99"])]
            for side in ("hot", "cold")
        },
        names,
        say,
    )


def _alike(table: pd.DataFrame, names: Mapping[str, str], say: Words) -> str:
    significant = table[table["is_significant"]]
    return _parts(
        "moran",
        {
            side: significant.index[significant["quadrant"] == side]
            for side in ("HH", "LL", "HL", "LH")
        },
        names,
        say,
    )


def _parts(
    lens: str, found: Mapping[str, Iterable[str]], names: Mapping[str, str], say: Words
) -> str:
    said = [
        say(f"focos.provinces.{lens}.{side}", names=_several(codes, names, say))
        for side, codes in found.items()
        if len(list(codes))
    ]
    return say(
        f"focos.provinces.{lens}", found="; ".join(said) or say(f"focos.provinces.{lens}.none")
    )


def _notes(
    table: pd.DataFrame,
    around: pd.DataFrame,
    period: Period,
    names: Mapping[str, str],
    say: Words,
) -> list[str]:
    """What is counted and what is not, and who has no test."""
    unplaced = counts_without_province(period).sum()
    untestable = around.index[around["hotspot"] == "untestable"]
    notes = [
        say(
            "focos.provinces.unplaced",
            count=say.number(table["reported_count"].sum()),
            unplaced=say.number(unplaced),
        ),
        say("focos.provinces.untestable", names=say.list(names[str(code)] for code in untestable)),
    ]
    return [" ".join(notes)]


def _details(
    clusters: pd.DataFrame,
    around: pd.DataFrame,
    registry: str,
    names: Mapping[str, str],
    say: Words,
) -> list[str]:
    kappa = overdispersion(BASES[0], registry, LEVELS[1])
    low, high = (say.number(kappa.kappas[at], 2) for at in (0, -1))
    tested = around["smallest_p"][around["hotspot"] != "untestable"]
    return [
        *(
            say(
                "focos.scan.p",
                names=_several(one["provinces"], names, say),
                p=say.number(one["p_value"], 4),
            )
            for one in clusters.head(3).to_dict("records")
        ),
        say(
            "focos.provinces.detail",
            replicas=say.number(SCAN_REPLICAS),
            seed=say.number(_SEED),
            kappa=say.number(kappa.kappa, 2),
            low=low,
            high=high,
            smallest=say.number(tested.max(), 4),
        ),
    ]


def _provinces_csv(table: pd.DataFrame, around: pd.DataFrame, period: str, say: Words) -> bytes:
    """All provinces, not only those of the short table."""
    shown = table.assign(period=period, around=around["hotspot"]).reset_index()
    names = ("province_ubigeo", "province", "department", "period", "reported_count", "unit")
    ratios = ("expected", "smr", "smr_low", "smr_high", "rate_per_100k", "verdict", "around")
    return csv_bytes(shown, "T1", columns=(*names, *ratios), say=say)
