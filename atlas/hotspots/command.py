"""The commands of Focos: hotspots, change, compare and density."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlas.commands import (
    LEVEL_HELP,
    PERIOD_HELP,
    REGISTRY_HELP,
    RESULT_COLUMNS,
    Format,
    asked_departments,
    asked_period,
    choose,
    command_words,
    finite,
    print_rows,
    write,
)
from atlas.outputs import require_private
from atlas.tables import plain_rows
from atlas.words import words
from geo.errors import ParameterError, UserError
from geo.interrupt import watched

if TYPE_CHECKING:
    import pandas as pd

    from data.periods import Period


def hotspots(
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    lens: Annotated[str, typer.Option(help="excess, scan or gistar.")] = "excess",
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
    from atlas.results.hotspots import LENSES, REPLICAS, SCAN_REPLICAS, lens_table, scan_table
    from atlas.results.regions import area_name

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
    null = _null_text(chosen, span)
    print(f"lens {chosen}, period {span.code}, seed {number}. {null}", file=sys.stderr)
    if rows:
        name = level if chosen == "scan" else level.removesuffix("s")
        print_rows(rows, style, (name, *LENS_COLUMNS[chosen]))


LENS_COLUMNS = {
    "excess": RESULT_COLUMNS,
    "scan": ("names", "kind", "observed", "expected", "relative_risk", "p_value"),
    "gistar": (
        *("reported_count", "statistic", "z_score", "p_value", "q_value", "hotspot"),
        "is_significant",
    ),
}
"""What a table for the eye shows of each lens, beside the area."""


def _registry(given: str | None, level: str) -> str | None:
    """Return the requested registry, else the one that has the level if not all do."""
    from data.periods import LEVELS, REGISTRIES

    if given is not None or level == LEVELS[0]:
        return given
    return next((code for code, registry in REGISTRIES.items() if level in registry.tables), None)


@contextmanager
def progress_bar(steps: int, label: str) -> Iterator[Callable[[float], None] | None]:
    """Yield a function that draws the share done on stderr; None without a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with typer.progressbar(length=steps, label=label, file=sys.stderr) as bar:
        yield lambda done: bar.update(round(done * steps) - bar.pos)


def _null_text(lens: str, period: Period) -> str:
    from atlas.results.regions import overdispersion

    if lens == "gistar":
        return (
            f"p: rates shuffled over the {period.level}, each looked at alone and without the "
            "waves: by itself no hot spot. hotspot and is_significant go by q, over all of them."
        )
    kappa = overdispersion(period)
    months = "1 month" if kappa.months == 1 else f"{kappa.months} months"
    return (
        f"p: one rate for all, with the waves of periods of {months} (kappa "
        f"{kappa.kappa:.3f}, {kappa.kappas[0]:.3f} to {kappa.kappas[-1]:.3f})."
    )


def _say_what_the_seed_decides(
    rows: list[dict[str, Any]], maps: int, level: str = "departments"
) -> None:
    from geo.excess import LEVEL
    from geo.hotspots.scan import is_undecided

    for row in rows:
        if is_undecided(row["p_value"], replicas=maps):
            print(
                f"cluster {'+'.join(row[level])}: p lies within two standard errors of {LEVEL}; "
                "another seed could move it across",
                file=sys.stderr,
            )


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise ParameterError(
            f"--seed is {text!r}: give a whole number of 0 or more, 18 digits at most"
        )
    return int(text)


OWN_KEYS = (
    *("reported_count_before", "reported_count_after", "ratio", "low", "high", "p_value"),
    *("q_value", "missed_doubling", "verdict", "kappa", "kappa_low", "kappa_high"),
    "kappa_months",
)


def _print_own(before: Period, after: Period, style: Format) -> None:
    """Print the country's own count and those of the departments; its waves are those of a sum."""
    from atlas.results.trends import country_sentences, country_trend, own_change_for

    country, table = country_trend(before, after), own_change_for(before, after)
    keys = ["department_ubigeo", "department", *OWN_KEYS]
    rows = plain_rows(table[keys].replace(float("inf"), float("nan")))
    first = {"department_ubigeo": COUNTRY, "department": "Perú"} | dict.fromkeys(OWN_KEYS)
    first |= {
        "reported_count_before": round(country.count_before),
        "reported_count_after": round(country.count_after),
        "verdict": str(country.trend),
    }
    first |= {
        name: getattr(country, name)
        for name in ("ratio", "low", "high", "p_value", "missed_doubling")
    }
    print_rows([first, *rows], style, ("department", *OWN_KEYS[:5], "verdict"))
    if style is Format.TABLE:
        print(" ".join(country_sentences(country, words("en"))), file=sys.stderr)


COUNTRY = "00"
"""stands for a department's code in the row of the country"""


def change(
    before: Annotated[str, typer.Option("--from", help="The earlier period's code, e.g. 2021.")],
    after: Annotated[str, typer.Option("--to", help="The later period's code, e.g. 2023.")],
    registry: Annotated[str | None, typer.Option(help=REGISTRY_HELP)] = None,
    own: Annotated[
        bool,
        typer.Option(
            "--own",
            help="Do the department's own reports rise or fall, instead of against the country? "
            "The country's row comes first.",
        ),
    ] = False,
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print what changed in the 25 departments by more than they usually change in such a time."""
    style = Format(choose(format, "format", tuple(Format)))
    from atlas.results.years import change_for
    from atlas.rows import ChangeRow

    first, second = (asked_period(code, registry) for code in (before, after))
    if own:
        _print_own(first, second, style)
        return
    table = change_for(first, second)
    _print(table, [*ChangeRow.model_fields], style)
    if style is Format.TABLE:
        known = table.iloc[0]
        unit = "year" if known["years_apart"] == 1 else "years"
        print(
            f"ratio: times the country's change, {after} over {before}. The country's rate moved "
            f"to {known['country']:.2f} times. Departments usually change in "
            f"{known['years_apart']:g} {unit} with kappa {known['kappa']:.3f}.",
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
    pairs: Annotated[
        bool,
        typer.Option(
            "--pairs",
            help="Two departments a row: how many times the one's rate is the other's, with a "
            "margin that holds for all rows of a registry at once; of --neighbours the department "
            "with each.",
        ),
    ] = False,
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print departments side by side in each registry: never added, divided or tested across."""
    style = Format(choose(format, "format", tuple(Format)))
    from atlas.results.compare import ALIKE, CHOSEN, NEIGHBOUR, compare_rows, paired_rows, placed

    given = {CHOSEN: departments, NEIGHBOUR: neighbours, ALIKE: like}
    chosen = [(kind, text) for kind, text in given.items() if text is not None]
    if len(chosen) != 1:
        raise ParameterError(
            f"give one of the three: --departments, --neighbours or --like; {len(chosen)} came"
        )
    ((kind, text),) = chosen
    codes = asked_departments(text)
    if kind != CHOSEN and len(codes) > 1:
        raise ParameterError(f"--neighbours and --like take a single department; {len(codes)} came")
    if pairs:
        table = paired_rows(placed(kind, codes), period)
        print_rows(plain_rows(table.replace(float("inf"), float("nan"))), style, PAIR_COLUMNS)
        if style is Format.TABLE:
            print(words("en")("compare.pair.picked"), file=sys.stderr)
        return
    rows = plain_rows(compare_rows(placed(kind, codes), period))
    if kind == ALIKE:
        _add_likeness(rows, codes[0])
    print_rows(rows, style, LIKE_COLUMNS if kind == ALIKE else COMPARE_COLUMNS)


COMPARE_COLUMNS = (
    *("department", "registry", "period", "reported_count", "rate_per_100k", "smr", "verdict"),
    "note",
)
PAIR_COLUMNS = (
    *("department", "other_department", "registry", "period", "ratio", "low", "high", "verdict"),
    "note",
)
LIKE_COLUMNS = (
    *("department", "distance", "registry", "period", "reported_count", "smr", "verdict", "note"),
)
"""What tables for the eye show of each department in each registry."""


def _add_likeness(rows: list[dict[str, Any]], department: str) -> None:
    """Add the distance and nearness of each row; print on stderr what the choice rests on."""
    from atlas.results.compare import likeness_lines, most_alike

    alike = {row.department: row for row in most_alike(department)[0]}
    for row in rows:
        other = alike.get(row["department_ubigeo"])
        row["distance"] = other.distance if other else 0.0
        row["features"] = list(other.features) if other else []
    for line in likeness_lines(department, words("en")):
        print(line, file=sys.stderr)


def _print(table: pd.DataFrame, keys: Sequence[str], style: Format) -> None:
    """A ratio from zero upwards and its open end are null, as a missing number is."""
    from atlas.results.regions import department_name

    names = [department_name(code) for code in table["department_ubigeo"]]
    table = table[[*keys]].assign(department=names).replace(float("inf"), float("nan"))
    print_rows(plain_rows(table), style, ("department", *keys[1:7]))


POINT_OPTIONS = ("longitude", "latitude", "weight", "crs", "ungated", "by_department", "scheduler")
"""Options that mean nothing without --points."""


def density(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="The GeoTIFF to write.")],
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    registry: Annotated[str | None, typer.Option(help=REGISTRY_HELP)] = None,
    bandwidth_km: Annotated[
        str, typer.Option(help="Standard deviation of the kernel in km, or auto.")
    ] = "40",
    cell_km: Annotated[
        str, typer.Option(help="Side of a cell in km; with --points half a bandwidth if not given.")
    ] = "5",
    kernel: Annotated[str, typer.Option(help="gaussian or quartic.")] = "gaussian",
    evidence_share: Annotated[
        str | None,
        typer.Option(help="0 to 1: part of each count that goes to mining evidence; none if not."),
    ] = None,
    points: Annotated[
        list[str] | None,
        typer.Option(
            help="Your own points, CSV or .parquet, instead of a period: a file or a quoted "
            "pattern such as 'cases-*.parquet'; may be given more than once."
        ),
    ] = None,
    longitude: Annotated[str, typer.Option(help="Column of --points, x.")] = "longitude",
    latitude: Annotated[str, typer.Option(help="Column of --points, y.")] = "latitude",
    weight: Annotated[
        str | None, typer.Option(help="Column of --points, cases of a row; 1 if not given.")
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option(help="CRS of --points, such as EPSG:32718; WGS84 degrees if not given."),
    ] = None,
    ungated: Annotated[
        bool, typer.Option("--ungated", help="The density itself, for local use only.")
    ] = False,
    by_department: Annotated[
        bool,
        typer.Option("--by-department", help="With --ungated: also count records by department."),
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="With --points: let the workers of this Dask scheduler read them, "
            "tcp://HOST:PORT or tls://HOST:PORT."
        ),
    ] = None,
) -> None:
    """Write the density of a period's reports, or classes of your own points, as a GeoTIFF."""
    from atlas.results.density import KERNELS, density_geotiff

    def is_given(name: str) -> bool:
        source = context.get_parameter_source(name)
        return source is not None and source.name != "DEFAULT"

    say, chosen = command_words(), choose(kernel, "kernel", KERNELS)
    bandwidth = (
        None if bandwidth_km == "auto" else _kilometres(bandwidth_km, "--bandwidth-km", 1, 1000)
    )
    cell = _kilometres(cell_km, "--cell-km", 0.5, 500)
    if not points:
        idle = [f"--{name.replace('_', '-')}" for name in POINT_OPTIONS if is_given(name)]
        if idle:
            raise UserError("command.fault.points", names=", ".join(idle))
        content, note = density_geotiff(
            asked_period(period, registry),
            bandwidth_km=bandwidth,
            cell_km=cell,
            kernel=chosen,
            evidence_share=None if evidence_share is None else _share(evidence_share),
            lang=say.lang,
        )
        notes = [note]
    else:
        from atlas.results.points import protected_geotiff, require_address, ungated_geotiff
        from data.points import PointFiles, named_files

        for name in ("period", "registry", "evidence_share"):
            if is_given(name):
                option = "--" + name.replace("_", "-")
                raise UserError("command.fault.points_apart", name=option)
        require_private(out, command_words())
        if by_department and not ungated:
            raise UserError("command.fault.ungated")
        if scheduler is not None:
            require_address(scheduler)
        files = PointFiles(named_files(points), longitude, latitude, weight, crs, scheduler)
        asked: dict[str, Any] = {
            "bandwidth_km": bandwidth,
            "cell_km": cell if is_given("cell_km") else None,
            "kernel": chosen,
            "lang": say.lang,
        }
        label = say("command.density.reading", count=len(files.paths))
        with progress_bar(1000, label) as progress:
            if ungated:
                content, notes = ungated_geotiff(
                    files, by_department=by_department, progress=progress, **asked
                )
            else:
                content, notes = protected_geotiff(files, progress=progress, **asked)
    write(out, content)
    for line in notes:
        print(line, file=sys.stderr)


def _kilometres(text: str, name: str, least: float, most: float) -> float:
    if least <= (number := finite(text)) <= most:
        return number
    ends = {"least": f"{least:g}", "most": f"{most:g}"}
    raise UserError("command.fault.between", name=name, value=repr(text), **ends)


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UserError("command.fault.evidence_share", value=text) from None


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (hotspots, change, compare, density):
        app.command()(command)
