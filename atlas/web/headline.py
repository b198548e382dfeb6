"""Write the headline of the map: what it shows, who counted when, and the finding."""

from __future__ import annotations

from atlas.drawing.areas import has_reports, measure_title
from atlas.drawing.legend import map_heading
from atlas.html import render
from atlas.paper.picture import finding_title
from atlas.results.finding import finding
from atlas.results.story import AreaStory
from atlas.view import NO_REPORTS, View
from atlas.words import Words


def headline(view: View, say: Words) -> dict[str, str]:
    """The subject, who counted what and when, and the finding; the last two may be empty.

    The first look and the live page write the same, so that nothing changes under the reader.
    """
    if not has_reports(view):
        return {"heading": measure_title(view, say), "counted": "", "finding": ""}
    is_shown = NO_REPORTS not in view.overlays
    return {
        "heading": say("look.country"),
        "counted": map_heading(view, say)[0] if is_shown else "",
        "finding": _finding(view, say) if is_shown and view.second is None else "",
    }


def _finding(view: View, say: Words) -> str:
    """Return the finding of the chosen area, else of the country; two maps have their own."""
    if view.department is not None and view.province is None:
        return finding(AreaStory.of_view(view), say)
    return finding_title(view, say)[0]


def headline_html(view: View, say: Words) -> str:
    """Return the headline as on the live page; ``static/look/look.css`` has its style."""
    return render("headline", say, **headline(view, say))
