"""The timeline: a registry's counts step by step, on which a period is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from atlas.results.coverage_dates import registry_name, year_span
from atlas.results.sentences import flag_lines
from atlas.view import View, is_counted
from atlas.web.components import component
from atlas.web.session import Feature, triggered
from atlas.words import Words, words
from data.cache import cached
from data.periods import (
    EXTRAPOLATED,
    LEVELS,
    PART_YEAR,
    REGISTRIES,
    Period,
    Registry,
    default_period,
    find_period,
    parse_period,
    span_months,
    steps_of,
)
from data.reports import load_series

VIEWS = ("year", "month")
_SIGN = "\N{BLACK FLAG}"
_STEPS: Feature[dict[str, str]] = Feature("timeline", dict)
"""years or months, by the key of a timeline"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of a registry as the timeline draws it."""

    code: str
    """of the step as a period: "2019", "2025-01/2025-11", "2024-03"."""
    name: str
    """in the reader's words, e.g. "marzo de 2024"."""
    count: int | None
    """reports; None where the registry has none for this step, which is not zero."""
    tick: str = ""
    """under the bar; empty where there is no room for each."""
    mark: str = ""
    """a sign of caution over the bar."""
    note: str = ""
    """what the sign means."""
    is_partial: bool = False
    gap: str = ""
    """word in the place of a bar whose count is unknown."""


def period_between(bars: Sequence[Bar], first: object, last: object) -> str | None:
    """Code of the period from one step to another, both included, whichever comes first.

    None where one of them is no step, or a count between them is unknown: such a run is no period.

    Examples
    --------
    >>> years = [Bar("2022", "2022", 9), Bar("2023", "2023", 8), Bar("2024", "2024", None),
    ...          Bar("2025-01/2025-11", "2025", 7)]
    >>> period_between(years, "2023", "2022"), period_between(years, "2022", "2025-01/2025-11")
    ('2022/2023', None)
    >>> period_between(years, "2025-01/2025-11", "2025-01/2025-11")
    '2025-01/2025-11'
    """
    codes = [bar.code for bar in bars]
    if first not in codes or last not in codes:
        return None
    low, high = sorted((codes.index(first), codes.index(last)))
    if any(bar.count is None for bar in bars[low : high + 1]):
        return None
    return _joined(codes[low], codes[high])


def _joined(first: str, last: str) -> str:
    return first if first == last else f"{first.split('/')[0]}/{last.split('/')[-1]}"


def timeline_box(view: View, say: Words, *, key: str, on_change: Callable[[Period], None]) -> None:
    """Draw the timeline of a view in a box of its own."""
    with st.container(border=True, key="time"):
        timeline(view.period, say=say, key=key, on_change=on_change, level=view.level)


def timeline(
    period: Period,
    *,
    say: Words,
    key: str,
    on_change: Callable[[Period], None],
    level: str = LEVELS[0],
    label: str = "timeline.label",
) -> None:
    """Draw the timeline of a period's registry with the choice of registry above it.

    ``on_change`` gets the period when another one was chosen, of this registry or another; it is
    called before the page is drawn anew. At provinces the steps that have none are gaps. ``label``
    is the message that names it to a screen reader.
    """
    registry = REGISTRIES[period.registry_code]
    has_months = registry.step == "month" and level == LEVELS[0]
    step = _STEPS.state.get(key, VIEWS[0]) if has_months else VIEWS[0]
    bars = bars_of(registry.code, step, say.lang)
    chosen = steps_inside(bars, period)
    if not chosen:  # months of a link
        step = VIEWS[1]
        bars = bars_of(registry.code, step, say.lang)
        chosen = steps_inside(bars, period)

    bars = bars_at(bars, registry, level, say)

    def select() -> None:
        choice = triggered(key)
        if not isinstance(choice, Mapping):
            return
        if choice.get("registry") in REGISTRIES:
            _STEPS.state.pop(key, None)
            on_change(period_in(choice["registry"], period.code))
        elif choice.get("view") in VIEWS:
            _STEPS.state[key] = choice["view"]
            if choice["view"] == VIEWS[0]:
                on_change(_whole_years(period))
        elif code := period_between(bars, choice.get("first"), choice.get("last")):
            on_change(parse_period(code, registry.code))

    component("timeline")(
        key=key,
        data={
            "bars": [asdict(bar) for bar in bars],
            "chosen": chosen,
            "registries": [
                [code, registry_name(code, say), say(f"registry.{code}.help")]
                for code in sorted(REGISTRIES, key=lambda code: REGISTRIES[code].step == "window")
            ],
            "registry": registry.code,
            "views": list(VIEWS) if has_months else [],
            "view": step,
            "words": _words(registry.unit, say) | {"label": say(label)},
            # years that do not follow each other are no run of steps
            "apart": say(f"period.{period.code}"),
        },
        on_select_change=select,
    )


@cached
def bars_of(registry: str, view: str, lang: str) -> tuple[Bar, ...]:
    """Return the steps of a registry as bars; a registry of one window has one."""
    say, source = words(lang), REGISTRIES[registry]
    years = {step.code[:4] for step in steps_of(source, VIEWS[0]) if step.is_known}
    bars = []
    for row in load_series(registry, view).to_dict("records"):
        code = str(row["period"])
        is_first = view == VIEWS[0] or code.endswith("-01")
        tick = "" if not is_first else year_span(code) if source.step == "window" else code[:4]
        # signs of caution stand over the bar, not in its name
        name = say(f"period.{code}.short")
        if pd.isna(row["reported_count"]):
            gap = say(f"timeline.no_{'months' if code[:4] in years else 'figure'}")
            bars.append(Bar(code, name, None, tick, gap=gap))
            continue
        span = parse_period(code, registry)
        flags = [flag for flag in span.flags if flag not in (PART_YEAR, EXTRAPOLATED)]
        bars.append(
            Bar(
                code,
                name,
                int(row["reported_count"]),
                tick,
                mark=_SIGN if flags else "",
                note=" ".join(flag_lines(span, flags, say)),
                is_partial=bool(row["is_partial"]),
            )
        )
    return tuple(bars)


def _words(unit: str, say: Words) -> dict[str, Any]:
    plural = say(f"unit.{unit}.plural")
    names = ("registries", "play", "pause", "step")
    return {
        **{name: say(f"timeline.{name}") for name in names},
        "steps": say("timeline.steps", unit=plural),
        # filled by the component, so that a screen reader hears a drag while it goes on
        "range": "{first}\N{EN DASH}{last}",
        "said": f"{{name}}: {{count}} {plural}",
        "unknown": "{name}: {why}",
        "views": {code: say(f"timeline.view.{code}") for code in VIEWS},
        "viewHelp": {code: say(f"timeline.view.{code}.help") for code in VIEWS},
    }


def bars_at(bars: tuple[Bar, ...], registry: Registry, level: str, say: Words) -> tuple[Bar, ...]:
    """The bars of a registry at a level: a step that it does not publish by province is a gap."""
    if level == LEVELS[0] or level not in registry.tables:
        return bars
    gap = say("timeline.no_provinces")
    return tuple(
        bar if _is_known(bar, registry, level) else replace(bar, count=None, gap=gap)
        for bar in bars
    )


def _is_known(bar: Bar, registry: Registry, level: str) -> bool:
    return bar.count is not None and is_counted(level, parse_period(bar.code, registry.code))


def steps_inside(bars: Sequence[Bar], period: Period) -> list[str]:
    """Return the codes of the bars in a period; none if it cuts a bar."""
    months = {
        month
        for part in period.parts
        for month in range(span_months(part)[0], span_months(part)[1] + 1)
    }
    spans = {
        bar.code: set(range(span_months(bar.code)[0], span_months(bar.code)[1] + 1)) for bar in bars
    }
    inside = [code for code, span in spans.items() if span <= months]
    return inside if set().union(*(spans[code] for code in inside)) == months else []


def period_in(registry: str, code: str) -> Period:
    """Return the period of a code in a registry, else its newest period."""
    return find_period(REGISTRIES[registry], code) or default_period(registry)


def _whole_years(period: Period) -> Period:
    """Return the years of a period's months, to return from months to years."""
    touched = [
        step.code
        for step in steps_of(REGISTRIES[period.registry_code], VIEWS[0])
        if step.is_known and period.start[:4] <= step.code[:4] <= period.end[:4]
    ]
    return parse_period(_joined(touched[0], touched[-1]), period.registry_code)
