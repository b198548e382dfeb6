"""Figures brought up to date: the group of commands, and the way back to the shipped figures."""

from __future__ import annotations

from typing import Annotated

import typer

from commands import refresh_complaints
from commands.answers import one_line, refuse

_COMMANDS = (refresh_complaints,)
"""modules that add a command to the group, each by its register(group)"""


@one_line
def refresh(
    context: typer.Context,
    reset: Annotated[
        bool, typer.Option("--reset", help="Remove all refreshed figures: the shipped ones hold.")
    ] = False,
) -> None:
    """Bring figures up to date from official files, or go back to the shipped ones."""
    if reset and context.invoked_subcommand:
        refuse("--reset stands alone: give it without a command")
    if reset:
        from data.refresh import store

        names = store.reset()
        print(f"removed: {', '.join(names)}" if names else "nothing was refreshed")
        return
    if context.invoked_subcommand is None:
        refuse("say what to refresh; see refresh --help")


def register(app: typer.Typer) -> None:
    """Add the group and its commands."""
    group = typer.Typer(rich_markup_mode=None, invoke_without_command=True)
    group.callback()(refresh)
    for command in _COMMANDS:
        command.register(group)
    app.add_typer(group, name="refresh")
