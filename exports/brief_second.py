"""Second page of a brief: what it rests on and what lies beside it."""

from __future__ import annotations

from exports.brief import Brief
from exports.brief_layout import INK, PALE, SOFT, heading, history, paragraph, sections
from exports.brief_page import FOOT, LEFT, RIGHT, PlacedScene, frame, sheet
from exports.legend_box import moved
from exports.scene import Item, Text, box

_GAP = 22.0


def second_page(brief: Brief) -> list[PlacedScene]:
    """Lay out the page: figures by period, lists in two columns, sources, how to cite."""
    items = frame(brief, 2)
    items.append(Text(LEFT, 56, brief.name, 16, INK, "bold"))
    tail = _tail(brief)
    bottom = FOOT - tail[1]
    top, width = 70.0, (RIGHT - LEFT - _GAP) / 2
    y = heading(items, brief.history_heading, left=LEFT, top=top, width=width)
    y = history(items, brief.history, brief.history_columns, left=LEFT, top=y, width=width)
    y = paragraph(items, brief.history_note, left=LEFT, top=y, width=width, size=7.6, color=SOFT)
    first = sections(items, brief.left, left=LEFT, top=y + 8, width=width, bottom=bottom - 4)
    second = sections(
        items, brief.right, left=LEFT + width + _GAP, top=top, width=width, bottom=bottom - 4
    )
    # where little is known the sources follow the lists, and the blank is at the end
    items += moved(tuple(tail[0]), 0, min(bottom, max(first, second) + 14))
    return [sheet(brief, items)]


def _tail(brief: Brief) -> tuple[list[Item], float]:
    """Help lines, sources and how to cite, laid out from 0 downwards, and their height."""
    items: list[Item] = []
    wide = RIGHT - LEFT
    items.append(box(LEFT, 0, wide, 19, fill=PALE, radius=3))
    items.append(Text(LEFT + 9, 13, brief.help, 9.4, INK, "semibold"))
    y = 26.0
    width = (wide - _GAP) / 2
    left_end = heading(items, brief.sources_heading, left=LEFT, top=y, width=width)
    for source in brief.sources:
        left_end = paragraph(
            items, source, left=LEFT, top=left_end, width=width, size=7.4, color=SOFT
        ) + 1.5  # fmt: skip
    x = LEFT + width + _GAP
    right_end = heading(items, brief.cite_heading, left=x, top=y, width=width)
    right_end = paragraph(items, brief.cite, left=x, top=right_end, width=width, size=8.0)
    return items, max(left_end, right_end) + 2
