"""A plan as A4 pages to print: the same plan gives the same bytes."""

from __future__ import annotations

from exports.brief_layout import ACCENT, INK, LINE, PALE, SOFT, heading, paragraph
from exports.brief_page import FOOT, HEIGHT, LEFT, RIGHT, WIDTH, PlacedScene
from exports.faces import shorten, width_of, wrap
from exports.pdf_pages import pdf_pages
from exports.plan_print import PlanPrint, PrintSite
from exports.plan_print_map import keys_below, plan_map_scene
from exports.scene import Disc, Item, Scene, Text, box, line
from exports.scene_pdf import register_faces

_WIDE = RIGHT - LEFT
_MAP_WIDTH, _MAP_HEIGHT = 262.0, 372.0
_COLUMN = 62.0
_TOP = 58.0


def plan_pdf(plan: PlanPrint) -> bytes:
    """Draw a plan as PDF with selectable text, embedded fonts, title and language; no date."""
    register_faces()  # the layout measures its words
    pages = _pages(plan)
    placed = []
    for number, (items, extra) in enumerate(pages, start=1):
        items = [*_frame(plan, number, len(pages)), *items]
        page = Scene(WIDTH, HEIGHT, tuple(items), plan.title, plan.notice, plan.lang)
        placed.append((PlacedScene(page, 0, 0, WIDTH), *extra))
    return pdf_pages(
        placed,
        lang=plan.lang,
        title=f"{plan.kind}: {plan.title}",
        author=plan.product,
        subject=plan.notice,
    )


Page = tuple[list[Item], list[PlacedScene]]


def _pages(plan: PlanPrint) -> list[Page]:
    items: list[Item] = []
    y = paragraph(
        items, plan.title, left=LEFT, top=44, width=_WIDE, size=17, weight="bold", leading=1.2
    )
    y = _notice(items, plan, top=y + 4)
    picture = PlacedScene(
        plan_map_scene(plan, _MAP_WIDTH, _MAP_HEIGHT), LEFT, y + 8, _MAP_WIDTH, corner=5
    )
    low = keys_below(items, plan, left=LEFT, top=y + _MAP_HEIGHT + 14, width=_MAP_WIDTH)
    card = _card(items, plan, left=LEFT + _MAP_WIDTH + 22, top=y + 8)
    pages: list[Page] = [(items, [picture])]
    y = _sites(pages, plan, top=max(low, card) + 10)
    y = _departments(pages, plan, top=y + 14)
    _assumptions(pages, plan, top=y + 14)
    return pages


def _frame(plan: PlanPrint, number: int, pages: int) -> list[Item]:
    text = plan.page.replace("{page}", str(number)).replace("{pages}", str(pages))
    items: list[Item] = [
        box(0, 0, WIDTH, 6, fill=ACCENT),
        Text(LEFT, 32, plan.product, 10, ACCENT, "bold"),
        Text(RIGHT, 32, plan.kind, 9, SOFT, anchor="end"),
        line([(LEFT, FOOT + 8), (RIGHT, FOOT + 8)], stroke=LINE, width=0.7),
        Text(LEFT, FOOT + 19, shorten(plan.footer, _WIDE - 60, 7.4), 7.4, SOFT),
        Text(RIGHT, FOOT + 19, text, 7.4, SOFT, anchor="end"),
    ]
    if plan.mark:
        items.append(Text(WIDTH / 2, 32, plan.mark.upper(), 9, ACCENT, "bold", "middle"))
    return items


def _notice(items: list[Item], plan: PlanPrint, *, top: float) -> float:
    lines = wrap(plan.notice, _WIDE - 22, 9, "semibold")
    height = 11.6 * len(lines) + 8
    items.append(box(LEFT, top, _WIDE, height, fill=PALE, radius=3))
    items.append(box(LEFT, top, 2.8, height, fill=ACCENT))
    paragraph(
        items, plan.notice, left=LEFT + 11, top=top + 4, width=_WIDE - 22, size=9,
        weight="semibold",
    )  # fmt: skip
    return top + height


def _card(items: list[Item], plan: PlanPrint, *, left: float, top: float) -> float:
    """The figures in two columns, then what to keep in mind."""
    width = RIGHT - left
    y = top
    for first in range(0, len(plan.figures), 2):
        low = y
        for at, figure in enumerate(plan.figures[first : first + 2]):
            x = left + at * width / 2
            color = ACCENT if first == 0 and at == 0 else INK
            items.append(Text(x, y + 22, figure.value, 24, color, "bold"))
            end = paragraph(
                items, figure.label, left=x, top=y + 27, width=width / 2 - 6, size=8.6, color=SOFT
            )
            low = max(low, end)
        y = low + 8
    items.append(line([(left, y), (RIGHT, y)], stroke=LINE, width=0.8))
    y += 8
    for note in plan.notes:
        y = paragraph(items, note, left=left, top=y, width=width, size=9, leading=1.3) + 4
    y += 4
    items.append(line([(left, y), (RIGHT, y)], stroke=LINE, width=0.8))
    y += 6
    for name, value in plan.facts:
        items.append(Text(left, y + 8.4, name, 8.2, SOFT))
        y = paragraph(items, value, left=left + 74, top=y, width=width - 74, size=8.6) + 2
    return y


def _new_page(pages: list[Page]) -> list[Item]:
    pages.append(([], []))
    return pages[-1][0]


def _sites(pages: list[Page], plan: PlanPrint, *, top: float) -> float:
    """The table of sites; a page more as often as one is needed."""
    items = pages[-1][0]
    room = _WIDE - 24 - _COLUMN * (len(plan.columns) - 1)
    if top + 90 > FOOT:
        items, top = _new_page(pages), _TOP - 12
    y = _heads(items, plan, top=top)
    for site in plan.sites:
        lines = wrap(site.reason, room, 7.6)
        height = 13.4 + 9.2 * len(lines) + 3
        if y + height > FOOT:
            items = _new_page(pages)
            y = _heads(items, plan, top=_TOP - 12)
        _site(items, site, lines, top=y)
        y += height
        items.append(line([(LEFT, y - 1), (RIGHT, y - 1)], stroke=LINE, width=0.5))
    return y


def _heads(items: list[Item], plan: PlanPrint, *, top: float) -> float:
    y = heading(items, plan.table_heading, left=LEFT, top=top, width=_WIDE)
    items.append(Text(LEFT + 24, y + 7.5, plan.columns[0], 7.4, SOFT))
    for at, words in enumerate(reversed(plan.columns[1:])):
        items.append(Text(RIGHT - at * _COLUMN, y + 7.5, words, 7.4, SOFT, anchor="end"))
    return y + 13


def _site(items: list[Item], site: PrintSite, lines: list[str], *, top: float) -> None:
    items.append(Disc(LEFT + 8, top + 7.5, 7, ACCENT))
    items.append(Text(LEFT + 8, top + 10.4, str(site.order), 8.4, "#ffffff", "bold", "middle"))
    items.append(Text(LEFT + 24, top + 10, site.name, 9.6, INK, "semibold"))
    beside = LEFT + 24 + width_of(site.name, 9.6, "semibold") + 5
    room = RIGHT - _COLUMN * len(site.values) - beside
    items.append(Text(beside, top + 10, shorten(site.detail, room, 7.8), 7.8, SOFT))
    for at, words in enumerate(lines):
        items.append(Text(LEFT + 24, top + 20 + 9.2 * at, words, 7.6, SOFT))
    for at, words in enumerate(reversed(site.values)):
        items.append(Text(RIGHT - at * _COLUMN, top + 10, words, 9, INK, anchor="end"))


def _departments(pages: list[Page], plan: PlanPrint, *, top: float) -> float:
    """The departments in two columns, read downwards."""
    items = pages[-1][0]
    half = (len(plan.departments) + 1) // 2
    note_lines = len(wrap(plan.departments_note, _WIDE, 7.8))
    if top + 40 + 10 * note_lines + 11.4 * half > FOOT:
        items, top = _new_page(pages), _TOP - 12
    y = heading(items, plan.departments_heading, left=LEFT, top=top, width=_WIDE)
    y = paragraph(items, plan.departments_note, left=LEFT, top=y, width=_WIDE, size=7.8, color=SOFT)
    gap = 26.0
    width = (_WIDE - gap) / 2
    ends = (width - 106, width - 52, width)
    for column, rows in enumerate((plan.departments[:half], plan.departments[half:])):
        left = LEFT + column * (width + gap)
        items.append(Text(left, y + 9, plan.department_columns[0], 7.2, SOFT))
        for end, words in zip(ends, plan.department_columns[1:], strict=True):
            items.append(Text(left + end, y + 9, words, 7.2, SOFT, anchor="end"))
        for at, row in enumerate(rows):
            base = y + 21 + 11.4 * at
            items.append(Text(left, base, row[0], 8.4))
            for end, words in zip(ends, row[1:], strict=True):
                items.append(Text(left + end, base, words, 8.4, anchor="end"))
    return y + 14 + 11.4 * half


def _assumptions(pages: list[Page], plan: PlanPrint, *, top: float) -> float:
    items = pages[-1][0]
    parts = [(text, 11.0 * len(wrap(text, _WIDE - 10, 8.4)) + 2.5) for text in plan.assumptions]
    if top + 24 + sum(height for _, height in parts) > FOOT:
        items, top = _new_page(pages), _TOP - 12
    y = heading(items, plan.assumptions_heading, left=LEFT, top=top, width=_WIDE)
    for text, height in parts:
        if y + height > FOOT:
            items, y = _new_page(pages), _TOP
        items.append(Text(LEFT, y + 8.2, "·", 10, ACCENT, "bold"))
        paragraph(items, text, left=LEFT + 10, top=y, width=_WIDE - 10, size=8.4)
        y += height
    return y
