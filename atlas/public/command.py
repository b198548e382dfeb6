"""Write the public page as a folder of files for any web host."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from atlas.commands import (
    PERIOD_HELP,
    REGISTRY_HELP,
    asked_period,
    choose,
    print_message,
    write,
)
from geo.errors import ParameterError, UserError, system_reason


def public(
    out: Annotated[Path, typer.Option(help="The folder to write: new, empty or written before.")],
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    registry: Annotated[str | None, typer.Option(help=REGISTRY_HELP)] = None,
    measure: Annotated[
        str, typer.Option(help="Colours of the map at first: verdict or rate.")
    ] = "verdict",
    base_url: Annotated[
        str | None,
        typer.Option(help="Address under which it is published, e.g. https://example.org/trata/."),
    ] = None,
    dashboard_url: Annotated[
        str | None,
        typer.Option(help="Address of an atlas that the page leads to, e.g. https://example.org/."),
    ] = None,
) -> None:
    """Write the awareness page, whole and compact, in both languages: files for any web host."""
    from atlas.public.model import MEASURES
    from atlas.public.site import site_files

    folder = out.resolve()
    _require_ours(folder)
    files = site_files(
        period=asked_period(period, registry),
        measure=choose(measure, "measure", MEASURES),
        base_url=base_url,
        dashboard_url=dashboard_url,
    )
    _write(folder, files)
    for name in sorted(files):
        print_message("command.wrote", file=out / name)


def _require_ours(folder: Path) -> None:
    """Refuse a folder that holds anything else: it would be published with the page."""
    from atlas.public.site import METADATA, SITE_FILES

    if not folder.exists():
        return
    if not folder.is_dir():
        raise ParameterError(
            f"cannot write into {folder}: it is not a folder; name a new or empty one"
        )
    present = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }
    foreign = sorted(present - SITE_FILES if METADATA in present else present)
    if foreign:
        raise ParameterError(
            f"{folder} holds files of somebody else ({foreign[0]}): name a new folder, an empty "
            "one, or one that this command wrote"
        )


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write each file completely; the first one marks an interrupted run as ours."""
    from atlas.public.site import METADATA, SITE_FILES

    made = next((path for path in (*reversed(folder.parents), folder) if not path.exists()), None)
    try:
        for name in dict.fromkeys((METADATA, *files)):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write(folder / name, files[name])
        # files of an earlier run that this one does not write
        for name in SITE_FILES - set(files):
            (folder / name).unlink(missing_ok=True)
    except (OSError, UserError) as error:
        if made is not None:  # a full disk: nothing is left half made
            shutil.rmtree(made, ignore_errors=True)
        if isinstance(error, UserError):
            raise
        raise ParameterError(
            f"cannot write {folder}: {system_reason(error)}; choose a folder that is yours"
        ) from None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(public)
