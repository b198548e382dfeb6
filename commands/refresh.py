"""Figures brought up to date: the group of commands, and the way back to the shipped figures."""

from __future__ import annotations

from typing import Annotated

import typer

from commands import (
    refresh_boundaries,
    refresh_complaints,
    refresh_mining,
    refresh_population,
)
from commands.answers import Format, choose, one_line, refuse
from commands.refresh_list import print_list

_COMMANDS = (refresh_complaints, refresh_mining, refresh_boundaries, refresh_population)
"""modules that add a command to the group, each by its register(group)"""


@one_line
def refresh(
    context: typer.Context,
    reset: Annotated[
        bool, typer.Option("--reset", help="Remove all refreshed figures: the shipped ones hold.")
    ] = False,
    listed: Annotated[
        bool,
        typer.Option("--list", help="What is shipped or refreshed, how old, where newer is."),
    ] = False,
    format: Annotated[str, typer.Option(help="table, csv or json, for --list.")] = "table",
) -> None:
    """Bring figures up to date from official files, or go back to the shipped ones."""
    if (reset or listed) and (context.invoked_subcommand or reset == listed):
        refuse("--list and --reset stand alone: give one of them, without a command")
    if listed:
        print_list(Format(choose(format, "format", tuple(Format))))
    elif reset:
        from data.refresh import store

        names = store.reset()
        print(f"removed: {', '.join(names)}" if names else "nothing was refreshed")
    elif context.invoked_subcommand is None:
        refuse("say what to refresh; see refresh --help")


def register(app: typer.Typer) -> None:
    """Add the group and its commands."""
    group = typer.Typer(rich_markup_mode=None, invoke_without_command=True)
    group.callback()(refresh)
    for command in _COMMANDS:
        command.register(group)
    app.add_typer(group, name="refresh")
