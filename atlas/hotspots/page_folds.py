"""Folded sections of Focos: courses over half-years, chance alone, the density's rule."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from atlas.drawing.density_pictures import (
    LESS,
    MORE,
    density_picture,
    difference_picture,
    half_rims,
)
from atlas.html import render
from atlas.results.density import density_ticks, difference_for, half_text, modelled_text
from atlas.results.hotspots import SHOWN, equal_risk_maps, largest_by_chance
from atlas.results.regions import overdispersion, results_for
from atlas.results.sentences import ratio_text
from atlas.results.years import courses_for, registries_with_courses
from atlas.tables import csv_bytes
from atlas.view import BANDWIDTHS_KM, BASES, LARGEST_SEED, SHARES, View
from atlas.web.components import Drawing, data_button, draw_map, sortable_table
from atlas.web.session import Feature, PageSession, start
from atlas.words import Words, file_name
from data.periods import MAIN, NOT_RANKED
from geo.excess import LEVEL
from geo.trend import MIN_PER_STEP, Course
from layers.palette import DENSITY, SMR, ZERO_COLOR

FOCOS = Feature("focos", PageSession)


def ratio_scale(title: str, say: Words, signs: Sequence[tuple[str, str]] = ()) -> None:
    """Draw the colours of times the expected, or of times a change, and what else a map shows."""
    ticks = [f"{edge:g}" for edge in SMR.breaks[1:-1]]
    scale = {"title": title, "colors": SMR.colors, "ticks": ticks, "signs": signs}
    st.html(render("hotspots/scale", say, **scale))


def figures_table(
    say: Words, key: str, heads: list[str], rows: list[list[str]], numbers: Sequence[int] = ()
) -> None:
    """The numbers of a chart as a table; ``numbers`` are the places of its columns of figures."""
    html = render("hotspots/table", say, heads=heads, rows=rows, numbers=numbers)
    sortable_table(html, say, key=f"{key}_table")


def waves_text(say: Words, registry: str = MAIN) -> str:
    """Kappa with its interval, for whoever opens the detail."""
    fitted = overdispersion(BASES[0], registry)
    low, high = (say.number(fitted.kappas[end], 3) for end in (0, -1))
    return say("focos.waves", kappa=say.number(fitted.kappa, 3), low=low, high=high)


def chance_section(say: Words) -> None:
    """Draw four maps on one scale and the sentence on how far chance and waves go.

    In a fragment: the next maps are drawn without the rest of the page.
    """
    view = FOCOS.held.view
    results = results_for(view.period)
    names = dict(zip(results["department_ubigeo"], results["department"], strict=True))
    real = dict(zip(results["department_ubigeo"], map(float, results["smr"]), strict=True))
    top = results.loc[results["smr"].idxmax()]
    reach = largest_by_chance(view.period)
    finding = say(
        f"focos.chance.{'beyond' if float(top['smr']) > reach else 'within'}",
        reach=ratio_text(reach, say),
        name=top["department"],
        ratio=ratio_text(float(top["smr"]), say),
    )
    simulated = enumerate(equal_risk_maps(view.period, view.twin_seed), start=1)
    pictures = [("real", real), *((str(number), smr) for number, smr in simulated)]
    keys = [("hatch", say("verdict.untestable"))] if results["smr"].isna().any() else []
    if any(value == 0 for _, smr in pictures for value in smr.values()):
        keys.append((ZERO_COLOR, say("focos.count.none")))
    st.html(
        render(
            "hotspots/section",
            say,
            part="chance",
            titled=False,  # its fold is its heading
            sentences=[say("focos.chance.lead"), finding],
            details=[say("focos.chance.seed", seed=say.number(view.twin_seed)), waves_text(say)],
        )
    )
    columns = st.columns(SHOWN + 1, gap="small")
    for column, (name, smr) in zip(columns, pictures, strict=True):
        tested = {code: value for code, value in smr.items() if pd.notna(value)}
        largest = max(tested, key=lambda code: tested[code])
        title = say("focos.chance.real" if name == "real" else "focos.chance.twin", number=name)
        most = say("focos.chance.largest", name=names[largest], ratio=ratio_text(smr[largest], say))
        with column:
            st.html(render("hotspots/maptitle", say, title=title, text=most))
            draw_map(
                Drawing(
                    alt=f"{title}. {most}",
                    fills={code: SMR.color(SMR.classify(value)) for code, value in smr.items()},
                    tips={
                        code: f"{names[code]}: {say('times', value=ratio_text(value, say))}"
                        for code, value in tested.items()
                    },
                ),
                key=f"twin_{name}",
                lang=view.lang,
                height_rem=15,
            )
    make = partial(_chance_csv, results, pictures[1:], view.period.code, say)
    name = file_name(say, "hotspots", say("file.chance"), view.period.code, view.twin_seed)
    with st.container(horizontal=True, vertical_alignment="center", key="chance_foot"):
        following = (view.twin_seed + 1) % (LARGEST_SEED + 1)
        draw_next = partial(FOCOS.held.change, twin_seed=following)
        st.button(say("focos.chance.next"), key="twin_next", on_click=draw_next)
        ratio_scale(say("measure.smr"), say, keys)
        data_button(say, name, make, key="chance")
    twin = str(view.twin_seed)
    if st.query_params.get("twin", twin) != twin:
        st.query_params["twin"] = twin


def _chance_csv(
    results: pd.DataFrame,
    twins: Sequence[tuple[str, dict[str, float]]],
    period: str,
    say: Words,
) -> bytes:
    codes = results["department_ubigeo"]
    table = results.assign(**{f"twin_{name}": codes.map(smr) for name, smr in twins})
    heads = {f"twin_{name}": say("focos.chance.twin", number=name) for name, _ in twins}
    columns = ("department_ubigeo", "department", "smr", *heads)
    return csv_bytes(table, "T1", period=period, columns=columns, say=say, heads=heads)


def density_section(view: View, say: Words) -> tuple[View, str]:
    """Draw three maps under the heading of their fold; returns the view, and it in a sentence."""
    period = say(f"period.{view.period.code}")
    of = say("focos.of", unit=say(f"unit.{view.period.unit}.plural"), period=period)
    notes = [f"{say('focos.density.lead')} {of}"]
    st.html(render("hotspots/section", say, part="density", titled=False, notes=notes))
    start(FOCOS.key("bandwidth"), view.bandwidth_km)
    start(FOCOS.key("share"), view.share)
    with st.container(horizontal=True, vertical_alignment="bottom", key="density_controls"):
        bandwidth = st.segmented_control(
            say("controls.bandwidth"),
            BANDWIDTHS_KM,
            default=view.bandwidth_km,
            required=True,
            key=FOCOS.key("bandwidth"),
            format_func=lambda km: say("controls.bandwidth_km", km=km),
            wrap=True,
            help=say("controls.bandwidth.help"),
        )
        percent = st.segmented_control(
            say("focos.density.share"),
            SHARES,
            default=view.share,
            required=True,
            key=FOCOS.key("share"),
            format_func=lambda percent: say.percent(percent / 100),
            wrap=True,
            help=say("focos.density.share.help"),
        )
    share = percent / 100
    first = density_picture(view.period, bandwidth, None)
    second = density_picture(view.period, bandwidth, share)
    third = difference_picture(view.period, bandwidth, share)
    holds = half_text(view.period, bandwidth, say)
    moved = say(
        "focos.density.moved" if third else "focos.density.same",
        share=say.percent(difference_for(view.period, bandwidth, share).moved_share),
        evidence=say.percent(share),
    )
    modelled = f"{say('legend.density')}. {modelled_text(view.period, say)}"
    with_evidence = say("focos.density.second", evidence=say.percent(share))
    columns = st.columns(3, gap="small")
    with columns[0]:
        drawing = Drawing(
            alt=holds, image=(first.href, first.box), rims=half_rims(view.period, bandwidth)
        )
        title, signs = say("focos.density.first"), [("rim", say("focos.key.rim"))]
        ticks = density_ticks(first.breaks, say)
        _density_map("first", title, drawing, holds, modelled, say, ticks=ticks, signs=signs)
    with columns[1]:
        drawing = Drawing(alt=with_evidence, image=(second.href, second.box))
        finding, note = say("focos.density.evidence"), say("focos.density.share_note")
        ticks = density_ticks(second.breaks, say)
        _density_map("second", with_evidence, drawing, finding, note, say, ticks=ticks)
    with columns[2]:
        image = (third.href, third.box) if third else ("data:,", (0.0, 0.0, 1.0, 1.0))
        drawing = Drawing(alt=moved, image=image)
        title, note = say("focos.density.difference"), say("focos.density.difference_note")
        keys = [(MORE[2], say("focos.key.more")), (LESS[2], say("focos.key.less"))]
        _density_map("difference", title, drawing, moved, note, say, signs=keys)
    radius = say("controls.bandwidth_km", km=bandwidth)
    return view.changed(bandwidth_km=bandwidth, share=percent), f"{radius}. {moved}"


def _density_map(
    name: str,
    title: str,
    drawing: Drawing,
    finding: str,
    note: str,
    say: Words,
    *,
    ticks: tuple[str, ...] | None = None,
    signs: Sequence[tuple[str, str]] = (),
) -> None:
    st.html(render("hotspots/maptitle", say, title=title, text=""))
    draw_map(drawing, key=f"density_{name}", lang=say.lang, height_rem=26)
    values = {"finding": finding, "note": note, "colors": DENSITY, "ticks": ticks, "signs": signs}
    st.html(render("hotspots/density", say, **values))


COURSES = tuple(course for course in Course if course not in (Course.NO_PATTERN, Course.NOT_ENOUGH))
"""classes that say something of a department, as they are listed"""


def courses_section(say: Words) -> None:
    """Draw who emerges, stands or fades, over the half-years of the registry that has months."""
    registry = registries_with_courses()[0]
    table = courses_for(registry)
    steps, counted = table.attrs["steps"], table.attrs["known"]
    by_course = {
        course: table.loc[table["course"] == course, "department"].tolist()
        for course in (*map(str, Course), NOT_RANKED)
    }
    unranked = say.list(by_course[NOT_RANKED])  # in no share
    sentences = [
        say(f"focos.courses.{course}", names=say.list(by_course[course]), unranked=unranked)
        for course in COURSES
        if by_course[course]
    ] or [say("focos.courses.nobody")]
    sentences.append(
        say(
            "focos.courses.rest",
            plain=say.number(len(by_course[Course.NO_PATTERN])),
            few=say.list(by_course[Course.NOT_ENOUGH]),
            unranked=unranked,
        )
    )
    st.html(
        render(
            "hotspots/section",
            say,
            part="courses",
            titled=False,
            sentences=sentences,
            notes=[f"{say('focos.courses.waves')} {say('focos.courses.question')}"],
            details=[
                say(
                    "focos.courses.detail",
                    steps=say.number(len(counted)),
                    least=say.number(MIN_PER_STEP),
                    kappa=say.number(table.attrs["kappa"], 2),
                ),
                *(say(f"focos.course.{course}.is") for course in Course),
            ],
        )
    )
    ranked = table.assign(place=table["course"].map(list(by_course).index)).sort_values(
        ["place", "p_value", "department"]
    )
    sortable_table(
        render(
            "hotspots/courses",
            say,
            first=steps[0][:4],
            last=steps[-1][:4],
            share=say("focos.courses.share", unranked=unranked),
            rows=[
                _course_row(row, steps, counted, unranked, say) for row in ranked.to_dict("records")
            ],
        ),
        say,
        key="courses_table",
    )
    name = file_name(say, "hotspots", say("file.courses"), say(f"file.{registry}"))
    make = partial(_courses_csv, ranked, counted, unranked, say)
    data_button(say, name, make, key="courses", is_beside=True)


def _courses_csv(table: pd.DataFrame, counted: list[str], unranked: str, say: Words) -> bytes:
    shares = {
        f"share_{step}": [row[place] if row else None for row in table["shares"]]
        for place, step in enumerate(counted)
    }
    heads = {
        f"share_{step}": say("column.share", period=say(f"period.{step}"), unranked=unranked)
        for step in counted
    }
    names = ("department_ubigeo", "department", "course", "reported_count", "unit")
    columns = (*names, "tau", "q_value", *shares)
    return csv_bytes(table.assign(**shares), "T1", columns=columns, say=say, heads=heads)


def _course_row(
    row: dict[str, Any], steps: list[str], counted: list[str], unranked: str, say: Words
) -> dict[str, Any]:
    """A row as the template draws it: one bar a half-year, none where nothing is known."""
    shares = dict(zip(counted, row["shares"], strict=False))
    hot = dict(zip(counted, row["hot"], strict=False))
    top = max(shares.values(), default=0) or 1
    bars = [
        {
            "height": None if step not in shares else round(100 * shares[step] / top, 1),
            "hot": hot.get(step, False),
            "unknown": step not in counted,
        }
        for step in steps
    ]
    hot_count = say.number(sum(row["hot"]))
    trend = "none"
    if pd.notna(row["q_value"]) and row["q_value"] < LEVEL:
        trend = "up" if row["tau"] > 0 else "down"
    return {
        "name": row["department"],
        "count": say.number(row["reported_count"]),
        "bars": bars,
        "most": say.percent(top) if shares else "–",
        "hot": say("focos.courses.hot", hot=hot_count, of=say.number(len(counted)))
        if any(row["hot"])
        else "–",
        "trend": say(f"focos.courses.trend.{trend}") if pd.notna(row["q_value"]) else "–",
        "course": row["course"],
        "reading": say(f"focos.course.{row['course']}"),
        "said": say(
            "focos.courses.said",
            name=row["department"],
            unranked=unranked,
            most=say.percent(top),
            hot=hot_count,
        )
        if row["shares"]
        else "",
    }
