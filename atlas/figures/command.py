"""The victims' profile from a terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from atlas.commands import Format, choose, print_rows

_TEXT = "text"


def profile(
    registry: Annotated[str, typer.Option(help="Who counts: police.")] = "police",
    period: Annotated[
        str, typer.Option(help="A year (2019) or years (2017/2025-09); all of them unless given.")
    ] = "",
    department: Annotated[
        str, typer.Option(help="INEI code of two digits; the country unless given.")
    ] = "",
    lang: Annotated[str, typer.Option(help="es or en: words instead of codes.")] = "",
    format: Annotated[str, typer.Option(help="json, csv or text.")] = _TEXT,
) -> None:
    """Print who the victims are: sex, age, purpose ... as shares; null where few are hidden."""
    allowed = (Format.JSON, Format.CSV, _TEXT, Format.TABLE)
    style = choose(format, "format", tuple(map(str, allowed)))
    from atlas.results.profile import in_words, victim_profile
    from atlas.tables import plain_rows
    from atlas.words import LANGUAGES, words

    frame = victim_profile(period, department or None, registry=registry)
    if lang:
        frame = in_words(frame, words(choose(lang, "language", LANGUAGES)))
    rows = plain_rows(frame)
    columns = ("group", "category", "share", "count", "base", "rate_per_100k")
    columns += ("rate_low", "rate_high")
    print_rows(rows, Format.TABLE if style == _TEXT else Format(style), columns)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(profile)
