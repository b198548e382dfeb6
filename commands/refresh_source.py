"""What the refreshes share: fetch a source, show the plan, write only when told to."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

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
    from pathlib import PurePosixPath

    from data.refresh import store
    from data.refresh.download import Limits, fetch, forget_download
    from data.refresh.plan import Source

    fetched = fetch(source, any_host=any_host, limits=Limits(bytes=MAX_BYTES))
    content = fetched.path.read_bytes()
    file = PurePosixPath(fetched.source.split("?")[0]).name or "the source"
    with store.changing() as change:
        made = plan(Source(fetched.source, content, time.strftime("%Y-%m-%d")), file)
        for line in made.lines:
            print(line)
        if not made.replacements:
            return
        if not yes:
            print("nothing was changed; add --yes to write", file=sys.stderr)
            return
        change.write(made.replacements)
    forget_download(source)
    print(f"written: {', '.join(made.replacements)}", file=sys.stderr)
