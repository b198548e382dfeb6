"""A brief as an A4 page: map, card, checks, link; on request a second: history, lists, sources."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import shapely

from atlas.paper.brief import (
    Check,
    Section,
    Subject,
    change_text,
    checks_of,
    first_up,
    large_numbers,
    left_lists,
    right_lists,
    subject_of,
)
from atlas.paper.picture import map_picture
from atlas.results.coverage_dates import cuts_text, offence_years
from atlas.results.history import history
from atlas.results.jurisdiction import who_counts
from atlas.results.matrix import agreement_sentence
from atlas.results.regions import borders_source, touches
from atlas.results.sentences import (
    card_sentence,
    flag_lines,
    how_sure,
    mining_context,
    mining_years,
    ratio_text,
    where_counted,
)
from atlas.version import content_version
from atlas.view import BASES, MapState, is_by_prosecutors
from atlas.words import Words
from data.catalogue import load_package
from data.geography import load_departments
from data.periods import REGISTRIES
from geo.errors import ParameterError
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
    moved,
    page_frame,
    shorten,
    width_of,
    wrap,
)
from layers.picture.items import add_keys, add_scale, map_items, qr_path
from layers.picture.record import MapPicture
from layers.picture.scene import Disc, Item, Scene, Text, View, Weight, box, fit, line, paths
from layers.picture.writers import pdf_pages

SMALLEST_DEGREES = 2.2
"""least extent of a brief's map: around Callao it shows Lima as well."""
PAGES = (1, 2)
_MAP_WIDTH, _MAP_TOP, _MOST_HEIGHT, _INSET = 316.0, 104.0, 420.0, 70.0
_TIGHT = (1.0, 0.94, 0.88, 0.82, 0.76, 0.5)
"""sizes of the card's words and gaps that are tried beside the map; the last is of gaps alone."""
_GAP, _COLUMN_GAP = 14.0, 22.0
_BAR_LOW = "#a39d94"
_QR = 62.0
"""side of the QR code: 22 mm, of which a phone's camera reads each module."""
_MORE_ROOM = 12.0


def brief_bytes(
    department: str,
    *,
    period: str,
    lang: str,
    registry: str | None = None,
    pages: int = 1,
    address: str = "",
) -> bytes:
    """The brief of a department as a PDF of one A4 page or two; the same figures, the same bytes.

    ``address`` (scheme and host) is that of the atlas whose link and QR code it carries: none where
    it is empty. Raises ParameterError for an unknown department (INEI code of two digits), period,
    registry or number of pages.
    """
    if pages not in PAGES:
        raise ParameterError(f"a brief of {pages} pages is not offered: choose 1 or 2")
    about = subject_of(department, period, lang, registry, address)
    say = about.say
    return pdf_pages(
        brief_pages(about, pages),
        lang=lang,
        title=f"{about.name}: {say('brief.kind')}, {about.period_name}",
        subject=" ".join(_caveats(about)),
        keywords=say("brief.keywords", name=about.name, period=about.period_name),
    )


def brief_pages(about: Subject, pages: int = 1) -> list[list[PlacedScene]]:
    """The pages as scenes, the page's own first."""
    return [_first_page(about, pages), *([_second_page(about)] if pages == 2 else [])]


def _page(about: Subject, number: int, items: list[Item], pages: int = 2) -> PlacedScene:
    say = about.say
    footer = say("brief.footer", version=str(load_package()["version"]), content=content_version())
    kind = " · ".join([say("brief.kind"), say(f"registry.{about.registry}"), about.period_name])
    page = say("brief.page", page=number, pages=pages) if pages > 1 else ""
    frame = page_frame(kind, footer, page)
    sentence = card_sentence(about.row, about.results, say)
    return PlacedScene(Scene(WIDTH, HEIGHT, (*frame, *items), about.name, sentence, say.lang))


def _first_page(about: Subject, pages: int) -> list[PlacedScene]:
    """Name, map beside the card, three checks, how to read it, help lines, link."""
    say = about.say
    state = MapState(
        lang=say.lang,
        period=about.period,
        registry=about.registry,
        department=about.code,
        overlays=("mining", "routes", "places"),
    )
    picture = map_picture(state, towns_of=about.code)
    size, small = 29.0, 10.0
    while width_of(about.name, size, "bold") > WIDE and size > 12:
        size -= 1
    seat = first_up(where_counted(about.code, about.registry, say))
    while width_of(seat, small) > WIDE and small > 7.5:
        small -= 0.25
    below = _below(about, picture)
    # the map takes the height that the words leave
    height = min(FOOT - _MAP_TOP - below.y, _MOST_HEIGHT)
    cards = [_card(about, tight) for tight in _TIGHT]
    card = next((one for one in cards if one.y - _MAP_TOP <= height), cards[-1])
    items = [
        Text(LEFT - 1, 70, about.name, size, INK, "bold"),
        Text(LEFT, 88, shorten(seat, WIDE, small), small, SOFT),
        *card.items,
        *moved(below.items, 0, _MAP_TOP + height),
    ]
    drawn = _map(about, picture, height)
    return [_page(about, 1, items, pages), PlacedScene(drawn, LEFT, _MAP_TOP, _MAP_WIDTH, corner=5)]


def _below(about: Subject, picture: MapPicture) -> Column:
    """What stands under the map, from 0 downwards: legend, source, checks, caveats."""
    say, column = about.say, Column(LEFT, WIDE)
    scale, keys = picture.legend.scale, picture.legend.keys
    ramp = column.beside(0, 128, 8)
    add_scale(ramp, replace(scale, note=""), size=7.6)
    lowest, width = ramp.y, (WIDE - 146) / 2
    half = (len(keys) + 1) // 2
    for number, some in enumerate((keys[:half], keys[half:])):
        signs = column.beside(146 + number * width, width - 6, 9)
        add_keys(signs, some, size=7.8)
        lowest = max(lowest, signs.y)
    column.y = lowest + 3
    column.text(" ".join(picture.source), 7.4, SOFT, leading=1.22, after=11)
    column.text(say("brief.checks"), 12, weight="bold", after=4)
    checks = checks_of(about)
    width = (WIDE - 2 * _GAP) / 3
    tallest = max(_check(Column(0, width), check) for check in checks)
    for number, check in enumerate(checks):
        place = column.beside(number * (width + _GAP), width)
        column.items.append(box(place.left, place.y, width, tallest, fill=PALE, radius=4))
        bar = ACCENT if check.is_strong else "#bdb7ab"
        column.items.append(box(place.left, place.y, width, 2.4, fill=bar))
        _check(place, check)
    column.y += tallest + 6
    sure = how_sure(about.row, about.period, say, about.registry)
    column.text(f"{say('verdict.why')} {sure}".strip(), 8.6, SOFT, after=3)
    column.text(agreement_sentence(about.code, say), 8.6, after=3)
    served = who_counts(about.code, about.span, say)
    if served:
        rows = (
            f"{base}, {ratio_text(row['smr'], say)} ({say(f'verdict.{row.verdict}')})"
            for base, row in served["rows"]
        )
        told = say("brief.served", rows="; ".join(rows))
        column.text(" ".join([*served["lines"][1:], told]), 8.6, after=3)
    column.y += 5
    _add_end(column, about)
    return column


def _add_end(column: Column, about: Subject) -> None:
    """How to read it and to cite it, help lines; at the right the link as a QR code."""
    say, top, end = about.say, column.y, 0.0
    link, width = about.link, column.width
    if link:
        left = RIGHT - _QR
        column.items.append(qr_path(link, left, top + 3, _QR))
        end, width = top + 3 + _QR, column.width - _QR - 16
    told = column.beside(0, width)
    told.text(say("brief.caveats"), 9.4, ACCENT, "bold", after=1)
    for caveat in _caveats(about):
        told.point(caveat, indent=9, leading=1.2, after=1)
    told.y += 3
    told.text(f"{say('brief.cite')}: {_cite(about)}", 7.8, SOFT, leading=1.22, after=2)
    if link:
        is_local = urlsplit(link).hostname in ("127.0.0.1", "localhost")
        told.text(say("brief.link.local" if is_local else "brief.link", address=link), 7.8, ACCENT)
    column.y = max(told.y, end) + 5
    column.items.append(box(LEFT, column.y, WIDE, 19, fill=PALE, radius=3))
    column.items.append(Text(LEFT + 9, column.y + 13, say("brief.help"), 9.4, INK, "semibold"))
    column.y += 21


def _cite(about: Subject) -> str:
    package = load_package()
    return about.say(
        "brief.cite.text",
        name=about.name,
        period=about.period_name,
        version=str(package["version"]),
        year=str(package["created"])[:4],
        source=about.say(f"brief.publisher.{about.row['unit']}"),
    )


def _caveats(about: Subject) -> list[str]:
    police = "" if is_by_prosecutors(about.registry) else ".police"
    return [about.say(f"brief.caveat.{code}") for code in ("1", f"2{police}", "3", "4")]


def _check(column: Column, check: Check) -> float:
    """Add a check and return its height, points."""
    inner = column.beside(9, column.width - 18, column.y + 8)
    inner.text(check.question, 8.4, SOFT, after=2)
    color = ACCENT if check.is_strong else INK
    inner.text(check.answer, 10.8, color, "bold", leading=1.2, after=3)
    inner.text(check.detail, 8.0, leading=1.25)
    return inner.y + 7 - column.y


def _map(about: Subject, picture: MapPicture, height: float) -> Scene:
    view = fit(_zoom(about.code), left=0, top=0, width=_MAP_WIDTH, height=height, padding=26)
    inset = _inset_view(picture, view, height)
    panel = inset.frame.buffer(3, join_style="mitre")
    sea = GROUND["light"]["sea"]
    left, top, right, bottom = panel.bounds
    items: list[Item] = [
        box(0, 0, _MAP_WIDTH, height, fill=sea),
        *map_items(picture, view, taken=(panel.buffer(3),), text_scale=0.86),
        box(left, top, right - left, bottom - top, fill="#ffffff", stroke=LINE, radius=4),
    ]
    for region in picture.regions:
        seen = shapely.simplify(inset.seen(region.geometry), 0.15)
        fill = ACCENT if region.is_marked else "#dad5cc"
        items += paths(seen, fill=fill, stroke="#ffffff", width=0.35)
    items.append(box(0.35, 0.35, _MAP_WIDTH - 0.7, height - 0.7, stroke=LINE, radius=5))
    return Scene(
        _MAP_WIDTH, height, tuple(items), picture.title, picture.subtitle, picture.lang, sea
    )


def _inset_view(picture: MapPicture, view: View, height: float) -> View:
    """The country in the corner where it hides least of the department and of its names."""
    country = shapely.total_bounds([one.geometry for one in picture.regions])
    marked = shapely.union_all(
        [view.seen(one.geometry) for one in picture.regions if one.is_marked]
    )
    places = [shapely.Point(view.at(mark.longitude, mark.latitude)) for mark in picture.marks]
    tall = _INSET * 1.36

    def hidden(corner: tuple[float, float]) -> float:
        left, top = corner
        panel = shapely.box(left - 3, top - 3, left + _INSET + 3, top + tall + 3)
        names = 60.0 * sum(panel.contains(place) for place in places)
        return float(panel.intersection(marked).area + names)

    lefts, tops = (9.0, _MAP_WIDTH - _INSET - 9), (height - tall - 9, 9.0)
    left, top = min(((left, top) for left in lefts for top in tops), key=hidden)
    return fit(tuple(country), left=left, top=top, width=_INSET, height=tall, padding=2)


def _zoom(department: str) -> tuple[float, float, float, float]:
    """West, south, east, north of the map, degrees."""
    table = load_departments(simplified=True).set_index("department_ubigeo")
    west, south, east, north = table.geometry.loc[department].bounds
    wide = max(0.0, SMALLEST_DEGREES - (east - west)) / 2
    tall = max(0.0, SMALLEST_DEGREES - (north - south)) / 2
    return west - wide, south - tall, east + wide, north + tall


def _card(about: Subject, tight: float) -> Column:
    """Numbers, verdict, context and flags beside the map; ``tight`` shrinks many words."""
    left, words = LEFT + _MAP_WIDTH + 20, max(tight, _TIGHT[-2])
    say, card = about.say, Column(left, RIGHT - left, _MAP_TOP)
    (value, label), *others = large_numbers(about.row, say)
    card.items.append(Text(left - 1, card.y + 31, value, 40, ACCENT, "bold"))
    card.y += 37
    card.text(label, 9.4, SOFT, after=8 * tight)
    each, low = card.width / max(1, len(others)), card.y
    for number, (value, label) in enumerate(others):
        figure = card.beside(number * each, each - 6, card.y + 23)
        size = 21.0
        while width_of(value, size, "bold") > figure.width and size > 12:
            size -= 0.5
        card.items.append(Text(figure.left, card.y + 18, value, size, INK, "bold"))
        figure.text(label, 8.4, SOFT, leading=1.18)
        low = max(low, figure.y)
    card.y = low + 12 * tight
    card.rule()
    card.y += 11 * tight
    sentence = card_sentence(about.row, about.results, say)
    card.text(sentence, 12.4 * words, weight="semibold", leading=1.26, after=7 * tight)
    served = who_counts(about.code, about.span, say)
    # where a warning about who counts whom stands below there is room for one line of context
    routes = () if served else _routes_context(about.code, say)
    for text in (mining_context(about.code, say), *routes):
        card.text(text, 9.6 * words, after=4 * tight)
    card.y += 6 * tight
    size = 8.0 * max(tight, 0.9)
    # who counts whom is said by name, and first: without it the large number misleads
    hidden = "denominator_mismatch" if served else ""
    flags = [flag for flag in about.row["flags"] if flag != hidden]
    told = served["lines"][:1] if served else []
    for flag in [*told, *flag_lines(about.span, flags, say, area=about.code)]:
        height = size * 1.275 * len(wrap(flag, card.width - 16, size)) + 7
        card.items.append(box(left, card.y, card.width, height, fill=PALE, radius=3))
        card.items.append(box(left, card.y, 2.6, height, fill="#c98a3a"))
        card.beside(9, card.width - 16, card.y + 3).text(flag, size, leading=1.275)
        card.y += height + 4 * tight
    return card


def _routes_context(department: str, say: Words) -> tuple[str, ...]:
    count = len(touches(department).routes)
    if not count:
        return ()
    return (say("card.routes_one" if count == 1 else "card.routes", count=count),)


def _second_page(about: Subject) -> list[PlacedScene]:
    """Figures by year, lists in two columns, sources."""
    say = about.say
    tail = _tail(about)
    bottom = FOOT - tail.y
    width = (WIDE - _COLUMN_GAP) / 2
    left = Column(LEFT, width, 70.0)
    left.heading(say("brief.history"))
    _add_history(left, about, say)
    left.text(say("card.history.how").replace("⚑", "*"), 7.4, SOFT, after=7)
    if changed := change_text(about):
        left.text(changed, 7.6, after=7)
    _add_lists(left, left_lists(about.code, say), bottom=bottom - 4, say=say)
    right = left.beside(width + _COLUMN_GAP, width, 70.0)
    _add_lists(right, right_lists(about.code, say), bottom=bottom - 4, say=say)
    items = [
        Text(LEFT, 56, about.name, 16, INK, "bold"),
        *left.items,
        # where little is known the sources follow the lists, and the blank is at the end
        *moved(tail.items, 0, min(bottom, max(left.y, right.y) + 14)),
    ]
    return [_page(about, 2, items)]


def _add_lists(column: Column, sections: tuple[Section, ...], *, bottom: float, say: Words) -> None:
    """Add lists one below the other down to ``bottom``; entries without room are counted.

    Every section shows its heading and note; the room left is dealt out entry by entry, so that
    a long list cannot push out a short one.
    """
    for section, count in zip(sections, _shares(column, sections, bottom), strict=True):
        column.heading(section.heading)
        if section.note:
            column.text(section.note, 7.6, SOFT, leading=1.237, after=3)
        for lead, detail in section.entries[:count]:
            column.text(lead, 8.4, weight="semibold", leading=1.214)
            column.text(detail, 7.6, SOFT, leading=1.237, after=3.4)
        missing = len(section.entries) - count
        if missing:
            text = say("brief.more", count=missing)
            column.items.append(Text(column.left, column.y + 7.4, text, 7.6, ACCENT))
            column.y += _MORE_ROOM
        column.y += 9


def _shares(column: Column, sections: tuple[Section, ...], bottom: float) -> list[int]:
    """How many entries of each section find room."""
    width, room = column.width, bottom - column.y
    for section in sections:
        room -= 28.0 + (9.4 * len(wrap(section.note, width, 7.6)) + 3 if section.note else 0)
    shown = [0] * len(sections)
    open_ones = [n for n, section in enumerate(sections) if section.entries]
    # a section that is cut short needs a line that says so; all reserve it until they are whole
    room -= _MORE_ROOM * len(open_ones)
    while open_ones:
        turn = list(open_ones)
        while turn:
            n = turn.pop(0)
            lead, detail = sections[n].entries[shown[n]]
            lines = len(wrap(lead, width, 8.4, "semibold")), len(wrap(detail, width, 7.6))
            need = 10.2 * lines[0] + 9.4 * lines[1] + 3.4
            is_last = shown[n] + 1 == len(sections[n].entries)
            if need > room + (_MORE_ROOM if is_last else 0):
                open_ones.remove(n)
                continue
            shown[n] += 1
            room -= need
            if is_last:
                room += _MORE_ROOM
                open_ones.remove(n)
            elif shown[n] % sections[n].weight:
                turn.insert(0, n)
    return shown


def _tail(about: Subject) -> Column:
    """Sources in two columns, from 0 downwards."""
    say, column = about.say, Column(LEFT, WIDE)
    column.heading(say("brief.sources"))
    width, lowest = (WIDE - _COLUMN_GAP) / 2, column.y
    counts = [
        say(
            f"brief.source.{one.unit}",
            years=offence_years(say)
            if is_by_prosecutors(one.code)
            else say(f"period.{one.first}/{one.last}"),
            cut=cuts_text(say),
        )
        for one in REGISTRIES.values()
    ]
    others = [
        say("brief.source.population"),
        say("brief.source.mining", span=mining_years()),
        say("brief.source.ground", borders=borders_source()),
        say("brief.source.rest"),
    ]
    for number, sources in enumerate((counts, others)):
        half = column.beside(number * (width + _COLUMN_GAP), width, column.y)
        for source in sources:
            half.text(source, 7.4, SOFT, after=1.5)
        lowest = max(lowest, half.y)
    column.y = lowest + 2
    return column


def _add_history(column: Column, about: Subject, say: Words) -> None:
    """Add every year, a block a registry: two registries share no axis."""
    items, left, right = column.items, column.left, column.left + column.width
    at_count, at_ratio, at_span, at_bar, bar = left + 74, left + 100, left + 138, left + 143, 32.0
    at_verdict = at_bar + bar + 5
    y = column.y
    for text, at in (
        (say("brief.history.count"), at_count),
        (say("card.history.ratio"), at_ratio),
        (say("brief.history.span"), at_span),
    ):
        items.append(Text(at, y + 7.5, text, 7.2, SOFT, anchor="end"))
    items.append(Text(at_verdict, y + 7.5, say("table.verdict"), 7.2, SOFT))
    y += 11
    for block in history(about.code, BASES[0], about.span, say):
        unit = f"{block['registry']}: {block['unit']}"
        items.append(box(left, y, column.width, 12.5, fill=PALE))
        items.append(Text(left + 4, y + 9, unit, 8.4, INK, "semibold"))
        ends = f"{block['ticks'][0][0]} – {block['ticks'][-1][0]}"
        items.append(Text(right - 4, y + 9, ends, 7.0, SOFT, anchor="end"))
        y += 14
        for one in block["lines"]:
            base, middle = y + 8.4, y + 5.6
            weight: Weight = "semibold" if one["chosen"] else "regular"
            name = one["name"].replace(" ⚑", " *")
            items.append(Text(left + 4, base, name, 8.2, INK, weight))
            items.append(Text(at_count, base, one["count"], 8.2, INK, "semibold", "end"))
            items.append(Text(at_ratio, base, one["text"], 8.2, INK, weight, "end"))
            items.append(Text(at_span, base, one["span"], 7.0, SOFT, anchor="end"))
            upright = at_bar + bar / 2
            items.append(line([(upright, y + 1), (upright, y + 11)], stroke=LINE, width=0.7))
            if one["places"]:
                low, dot, high = (at_bar + bar * place / 100 for place in one["places"])
                is_called = one["verdict"] in ("above", "below")
                color = ACCENT if one["verdict"] == "above" else INK if is_called else _BAR_LOW
                items.append(line([(low, middle), (high, middle)], stroke=color, width=0.9))
                items.append(Disc(dot, middle, 1.9, fill=color))
            verdict = say(f"verdict.{one['verdict']}")
            items.append(
                Text(at_verdict, base, shorten(verdict, right - at_verdict, 7.0), 7.0, SOFT)
            )
            y += 11.8
        y += 3
    column.y = y
