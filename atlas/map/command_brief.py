"""The brief of one department or province as a PDF."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from atlas.commands import (
    asked_layers,
    asked_period,
    choose,
    known_address,
    refuse,
    say_faults,
    write,
)
from atlas.map.command import (
    AddressOption,
    LangOption,
    LayersOption,
    PeriodOption,
    RegistryOption,
)
from geo.errors import UserError


def brief(
    out: Annotated[Path, typer.Option(help="The PDF to write.")],
    department: Annotated[
        str | None, typer.Option(help="INEI code of two digits, for example 17.")
    ] = None,
    province: Annotated[
        str | None, typer.Option(help="INEI code of four digits, for example 1701.")
    ] = None,
    period: PeriodOption = "",
    lang: LangOption = "es",
    registry: RegistryOption = None,
    pages: Annotated[int, typer.Option(help="1, or 2 with years, lists and sources.")] = 1,
    address: AddressOption = "",
    layers: LayersOption = None,
    beside: Annotated[
        str, typer.Option(help="A line of others: neighbour, alike or one to three codes, 08-21.")
    ] = "",
) -> None:
    """Write a brief on a department or province as PDF (A4), with its link and a QR code of it."""
    from atlas.paper.brief_document import brief_bytes
    from atlas.results.department_file import department_name
    from atlas.results.province import asked_province_period
    from atlas.view import BESIDE, province_names
    from atlas.words import LANGUAGES

    if out.suffix.lower() != ".pdf":
        refuse(f"a brief as {out.name!r} is not offered: give a name that ends in .pdf")
    if (department is None) == (province is None):
        raise UserError("brief.fault.area")
    lang, address = choose(lang, "language", LANGUAGES), known_address(address)
    overlays = None if layers is None else asked_layers(layers)
    if beside and (province is not None or not re.fullmatch(BESIDE, beside)):
        raise UserError("brief.fault.beside", value=repr(beside))
    if province is not None:
        say_faults()
        span = asked_province_period(period, registry)
        if province not in province_names():
            raise UserError(
                "province.fault.unknown", value=repr(province), count=len(province_names())
            )
    else:
        span = asked_period(period, registry)
        department_name(str(department))  # refuses one that there is not
    content = brief_bytes(
        province or str(department),
        span,
        lang=lang,
        pages=pages,
        address=address,
        layers=overlays,
        beside=beside,
    )
    write(out, content)
    print(f"wrote {out}", file=sys.stderr)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(brief)
