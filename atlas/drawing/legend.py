"""The legend of a view, live and on paper: what is on the map, in the reader's language."""

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
from atlas.view import LEVELS, RATIO_MEASURES, View, left_out_overlays
from atlas.words import Words
from layers.legend import Key, LegendSpec, Scale, legend_html
from layers.palette import DENSITY


def _subject(view: View, say: Words) -> str:
    """What is counted, in which unit and period: said under every scale."""
    unit = str(results_for(view.period)["unit"].iloc[0])
    return say(
        "legend.subject", unit=say(f"unit.{unit}.plural"), period=say(f"period.{view.period.code}")
    )


def measure_title(view: View, say: Words, *, is_alone: bool = True) -> str:
    """The measure, with the base of the expected counts where no control says it."""
    title = say(f"measure.{view.measure}")
    if view.measure not in RATIO_MEASURES or not is_alone:
        return title
    return say("measure.by_base", measure=title, base=say(f"base.{view.base}"))


def measure_scale(view: View, say: Words, note: str, *, is_alone: bool = True) -> Scale:
    """The colours of the measure, their edges as written, and a note under them."""
    return report_scale(view.measure, measure_title(view, say, is_alone=is_alone), note, say)


def _density(view: View, say: Words) -> Scale:
    edges = breaks_for(density_for(view.period, bandwidth_km=view.bandwidth_km))
    note = f"{_subject(view, say)}. {modelled_text(view.period, say)}"
    return Scale(say("legend.density"), DENSITY, density_ticks(edges, say), note)


def _outline_keys(view: View, say: Words, present: set[str]) -> list[tuple[Key, str]]:
    """What outlines of departments mean, and what a hatch does."""
    keys: list[tuple[Key, str]] = [
        (verdict, say(f"verdict.{verdict}")) for verdict in ("above", "below") if verdict in present
    ]
    if "untestable" in present and view.measure in ("smr", "verdict"):
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


def _area_legend(view: View, say: Words) -> str:
    """Below the department: figures of people or hectares, and why there are no reports."""
    left_out = left_out_overlays(view)
    overlays = tuple(code for code in view.overlays if code not in left_out)
    notes = area_notes(view, say)
    if "mining" in overlays or view.area_measure == "mined":
        notes.append(say("legend.not_monitored"))
    keys = (*area_keys(view, say), *_overlay_keys(overlays, say))
    return legend_html(LegendSpec(area_scale(view, say), keys, tuple(notes), say("legend.heading")))


def legend_for(view: View, say: Words, *, is_alone: bool = False) -> str:
    """Legend of a view as HTML with every text escaped.

    ``is_alone``: nothing else on the page says what "expected" means, so the legend does.
    """
    if view.level != LEVELS[0]:
        return _area_legend(view, say)
    results = results_for(view.period, view.base)
    present = set(results["verdict"])
    flags = {flag for row in results["flags"] for flag in row}
    if view.measure == "verdict":
        present -= {"above", "below"}  # the colours of the scale say it already
    is_density = "density" in view.overlays
    # the density takes the colour of the map over; of the regions the border is left
    keys = [] if is_density else _outline_keys(view, say, present)
    if (results["reported_count"] == 0).any() and not is_density:
        keys.append(("zero", say("legend.zero")))
    keys += _overlay_keys(view.overlays, say)
    notes = [say("verdict.why"), say("map.caveat")] if is_alone else []
    if is_density:
        scale = _density(view, say)
        keys.append(("isopleth", say("legend.isopleth")))
        notes.append(half_text(view.period, view.bandwidth_km, say))
        if "not_ranked" in flags:
            notes += flag_lines(view.period, ["not_ranked"], say)
    else:
        # beside the page the timeline and the card say what is counted, and when
        note = _subject(view, say) if is_alone else ""
        # a registry that has one base alone has no control that says it
        named = is_alone or not view.period.is_by_prosecutors
        scale = measure_scale(view, say, note, is_alone=named)
    if "mining" in view.overlays:
        notes.append(say("legend.not_monitored"))
    return legend_html(LegendSpec(scale, tuple(keys), tuple(notes), say("legend.heading")))


def drawn_overlays(view: View) -> tuple[str, ...]:
    """Overlays that a picture of a view draws: of the density the lines that hold its parts."""
    left_out = {"zones", "services", *left_out_overlays(view)}
    return tuple(name for name in view.overlays if name not in left_out)


def picture_legend(
    view: View, say: Words, signs: tuple[tuple[Key, str], ...], *, has_estimates: bool
) -> LegendSpec:
    """Legend of a picture: what is drawn there, with the signs of caution that it bears."""
    drawn = tuple(name for name in drawn_overlays(view) if name != "density")
    if view.level != LEVELS[0]:
        return LegendSpec(
            area_scale(view, say),
            (*area_keys(view, say), *_overlay_keys(drawn, say)),
            tuple(area_notes(view, say)),
        )
    results = results_for(view.period, view.base)
    keys: list[tuple[Key, str]] = []
    if view.department:
        names = results.set_index("department_ubigeo")["department"]
        keys.append(("marked", str(names[view.department])))
    present = set(results["verdict"])
    if view.measure == "verdict":
        present -= {"above", "below"}  # the colours of the scale say it already
    keys += _outline_keys(view, say, present)
    keys += [key for key in _overlay_keys(drawn, say) if has_estimates or key[0] != "estimate"]
    notes = [say("verdict.why")]
    if "density" in view.overlays:
        keys.append(("isopleth", say("legend.isopleth")))
        notes.append(modelled_text(view.period, say))
    if "mining" in view.overlays:
        notes += [say("legend.not_monitored"), *filter(None, [superseded(say)])]
    # what is counted, and when, stands under the title
    return LegendSpec(measure_scale(view, say, ""), (*keys, *signs), tuple(notes))
