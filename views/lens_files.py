"""The files of the hot spots page, each made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from maps.change import change_for
from maps.density import WEB_CELL_KM, density_geotiff
from maps.downloads import csv_bytes
from maps.geojson import geojson_bytes
from maps.hotspot_state import HotspotState
from maps.lenses import lens_grades, robustness_rows
from maps.state import MapState
from messages import Words


def _picture(state: HotspotState, suffix: str) -> bytes:
    # drawing is loaded when a picture is asked for, not when the page opens
    from maps.picture import picture_bytes

    shown = MapState(
        lang=state.lang,
        period=state.period,
        measure="verdict",
        department=state.department,
        overlays=(),
    )
    return picture_bytes(shown, suffix)


def _brief(state: HotspotState) -> bytes:
    from maps.brief import brief_bytes

    return brief_bytes(str(state.department), period=state.period, lang=state.lang)


def downloads_section(
    state: HotspotState,
    say: Words,
    *,
    unit: str,
    bandwidth_km: int,
    evidence_percent: int,
    compared: tuple[str, str],
) -> None:
    """Draw the buttons; names of files hold codes only."""
    st.html(
        f'<section id="focos-files" class="block"><h2>{escape(say("focos.files.title"))}</h2>'
        f'<p class="lead">{escape(say("focos.files.lead"))}</p></section>'
    )
    period = state.period.replace("/", "_")
    before, after = (code.replace("/", "_") for code in compared)

    def lenses() -> bytes:
        table = lens_grades(state.period, state.statistic, seed=state.seed, replicas=state.replicas)
        return csv_bytes(table, "T1", period=state.period)

    def geotiff() -> bytes:
        return density_geotiff(
            state.period,
            bandwidth_km=bandwidth_km,
            cell_km=WEB_CELL_KM,
            kernel="gaussian",
            evidence_share=evidence_percent / 100,
        )[0]

    files: list[tuple[str, str, str, Callable[[], bytes]]] = [
        ("lenses_csv", f"focos-{period}.csv", "text/csv", lenses),
        ("excess_geojson", f"exceso-{period}.geojson", "application/geo+json",
         lambda: geojson_bytes(state.period)),
        ("robust_csv", f"robustez-{unit.replace(' ', '_')}.csv", "text/csv",
         lambda: csv_bytes(robustness_rows(unit), "T1")),
        ("change_csv", f"cambio-{before}-{after}.csv", "text/csv",
         lambda: csv_bytes(change_for(*compared), "T1", period=" / ".join(compared))),
        ("density_tif", f"densidad-{period}-{bandwidth_km}km-{evidence_percent}evidencia.tif",
         "image/tiff", geotiff),
        ("brief_pdf", f"ficha-{state.department}-{period}.pdf", "application/pdf",
         lambda: _brief(state)),
        ("map_png", f"veredicto-{period}.png", "image/png", lambda: _picture(state, ".png")),
        ("map_svg", f"veredicto-{period}.svg", "image/svg+xml", lambda: _picture(state, ".svg")),
    ]  # fmt: skip
    with st.container(horizontal=True, key="file_buttons"):
        for name, file_name, mime, make in files:
            st.download_button(
                say(f"focos.files.{name}", evidence=say.percent(evidence_percent / 100)),
                make,
                file_name=file_name,
                mime=mime,
                key=f"file_{name}",
                on_click="ignore",
            )
