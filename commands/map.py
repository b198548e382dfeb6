"""The map of a period as one self-contained file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from commands.answers import choose, one_line, period_code, write


@one_line
def write_map(
    out: Annotated[Path, typer.Option(help="The HTML file to write.")],
    period: Annotated[str, typer.Option(help="A period's code.")] = "2023",
    measure: Annotated[str, typer.Option(help="count, rate, smr or verdict.")] = "smr",
    lang: Annotated[str, typer.Option(help="es or en.")] = "es",
) -> None:
    """Write the map as one HTML file that opens with no network."""
    from maps.document import standalone_document
    from maps.state import MEASURES, MapState
    from messages import LANGUAGES

    state = MapState(
        lang=choose(lang, "language", LANGUAGES),
        period=period_code(period),
        measure=choose(measure, "measure", MEASURES),
    )
    write(out, standalone_document(state).encode("utf-8"))
    print(f"wrote {out}", file=sys.stderr)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="map")(write_map)
