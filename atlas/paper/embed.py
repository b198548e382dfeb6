"""The public page on somebody else's page: the code that shows it there, and its oEmbed answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from atlas.html import render
from atlas.words import Words
from data.periods import Period, default_period

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
        height=COMPACT_PX if compact else FIRST_PX,
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
        "provider_name": say("public.brand"),
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


def page_query(period: Period, measure: str = "rate") -> str:
    """The query of the page's or the card's address; defaults are left out."""
    asked = {} if period == default_period() else {"period": period.code}
    asked |= {} if measure == "rate" else {"measure": measure}
    return f"?{urlencode(asked)}" if asked else ""
