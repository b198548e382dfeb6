"""The brief of one department or province as a PDF."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from atlas.commands import (
    ADDRESS_HELP,
    LAYERS_HELP,
    PERIOD_HELP,
    REGISTRY_HELP,
    asked_layers,
    asked_period,
    choose,
    known_address,
    one_line,
    refuse,
    say_faults,
    write,
)
from geo.errors import UserError


@one_line
def brief(
    out: Annotated[Path, typer.Option(help="The PDF to write.")],
    department: Annotated[
        str | None, typer.Option(help="INEI code of two digits, for example 17.")
    ] = None,
    province: Annotated[
        str | None, typer.Option(help="INEI code of four digits, for example 1701.")
    ] = None,
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    lang: Annotated[str, typer.Option(help="es or en.")] = "es",
    registry: Annotated[str | None, typer.Option(help=REGISTRY_HELP)] = None,
    pages: Annotated[int, typer.Option(help="1, or 2 with years, lists and sources.")] = 1,
    address: Annotated[str, typer.Option(help=ADDRESS_HELP)] = "",
    layers: Annotated[str | None, typer.Option(help=LAYERS_HELP)] = None,
    beside: Annotated[
        str, typer.Option(help="A line of others: neighbour, alike or one to three codes, 08-21.")
    ] = "",
) -> None:
    """Write a brief on a department or province as PDF (A4), with its link and a QR code of it."""
    from atlas.paper.brief_document import brief_bytes
    from atlas.paper.brief_province import province_brief_bytes
    from atlas.results.province import asked_province_period
    from atlas.view import BESIDE
    from atlas.words import LANGUAGES

    if out.suffix.lower() != ".pdf":
        refuse(f"a brief as {out.name!r} is not offered: give a name that ends in .pdf")
    if (department is None) == (province is None):
        raise UserError("brief.fault.area")
    chosen = {
        "lang": choose(lang, "language", LANGUAGES),
        "pages": pages,
        "address": known_address(address),
        "layers": None if layers is None else asked_layers(layers),
    }
    if beside and (province is not None or not re.fullmatch(BESIDE, beside)):
        raise UserError("brief.fault.beside", value=repr(beside))
    if province is not None:
        say_faults()
        span = asked_province_period(period, registry)
        content = province_brief_bytes(province, span, **chosen)  # type: ignore[arg-type]
    else:
        span = asked_period(period, registry)
        content = brief_bytes(str(department), span, beside=beside, **chosen)  # type: ignore[arg-type]
    write(out, content)
    print(f"wrote {out}", file=sys.stderr)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(brief)
