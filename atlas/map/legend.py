"""The legend of a state, live and on paper: what is on the map, in the reader's language."""

from __future__ import annotations

from atlas.density.model import breaks_for, density_for, density_ticks, half_text
from atlas.map.addresses import left_out_overlays
from atlas.map.model import results_for
from atlas.map.overlays import area_keys, area_notes, area_scale, mining_years
from atlas.map.state import LEVELS, RATIO_MEASURES, MapState
from atlas.words import Words
from layers.legend import Key, LegendSpec, Scale, legend_html
from layers.palette import DENSITY, SCALES, Categories


def _subject(state: MapState, say: Words) -> str:
    """What is counted, in which unit and period: said under every scale."""
    unit = str(results_for(state.period)["unit"].iloc[0])
    return say(
        "legend.subject", unit=say(f"unit.{unit}.plural"), period=say(f"period.{state.period}")
    )


def measure_title(state: MapState, say: Words) -> str:
    """The measure, with the base of the expected counts where it has one."""
    title = say(f"measure.{state.measure}")
    if state.measure not in RATIO_MEASURES:
        return title
    return say("measure.by_base", measure=title, base=say(f"base.{state.base}"))


def _measure(state: MapState, say: Words, note: str) -> Scale:
    palette = SCALES[state.measure]
    title = measure_title(state, say)
    if isinstance(palette, Categories):
        names = tuple(say(f"verdict.{name}") for name in palette.colors)
        return Scale(title, tuple(palette.colors.values()), names, note)
    edges = tuple(
        say.number(edge, 0 if edge == int(edge) else len(f"{edge:g}".split(".")[1]))
        for edge in palette.breaks[1:-1]
    )
    return Scale(title, palette.colors, edges, note)


def _density(state: MapState, say: Words) -> Scale:
    edges = breaks_for(density_for(state.period, bandwidth_km=state.bandwidth_km))
    note = f"{_subject(state, say)}. {say('density.modelled')}"
    return Scale(say("legend.density"), DENSITY, density_ticks(edges, say), note)


def _outline_keys(state: MapState, say: Words, present: set[str]) -> list[tuple[Key, str]]:
    """What outlines of departments mean, and what a hatch does."""
    keys: list[tuple[Key, str]] = [
        (verdict, say(f"verdict.{verdict}")) for verdict in ("above", "below") if verdict in present
    ]
    if "untestable" in present and state.measure in ("smr", "verdict"):
        keys.append(("missing", say("legend.missing")))
    return keys


def _overlay_keys(overlays: tuple[str, ...], say: Words) -> list[tuple[Key, str]]:
    """Signs of what lies over the regions."""
    keys: list[tuple[Key, str]] = []
    if "mining" in overlays:
        keys.append(("mining", say("legend.mining", span=mining_years())))
    if "zones" in overlays:
        keys.append(("zone", say("legend.zone")))
        keys.append(("corridor", say("legend.corridor")))
    if "routes" in overlays:
        keys.append(("route", say("legend.route")))
        keys.append(("route_unknown", say("legend.route_unknown")))
    if "places" in overlays:
        keys.append(("place", say("legend.place")))
        keys.append(("estimate", say("legend.estimate")))
    if "services" in overlays:
        keys.append(("service", say("legend.service")))
    return keys


def _area_legend(state: MapState, say: Words) -> str:
    """Below the department: figures of people or hectares, and why there are no reports."""
    left_out = left_out_overlays(state)
    overlays = tuple(code for code in state.overlays if code not in left_out)
    notes = area_notes(state, say)
    if "mining" in overlays or state.area_measure == "mined":
        notes.append(say("legend.not_monitored"))
    keys = (*area_keys(state, say), *_overlay_keys(overlays, say))
    return legend_html(
        LegendSpec(area_scale(state, say), keys, tuple(notes), say("legend.heading"))
    )


def legend_for(state: MapState, say: Words, *, is_alone: bool = False) -> str:
    """Legend of a state as HTML with every text escaped.

    ``is_alone``: nothing else on the page says what "expected" means, so the legend does.
    """
    if state.level != LEVELS[0]:
        return _area_legend(state, say)
    results = results_for(state.period, state.base)
    present = set(results["verdict"])
    flags = {flag for row in results["flags"] for flag in row}
    if state.measure == "verdict" and "density" not in state.overlays:
        present -= {"above", "below"}  # the colours of the scale say it already
    keys = _outline_keys(state, say, present)
    if (results["reported_count"] == 0).any():
        keys.append(("zero", say("legend.zero")))
    if flags & {"depends_on_denominator", "not_ranked"}:
        keys.append(("flag", say("legend.flag")))
    if "denominator_mismatch" in flags:
        keys.append(("mismatch", say("legend.mismatch")))
    keys += _overlay_keys(state.overlays, say)
    notes = [say("verdict.why")] if is_alone else []
    if "density" in state.overlays:
        # the density takes the colour of the map over; the regions keep their outlines
        scale = _density(state, say)
        keys.append(("isopleth", say("legend.isopleth")))
        notes.append(half_text(state.period, state.bandwidth_km, say))
        if "not_ranked" in flags:
            notes.append(say("density.incomplete"))
    else:
        scale = _measure(state, say, _subject(state, say))
    if "mining" in state.overlays:
        notes.append(say("legend.not_monitored"))
    return legend_html(LegendSpec(scale, tuple(keys), tuple(notes), say("legend.heading")))


def picture_legend(
    state: MapState, say: Words, signs: tuple[tuple[Key, str], ...], *, has_estimates: bool
) -> LegendSpec:
    """Legend of a picture: what is drawn there, with the signs of caution that it bears."""
    results = results_for(state.period, state.base)
    keys: list[tuple[Key, str]] = []
    if state.department:
        names = results.set_index("department_ubigeo")["department"]
        keys.append(("marked", str(names[state.department])))
    keys += _outline_keys(state, say, set(results["verdict"]))
    drawn = tuple(name for name in state.overlays if name in ("mining", "routes", "places"))
    keys += [key for key in _overlay_keys(drawn, say) if has_estimates or key[0] != "estimate"]
    notes = [say("verdict.why")]
    if "density" in state.overlays:
        keys.append(("isopleth", say("legend.isopleth")))
        notes.append(say("density.modelled"))
    if "mining" in state.overlays:
        notes.append(say("legend.not_monitored"))
    unit = say(f"unit.{results['unit'].iloc[0]}.plural")
    scale = _measure(state, say, f"{unit}, {say(f'period.{state.period}')}")
    return LegendSpec(scale, (*keys, *signs), tuple(notes))
