"""The drawings of the figures page as HTML: rows of years, ranges of dots, lists of numbers."""

from __future__ import annotations

from html import escape

from maps.figure_ranges import GROUPS, Range
from maps.figures import Figure, Kind, RegistryRow
from messages import Words
from views.citation import citation, citations, period_text, registry_text, share_text, value_text


def _bar(figure: Figure, highest: float, say: Words) -> str:
    """One figure: its number is the button that opens its quote."""
    number = say.number(figure.value)
    label = f"{figure.year}: {value_text(figure, say)}"
    return (
        f'<details class="cite" name="cite" style="--v:{figure.value / highest:.3f}">'
        f'<summary aria-label="{escape(label)}"><b>{escape(number)}</b><i></i></summary>'
        f'<div class="pop">{citation(figure, say)}</div></details>'
    )


def _row(row: RegistryRow, first: int, last: int, chosen: int, say: Words) -> str:
    highest = max(figure.value for figure in row.yearly)
    years: dict[int, list[Figure]] = {}
    for figure in row.yearly:
        years.setdefault(figure.year or 0, []).append(figure)
    cells = "".join(
        f'<li style="--c:{year - first + 1}" class="{"on" if year == chosen else ""}'
        f'{" late" if year - first > (last - first) / 2 else ""}"><span>{year}</span>'
        + "".join(_bar(figure, highest, say) for figure in figures)
        + "</li>"
        for year, figures in years.items()
    )
    others = citations(row.others, say("figures.others", count=len(row.others)), say)
    return (
        f'<section class="strip-row"><h4>{escape(row.names[say.lang])}'
        f"<small>{escape(say(f'figures.unit.{row.unit}'))}</small></h4>"
        f'<ol class="strip">{cells}</ol>{others}</section>'
    )


def strips(
    rows: tuple[RegistryRow, ...], kind: Kind, span: tuple[int, int], chosen: int, say: Words
) -> str:
    """The registries of one kind, a row each over the same years, each on its own scale."""
    first, last = span
    marks = "".join(
        f'<span class="{"on" if year == chosen else ""}">{year}</span>'
        for year in range(first, last + 1)
    )
    drawn = "".join(_row(row, first, last, chosen, say) for row in rows if row.kind == kind)
    return (
        f'<div class="strips" style="--n:{last - first + 1};--on:{chosen - first}">'
        f'<div class="strip-head"><h3>{escape(say(f"figures.{kind}"))}</h3>'
        f'<div class="years" aria-hidden="true">{marks}</div></div>{drawn}</div>'
    )


def disagreement(reports: tuple[Figure, ...], victims: tuple[Figure, ...], say: Words) -> str:
    """One sentence on what the registries say of a year, and one on its victims."""
    items = say.list(
        say(
            "figures.disagree.item",
            value=say.number(figure.value),
            unit=say(f"figures.unit.{figure.unit}"),
            registry=registry_text(figure, say, short=True),
        )
        for figure in reports
    )
    count = say.catalogue.get(f"figures.count.{len(reports)}", str(len(reports)))
    text = say("figures.disagree.reports", year=reports[0].year, count=count, items=items)
    ordered = sorted(victims, key=lambda figure: figure.value)
    if len(ordered) > 1:
        low, high = ordered[0], ordered[-1]
        text += " " + say(
            "figures.disagree.victims",
            low=say.number(low.value),
            low_registry=registry_text(low, say, short=True),
            high=say.number(high.value),
            high_registry=registry_text(high, say, short=True),
        )
    return f'<p class="finding">{escape(text)}</p>'


def _who(figure: Figure, say: Words) -> str:
    parts = [registry_text(figure, say, short=True), period_text(figure, say)]
    if figure.named("base", say.lang):
        parts.append(say("figures.base", base=figure.named("base", say.lang)))
    return ", ".join(parts)


def _ends(item: Range, say: Words) -> str:
    """Who says the least and who the most, with what each counts."""
    if len(item.figures) == 1:
        return say("figures.range.only", who=_who(item.low, say))
    if item.low.share_percent == item.high.share_percent:
        return "\n".join(_who(figure, say) for figure in item.figures)
    return "\n".join(
        say(f"figures.range.{end}", share=share_text(figure, say), who=_who(figure, say))
        for end, figure in (("low", item.low), ("high", item.high))
    )


def _range(item: Range, say: Words) -> str:
    name = say(f"figures.category.{item.category}")
    low, high = item.low.share_percent or 0.0, item.high.share_percent or 0.0
    dots = "".join(
        f'<i class="dot" style="left:{figure.share_percent or 0.0:.1f}%" '
        f'title="{escape(f"{share_text(figure, say)}: {_who(figure, say)}")}"></i>'
        for figure in item.figures
    )
    shares = say.list(share_text(figure, say) for figure in item.figures)
    aria = escape(say("figures.range.aria", category=name, shares=shares))
    label, upper = say.percent(low / 100.0), say.percent(high / 100.0)
    if label != upper:
        label = say("figures.range", low=label, high=upper)
    count = len(item.figures)
    summary = say("figures.source_one") if count == 1 else say("figures.sources", count=count)
    ends = "<br>".join(escape(line) for line in _ends(item, say).split("\n"))
    return (
        f'<div class="range"><div class="range-name"><b>{escape(name)}</b>'
        f"<span>{escape(label)}</span></div>"
        f'<div class="axis" role="img" aria-label="{aria}">'
        f'<i class="span" style="left:{low:.1f}%;width:{high - low:.1f}%"></i>{dots}</div>'
        f'<p class="ends">{ends}</p>{citations(item.figures, summary, say)}</div>'
    )


def range_card(group: str, found: tuple[Range, ...], say: Words) -> str:
    """One card: every category of a group as a range of dots from 0 to 100 per cent."""
    if group not in GROUPS:
        raise KeyError(f"group {group!r}: allowed are {', '.join(GROUPS)}")
    body = "".join(_range(item, say) for item in found if item.group == group)
    scale = "".join(f"<span>{escape(say.percent(mark / 100))}</span>" for mark in (0, 50, 100))
    return (
        f'<section class="ranges"><h3>{escape(say(f"figures.group.{group}"))}</h3>'
        f'<div class="scale" aria-hidden="true">{scale}</div>{body}</section>'
    )


def number_list(heading: str, figures: tuple[Figure, ...], say: Words) -> str:
    """Numbers one under the other, no scale: filled mark for counts, open mark for guesses."""
    lines = []
    for figure in figures:
        kind = "estimated" if figure.is_estimate else "counted"
        what = figure.named("measure", say.lang)
        for part in (figure.named("place", say.lang), figure.named("where", say.lang)):
            what += f", {part}" if part and part not in what else ""
        about = f"{registry_text(figure, say)} · {period_text(figure, say)}"
        lines.append(
            f'<li class="{kind}"><span class="mark" role="img" '
            f'aria-label="{escape(say(f"figures.{kind}"))}"></span>'
            f"<div><b>{escape(value_text(figure, say, with_unit=False))}</b> {escape(what)}"
            f'<p class="ends">{escape(about)}</p>'
            f"{citations((figure,), say('figures.quote'), say)}</div></li>"
        )
    return f'<section class="numbers"><h3>{escape(heading)}</h3><ul>{"".join(lines)}</ul></section>'
