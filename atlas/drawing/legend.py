"""The legend of a state, live and on paper: what is on the map, in the reader's language."""

from __future__ import annotations

from atlas.drawing.areas import area_keys, area_notes, area_scale, report_scale
from atlas.results.density import (
    breaks_for,
    density_for,
    density_ticks,
    half_text,
    modelled_text,
)
from atlas.results.regions import results_for
from atlas.results.sentences import flag_lines, mining_years, superseded
from atlas.view import LEVELS, RATIO_MEASURES, MapState, is_by_prosecutors, left_out_overlays
from atlas.words import Words
from layers.legend import Key, LegendSpec, Scale, legend_html
from layers.palette import DENSITY


def _subject(state: MapState, say: Words) -> str:
    """What is counted, in which unit and period: said under every scale."""
    unit = str(results_for(state.period, registry=state.registry)["unit"].iloc[0])
    return say(
        "legend.subject", unit=say(f"unit.{unit}.plural"), period=say(f"period.{state.period}")
    )


def measure_title(state: MapState, say: Words, *, is_alone: bool = True) -> str:
    """The measure, with the base of the expected counts where no control says it."""
    title = say(f"measure.{state.measure}")
    if state.measure not in RATIO_MEASURES or not is_alone:
        return title
    return say("measure.by_base", measure=title, base=say(f"base.{state.base}"))


def measure_scale(state: MapState, say: Words, note: str, *, is_alone: bool = True) -> Scale:
    """The colours of the measure, their edges as written, and a note under them."""
    return report_scale(state.measure, measure_title(state, say, is_alone=is_alone), note, say)


def _density(state: MapState, say: Words) -> Scale:
    edges = breaks_for(density_for(state.span, bandwidth_km=state.bandwidth_km))
    note = f"{_subject(state, say)}. {modelled_text(state.span, say)}"
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
    results = results_for(state.period, state.base, state.registry)
    present = set(results["verdict"])
    flags = {flag for row in results["flags"] for flag in row}
    if state.measure == "verdict":
        present -= {"above", "below"}  # the colours of the scale say it already
    is_density = "density" in state.overlays
    # the density takes the colour of the map over; of the regions the border is left
    keys = [] if is_density else _outline_keys(state, say, present)
    if (results["reported_count"] == 0).any() and not is_density:
        keys.append(("zero", say("legend.zero")))
    keys += _overlay_keys(state.overlays, say)
    notes = [say("verdict.why"), say("map.caveat")] if is_alone else []
    if is_density:
        scale = _density(state, say)
        keys.append(("isopleth", say("legend.isopleth")))
        notes.append(half_text(state.span, state.bandwidth_km, say))
        if "not_ranked" in flags:
            notes += flag_lines(state.span, ["not_ranked"], say)
    else:
        # beside the page the timeline and the card say what is counted, and when
        note = _subject(state, say) if is_alone else ""
        # a registry that has one base alone has no control that says it
        named = is_alone or not is_by_prosecutors(state.registry)
        scale = measure_scale(state, say, note, is_alone=named)
    if "mining" in state.overlays:
        notes.append(say("legend.not_monitored"))
    return legend_html(LegendSpec(scale, tuple(keys), tuple(notes), say("legend.heading")))


def drawn_overlays(state: MapState) -> tuple[str, ...]:
    """Overlays that a picture of a state draws: of the density the lines that hold its parts."""
    left_out = {"zones", "services", *left_out_overlays(state)}
    return tuple(name for name in state.overlays if name not in left_out)


def picture_legend(
    state: MapState, say: Words, signs: tuple[tuple[Key, str], ...], *, has_estimates: bool
) -> LegendSpec:
    """Legend of a picture: what is drawn there, with the signs of caution that it bears."""
    drawn = tuple(name for name in drawn_overlays(state) if name != "density")
    if state.level != LEVELS[0]:
        return LegendSpec(
            area_scale(state, say),
            (*area_keys(state, say), *_overlay_keys(drawn, say)),
            tuple(area_notes(state, say)),
        )
    results = results_for(state.period, state.base, state.registry)
    keys: list[tuple[Key, str]] = []
    if state.department:
        names = results.set_index("department_ubigeo")["department"]
        keys.append(("marked", str(names[state.department])))
    present = set(results["verdict"])
    if state.measure == "verdict":
        present -= {"above", "below"}  # the colours of the scale say it already
    keys += _outline_keys(state, say, present)
    keys += [key for key in _overlay_keys(drawn, say) if has_estimates or key[0] != "estimate"]
    notes = [say("verdict.why")]
    if "density" in state.overlays:
        keys.append(("isopleth", say("legend.isopleth")))
        notes.append(modelled_text(state.span, say))
    if "mining" in state.overlays:
        notes += [say("legend.not_monitored"), *filter(None, [superseded(say)])]
    # what is counted, and when, stands under the title
    return LegendSpec(measure_scale(state, say, ""), (*keys, *signs), tuple(notes))
