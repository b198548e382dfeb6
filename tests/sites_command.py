"""The command sites in this process, and few candidates for it."""

from __future__ import annotations

from typing import Any

from typer.testing import CliRunner

from cli import app

FEW = ("--min-population", 75_000, "--resamples", 0)
"""75 candidates: a plan takes no time."""


def run(*asked: object) -> Any:
    """What the command answers."""
    return CliRunner().invoke(app, ["sites", *map(str, asked)])
