"""The victims' profile and figures to quote from a terminal."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from atlas.commands import (
    PERIOD_HELP,
    REGISTRY_HELP,
    Format,
    asked_departments,
    asked_period,
    choose,
    print_rows,
)
from geo.errors import ParameterError

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


def quote(
    department: Annotated[
        str, typer.Option(help="INEI code or name of a department; the country unless given.")
    ] = "",
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    registry: Annotated[str | None, typer.Option(help=REGISTRY_HELP)] = None,
    victims: Annotated[
        str, typer.Option(help="A year instead: how many victims, and what is published of it.")
    ] = "",
    lang: Annotated[str, typer.Option(help="es or en.")] = "es",
) -> None:
    """Print a figure as a sentence to quote: who counted what, when, its source, what it is not."""
    from atlas.results.quotes import quote_count, quote_victims
    from atlas.words import LANGUAGES, words

    say = words(choose(lang, "language", LANGUAGES))
    if victims:
        if department or period or registry:
            raise ParameterError("--victims takes a year alone: leave the other options away")
        if not re.fullmatch(r"\d{4}", victims):
            raise ParameterError(f"--victims is {victims!r}: give a year such as 2024")
        print(quote_victims(int(victims), say))
        return
    codes = asked_departments(department) if department else (None,)
    if len(codes) > 1:
        raise ParameterError(f"--department takes a single one; {len(codes)} came")
    print(quote_count(codes[0], asked_period(period, registry), say))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(profile)
    app.command()(quote)
