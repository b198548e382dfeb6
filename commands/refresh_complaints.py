"""Reported offences of a year, from the Public Ministry's official file."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.answers import Format, choose, one_line, print_rows
from commands.refresh_progress import progress

if TYPE_CHECKING:
    from data.refresh.complaints import Plan
    from data.refresh.download import Fetched
    from data.refresh.mpfn_file import Reading


@one_line
def complaints(
    source: Annotated[
        str, typer.Option(help="The official CSV of one or more years: a file or an address.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Write; without it nothing changes.")] = False,
    any_host: Annotated[
        bool, typer.Option("--any-host", help="Ask a host that the catalogue does not name.")
    ] = False,
    format: Annotated[str, typer.Option(help="table, csv or json: how changes print.")] = "table",
) -> None:
    """Show what the Public Ministry's file of reported offences changes; write it with --yes."""
    style = Format(choose(format, "format", tuple(Format)))
    from data.refresh.complaints import plan_complaints
    from data.refresh.download import fetch, forget_download
    from data.refresh.mpfn_file import read_mpfn
    from data.refresh.store import changing

    begin = time.monotonic()
    # held from the first look at the figures in use until the new ones are written
    with changing() if yes else nullcontext() as change:
        with progress() as told:
            fetched = fetch(source, any_host=any_host, progress=told)
        reading = read_mpfn(fetched.path, fetched.source)
        plan = plan_complaints(reading, fetched, today=date.today().isoformat())
        _say_file(fetched, reading, plan, time.monotonic() - begin)
        print_rows(_rows(plan), style)
        if not plan.replacements:
            print("these are the figures in use: nothing to write", file=sys.stderr)
        elif change is None:
            print("nothing was changed; add --yes to write", file=sys.stderr)
        else:
            change.write(plan.replacements)
            print("written; a server that is running shows it after a restart", file=sys.stderr)
    if yes:
        forget_download(source)


def _say_file(fetched: Fetched, reading: Reading, plan: Plan, seconds: float) -> None:
    print(
        f"{fetched.source}: {fetched.bytes:,} bytes, sha256 {fetched.sha256}, "
        f"{reading.rows_read:,} rows read, {reading.rows_used:,} used, {seconds:.1f} s",
        file=sys.stderr,
    )
    for note in plan.notes:
        print(f"look at: {note}", file=sys.stderr)


def _rows(plan: Plan) -> list[dict[str, Any]]:
    """One row a period and table with its totals, then one for each count that differs."""
    from data.refresh.complaints import ALL

    rows = []
    for change in plan.changes:
        same = change.before is not None and not change.rows and change.replaces == (change.period,)
        rows.append(
            {
                "period": change.period,
                "what": "same" if same else "new" if change.before is None else "changed",
                "fiscal_district": "(all)",
                "offence": "(both)" if change.resource == "complaints" else ALL,
                "before": change.before,
                "after": change.after,
                "replaces": list(change.replaces),
            }
        )
        rows += [
            {
                "period": change.period,
                "what": "row",
                "fiscal_district": district,
                "offence": offence,
                "before": before,
                "after": after,
                "replaces": [],
            }
            for district, offence, before, after in change.rows
        ]
    return rows


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command("complaints")(complaints)
