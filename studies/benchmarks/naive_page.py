"""The page that people write: every layer built anew at each run, one marker a cell, st_folium.

Kept as the yardstick of `make bench`; it is not part of the atlas.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
# Streamlit puts a script's own folder first, where statistics.py hides Python's module
sys.path.insert(0, sysconfig.get_path("stdlib"))

import folium
import streamlit as st
from streamlit_folium import st_folium

from atlas.results.regions import results_for
from data.context import load_mining_cells, load_named_places, load_route_waypoints
from data.geography import load_departments
from data.periods import PERIOD_CODES, parse_period

st.set_page_config(layout="wide")
period = st.segmented_control("Periodo", PERIOD_CODES, default="2023", required=True, key="period")
frame = load_departments(simplified=True).merge(
    results_for(parse_period(period))[["department_ubigeo", "smr"]], on="department_ubigeo"
)
page = folium.Map([-9.2, -75], zoom_start=5, tiles=None)
folium.GeoJson(
    frame,
    style_function=lambda feature: {
        "fillColor": "#6d2459" if (feature["properties"]["smr"] or 0) > 2 else "#eee",
        "weight": 1,
    },
    tooltip=folium.GeoJsonTooltip(["department", "smr"]),
).add_to(page)
for cell in load_mining_cells().itertuples():
    folium.CircleMarker(
        [cell.latitude, cell.longitude], radius=2, tooltip=f"{cell.mined_ha:.0f} ha"
    ).add_to(page)
for _, leg in load_route_waypoints().groupby(["route_id", "branch"]):
    if len(leg) > 1:
        folium.PolyLine(leg[["latitude", "longitude"]].values.tolist()).add_to(page)
for place in load_named_places().dropna(subset=["latitude"]).itertuples():
    folium.CircleMarker([place.latitude, place.longitude], tooltip=place.place).add_to(page)

if "iframe" in st.query_params:
    # the same page as cached HTML in a frame: quick, but a click cannot come back
    @st.cache_data(max_entries=32)
    def html(code: str) -> str:
        """Rendered map of a period."""
        return page.get_root().render()

    st.iframe(html(period), height=700)
else:
    st_folium(page, height=700, use_container_width=True, key="naive")
