"""The table that says the same as the map, complete without a script."""

from __future__ import annotations

from layers.palette import RATE
from messages import Words
from public.contents import Contents, RegionRow
from public.words import differing, rate_text, text, times_text

_MARK = "⚑"
"""after the name of a department that is not ranked, explained under the table."""
_GENERAL = ("lockdown", "year_flagged", "part_year")
"""flags that hold for the whole period"""


def table_html(contents: Contents, say: Words) -> str:
    """Return the table of the departments with its notes."""
    unit = say(f"unit.{contents.period.unit}.plural")
    period = say(f"period.{contents.period.code}")
    caption = say("public.table.caption", unit=unit[:1].upper() + unit[1:], period=period)
    heads = [
        ("name", "public.table.region"),
        ("count", "public.table.count"),
        ("rate", "public.table.rate"),
        ("verdict", "public.table.verdict"),
    ]
    head = "".join(f'<th scope="col" class="c-{name}">{text(say(key))}</th>' for name, key in heads)
    highest = max((row.rate_per_100k for row in contents.rows), default=0.0)
    rows = "".join(_row(row, highest, say) for row in contents.rows)
    return (
        f'<table id="table"><caption id="table-caption">{text(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
        f'<tfoot><tr><th scope="row">{text(say("public.table.country"))}</th>'
        f'<td class="c-count">{say.number(contents.reported_count)}</td>'
        f'<td class="c-rate">{rate_text(contents.rate_per_100k, say)}</td>'
        f"<td></td></tr></tfoot></table>{_notes(contents, say)}"
    )


def _row(row: RegionRow, highest: float, say: Words) -> str:
    sup = "" if row.is_ranked else f'<sup aria-hidden="true">{_MARK}</sup>'
    few = f"<small>{text(say('public.few'))}</small>" if row.is_few else ""
    length = 0.0 if not highest or not row.is_ranked else 100 * row.rate_per_100k / highest
    unranked = "" if row.is_ranked else ' class="unranked"'
    bar = (
        '<svg class="bar-line" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="q-{row.rate_class}" width="{length:.1f}" height="4"/></svg>'
    )
    verdicts = "".join(_verdict(row, base, say) for base in row.judged)
    return (
        f'<tr id="t{row.code}"{unranked}><th scope="row" class="c-name">'
        f"<span>{text(row.name)}</span>{sup}{few}</th>"
        f'<td class="c-count">{say.number(row.reported_count)}</td>'
        f'<td class="c-rate">{rate_text(row.rate_per_100k, say)}{bar}</td>'
        f'<td class="c-verdict">{verdicts}</td></tr>'
    )


def _verdict(row: RegionRow, base: str, say: Words) -> str:
    """The verdict on one base; the reader's choice shows one of the two."""
    judged = row.judged[base]
    ratio, interval = times_text(judged, say)
    times = f"<small><b>{text(ratio)}</b> <span>{text(interval)}</span></small>" if ratio else ""
    differs = differing(row, base, say)
    return (
        f'<div class="for-{base}"><i class="dot v-{judged.verdict}" aria-hidden="true"></i>'
        f"<span>{text(say(f'verdict.{judged.verdict}'))}</span>{times}"
        + (f"<em>{text(differs)}</em>" if differs else "")
        + "</div>"
    )


def _notes(contents: Contents, say: Words) -> str:
    notes = [say("public.times.note")]
    if "few_reports" in contents.flags:
        notes.append(say("public.few.note"))
    if "not_ranked" in contents.flags:
        notes.append(f"{_MARK} {say('flag.not_ranked')}")
    mismatched = sum("denominator_mismatch" in row.flags for row in contents.rows)
    if mismatched:
        notes.append(say("public.mismatch", count=mismatched))
    notes += [say(f"flag.{flag}") for flag in _GENERAL if flag in contents.flags]
    items = "".join(f"<li>{text(note)}</li>" for note in notes)
    return f'<ul class="notes">{items}</ul>'


def ramp_html(contents: Contents, say: Words) -> str:
    """The scale of the rate: a swatch a class, the edges under their seams."""
    edges = RATE.breaks[1:-1]
    ticks = [say.number(edge, 0 if edge == int(edge) else 1) for edge in edges] + [""]
    swatches = "".join(
        f'<li><i class="q-{number}" aria-hidden="true"></i><span>{tick}</span></li>'
        for number, tick in enumerate(ticks)
    )
    return f'<ol class="ramp">{swatches}</ol>'
