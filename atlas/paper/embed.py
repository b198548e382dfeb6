"""Embed the public page elsewhere: its code and its oEmbed answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from atlas.html import render
from atlas.view import BASES, LEVELS, NO_REPORTS, View
from atlas.words import Words
from data.periods import PERIODS, REGISTRIES, Period, default_period, periods_of

WIDTH_PX = 720
HEIGHT_PX = 1200
"""of the whole page where a host takes its size from oEmbed and lets no script change it."""
COMPACT_PX = 600
"""height of the compact page, which fills its frame: map, finding and help lines at any width."""
FIRST_PX = 900
"""of a frame around the whole page until it has said how tall it is; for good without script."""
MOST_PX = 20_000
"""a frame follows no message beyond this."""
_WHOLE_FROM_PX = 800
"""where a host has less height than this, oEmbed gives it the compact page."""
CARD_PX = (1200, 630)


def embed_code(say: Words, *, page_url: str, title: str, compact: bool) -> str:
    """Return HTML for another page; the compact one needs no script."""
    return render(
        "public/embed",
        say,
        page_url=page_url,
        title=title,
        width=None,
        height=frame_height(compact),
        most=MOST_PX,
        compact=compact,
    )


def oembed(
    say: Words,
    *,
    title: str,
    provider_url: str,
    page_url: str,
    compact_url: str,
    card_url: str,
    max_width: int | None = None,
    max_height: int | None = None,
) -> dict[str, Any]:
    """Return the oEmbed 1.0 answer of a page: an iframe no larger than the host has room for.

    Where both addresses are the compact page's, that is what is shown whatever the room.
    """
    room = (max_width or WIDTH_PX, max_height or HEIGHT_PX)
    compact = page_url == compact_url or room[1] < _WHOLE_FROM_PX
    width, height = min(WIDTH_PX, room[0]), min(COMPACT_PX if compact else HEIGHT_PX, room[1])
    answer = {
        "version": "1.0",
        "type": "rich",
        "provider_name": say("shell.logo"),
        "provider_url": provider_url,
        "title": title,
        "width": width,
        "height": height,
        "html": render(
            "public/embed",
            say,
            page_url=compact_url if compact else page_url,
            title=title,
            width=width,
            height=height,
            compact=True,  # oEmbed's frame has no script
        ).strip(),
    }
    # a thumbnail obeys the host's limits as well, and ours has one size
    if (max_width or CARD_PX[0]) >= CARD_PX[0] and (max_height or CARD_PX[1]) >= CARD_PX[1]:
        answer |= {
            "thumbnail_url": card_url,
            "thumbnail_width": CARD_PX[0],
            "thumbnail_height": CARD_PX[1],
        }
    return answer


def offered_periods(registry: str = "") -> tuple[Period, ...]:
    """Return the periods that the public page offers for a registry (default: both prosecutors').

    Spans of months are not offered, so readers cannot pick dates.
    """
    return periods_of(REGISTRIES[registry]) if registry else tuple(PERIODS)


_PAGE_MEASURES = {"rate": "rate", "smr": "verdict", "verdict": "verdict"}
"""by what the page colours the map of a measure"""


def page_refusal(view: View) -> str:
    """Return why the page cannot show a view, as the end of a key; "" if it can."""
    offered = offered_periods("" if view.period.is_by_prosecutors else view.registry)
    reasons = {
        "two": view.second is not None,
        "level": view.level != LEVELS[0],
        "no_reports": NO_REPORTS in view.overlays,
        "measure": view.measure not in _PAGE_MEASURES,
        "period": view.period not in offered,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def page_measure(view: View) -> str:
    """Return by what the page colours a view's map; see :func:`page_refusal`."""
    return _PAGE_MEASURES[view.measure]


def embed_note(
    period: Period, measure: str, base: str, say: Words, *, compact: bool, pinned: bool = True
) -> str:
    """Say what a code shows: its form, registry, period, measure, and whether it stays so."""
    form = say(f"public.embed.{'compact' if compact else 'whole'}", height=frame_height(compact))
    shown = say(
        "public.embed.shows",
        registry=say(f"registry.{period.registry_code}"),
        period=say(f"period.{period.code}"),
        measure=say(f"public.embed.by.{measure}"),
        base="" if base == BASES[0] else f", {say(f'base.{base}')}",
    )
    return " ".join([form, shown, *([say("share.embed.stays")] if pinned else [])])


def frame_height(compact: bool) -> int:
    """Height in pixels of the frame that a code writes."""
    return COMPACT_PX if compact else FIRST_PX


def page_query(
    period: Period, measure: str = "rate", base: str = BASES[0], *, follows: bool = True
) -> str:
    """Return the query of the page's or the card's address, without default values.

    If it ``follows`` new figures, the newest period is a default.
    """
    asked = {} if period.is_by_prosecutors else {"registry": period.registry_code}
    is_newest = follows and period == default_period()
    asked |= {} if is_newest else {"period": period.code}
    asked |= {} if measure == "rate" else {"measure": measure}
    asked |= {} if base == BASES[0] else {"base": base}
    return f"?{urlencode(asked)}" if asked else ""


def pinned_query(period: Period, measure: str = "rate", base: str = BASES[0]) -> str:
    """The query that names every choice: a page with it shows the same when newer figures come."""
    chosen = {"registry": period.registry_code, "period": period.code}
    return f"?{urlencode(chosen | {'measure': measure, 'base': base})}"
