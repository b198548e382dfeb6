"""The years of the satellite detections as they stand in a sentence."""

from __future__ import annotations

from data.mining_cells import mining_span


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
