"""What the refreshes share: fetch a source, show the plan, write only when told to."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from commands.refresh_progress import progress

if TYPE_CHECKING:
    from data.refresh.plan import Plan, Source

MAX_BYTES = 400_000_000
SourceOption = Annotated[str, typer.Option("--source", help="The official file: path or address.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Write; without it nothing changes.")]
AnyHostOption = Annotated[
    bool, typer.Option("--any-host", help="Ask hosts that the catalogue does not name.")
]


def carry_out(
    source: str, *, yes: bool, any_host: bool, plan: Callable[[Source, str], Plan]
) -> None:
    """Fetch, plan, print, and with ``yes`` write the whole set or nothing.

    Parameters
    ----------
    source : str
        Path or address.
    plan : callable
        Takes the source and the name for messages.
    """
    from contextlib import nullcontext
    from pathlib import PurePosixPath
    from urllib.parse import unquote

    from data.refresh import store
    from data.refresh.download import Limits, fetch, forget_download
    from data.refresh.plan import Source

    # held from the first look at the figures in use until the new ones are written
    with store.changing() if yes else nullcontext() as change:
        with progress() as told:
            limits = Limits(bytes=MAX_BYTES)
            fetched = fetch(source, any_host=any_host, limits=limits, progress=told)
        print(
            f"{fetched.source}: {fetched.bytes:,} bytes, sha256 {fetched.sha256}", file=sys.stderr
        )
        content = fetched.path.read_bytes()
        file = PurePosixPath(unquote(fetched.source.split("?")[0])).name or "the source"
        made = plan(Source(fetched.source, content, date.today().isoformat()), file)
        for line in made.lines:
            print(line)
        if not made.replacements:
            print("nothing to write", file=sys.stderr)
        elif change is None:
            print("nothing was changed; add --yes to write", file=sys.stderr)
        else:
            change.write(made.replacements)
            print(
                f"written: {', '.join(made.replacements)}; a server that is running shows it after "
                "a restart",
                file=sys.stderr,
            )
    if yes:
        forget_download(source)
