"""A plan as A4 pages to print: the same plan gives the same bytes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from atlas.map.small_maps import ground
from atlas.own_data.model import MARK
from atlas.planner.demand import places
from atlas.planner.files import most_missed_first
from atlas.planner.outcome import Outcome
from atlas.planner.words import (
    amount,
    asked,
    cell_text,
    department_columns,
    figures,
    lists,
    notes,
    reason_text,
    sentence,
    sure_detail,
    table_columns,
    where,
    wording,
)
from atlas.web.version import content_version
from atlas.words import Words, words
from data import load_departments, load_package
from layers.legend import LegendSpec
from layers.palette import GROUND
from layers.picture.faces import (
    ACCENT,
    FOOT,
    HEIGHT,
    INK,
    LEFT,
    LINE,
    PALE,
    RIGHT,
    SOFT,
    WIDE,
    WIDTH,
    Column,
    PlacedScene,
    page_frame,
    shorten,
    width_of,
    wrap,
)
from layers.picture.items import map_items
from layers.picture.record import MapPicture, Region
from layers.picture.scene import Disc, Item, Scene, Text, box, fit, line
from layers.picture.writers import pdf_pages

COVERED, MISSED = "#17756c", "#c2701c"
_LAND = "#efece4"
"""of departments on paper: a shade that their white borders stand out from."""
_LARGEST = 8.5
"""radius of the largest dot, points."""
_MAP_WIDTH, _MAP_HEIGHT, _COLUMN = 262.0, 372.0, 62.0


@dataclass(slots=True)
class _Pages:
    """Pages that are filled from top to bottom."""

    column: Column
    full: list[list[Item]] = field(default_factory=list)

    def require(self, height: float, *, top: float = 46.0) -> bool:
        """Go on to a new page where less than ``height`` is left; whether it did."""
        if self.column.y + height <= FOOT:
            return False
        self.full.append(self.column.items)
        self.column = Column(LEFT, WIDE, top)
        return True


def plan_pdf_bytes(outcome: Outcome, lang: str) -> bytes:
    """The print sheet of a plan as PDF, without excluded zones: same plan, same bytes."""
    say = wording(outcome.sheets[lang].plan, words(lang))
    title, notice = sentence(outcome, say), f"{say('siting.notice')} {say('plan.print.modelled')}"
    column = Column(LEFT, WIDE, 44.0)
    column.text(title, 17, weight="bold", leading=1.2, after=4)
    _add_notice(column, notice)
    drawn = Scene(_MAP_WIDTH, _MAP_HEIGHT, tuple(_map(outcome, say)), title, notice, lang)
    placed = PlacedScene(drawn, LEFT, column.y + 8, _MAP_WIDTH, corner=5)
    keys = column.beside(0, _MAP_WIDTH, column.y + _MAP_HEIGHT + 14)
    _add_keys(keys, outcome, say)
    card = column.beside(_MAP_WIDTH + 22, y=column.y + 8)
    _add_card(card, outcome, say)
    column.y = max(keys.y, card.y) + 10
    pages = _Pages(column)
    _add_sites(pages, outcome, say)
    pages.column.y += 14
    _add_departments(pages, outcome, say)
    pages.column.y += 14
    _add_assumptions(pages, outcome, say)
    pages.full.append(pages.column.items)
    kind = say("plan.print.kind")
    footer = say("brief.footer", version=str(load_package()["version"]), content=content_version())
    sheets = []
    for number, items in enumerate(pages.full, start=1):
        page = say("brief.page", page=number, pages=len(pages.full))
        frame = page_frame(kind, footer, page, mark=MARK if outcome.is_invented else "")
        sheet = PlacedScene(Scene(WIDTH, HEIGHT, (*frame, *items), title, notice, lang))
        sheets.append([sheet, placed] if number == 1 else [sheet])
    return pdf_pages(sheets, lang=lang, title=f"{kind}: {title}", subject=notice)


def _map(outcome: Outcome, say: Words) -> list[Item]:
    """Numbered sites, their reach, demand reached and missed, over departments without figures."""
    frame = load_departments(simplified=True)
    view = fit(
        tuple(frame.total_bounds), left=0, top=0, width=_MAP_WIDTH, height=_MAP_HEIGHT,
        padding=8, across=0.55,
    )  # fmt: skip
    regions = tuple(
        Region(str(code), "", "", geometry, _LAND, "none")
        for code, geometry in zip(frame["department_ubigeo"], frame.geometry, strict=True)
    )
    bare = MapPicture(say.lang, "", "", ground(), regions, (), (), (), (), LegendSpec(), ())
    items: list[Item] = [
        box(0, 0, _MAP_WIDTH, _MAP_HEIGHT, fill=GROUND["light"]["sea"]),
        *map_items(bare, view),
    ]
    sites = outcome.sheets[say.lang].sites
    spots = [view.at(site["longitude"], site["latitude"]) for site in sites]
    for site, reach_km, (x, y) in zip(sites, outcome.reach_km, spots, strict=False):
        radius = view.km(reach_km, site["latitude"])
        items.append(Disc(x, y, radius, None, COVERED, 0.8, (2.4, 1.8)))
    here, top = places(), float(outcome.weight.max())
    for i in np.argsort(-outcome.weight, kind="stable"):
        if outcome.weight[i] > 0:
            x, y = view.at(float(here.longitude[i]), float(here.latitude[i]))
            radius = max(0.75, _LARGEST * math.sqrt(float(outcome.weight[i] / top)))
            # a rim would swallow a small dot
            rim = "#ffffff" if radius > 1.6 else None
            fill = COVERED if outcome.plan.evaluation.served[i] >= 0.5 else MISSED
            items.append(Disc(x, y, radius, fill, rim, 0.3))
    # the first to open lies on top
    items += [Disc(x, y, 6.8, ACCENT, "#ffffff", 1.0) for x, y in reversed(spots)]
    for site, (x, y) in zip(sites, spots, strict=True):
        items.append(Text(x, y + 2.9, str(site["order"]), 8.2, "#ffffff", "bold", "middle"))
    return [*items, box(0.35, 0.35, _MAP_WIDTH - 0.7, _MAP_HEIGHT - 0.7, stroke=LINE, radius=5)]


def _add_keys(column: Column, outcome: Outcome, say: Words) -> None:
    """Add what each sign of the map means, in two columns."""
    each, lowest = column.width / 2, column.y
    kinds = ["site", "covered", "missed"] + (["ring"] if outcome.reach_km else [])
    for number, kind in enumerate(kinds):
        x = column.left + (number % 2) * each
        if number % 2 == 0:
            column.y = lowest
        if kind == "ring":
            sign = Disc(x + 5, column.y + 5.2, 4, None, COVERED, 0.9, (2.0, 1.5))
        else:
            fill = {"site": ACCENT, "covered": COVERED}.get(kind, MISSED)
            sign = Disc(x + 5, column.y + 5.2, 4.2 if kind == "site" else 3.2, fill)
        column.items.append(sign)
        lines = wrap(say(f"plan.key.{kind}"), each - 20, 7.8)
        for at, text in enumerate(lines):
            y = column.y + 8 + 9.2 * at
            column.items.append(Text(x + 14, y, text, 7.8, SOFT if at else INK))
        lowest = max(lowest, column.y + 9.2 * len(lines) + 2.5)
    column.y = lowest


def _add_notice(column: Column, notice: str) -> None:
    height = 11.6 * len(wrap(notice, WIDE - 22, 9, "semibold")) + 8
    column.items.append(box(LEFT, column.y, WIDE, height, fill=PALE, radius=3))
    column.items.append(box(LEFT, column.y, 2.8, height, fill=ACCENT))
    column.beside(11, WIDE - 22, column.y + 4).text(notice, 9, weight="semibold")
    column.y += height


def _add_card(card: Column, outcome: Outcome, say: Words) -> None:
    """Add the figures in two columns, what to keep in mind, what was asked."""
    numbers = figures(outcome, say)
    for first in range(0, len(numbers), 2):
        low = card.y
        for at, (value, label) in enumerate(numbers[first : first + 2]):
            figure = card.beside(at * card.width / 2, card.width / 2 - 6, card.y + 27)
            color = INK if first or at else ACCENT
            card.items.append(Text(figure.left, card.y + 22, value, 24, color, "bold"))
            figure.text(label, 8.6, SOFT)
            low = max(low, figure.y)
        card.y = low + 8
    card.rule()
    card.y += 8
    for note in notes(outcome, say):
        card.text(note, 9, leading=1.3, after=4)
    card.y += 4
    card.rule()
    card.y += 6
    obeyed = [(say("plan.lists"), text[0].upper() + text[1:]) for text in lists(outcome, say)]
    for name, text in (*asked(outcome.sheets[say.lang], say), *obeyed):
        head, answer = card.beside(0, 70), card.beside(74)
        head.text(name, 8.2, SOFT, after=2)
        answer.text(text, 8.6, after=2)
        card.y = max(head.y, answer.y)


def _add_sites(pages: _Pages, outcome: Outcome, say: Words) -> None:
    """Add the table of sites; a page more as often as one is needed."""
    columns = table_columns(outcome)
    pages.require(90)
    _add_heads(pages.column, columns, say)
    for row, reason in zip(outcome.sheets[say.lang].sites, outcome.reasons, strict=True):
        lines = wrap(reason_text(reason, say), WIDE - 24 - _COLUMN * len(columns), 7.6)
        height = 13.4 + 9.2 * len(lines) + 3
        if pages.require(height):
            _add_heads(pages.column, columns, say)
        _add_site(pages.column, row, lines, columns, outcome, say)
        pages.column.y += height
        ends = [(LEFT, pages.column.y - 1), (RIGHT, pages.column.y - 1)]
        pages.column.items.append(line(ends, stroke=LINE, width=0.5))


def _add_heads(column: Column, columns: tuple[str, ...], say: Words) -> None:
    column.heading(say("plan.table.caption"))
    y = column.y + 7.5
    column.items.append(Text(LEFT + 24, y, say("plan.col.site"), 7.4, SOFT))
    for at, name in enumerate(reversed(columns)):
        text = say(f"plan.col.{name}")
        column.items.append(Text(RIGHT - at * _COLUMN, y, text, 7.4, SOFT, anchor="end"))
    column.y += 13


def _add_site(
    column: Column,
    row: Mapping[str, Any],
    lines: list[str],
    columns: tuple[str, ...],
    outcome: Outcome,
    say: Words,
) -> None:
    top, name = column.y, str(row["name"])
    values = [cell_text(row, name, outcome, say) for name in columns]
    beside = LEFT + 24 + width_of(name, 9.6, "semibold") + 5
    detail = f"{row['latitude']:.4f}, {row['longitude']:.4f} · {where(row)}"
    detail = shorten(detail, RIGHT - _COLUMN * len(columns) - beside, 7.8)
    column.items += [
        Disc(LEFT + 8, top + 7.5, 7, ACCENT),
        Text(LEFT + 8, top + 10.4, str(row["order"]), 8.4, "#ffffff", "bold", "middle"),
        Text(LEFT + 24, top + 10, name, 9.6, INK, "semibold"),
        Text(beside, top + 10, detail, 7.8, SOFT),
    ]
    for at, text in enumerate(lines):
        column.items.append(Text(LEFT + 24, top + 20 + 9.2 * at, text, 7.6, SOFT))
    for at, text in enumerate(reversed(values)):
        column.items.append(Text(RIGHT - at * _COLUMN, top + 10, text, 9, INK, anchor="end"))


def _add_departments(pages: _Pages, outcome: Outcome, say: Words) -> None:
    """Add the departments in two columns, read downwards, the most missed first."""
    rows = most_missed_first(outcome.sheets[say.lang].departments)
    note = say("plan.departments.text", unit=outcome.unit.text(say))
    half, gap = (len(rows) + 1) // 2, 26.0
    pages.require(40 + 10 * len(wrap(note, WIDE, 7.8)) + 11.4 * half)
    column = pages.column
    column.heading(say("plan.departments"))
    column.text(note, 7.8, SOFT)
    width, y = (WIDE - gap) / 2, column.y
    names = (*department_columns(outcome), "share")
    ends = [width - 53 * at for at in reversed(range(len(names)))]
    for number, some in enumerate((rows[:half], rows[half:])):
        left = LEFT + number * (width + gap)
        column.items.append(Text(left, y + 9, say("plan.departments.name"), 7.2, SOFT))
        for end, name in zip(ends, names, strict=True):
            text = say(f"plan.departments.{name}")
            column.items.append(Text(left + end, y + 9, text, 7.2, SOFT, anchor="end"))
        for at, row in enumerate(some):
            base = y + 21 + 11.4 * at
            column.items.append(Text(left, base, str(row["department"]), 8.4))
            values = [amount(row[name], say) for name in names[:-1]]
            for end, text in zip(ends, (*values, say.percent(row["share"], 0)), strict=True):
                column.items.append(Text(left + end, base, text, 8.4, anchor="end"))
    column.y = y + 14 + 11.4 * half


def _add_assumptions(pages: _Pages, outcome: Outcome, say: Words) -> None:
    texts = [
        f"{text[0].upper()}{text[1:]}." for text in outcome.sheets[say.lang].plan["assumptions"]
    ]
    texts += filter(
        None, (sure_detail(outcome, say), say("plan.assumptions.seed", seed=outcome.plan.seed))
    )
    heights = [11.0 * len(wrap(text, WIDE - 10, 8.4)) + 2.5 for text in texts]
    pages.require(24 + sum(heights))
    pages.column.heading(say("plan.assumptions"))
    for text, height in zip(texts, heights, strict=True):
        pages.require(height, top=58.0)
        top = pages.column.y
        pages.column.point(text, indent=10, leading=1.28, after=0)
        pages.column.y = top + height
