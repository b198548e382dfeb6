"""What the satellite detected, as it stands in a sentence."""

from __future__ import annotations

from data.context import mining_span
from maps.results import touches
from messages import Words


def span_words(span: tuple[str, str]) -> str:
    """Return the first and last year of a span of periods.

    Examples
    --------
    >>> span_words(("2018", "2025Q4")), span_words(("2026Q2", "2026Q2"))
    ('2018–2025', '2026')
    """
    first, last = span[0][:4], span[1][:4]
    return first if first == last else f"{first}–{last}"


def mining_years() -> str:
    """Return the years of the detections that are shown: one footprint, whatever the period.

    Examples
    --------
    >>> mining_years()
    '2018–2025'
    """
    return span_words(mining_span())


def mining_context(department: str, say: Words) -> str:
    """What the satellite detected in a department, and what of it is doubted, in sentences."""
    near = touches(department)
    found = []
    if near.mined_ha > 0:
        key = "card.mining_share" if near.mined_share >= 0.005 else "card.mining"
        share = say.percent(near.mined_share)
        found.append(say(key, ha=say.number(near.mined_ha), share=share, span=mining_years()))
    elif not near.doubtful_ha:
        found.append(say("card.no_mining", span=mining_years()))
    if near.doubtful_ha:
        found.append(say("card.doubtful", ha=say.number(near.doubtful_ha)))
    return " ".join(found)
