"""The brief of one department as a PDF."""

from __future__ import annotations

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
    write,
)


@one_line
def brief(
    department: Annotated[str, typer.Option(help="INEI code of two digits, for example 17.")],
    out: Annotated[Path, typer.Option(help="The PDF to write.")],
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    lang: Annotated[str, typer.Option(help="es or en.")] = "es",
    registry: Annotated[str | None, typer.Option(help=REGISTRY_HELP)] = None,
    pages: Annotated[int, typer.Option(help="1, or 2 with years, lists and sources.")] = 1,
    address: Annotated[str, typer.Option(help=ADDRESS_HELP)] = "",
    layers: Annotated[str | None, typer.Option(help=LAYERS_HELP)] = None,
) -> None:
    """Write a brief on one department as PDF (A4), with its link and a QR code of it."""
    from atlas.paper.brief_document import brief_bytes
    from atlas.words import LANGUAGES

    if out.suffix.lower() != ".pdf":
        refuse(f"a brief as {out.name!r} is not offered: give a name that ends in .pdf")
    content = brief_bytes(
        department,
        asked_period(period, registry),
        lang=choose(lang, "language", LANGUAGES),
        pages=pages,
        address=known_address(address),
        layers=None if layers is None else asked_layers(layers),
    )
    write(out, content)
    print(f"wrote {out}", file=sys.stderr)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(brief)
