"""The commands hotspots, change, level and compare."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlas.commands import (
    LEVEL_HELP,
    PERIOD_HELP,
    REGISTRY_HELP,
    Format,
    asked_departments,
    asked_period,
    choose,
    print_rows,
    say_faults,
)
from atlas.tables import plain_rows
from atlas.words import LANGUAGES, Words, words
from geo.errors import UserError
from geo.interrupt import watched

if TYPE_CHECKING:
    import pandas as pd


def hotspots(
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    lens: Annotated[str, typer.Option(help="excess, scan, moran or gistar.")] = "excess",
    registry: Annotated[str | None, typer.Option(help=REGISTRY_HELP)] = None,
    level: Annotated[str, typer.Option(help=LEVEL_HELP)] = "departments",
    seed: Annotated[str, typer.Option(help="Seed of the simulated maps, a whole number.")] = "1",
    replicas: Annotated[
        str,
        typer.Option(help="Simulated maps: 999 or 9999. Default: 9999.", show_default=False),
    ] = "",
    format: Annotated[str, typer.Option(help="json or table.")] = "table",
) -> None:
    """Print what one lens finds in one period; the same seed prints the same bytes."""
    style = Format(choose(format, "format", ("json", "table")))
    from atlas.results.department_file import area_name
    from atlas.results.hotspots import LENSES, REPLICAS, SCAN_REPLICAS, lens_table, scan_table

    chosen = choose(lens, "lens", LENSES)
    count = int(choose(replicas or str(SCAN_REPLICAS), "replicas", tuple(map(str, REPLICAS))))
    whose = _registry(registry, level)
    span, number = asked_period(period, whose, level), _seed(seed)
    answer: dict[str, Any] = {"lens": chosen, "period": span.code, "seed": number}
    if whose is not None:
        answer |= {"registry": whose, "level": level}
    if chosen == "scan":
        with progress_bar(count, "simulating maps") as progress, watched(None, progress):
            table = scan_table(span, seed=number, replicas=count)
        answer["replicas"] = count
    else:
        table = lens_table(span, chosen, seed=number, replicas=count)
    rows = plain_rows(table)
    if chosen == "scan":
        for row in rows:
            row["names"] = [area_name(code) for code in row[level]]
    if style is Format.JSON:
        answer["clusters" if chosen == "scan" else "rows"] = rows
        print(json.dumps(answer, ensure_ascii=False, indent=2, allow_nan=False))
        return
    if chosen == "scan":
        _say_what_the_seed_decides(rows, count, level)
    null = _null_text(chosen, whose, level)
    print(f"lens {chosen}, period {span.code}, seed {number}. {null}", file=sys.stderr)
    if rows:
        print_rows(rows, style)


def _registry(given: str | None, level: str) -> str | None:
    """The registry asked for, else the one that has the level, where not every one has it."""
    from data.periods import LEVELS, REGISTRIES

    if given is not None or level == LEVELS[0]:
        return given
    return next((code for code, registry in REGISTRIES.items() if level in registry.tables), None)


@contextmanager
def progress_bar(steps: int, label: str) -> Iterator[Callable[[float], None] | None]:
    """Yield what draws a share done on stderr, forwards or back; None where that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with typer.progressbar(length=steps, label=label, file=sys.stderr) as bar:
        yield lambda done: bar.update(round(done * steps) - bar.pos)


def _null_text(lens: str, registry: str | None, level: str) -> str:
    from atlas.results.regions import overdispersion
    from data.periods import MAIN

    if lens in ("moran", "gistar"):
        return (
            f"p: rates shuffled over the {level}, each looked at alone and without the waves: by "
            "itself no hot spot. hotspot and is_significant go by q, over all of them."
        )
    kappa = overdispersion("people", registry or MAIN, level)
    return (
        "p: one rate for all, with the waves of yearly reports "
        f"(kappa {kappa.kappa:.3f}, {kappa.kappas[0]:.3f} to {kappa.kappas[-1]:.3f})."
    )


def _say_what_the_seed_decides(
    rows: list[dict[str, Any]], maps: int, level: str = "departments"
) -> None:
    from geo.excess import LEVEL
    from geo.hotspots.scan import is_undecided

    for row in rows:
        if is_undecided(row["p_value"], replicas=maps):
            print(
                f"cluster {'+'.join(row[level])}: p lies within two standard errors of "
                f"{LEVEL}; another seed could move it across",
                file=sys.stderr,
            )


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise UserError("command.fault.seed", name="--seed", value=text)
    return int(text)


CHANGE_KEYS = ["department_ubigeo", "ratio", "low", "high", "p_value", "q_value", "verdict"]
LEVEL_KEYS = [
    "department_ubigeo", "level", "low", "high", "probability_above", "next_low", "next_high",
]  # fmt: skip


def change(
    before: Annotated[str, typer.Option("--from", help="The earlier period's code, e.g. 2021.")],
    after: Annotated[str, typer.Option("--to", help="The later period's code, e.g. 2023.")],
    registry: Annotated[str | None, typer.Option(help=REGISTRY_HELP)] = None,
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print what changed in the 25 departments by more than they usually change in such a time."""
    style = Format(choose(format, "format", tuple(Format)))
    from atlas.results.years import change_for

    table = change_for(*(asked_period(code, registry) for code in (before, after)))
    _print(table[CHANGE_KEYS], style)
    if style is Format.TABLE:
        apart = table.attrs["years_apart"]
        print(
            f"ratio: {after} over {before}, 1 = as the country, which moved to "
            f"{table.attrs['country']:.2f} times its rate. Departments usually change in "
            f"{apart:g} {'year' if apart == 1 else 'years'} with kappa "
            f"{table.attrs['kappa']:.3f}.",
            file=sys.stderr,
        )


def level(
    registry: Annotated[str, typer.Option(help="Who counts: mpfn or police.")] = "mpfn",
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print the level of the 25 departments over all years: what stays when waves pass."""
    style = Format(choose(format, "format", tuple(Format)))
    from atlas.results.years import level_for
    from data.periods import REGISTRIES

    say_faults()
    choose(registry, "registry", tuple(REGISTRIES))
    table = level_for(registry)
    _print(table[LEVEL_KEYS], style)
    if style is Format.TABLE:
        codes = ", ".join(period.code for period in table.attrs["periods"])
        print(
            f"periods {codes}. level: ratio to the country's rate; "
            "next: 90 % interval of the next year's ratio.",
            file=sys.stderr,
        )


def compare(
    departments: Annotated[
        str | None, typer.Option(help="Two to four departments, codes or names: 17,08,21.")
    ] = None,
    neighbours: Annotated[
        str | None, typer.Option(help="A department beside all that it borders.")
    ] = None,
    like: Annotated[
        str | None, typer.Option(help="A department beside the three that most resemble it.")
    ] = None,
    period: Annotated[
        str,
        typer.Option(
            help="A period of any registry; unless given, each registry's newest full year and the "
            "earliest that may stand beside it."
        ),
    ] = "",
    lang: Annotated[str, typer.Option(help="es or en, for notes and sentences.")] = "en",
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print departments side by side in each registry: never added, divided or tested together."""
    style = Format(choose(format, "format", tuple(Format)))
    say = words(choose(lang, "language", LANGUAGES))
    from atlas.results.compare import ALIKE, CHOSEN, NEIGHBOUR, NOTES, compare_rows, placed

    say_faults()
    given = {CHOSEN: departments, NEIGHBOUR: neighbours, ALIKE: like}
    chosen = [(kind, text) for kind, text in given.items() if text is not None]
    if len(chosen) != 1:
        raise UserError("compare.fault.choice", count=len(chosen))
    ((kind, text),) = chosen
    codes = asked_departments(text)
    if kind != CHOSEN and len(codes) > 1:
        raise UserError("compare.fault.single", count=len(codes))
    rows = plain_rows(compare_rows(placed(kind, codes), period))
    for row in rows:
        row["note"] = row["note"] and say(NOTES[row["note"]], period=row["period"])
    if kind == ALIKE:
        _add_likeness(rows, codes[0], say)
    print_rows(rows, style)


def _add_likeness(rows: list[dict[str, Any]], department: str, say: Words) -> None:
    """How far each is, and in what it is near; on stderr what the choice hangs on."""
    from atlas.results.compare import likeness_lines, most_alike

    alike = {row.department: row for row in most_alike(department)[0]}
    for row in rows:
        other = alike.get(row["department_ubigeo"])
        row["distance"] = other.distance if other else 0.0
        row["features"] = list(other.features) if other else []
    for line in likeness_lines(department, say):
        print(line, file=sys.stderr)


def _print(table: pd.DataFrame, style: Format) -> None:
    """A ratio from zero upwards and its open end are null, as a missing number is."""
    from atlas.results.department_file import department_name

    names = [department_name(code) for code in table["department_ubigeo"]]
    table = table.assign(department=names)
    print_rows(plain_rows(table.replace(float("inf"), float("nan"))), style)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(hotspots)
    app.command()(change)
    app.command()(level)
    app.command()(compare)
