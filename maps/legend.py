"""The legend of a state: it says what is on the map, in the reader's language, and nothing else."""

from __future__ import annotations

from layers.legend import Key, LegendSpec, Scale, legend_html
from layers.palette import DENSITY, Categories, palette_for
from maps.layer_addresses import PALETTE_NAMES, left_out_overlays
from maps.mining_words import mining_years
from maps.results import results_for
from maps.state import LEVELS, RATIO_MEASURES, MapState
from messages import Words


def edge_labels(breaks: tuple[float, ...], say: Words) -> tuple[str, ...]:
    """Inner edges of a scale as the language writes them."""
    inner = breaks[1:-1]
    texts = [
        say.number(edge, 0 if edge == int(edge) else len(f"{edge:g}".split(".")[1]))
        for edge in inner
    ]
    return tuple(texts)


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


def _measure(state: MapState, say: Words) -> Scale:
    palette = palette_for(PALETTE_NAMES[state.measure])  # type: ignore[arg-type]
    title, note = measure_title(state, say), _subject(state, say)
    if isinstance(palette, Categories):
        return Scale(
            title,
            tuple(palette.colors.values()),
            tuple(say(f"verdict.{name}") for name in palette.colors),
            note,
        )
    return Scale(title, palette.colors, edge_labels(palette.breaks, say), note)


def _density(state: MapState, say: Words) -> Scale:
    # rasters and contours are loaded only where a density is shown
    from geo.density_png import density_breaks
    from maps.density import density_for

    edges = density_breaks(
        density_for(state.period, bandwidth_km=state.bandwidth_km), classes=len(DENSITY), ratio=100
    )
    texts = []
    for edge in edges[1:-1]:
        per_area = edge * 1000
        texts.append(say.number(per_area, 0 if per_area >= 10 else 1 if per_area >= 1 else 2))
    return Scale(
        say("legend.density"),
        DENSITY,
        tuple(texts),
        f"{_subject(state, say)}. {say('density.modelled')}",
    )


def overlay_keys(overlays: tuple[str, ...], say: Words) -> list[tuple[Key, str]]:
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
    from maps.area_words import area_keys, area_notes, area_scale

    left_out = left_out_overlays(state)
    overlays = tuple(code for code in state.overlays if code not in left_out)
    notes = area_notes(state, say)
    if "mining" in overlays or state.area_measure == "mined":
        notes.append(say("legend.not_monitored"))
    return legend_html(
        LegendSpec(
            (area_scale(state, say),),
            (*area_keys(state, say), *overlay_keys(overlays, say)),
            tuple(notes),
            heading=say("legend.heading"),
        )
    )


def legend_for(state: MapState, say: Words, *, is_alone: bool = False) -> str:
    """Legend of a state as HTML with every text escaped.

    ``is_alone``: nothing else on the page says what "expected" means, so the legend does.
    """
    if state.level != LEVELS[0]:
        return _area_legend(state, say)
    results = results_for(state.period, state.base)
    keys: list[tuple[Key, str]] = []
    present = set(results["verdict"])
    flags = {flag for row in results["flags"] for flag in row}
    for verdict in ("above", "below"):
        # where the colours are the verdicts the scale says it already
        if verdict in present and (state.measure != "verdict" or "density" in state.overlays):
            keys.append((verdict, say(f"verdict.{verdict}")))
    if "untestable" in present and state.measure in ("smr", "verdict"):
        keys.append(("missing", say("legend.missing")))
    if (results["reported_count"] == 0).any():
        keys.append(("zero", say("legend.zero")))
    if flags & {"depends_on_denominator", "not_ranked"}:
        keys.append(("flag", say("legend.flag")))
    if "denominator_mismatch" in flags:
        keys.append(("mismatch", say("legend.mismatch")))
    keys += overlay_keys(state.overlays, say)
    # the density takes the colour of the map over; the regions keep their outlines
    scales = [_density(state, say) if "density" in state.overlays else _measure(state, say)]
    if "density" in state.overlays:
        keys.append(("isopleth", say("legend.isopleth")))
    notes = [say("verdict.why")] if is_alone else []
    if "density" in state.overlays:
        from maps.density import half_of_reports

        half = half_of_reports(state.period, state.bandwidth_km)
        area, people = say.percent(half.area_share, 1), say.percent(half.people_share)
        notes.append(say("density.half", area=area, people=people))
        if "not_ranked" in flags:
            notes.append(say("density.incomplete"))
    if "mining" in state.overlays:
        notes.append(say("legend.not_monitored"))
    return legend_html(
        LegendSpec(tuple(scales), tuple(keys), tuple(notes), heading=say("legend.heading"))
    )
