"""How the words of a brief are set: one column of text after the other, measured before drawn."""

from __future__ import annotations

from exports.brief import HistoryGroup, Section
from exports.faces import shorten, width_of, wrap
from exports.scene import Item, Text, Weight, box, line

INK, SOFT, LINE, ACCENT, PALE = "#25211f", "#5f5a55", "#dcd7cc", "#6d2459", "#f5f2ea"
BAR, BAR_LOW, BAR_SOFT = "#a0587f", "#a39d94", "#efece5"


def paragraph(
    items: list[Item],
    text: str,
    *,
    left: float,
    top: float,
    width: float,
    size: float,
    color: str = INK,
    weight: Weight = "regular",
    leading: float = 1.28,
) -> float:
    """Add wrapped text and return the ordinate of its lower edge, points."""
    y = top
    for words in wrap(text, width, size, weight):
        items.append(Text(left, y + size * 0.98, words, size, color, weight))
        y += size * leading
    return y


def heading(items: list[Item], text: str, *, left: float, top: float, width: float) -> float:
    """Add a heading over a thin line and return where the text below it may start."""
    y = paragraph(
        items, text, left=left, top=top, width=width, size=10.5, color=ACCENT, weight="bold"
    )
    items.append(line([(left, y + 1.5), (left + width, y + 1.5)], stroke=LINE, width=0.7))
    return y + 5.5


def history(
    items: list[Item],
    groups: tuple[HistoryGroup, ...],
    columns: tuple[str, str, str, str],
    *,
    left: float,
    top: float,
    width: float,
) -> float:
    """Add the table of figures by period, one block a unit, and return its lower edge."""
    at_count, at_ratio, at_bar, bar = left + 76, left + 112, left + 118, 44.0
    y = top
    for x, words, anchor in (
        (left, columns[0], "start"),
        (at_count, columns[1], "end"),
        (at_ratio, columns[2], "end"),
        (at_bar + bar + 8, columns[3], "start"),
    ):
        items.append(Text(x, y + 7.5, words, 7.2, SOFT, anchor=anchor))  # type: ignore[arg-type]
    y += 11
    for group in groups:
        items.append(box(left, y, width, 12.5, fill=PALE))
        items.append(Text(left + 4, y + 9, group.unit, 8.4, INK, "semibold"))
        room = width - width_of(group.unit, 8.4, "semibold") - 16
        items.append(
            Text(
                left + width - 4,
                y + 9,
                shorten(group.source, room, 7.0),
                7.0,
                SOFT,
                anchor="end",
            )
        )
        y += 15
        for row in group.rows:
            base = y + 8.6
            items.append(Text(left + 4, base, row.period, 8.6))
            items.append(Text(at_count, base, row.count, 8.6, INK, "semibold", "end"))
            items.append(Text(at_ratio, base, row.ratio, 8.6, INK, anchor="end"))
            items.append(box(at_bar, y + 3, bar, 6, fill=BAR_SOFT))
            mark = at_bar + bar * row.expected_share
            if row.share is not None:
                end = at_bar + bar * row.share
                fill = BAR if end >= mark else BAR_LOW
                items.append(box(min(mark, end), y + 3, abs(end - mark), 6, fill=fill))
            items.append(line([(mark, y + 1.5), (mark, y + 10.5)], stroke=INK, width=0.7))
            room = left + width - at_bar - bar - 8
            items.append(Text(at_bar + bar + 8, base, shorten(row.verdict, room, 7.4), 7.4, SOFT))
            y += 12.4
        y += 3
    return y


def entry_height(lead: str, detail: str, width: float) -> float:
    """Height of one entry of a list, points."""
    return (
        10.2 * len(wrap(lead, width, 8.4, "semibold")) + 9.4 * len(wrap(detail, width, 7.6)) + 3.4
    )


def sections(
    items: list[Item],
    given: tuple[Section, ...],
    *,
    left: float,
    top: float,
    width: float,
    bottom: float,
) -> float:
    """Add lists one below the other in the room there is, and return their lower edge.

    Every section shows its heading and note; the room left is dealt out entry by entry, so that
    a long list cannot push out a short one. Entries left out are counted.
    """
    fixed = [
        19.0 + (9.4 * len(wrap(section.note, width, 7.6)) + 3 if section.note else 0) + 9.0
        for section in given
    ]
    room = bottom - top - sum(fixed)
    more_room = 12.0
    shown = [0] * len(given)
    open_ones = [n for n, section in enumerate(given) if section.entries]
    # a section that is cut short needs a line that says so; all reserve it until they are whole
    room -= more_room * len(open_ones)
    while open_ones:
        turn = list(open_ones)
        while turn:
            n = turn.pop(0)
            entry = given[n].entries[shown[n]]
            need = entry_height(entry.lead, entry.detail, width)
            is_last = shown[n] + 1 == len(given[n].entries)
            if need > room + (more_room if is_last else 0):
                open_ones.remove(n)
                continue
            shown[n] += 1
            room -= need
            if is_last:
                room += more_room
                open_ones.remove(n)
            elif shown[n] % given[n].weight:
                turn.insert(0, n)
    y = top
    for section, count in zip(given, shown, strict=True):
        y = heading(items, section.heading, left=left, top=y, width=width)
        if section.note:
            y = paragraph(
                items, section.note, left=left, top=y, width=width, size=7.6, color=SOFT,
                leading=1.237,
            ) + 3  # fmt: skip
        for entry in section.entries[:count]:
            y = paragraph(
                items, entry.lead, left=left, top=y, width=width, size=8.4, weight="semibold",
                leading=1.214,
            )  # fmt: skip
            y = paragraph(
                items, entry.detail, left=left, top=y, width=width, size=7.6, color=SOFT,
                leading=1.237,
            ) + 3.4  # fmt: skip
        missing = len(section.entries) - count
        if missing:
            words = section.more.replace("{count}", str(missing))
            items.append(Text(left, y + 7.4, words, 7.6, ACCENT))
            y += more_room
        y += 9
    return y
