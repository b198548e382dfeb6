"""What may be shown of own records: counts by province and year, and a density in classes."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo.errors import DisclosureError
from geo.support import MIN_PLACES
from geo.threshold import k_anonymity, shown_from
from layers.palette import DENSITY
from maps.downloads import csv_bytes
from maps.own_pictures import circles, class_picture, province_names, province_rims
from maps.own_records import OwnRecords, density_of, shown_by_province
from messages import Words
from templates import render
from views.small_map import Drawing, draw_map

BANDWIDTHS_KM = (20, 40, 60)
_ALL = 0
"""the code of "all years" among the years"""


def heading(key: str, own: OwnRecords, say: Words) -> str:
    """The heading of a card; over invented rows it says so, for a picture taken of it alone."""
    mark = {"mark": say("own.invented")} if own.is_invented else {}
    return render("heading", say, title=say(key), **mark)


def _alt(text: str, own: OwnRecords, say: Words) -> str:
    return f"{say('own.invented')}: {text}" if own.is_invented else text


def map_section(own: OwnRecords, say: Words) -> None:
    """Draw the map of circles, or say that all is hidden."""
    hidden = own.counts.attrs["hidden_as"]
    st.html(heading("own.map", own, say))
    text = say("own.map.text", from_count=shown_from(k_anonymity()), hidden=hidden)
    if own.counts["is_suppressed"].all():
        st.html(render("paragraph", say, kind="own-told", text=say("own.map.none")))
        st.html(render("paragraph", say, kind="how", text=text))
        return
    years = sorted({int(year) for year in own.counts["year"][~own.counts["is_suppressed"]]})
    chosen = st.segmented_control(
        say("own.year"),
        (_ALL, *years),
        default=_ALL,
        required=True,
        key="own_year",
        format_func=lambda year: str(year) if year else say("own.year.all"),
        label_visibility="collapsed",
        wrap=True,
    )
    counts = shown_by_province(own, int(chosen) or None)
    names = province_names()
    bubbles = [
        (x, y, radius, say.number(counts[code]), _tip(names[code], int(counts[code]), say))
        for code, x, y, radius in circles(counts)
    ]
    alt = say("own.map.alt", count=say.number(len(bubbles)))
    rims = province_rims(map(str, counts.index))
    drawing = Drawing(alt=_alt(alt, own, say), bubbles=bubbles, rims=rims, is_plain=True)
    draw_map(drawing, key="own_map", lang=say.lang, height_rem=27)
    st.html(render("paragraph", say, kind="how", text=text))


def _tip(names: tuple[str, str], count: int, say: Words) -> str:
    return say("own.map.tip", province=names[0], department=names[1], count=say.number(count))


def table_section(own: OwnRecords, say: Words) -> None:
    """Draw the protected counts as a table, and the download of them."""
    st.html(heading("own.table", own, say))
    _table(own, own.counts.attrs["hidden_as"], say)
    mark = "datos-inventados-" if own.is_invented else ""
    st.download_button(
        say("own.download"),
        lambda: csv_bytes(own.counts, "T2"),
        file_name=f"{mark}registros-por-provincia.csv",
        mime="text/csv",
        key="own_download",
        on_click="ignore",
    )


def _table(own: OwnRecords, hidden: str, say: Words) -> None:
    """Only provinces with a shown cell have a row: the others are alike in all years."""
    cells = own.counts
    shown = cells[~cells["is_suppressed"]]
    years = sorted(int(year) for year in shown["year"].unique())
    total = cells.attrs["grand_total"]
    caption = say(
        "own.table.caption",
        hidden=hidden,
        total=say.number(total) if total is not None else say("own.total.hidden"),
    )
    names = province_names()
    wide = cells.pivot_table(
        index="province_ubigeo", columns="year", values="reported_count", aggfunc="first"
    )
    wide = wide.reindex(columns=years)
    listed = sorted(
        shown["province_ubigeo"].unique(), key=lambda code: -int(wide.loc[code].fillna(0).sum())
    )
    rows = [
        (*names[code], [_cell(wide.loc[code, year], hidden, say) for year in years])
        for code in listed
    ]
    some = "own.table.rest" if listed else "own.table.none"
    rest = say(some, count=say.number(len(names) - len(listed)), hidden=hidden)
    outside = ""
    if own.no_year or own.other_years:
        told = say(
            "own.outside_cube",
            no_year=say.number(own.no_year),
            other=say.number(own.other_years),
            first=int(cells["year"].min()),
        )
        outside = f" {told}"
    values = {"rows": rows, "years": years, "caption": caption, "rest": rest + outside}
    st.html(render("own/table", say, **values))


def _cell(value: object, hidden: str, say: Words) -> str:
    return hidden if pd.isna(value) else say.number(int(str(value)))


def density_section(own: OwnRecords, say: Words) -> None:
    """Draw the density in classes, or say that no pixel may be shown."""
    st.html(heading("own.density", own, say))
    chosen = int(
        st.segmented_control(
            say("controls.bandwidth"),
            BANDWIDTHS_KM,
            default=40,
            required=True,
            key="own_bandwidth",
            format_func=lambda km: say("controls.bandwidth_km", km=km),
        )
    )
    rule = say(
        "own.density.text", records=k_anonymity(), places=MIN_PLACES, reach=say.number(2 * chosen)
    )
    try:
        href, box = class_picture(density_of(own, chosen))
    except DisclosureError:
        st.html(render("paragraph", say, kind="own-told", text=say("own.density.none")))
    else:
        drawing = Drawing(alt=_alt(say("own.density.alt"), own, say), image=(href, box))
        draw_map(drawing, key="own_density_map", lang=say.lang, height_rem=27)
        st.html(render("own/density", say, colors=DENSITY))
    st.html(render("paragraph", say, kind="how", text=rule))
