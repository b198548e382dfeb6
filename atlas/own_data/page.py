"""Mis datos: template, upload, report, a private map and tables, and a button that deletes."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from atlas.drawing.small_maps import rim_paths, small_view
from atlas.html import render
from atlas.own_data import page_reading
from atlas.own_files import records as model
from atlas.own_files.lists import PlanningList
from atlas.own_files.places import gazetteer
from atlas.own_files.records import OwnRecords
from atlas.own_files.report import Report, word_of
from atlas.tables import csv_bytes
from atlas.view import areas_for
from atlas.web import own_lists
from atlas.web.components import Drawing, draw_map, language_control, sortable_table, write_link
from atlas.web.own_lists import OWN
from atlas.web.upload_report import report_section, upload_box
from atlas.words import Words, file_name, words
from data.readers.limits import UPLOAD_BYTES
from geo.privacy.minimum_count import ROUNDING_BASE, k_anonymity, shown_from
from geo.privacy.suppression import Protected

LARGEST_RADIUS = 18.0
SMALLEST_RADIUS = 7.5
"""of a circle, in view units; in the smallest the number can still be read."""


def circles(counts: pd.Series) -> list[tuple[str, float, float, float]]:
    """Return province, x, y and radius in view units, largest first; areas are proportional.

    A circle stands at the province's capital, which is public.
    """
    capitals, drawn = gazetteer().positions, []
    for code, count in counts.sort_values(ascending=False).items():
        radius = max(SMALLEST_RADIUS, LARGEST_RADIUS * math.sqrt(count / counts.max()))
        drawn.append((str(code), *small_view().at(*capitals[f"{code}01"]), round(radius, 2)))
    return drawn


def _names(code: str) -> tuple[str, str]:
    """Return the names of a province and its department."""
    return gazetteer().names[code], gazetteer().names[code[:2]]


def heading(key: str, records: OwnRecords, say: Words) -> str:
    """Return the heading of a card; it says so where records are invented."""
    mark = {"mark": say("own.field.invented")} if records.is_invented else {}
    return render("heading", say, title=say(key), **mark)


def _marked(text: str, records: OwnRecords, say: Words) -> str:
    return f"{say('own.field.invented')}: {text}" if records.is_invented else text


def _missing(records: OwnRecords, say: Words) -> str:
    count = model.unplaced_count(records)
    return say.number(count) if count else str(records.counts.hidden_as)


def map_section(records: OwnRecords, say: Words) -> None:
    """Draw the map of circles, or say that all is hidden."""
    hidden, totals = records.counts.hidden_as, model.shown_totals(records)
    st.html(heading("own.map", records, say))
    missing = say("own.map.missing", missing=_missing(records, say))
    text = say("own.map.text", from_count=shown_from(k_anonymity()), hidden=hidden)
    if totals.empty:
        st.html(render("paragraph", say, kind="own-told", text=say("own.map.none")))
        st.html(render("paragraph", say, kind="how", text=text))
        return
    bubbles = []
    for code, x, y, radius in circles(totals):
        (province, department), count = _names(code), say.number(totals[code])
        tip = say("own.map.tip", province=province, department=department, count=count)
        bubbles.append((x, y, radius, count, tip))
    alt = say("own.map.alt", count=say.number(len(bubbles)))
    outlines = areas_for("provinces").set_index("area_ubigeo")["geometry"]
    # a province made since the outlines were drawn has none
    rims = rim_paths([outlines[code] for code in totals.index if code in outlines.index])
    drawing = Drawing(alt=_marked(alt, records, say), bubbles=bubbles, rims=rims, is_plain=True)
    draw_map(drawing, key="own_map", lang=say.lang, height_rem=27)
    st.html(render("paragraph", say, kind="how", text=f"{text} {missing}"))


def table_section(records: OwnRecords, say: Words) -> None:
    """Draw the protected counts as a table with its download."""
    st.html(heading("own.table", records, say))
    _table(records, say)
    name = file_name(say, "records", is_invented=records.is_invented)
    _csv_button(say("own.download"), partial(_counts_csv, records, say), name, key="download")


def _csv_button(label: str, make: Callable[[], bytes], name: str, *, key: str) -> None:
    st.download_button(
        label,
        make,
        file_name=f"{name}.csv",
        mime="text/csv",
        key=OWN.key(key),
        on_click="ignore",
    )


def _counts_csv(records: OwnRecords, say: Words) -> bytes:
    totals = model.shown_totals(records)
    codes = records.counts.frame["province_ubigeo"].unique()
    hidden = records.counts.hidden_as
    by_code = {
        "province": {code: _names(code)[0] for code in codes},
        "department": {code: _names(code)[1] for code in codes},
        "period_total": {code: str(totals.get(code, hidden)) for code in codes},
    }
    named = {column: ("province_ubigeo", texts) for column, texts in by_code.items()}
    places = ("province_ubigeo", "province", "department")
    columns = (*places, "year", "reported_count", "period_total")
    heads = {"year": say("column.year"), "reported_count": say("own.profile.count")}
    heads["period_total"] = say("own.period_total", **_span(records))
    return csv_bytes(records.counts, "T2", columns=columns, say=say, heads=heads, named=named)


def _span(records: OwnRecords) -> dict[str, int]:
    return {
        "first": int(records.counts.frame["year"].min()),
        "last": int(records.counts.frame["year"].max()),
    }


def _shown_years(records: OwnRecords) -> list[int]:
    return sorted(
        {int(year) for year in records.counts.frame["year"][~records.counts.frame["is_suppressed"]]}
    )


def _table(records: OwnRecords, say: Words) -> None:
    """Only provinces with a shown total have a row: the others are alike in all years."""
    counts, years = records.counts, _shown_years(records)
    cells, hidden, total = counts.frame, counts.hidden_as, counts.grand_total
    caption = say(
        "own.table.caption",
        hidden=hidden,
        total=say.number(total) if total is not None else say("own.total.hidden"),
    )
    wide = cells.pivot(index="province_ubigeo", columns="year", values="reported_count")
    totals = model.shown_totals(records).sort_values(ascending=False, kind="stable")
    rows = []
    for code, count in totals.items():
        values = [wide.loc[code, year] for year in years]
        texts = [hidden if pd.isna(value) else say.number(int(value)) for value in values]
        rows.append((*_names(str(code)), [*texts, say.number(count)]))
    key = "own.table.rest" if rows else "own.table.none"
    rest = say(key, count=say.number(len(wide) - len(rows)), hidden=hidden)
    if rows:
        first = shown_from(k_anonymity())
        rest += " " + say("own.table.rule", first=first, last=first + ROUNDING_BASE - 1)
    if records.outside_years:
        outside = model.outside_count(records)
        count = say.number(outside) if outside else hidden
        rest += " " + say("own.outside_cube", count=count, first=int(cells["year"].min()))
    whole = say("own.period_total", **_span(records))
    html = render("own/table", say, rows=rows, years=[*years, whole], caption=caption, rest=rest)
    if rows:
        sortable_table(html, say, key="own_table")
    else:
        st.html(html)


def profile_section(profile: Protected, records: OwnRecords, say: Words) -> None:
    """Draw a protected profile by sex and age or by purpose, with its download."""
    frame, hidden = profile.frame, profile.hidden_as
    *rows_by, by = [name for name in frame.columns if name not in _COUNTS]
    is_crossed = bool(rows_by)
    part = "sex_age" if is_crossed else "purpose"
    st.html(heading(f"own.profile.{part}", records, say))
    visible = frame[~frame["is_suppressed"]]
    heads = [say("own.field.age_band" if is_crossed else "own.field.exploitation_purpose")]
    # a band is a row, a sex is a column; one without a shown count is in neither
    sexes = (
        [sex for sex in frame["sex"].unique() if sex in set(visible["sex"])] if is_crossed else []
    )
    heads += [word_of("sex", sex, say) for sex in sexes] or [say("own.profile.count")]
    counts = {
        tuple(row[name] for name in (by, *rows_by)): say.number(row["reported_count"])
        for row in visible.to_dict("records")
    }
    codes = [code for code in frame[by].unique() if code in set(visible[by])]
    cells = [(sex,) for sex in sexes] if is_crossed else [()]
    rows = [
        (word_of(by, code, say), [counts.get((code, *cell), hidden) for cell in cells])
        for code in codes
    ]
    text = say("own.profile.text", hidden=hidden)
    rest = say("own.profile.rest" if rows else "own.profile.none", hidden=hidden)
    title = say(f"own.profile.{part}")
    st.html(render("own/profile", say, title=title, heads=heads, rows=rows, rest=f"{rest} {text}"))
    suffix = "" if is_crossed else "_purpose"
    name = file_name(say, f"profile.{part}", is_invented=records.is_invented)
    label, key = say(f"own.profile.download{suffix}"), f"profile_{part}_csv"
    _csv_button(label, partial(_profile_csv, profile, say), name, key=key)


def _profile_csv(profile: Protected, say: Words) -> bytes:
    frame = profile.frame
    keys = [name for name in frame.columns if name not in _COUNTS]
    named = {
        name: (name, {code: word_of(name, code, say) for code in frame[name]}) for name in keys
    }
    heads = {name: say(f"own.field.{name}") for name in keys}
    heads["reported_count"] = say("own.profile.count")
    columns = (*keys, "reported_count")
    return csv_bytes(profile, "T2", columns=columns, say=say, heads=heads, named=named)


_COUNTS = ("reported_count", "is_suppressed")
_STYLE = (Path(__file__).resolve().parent.parent / "web" / "static" / "own.css").read_text("utf-8")
SAMPLE = "datos-inventados.csv"


def _delete(forget: Callable[[], None]) -> None:
    forget()
    OWN.state.is_deleted = True
    gc.collect()


def _use_sample() -> None:
    from atlas.own_data.template import sample_bytes

    own_lists.take_file("records", SAMPLE, sample_bytes("csv", lang=st.session_state["lang"]))


def _prepare(say: Words) -> None:
    from atlas.own_data.template import sample_bytes, template_bytes

    st.html(render("heading", say, title=say("own.prepare"), text=say("own.prepare.text")))
    with st.container(horizontal=True, gap="small", key="own_files"):
        for name, make, form, of in (
            ("template_xlsx", template_bytes, "xlsx", "template"),
            ("template_csv", template_bytes, "csv", "template"),
            ("sample_csv", sample_bytes, "csv", "invented"),
        ):
            st.download_button(
                say(f"own.{name}"),
                partial(make, form, lang=say.lang),
                file_name=f"{file_name(say, of)}.{form}",
                key=OWN.key(f"{name}"),
                on_click="ignore",
            )
        st.button(say("own.sample_use"), key=OWN.key("sample"), on_click=_use_sample)


def _refused(refused: PlanningList, records: PlanningList | None, say: Words) -> None:
    refusal = own_lists.refusal_html(refused, say)
    if records is None and not refused.to_confirm:
        st.html(f'<div role="alert">{refusal}</div>')
        return
    if records is not None:
        refusal += page_reading.kept_html(records, say)
    with st.container(key="own_bad"):
        st.html(f'<div role="alert">{refusal}</div>')
        with st.container(horizontal=True, key="own_out"):
            own_lists.confirm_button(refused, say, key=OWN.key("drop"))
            own_lists.discard_button("records", say, key=OWN.key("discard"))
        own_lists.folded_report(refused.report, say)


def _status(report: Report, forget: Callable[[], None], say: Words) -> None:
    numbers = (
        ("own.rows", report.row_count),
        ("own.used" if report.is_accepted else "own.used_refused", report.used_count),
        ("own.left_out", report.left_out_count),
    )
    with st.container(horizontal=True, vertical_alignment="center", key="own_status"):
        st.html(render("own/numbers", say, numbers=numbers))
        st.button(
            say("own.delete"),
            key=OWN.key("delete"),
            type="primary",
            on_click=_delete,
            args=(forget,),
        )


def _use() -> None:
    OWN.state.uses_records = st.session_state[OWN.key("use")]


def _demand(records: OwnRecords, say: Words) -> None:
    count = len(model.shown_totals(records))
    text = say(
        "own.demand.text" if count else "own.demand.none",
        count=say.number(count),
        from_count=shown_from(k_anonymity()),
        missing=_missing(records, say),
    )
    st.html(heading("own.demand", records, say) + render("paragraph", say, kind="how", text=text))
    # Streamlit drops the key with the page; the session keeps the choice
    st.toggle(
        say("own.demand.use"),
        value=OWN.state.uses_records,
        key=OWN.key("use"),
        disabled=not count,
        on_change=_use,
        help=say("own.demand.use.help"),
    )


def page(forget: Callable[[], None]) -> None:
    """Draw the page; ``forget`` removes own files and everything made from them."""
    say = words(st.session_state["lang"])
    write_link({"lang": say.lang})
    st.html(f"<style>{_STYLE}</style>")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(say("nav.own"), anchor=False)
        language_control(say)
    st.html(render("paragraph", say, kind="lead", text=say("own.lead")))
    current, refused = own_lists.kept_list("records"), own_lists.refused_lists().get("records")
    records = None if current is None else current.own
    if records is not None and records.is_invented:
        bold, text = say("own.field.invented"), say("own.invented.text")
        st.html(render("paragraph", say, kind="own-invented", role="note", bold=bold, text=text))
    mapping = OWN.state.mapping
    if refused is not None and refused.content and not refused.to_confirm:
        page_reading.confirm_section(refused, current, say)
    elif refused is not None:
        _refused(refused, current, say)
    elif mapping is not None and current is None:
        text = say("own.read.mapping", file=mapping[0])
        st.html(render("paragraph", say, kind="own-told", role="status", text=text))
    elif OWN.state.is_deleted:
        text = say("own.deleted")
        st.html(render("paragraph", say, kind="own-told", role="status", text=text))
    if current is not None and records is not None:
        _status(current.report, forget, say)
        with st.expander(say("own.another"), key=OWN.key("another")):
            _boxes(say)
        if current.report.reading is not None:
            page_reading.how_read(current.report.reading, say)
        _result(records, current.report, say)
        st.html(render("paragraph", say, kind="how", text=say("own.caveat")))
    else:
        if refused is not None and refused.refusal is None:
            _status(refused.report, forget, say)
            with st.container(key="own_report_box"):
                report_section(refused.report, say)
        _boxes(say)


def _boxes(say: Words) -> None:
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="own_prepare", height="stretch"):
        _prepare(say)
    with right, st.container(key="own_upload", height="stretch"):
        st.html(render("heading", say, title=say("own.upload"), text=say("own.law")))
        take = partial(own_lists.take_file, "records")
        upload_box(say, key="own", label="own.file", largest=UPLOAD_BYTES, take=take)


def _result(records: OwnRecords, report: Report, say: Words) -> None:
    if not report.is_clean:
        with st.container(key="own_report_box"):
            report_section(report, say)
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="own_counts", height="stretch"):
        map_section(records, say)
    with right, st.container(key="own_table_box", height="stretch"):
        table_section(records, say)
    with st.container(key="own_demand_box"):
        _demand(records, say)
        if report.is_clean:
            report_section(report, say)
    if records.profiles:
        places = st.columns(len(records.profiles), gap="medium")
        for number, (place, profile) in enumerate(zip(places, records.profiles, strict=True)):
            with place, st.container(key=f"own_profile_{number}", height="stretch"):
                profile_section(profile, records, say)
