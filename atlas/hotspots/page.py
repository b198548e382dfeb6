"""Focos: one sentence, the matrix of departments by years, and what a reader asks next."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from atlas.density.model import WEB_CELL_KM, density_geotiff
from atlas.hotspots.agreement import agreement_picture, agreement_rows, common_period
from atlas.hotspots.matrix import (
    block_of,
    blocks,
    cell_text,
    counted,
    frequency,
    highest_level,
    matrix_rows,
    matrix_table,
    sentence_of,
)
from atlas.hotspots.model import (
    FOLDS,
    SCAN_REPLICAS,
    HotspotState,
    compared_registry,
    first_periods,
    later_than,
    parse_hotspot_state,
    scan_table,
)
from atlas.hotspots.page_chance_and_density import chance_section, density_section
from atlas.hotspots.page_provinces_and_courses import courses_section, provinces_section
from atlas.hotspots.years import change_for
from atlas.html import render
from atlas.map.department_file import department_name
from atlas.map.derivation import derivation_html
from atlas.map.geojson import geojson_bytes
from atlas.map.model import bases_of, overdispersion, results_for
from atlas.map.sentences import flag_lines, period_name, ratio_text
from atlas.map.series import series_html
from atlas.map.small_maps import small_map
from atlas.map.state import BASES, DEPARTMENTS, MapState, is_by_prosecutors
from atlas.tables import csv_bytes
from atlas.web.components import (
    Drawing,
    component,
    data_button,
    draw_map,
    fold,
    folding_controls,
    is_read_anew,
    link_warning,
    server_address,
    sortable_table,
    start,
    table_tools,
    went_back,
    write_link,
)
from atlas.web.timeline import kept_period, registry_name, timeline
from atlas.words import Words, file_name, words
from data.periods import DEFAULT_PERIOD, MAIN, REGISTRIES, Period, parse_period
from geo.excess import LEVEL
from layers.palette import SMR, VERDICT

_STYLE = (Path(__file__).resolve().parent.parent / "web" / "static" / "hotspots.css").read_text(
    "utf-8"
)
_SCAN_SEED = 1
_FAR_FROM_IT = 0.5
"""A group whose p is this large is in the detail only."""
FARTHEST = 16.0
"""The axes of ratios run from 1/16 to 16; an interval that goes on is cut there."""
LEAST = 1e-6
"""stands for no report where a ratio is drawn"""
RATIOS = ("expected", "smr", "smr_low", "smr_high")
"""columns of a result that is downloaded"""
TICKS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


def page() -> None:
    """Draw the page: the sentence and the matrix, then border, change, chance and density."""
    st.html(f"<style>{_STYLE}</style>")
    before = _begin()
    say = words(st.session_state["lang"])
    link_warning(before.problems, say)
    state = _controls(before, say)
    _share(state)
    department = str(state.department)
    sentence = sentence_of(department, state.period, state.base, say, state.registry)
    derivation = derivation_html(department, state.period, state.base, say, state.registry)
    st.html(render("hotspots/headline", say, sentence=sentence, derivation=derivation))
    with st.container(border=True, key="time"):
        timeline(state.registry, state.period, say=say, key="focos_timeline", on_change=_time)
    with st.container(border=True, key="focos_cells"):
        _matrix(state, say)
        data_button(
            say,
            file_name(say, "hotspots", say("file.matrix")),
            partial(_matrix_csv, say),
            key="matrix",
        )
    with st.container(border=True, key="agreement"):
        picture = agreement_picture(state.department, say)
        st.html(render("hotspots/agreement", say, picture=picture))
        sortable_table(
            render("hotspots/agreement_table", say, picture=picture), say, key="agreement_table"
        )
        name = file_name(say, "hotspots", say("file.agreement"), common_period())
        data_button(say, name, partial(_agreement_csv, say), key="agreement", is_beside=True)
    left, right = st.columns([2, 3], gap="small")
    with left, st.container(border=True, key="scan"):
        _scan(state, say)
    with left, st.container(border=True, key="series"):
        st.html(render("hotspots/section", say, part="series"))
        theme = st.context.theme.type or "light"
        # what is recorded late is said under the matrix
        st.html(series_html(department, state.span, say, theme, is_cautioned=False))
    with right, st.container(border=True, key="change"):
        state = _change(state, say)
    _share(state)
    state = _folds(state, say)
    _share(state)
    write_link(state.query(), sentence["finding"])
    with st.container(border=True, key="files"):
        _downloads(state, say)
    st.html(render("paragraph", say, kind="caveat", text=say("map.caveat")))


def _folds(state: HotspotState, say: Words) -> HotspotState:
    """Draw what is folded at first; returns the state with what is open and chosen in it."""
    with fold(say("focos.provinces.title"), "provinces", is_open=bool(state.provinces)) as shown:
        # no fragment: another choice of the reader must end a scan that still runs
        state = provinces_section(state, say) if shown else state.with_(provinces="")
    is_open = {}
    for name in FOLDS:
        if name == "chance" and not is_by_prosecutors(state.registry):
            continue  # the maps of chance have the prosecutors' yearly waves
        # who sends certain maps of chance wants them seen
        wanted = name in state.open or (name == "chance" and state.twin_seed != 1)
        with fold(say(f"focos.{name}.title"), name, is_open=wanted) as shown:
            is_open[name] = shown
            if shown and name == "courses":
                courses_section(say)
            elif shown and name == "chance":
                st.fragment(partial(_chance, say))()
            elif shown:
                state = density_section(state.span.unit, state, say)
    return state.with_(open=tuple(name for name in FOLDS if is_open.get(name)))


def _begin() -> HotspotState:
    """Read the link at first and after Back or Forward.

    Period and department follow from page to page.
    """
    shared: MapState | None = st.session_state.get("state")
    lang = st.session_state["lang"]
    if is_read_anew("focos"):
        st.session_state["focos"] = parse_hotspot_state(
            st.query_params.to_dict(), lang=lang, before=shared
        )
    state: HotspotState = st.session_state["focos"]
    if shared is not None and not went_back():
        state = state.with_(
            registry=shared.registry,
            period=shared.period,
            department=shared.department or state.department,
        )
    if state.department is None:
        state = state.with_(department=highest_level())
    return state.with_(lang=lang)


def _controls(state: HotspotState, say: Words) -> HotspotState:
    """Draw the few controls; options are codes, so a language switch changes no choice."""
    names = results_for(DEFAULT_PERIOD).set_index("department_ubigeo")["department"]
    # a cell writes here too; after another page they start from the state
    start("focos_department", state.department)
    with folding_controls(say, "focos.controls.show"):
        department = st.selectbox(
            say("focos.controls.department"),
            DEPARTMENTS,
            key="focos_department",
            format_func=lambda code: names[code],
            label_visibility="collapsed",
            width=170,
        )
        offered = bases_of(state.period, state.registry)
        start("focos_base", state.base)
        if st.session_state["focos_base"] not in offered:
            st.session_state["focos_base"] = BASES[0]
        base: str | None = BASES[0]
        if len(offered) > 1:
            base = st.segmented_control(
                say("controls.base"),
                offered,
                required=True,
                key="focos_base",
                format_func=lambda code: say(f"base.{code}"),
                label_visibility="collapsed",
                wrap=True,
            )
    return state.with_(department=department, base=base or BASES[0], problems=())


def _time(registry: str, period: str) -> None:
    """Another registry or period was chosen; the map follows."""
    shared: MapState = st.session_state["state"]
    st.session_state["state"] = shared.with_(registry=registry, period=period)


def _share(state: HotspotState) -> None:
    """Leave period and department for the other pages."""
    before: MapState = st.session_state.get("state") or MapState(lang=state.lang)
    st.session_state["state"] = before.with_(
        registry=state.registry,
        period=state.period,
        department=state.department,
        base=state.base,
    )
    st.session_state["focos"] = state


def _choose(source: str) -> None:
    """A click on a cell chooses department, period and base; one on a map the department."""
    chosen = getattr(st.session_state.get(source), "select", None)
    if isinstance(chosen, str):
        chosen = {"department": chosen}
    if not isinstance(chosen, dict):
        return
    shared: MapState = st.session_state["state"]
    if chosen.get("department") in DEPARTMENTS:
        st.session_state["focos_department"] = chosen["department"]
        shared = shared.with_(department=chosen["department"])
    if chosen.get("base") in BASES:
        st.session_state["focos_base"] = chosen["base"]
    registry, period = chosen.get("registry"), chosen.get("period")
    if registry in REGISTRIES and isinstance(period, str):
        shared = shared.with_(registry=registry, period=kept_period(registry, period))
    st.session_state["state"] = shared


def _matrix(state: HotspotState, say: Words) -> None:
    shown = blocks()
    lines = [
        {
            "code": level["department_ubigeo"],
            "name": level["department"],
            "level": _level(level, say),
            "blocks": [
                [
                    {
                        "registry": cell["registry_code"],
                        "period": cell["period"],
                        "base": cell["base"],
                        "verdict": str(cell["verdict"]),
                        "text": ratio_text(cell["smr"], say),
                        "said": cell_text(cell, say),
                    }
                    for cell in cells
                ]
                for cells in per_block
            ],
        }
        for level, per_block in matrix_rows(state.registry)
    ]
    component("matrix")(
        key="matrix",
        data={
            "html": render(
                "hotspots/matrix",
                say,
                blocks=shown,
                lines=lines,
                color=VERDICT.colors["above"],
                notes=_notes(say),
            ),
            "chosen": {
                "department": state.department,
                "registry": state.registry,
                "period": state.period,
                "base": state.base,
            },
            "block": str(shown.index(block_of(state.period, state.base, state.registry))),
            "said": say("focos.matrix.hint"),
            **table_tools(say),
        },
        on_select_change=partial(_choose, "matrix"),
    )


def _notes(say: Words) -> list[str]:
    """What the marked years are, and whose figures these are."""
    shown = [parse_period(period, block.registry) for block in blocks() for period in block.periods]
    lines = dict.fromkeys(line for one in shown for line in flag_lines(one, one.flags, say))
    units = dict.fromkeys(block.unit for block in blocks())
    return [
        *(f"⚑ {line}" for line in lines),
        *(say(f"unit.{unit}.source") for unit in units),
    ]


def _level(row: dict[str, Any], say: Words) -> dict[str, Any]:
    """The level of a department as the template draws it."""
    low, value, high = (ratio_text(row[name], say) for name in ("low", "level", "high"))
    if pd.isna(row["level"]):
        return {"text": value, "said": ""}
    return {
        "text": value,
        "span": say("focos.span", low=low, high=high),
        "said": say("focos.level.said", name=row["department"], level=value, low=low, high=high),
        **_places(row["low"], row["level"], row["high"]),
    }


def _places(low: float, value: float, high: float) -> dict[str, float]:
    """Positions on the logarithmic axis, 0 to 100."""
    kept = (min(FARTHEST, max(1 / FARTHEST, one)) for one in (low, value, high))
    at = [50 + 50 * math.log(one) / math.log(FARTHEST) for one in kept]
    return dict(zip(("low", "value", "high"), at, strict=True))


def _scan(state: HotspotState, say: Words) -> None:
    """Circles of departments with more reports than the rest of the country: do any have two?"""
    clusters = scan_table(
        state.period, seed=_SCAN_SEED, replicas=SCAN_REPLICAS, registry=state.registry
    )
    table = results_for(state.period, registry=state.registry).set_index("department_ubigeo")
    found = clusters.to_dict("records")
    across = [one for one in found if one["p_value"] < LEVEL and len(one["departments"]) > 1]
    sentences = [say(f"focos.scan.{'yes' if across else 'no'}")]
    fills = dict.fromkeys(table.index[table["smr"].notna()], VERDICT.colors["unremarkable"])
    marks: list[tuple[str, str, str]] = []
    details = []
    for one in found:
        codes, firm = one["departments"], one["p_value"] < LEVEL
        names = say.list(table["department"][code] for code in codes)
        details.append(say("focos.scan.p", names=names, p=say.number(one["p_value"], 3)))
        if not firm and (len(codes) == 1 or one["p_value"] >= _FAR_FROM_IT):
            continue
        together = "many" if len(codes) > 1 else "one"
        number = len(sentences)
        sentences.append(
            say(
                f"focos.scan.firm.{together}" if firm else "focos.scan.waves",
                number=number,
                names=names,
                count=counted({"reported_count": one["observed"]}, say),
                ratio=ratio_text(one["observed"] / one["expected"], say),
                often=frequency(one["p_value"], say),
            )
        )
        for code in codes:
            fills[code] = VERDICT.colors["above"] if firm else SMR.colors[3]
            marks.append(("number", str(code), str(number)))
    inside = {code for one in across for code in one["departments"] if table["smr"][code] <= 1}
    if inside:
        names = say.list(table["department"][code] for code in sorted(inside))
        sentences.append(say("focos.scan.inside", names=names))
    maps, seed = say.number(SCAN_REPLICAS), say.number(_SCAN_SEED)
    details.append(
        say("focos.scan.detail", replicas=maps, seed=seed, waves=_waves(say, state.registry))
    )
    st.html(render("hotspots/section", say, part="scan", sentences=sentences, details=details))
    draw_map(
        Drawing(alt=" ".join(sentences), fills=fills, marks=marks),
        key="scan_map",
        lang=state.lang,
        height_rem=22,
        selected=state.department,
        on_select=partial(_choose, "scan_map"),
    )


def _waves(say: Words, registry: str = MAIN) -> str:
    """Kappa with its interval, for whoever opens the detail."""
    found = overdispersion(BASES[0], registry)
    ends = {name: say.number(found.kappas[at], 3) for name, at in (("low", 0), ("high", -1))}
    return say("focos.waves", kappa=say.number(found.kappa, 3), **ends)


def _change(state: HotspotState, say: Words) -> HotspotState:
    """Draw the change between two periods; returns the state with the two that were chosen."""
    registry = compared_registry(state.registry)
    offered = first_periods(registry)
    # another registry, and another first period, is another question: its list starts anew
    first_key = f"focos_before_{registry}"
    first = state.before if state.before in offered else offered[0]
    start(first_key, first)
    told, drawn = st.columns([3, 2], gap="small")
    heading = told.container()
    with told, st.container(horizontal=True, vertical_alignment="bottom", key="change_controls"):
        before = st.selectbox(
            say("focos.change.before"),
            offered,
            key=first_key,
            format_func=lambda code: period_name(code, registry, say),
            width=150,
            help=say("focos.change.before.help"),
        )
        options = later_than(before, registry)
        key = f"focos_after_{registry}_{before}"
        kept = state.after if state.before == before and state.after in options else options[-1]
        start(key, kept)
        after = st.selectbox(
            say("focos.change.after"),
            options,
            key=key,
            format_func=lambda code: period_name(code, registry, say),
            width=150,
            help=say("focos.change.after.help"),
        )
    spans = [parse_period(code, registry) for code in (before, after)]
    table = change_for(before, after, registry)
    with heading:
        st.html(
            render(
                "hotspots/section",
                say,
                part="change",
                sentences=[_changes(table, say)],
                notes=[f"{registry_name(registry, say)}. {_change_notes(table, spans, say)}"],
                details=[
                    say("focos.change.why"),
                    say(
                        "focos.change.detail",
                        years=_years(table, say),
                        kappa=say.number(table.attrs["kappa"], 3),
                    ),
                ],
            )
        )
    with drawn:
        _change_map(table, state, say)
    ordered = table.sort_values("ratio", ascending=False, na_position="last")
    sortable_table(
        render(
            "hotspots/change",
            say,
            before=period_name(before, registry, say),
            after=period_name(after, registry, say),
            ticks=[{"place": _places(one, one, one)["value"], "text": _tick(one)} for one in TICKS],
            rows=[_changed(row, state, say) for row in ordered.to_dict("records")],
        ),
        say,
        key="change_table",
    )
    name = file_name(say, "hotspots", say("file.change"), before, after)
    data_button(say, name, partial(_change_csv, table, say), key="change", is_beside=True)
    return state.with_(before=before, after=after)


def _matrix_csv(say: Words) -> bytes:
    names = ("department_ubigeo", "department", "registry_code", "period", "base", "unit")
    columns = (*names, "reported_count", *RATIOS, "verdict")
    return csv_bytes(matrix_table(), "T1", columns=columns, say=say)


def _agreement_csv(say: Words) -> bytes:
    names = ("department_ubigeo", "department", "registry_code", "period", "unit")
    columns = (*names, "reported_count", *RATIOS, "verdict")
    return csv_bytes(agreement_rows(), "T1", columns=columns, say=say)


def _change_csv(table: pd.DataFrame, say: Words) -> bytes:
    names = ("department_ubigeo", "department", "unit")
    counts = ("reported_count_before", "reported_count_after")
    shown = table.rename(columns={"verdict": "change"}).replace(math.inf, math.nan)
    columns = (*names, *counts, "ratio", "low", "high", "change")
    return csv_bytes(shown, "T1", columns=columns, say=say)


def _change_map(table: pd.DataFrame, state: HotspotState, say: Words) -> None:
    """The two periods as one map: each department's change over the country's."""
    codes = table["department_ubigeo"]
    # from no report to some is the largest class
    ratios = table["ratio"].replace(math.inf, 1 / LEAST)
    fills = {code: SMR.color(SMR.classify(one)) for code, one in zip(codes, ratios, strict=True)}
    moved = set(codes[table["verdict"].isin(("rose", "fell"))])
    draw_map(
        Drawing(
            alt=f"{say('focos.change.map')}. {_changes(table, say)}",
            fills=fills,
            rims=[path for code, _, path in small_map().shapes if code in moved],
            tips={
                row["department_ubigeo"]: f"{row['department']}: {ratio_text(row['ratio'], say)}"
                for row in table.to_dict("records")
            },
        ),
        key="change_map",
        lang=state.lang,
        height_rem=17,
        selected=state.department,
        on_select=partial(_choose, "change_map"),
    )
    ticks = [f"{edge:g}" for edge in SMR.breaks[1:-1]]
    st.html(render("hotspots/change_scale", say, colors=SMR.colors, ticks=ticks))


def _changes(table: pd.DataFrame, say: Words) -> str:
    """Who rose and who fell, in a sentence or two."""
    sentences = []
    for verdict in ("rose", "fell"):
        names = list(table.loc[table["verdict"] == verdict, "department"])
        if names:
            sentences.append(say(f"focos.change.{verdict}", names=say.list(names)))
    one_year = ".one" if table.attrs["years_apart"] == 1 else ""
    rest = f"focos.change.{'others' if sentences else 'nobody'}{one_year}"
    return " ".join([*sentences, say(rest, years=_years(table, say))])


def _years(table: pd.DataFrame, say: Words) -> str:
    years = float(table.attrs["years_apart"])
    return say.number(years, 0 if years.is_integer() else 1)


def _change_notes(table: pd.DataFrame, spans: Iterable[Period], say: Words) -> str:
    """How to read a change, and what the two periods call for."""
    notes = [say("focos.change.how", ratio=ratio_text(table.attrs["country"], say))]
    notes += dict.fromkeys(line for one in spans for line in flag_lines(one, one.flags, say))
    if not table.attrs["is_one_population_series"]:
        notes.append(say("focos.change.series"))
    return " ".join(notes)


def _tick(value: float) -> str:
    return f"{value:g}" if value >= 1 else f"1/{1 / value:g}"


def _changed(row: dict[str, Any], state: HotspotState, say: Words) -> dict[str, Any]:
    """A row of the change as the template draws it."""
    drawn: dict[str, Any] = {
        "name": row["department"],
        "chosen": row["department_ubigeo"] == state.department,
        "verdict": str(row["verdict"]),
        "before": say.number(row["reported_count_before"]),
        "after": say.number(row["reported_count_after"]),
        "text": "–",
        "span": "–",
        "said": "",
    }
    if row["verdict"] == "untestable" or pd.isna(row["ratio"]):
        return drawn
    low, value, high = (
        ratio_text(row[name], say) if row[name] <= 100 else say("focos.change.beyond")
        for name in ("low", "ratio", "high")
    )
    return drawn | {
        "text": value,
        "span": say("focos.span", low=low, high=high),
        "said": say("focos.change.said", ratio=value, low=low, high=high),
        **_places(row["low"], row["ratio"], row["high"]),
    }


def _chance(say: Words) -> None:
    """In a fragment: the next maps of chance are drawn without the rest of the page."""
    state: HotspotState = st.session_state["focos"]
    chance_section(state, say, waves=_waves(say))
    twin = str(state.twin_seed)
    if st.query_params.get("twin", twin) != twin:
        st.query_params["twin"] = twin


def _downloads(state: HotspotState, say: Words) -> None:
    """The files of what is shown, each made when it is asked for; their names hold codes only."""
    registry = "" if state.registry == MAIN else say(f"file.{state.registry}")
    base = "" if state.base == BASES[0] else say(f"file.{state.base}")
    shown = (registry, state.period, base)
    bandwidth, evidence = state.bandwidth_km, state.share

    def density() -> bytes:
        return density_geotiff(
            state.span,
            bandwidth_km=bandwidth,
            cell_km=WEB_CELL_KM,
            kernel="gaussian",
            evidence_share=evidence / 100,
        )[0]

    def picture(suffix: str) -> bytes:
        # drawing is loaded when a picture is asked for, not when the page opens
        from atlas.picture.model import picture_bytes

        shown = MapState(
            lang=state.lang,
            registry=state.registry,
            period=state.period,
            measure="verdict",
            overlays=(),
            base=state.base,
        )
        return picture_bytes(shown, suffix, made=date.today())

    # asked for while the page is drawn: a file is made outside of it
    address = server_address()

    def brief() -> bytes:
        from atlas.brief.files import brief_bytes

        return brief_bytes(
            str(state.department),
            period=state.period,
            lang=state.lang,
            registry=state.registry,
            address=address,
        )

    name = partial(file_name, say)
    department = department_name(str(state.department))
    files: list[tuple[str, str, Callable[[], bytes]]] = [
        ("map_png", f"{name('map', *shown)}.png", lambda: picture(".png")),
        ("map_svg", f"{name('map', *shown)}.svg", lambda: picture(".svg")),
        ("brief_pdf", f"{name('', department, state.period, say.lang)}.pdf", brief),
        (
            "excess_geojson",
            f"{name('excess', *shown)}.geojson",
            lambda: geojson_bytes(state.period, state.base, state.registry),
        ),
        (
            "density_tif",
            f"{name('density', *shown[:2], f'{bandwidth}km', say('file.evidence'), evidence)}.tif",
            density,
        ),
    ]
    st.html(render("hotspots/section", say, part="files", notes=[say("focos.files.lead")]))
    with st.container(horizontal=True, key="file_buttons"):
        for kind, called, make in files:
            st.download_button(
                say(f"focos.files.{kind}", evidence=say.percent(evidence / 100)),
                make,
                file_name=called,
                key=f"file_{kind}",
                on_click="ignore",
            )
