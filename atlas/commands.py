"""Options, output and refusals that all commands share, and folders for private files."""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextvars import ContextVar
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from atlas.outputs import require_apart
from atlas.tables import csv_text
from atlas.words import LANGUAGES, Words, error_text, message, words
from geo.errors import GeoError, ParameterError, UserError, system_reason

if TYPE_CHECKING:
    from data.periods import Period

PERIOD_HELP = (
    "A period: a year (2019), years (2017/2022) or months (2025-01/2025-09) that the registry has; "
    "its newest of nine months or more unless given."
)
REGISTRY_HELP = "Who counts: mpfn, observatory or police; the prosecutors' two unless given."
LEVEL_HELP = "departments, or provinces where the registry has them."
"""What every command says of its options."""
RESULT_COLUMNS = (
    *("reported_count", "rate_per_100k", "smr", "smr_low", "smr_high", "q_value", "verdict"),
)
"""What a table for the eye shows of an area's results, beside its name."""


class Format(StrEnum):
    """How rows are printed."""

    JSON = "json"
    CSV = "csv"
    TABLE = "table"


LIST_OPTIONS = frozenset(("candidates", "services", "areas", "records", "plan"))
"""Options that name a planner's lists: of two the first would be lost without a word."""


LANGUAGE: ContextVar[str | None] = ContextVar("language", default=None)
"""of messages about a person's own file, where the command line names one; English otherwise"""
LANG_HELP = "es or en, for messages about your own files; English unless given."
OF_OWN_FILES = frozenset(("records", "sites", "travel-times", "refresh", "density"))
"""commands that read a person's own files: their messages are in the language of --lang"""


def command_words() -> Words:
    """The words of messages: in the language named for a person's own file, else English."""
    return words(LANGUAGE.get() or "en")


def print_message(key: str, **values: object) -> None:
    """Print a message of the catalogues on stderr; control signs are written out."""
    print(_shown(message(key, **values).text(command_words())), file=sys.stderr)


_FOLDER = "name the publisher's file, and --out FOLDER for a new data folder (docs/refresh.md)"
_REVIEWED = "it comes by a reviewed change of the tables (docs/data.md)"
_STRAIGHT = "ways without a table are straight lines times the factor of the land; see Método"
_PRICES = "use --team-cost, or a column costo in the file of --candidates"
NO_LONGER_OFFERED: dict[str, str] = {
    "sites --estimate": _STRAIGHT,
    "sites --detour": _STRAIGHT,
    "sites --river": f"{_STRAIGHT}; Loreto travels by river",
    "sites --loss": "a plan keeps 0.99 of the best cover",
    "sites --seed": "the same question gives the same plan",
    "sites --min-population": "use --candidates capitals, districts or a file",
    "sites --lock-services": "services count beside the sites; use --must for each that stays",
    "sites --km-cost": _PRICES,
    "sites --hour-cost": _PRICES,
    "sites --model lscp": "use --model mclp with more --sites",
    "sites --model pcenter": "use --model mclp with --max-worst",
    "sites --demand eb": "use --demand complaints",
    "sites --second none": "use --second ways, which keeps 0.99 of the best cover",
    "sites --second worst": "use --max-worst",
    "travel-times --min-population": "use a file of places for --from",
    "level": "Focos shows in how many of its years a department is above the expected",
    "hotspots --lens local": "use gistar, the test of an area with its neighbours",
    "hotspots --lens moran": "use gistar, the test of an area with its neighbours",
    "refresh population": _REVIEWED,
    "refresh boundaries": _REVIEWED,
    "refresh --list": "docs/refresh.md and Método say where newer files are",
    "refresh --reset": "start without ATLAS_DATA, or name another data folder in it",
    **{
        f"refresh {kind} --{option}": _FOLDER
        for kind in ("complaints", "police", "mining")
        for option in ("source", "yes", "any-host")
    },
}
"""A command, its option or the value of one, as it was asked for ("hotspots --lens local",
"sites --seed", "refresh population"), and in English what to use instead ("see Método")."""


def _require_offered(options: list[str]) -> None:
    """Refuse options that are no longer offered, in one line, before typer calls them unknown."""
    for asked, instead in NO_LONGER_OFFERED.items():
        command, mark, option = asked.partition(" --")
        words_of_command, (flag, _, value) = command.split(), f"--{option}".partition(" ")
        if options[: len(words_of_command)] != words_of_command:
            continue
        given = [
            (each.partition("=")[0], each.partition("=")[2] if "=" in each else after)
            for each, after in zip(options, [*options[1:], ""], strict=True)
        ]
        if not mark or any(flag == name and value in ("", text) for name, text in given):
            name = " ".join(filter(None, (flag, value))) if mark else command
            line = f"{name} is no longer offered: {instead}"
            refuse(line)


class AtlasGroup(TyperGroup):
    """The command line as a whole."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line; refuse first what is no longer offered."""
        LANGUAGE.set(None)
        _require_offered(args[: args.index("--")] if "--" in args else args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; an error raised on purpose is one line on stderr and exit code 2."""
        try:
            return super().invoke(ctx)
        except GeoError as error:
            refuse(error_text(error, command_words()))


def _lang_option(*, is_hidden: bool) -> Any:
    bare = typer.Typer(add_completion=False)

    @bare.command()
    def _(lang: Annotated[str, typer.Option(help=LANG_HELP)] = "") -> None:
        """Have one option."""

    option: Any = typer.main.get_command(bare).params[0]
    option.hidden, option.expose_value = is_hidden, False
    return option


class AtlasCommand(TyperCommand):
    """A command that takes --lang, also where it changes nothing, and a list only once."""

    is_of_own_files = False

    def __init__(self, *args: Any, params: list[Any], **settings: Any) -> None:
        self.is_lang_idle = False
        if all(param.name != "lang" for param in params):
            self.is_lang_idle = not self.is_of_own_files
            params = [*params, _lang_option(is_hidden=self.is_lang_idle)]
        super().__init__(*args, params=params, **settings)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line; BadParameter names a repeated option."""
        given, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for param, count in Counter(order).items():
            if count > 1 and param.name in LIST_OPTIONS:
                once = f"it is given {count} times: give it once, several files as one."
                raise typer.BadParameter(once, ctx=ctx, param_hint=f"--{param.name}")
        rest = super().parse_args(ctx, args)
        lang = given.get("lang")
        if lang is not None:
            choose(lang, "language", LANGUAGES)
        if self.is_of_own_files:
            LANGUAGE.set(lang)
            command_words()  # read now: a message about a full disk needs no file then
        names = {str(param.name): param.opts[0] for param in self.params}
        require_apart(
            ctx.params,
            {name: flag.upper() if flag == name else flag for name, flag in names.items()},
        )
        ctx.meta["is_lang_idle"] = self.is_lang_idle and lang is not None
        if department := ctx.params.get("department"):
            ctx.params["department"] = _department_code(department) or department
        return rest

    def invoke(self, ctx: Any) -> Any:
        """Run it; say after its answer that a language changed nothing."""
        answer = super().invoke(ctx)
        if ctx.meta["is_lang_idle"]:
            note = "--lang changes nothing here, and edition 5.0 will refuse it"
            print(f"{note}: names and codes are the same in every language", file=sys.stderr)
        return answer


class OwnFileCommand(AtlasCommand):
    """A command on a person's own files, which speaks their language."""

    is_of_own_files = True


def _department_names() -> dict[str, str]:
    from data.catalogue import load_table

    table = load_table("departments")
    return dict(zip(table["department_ubigeo"], table["department"], strict=True))


def _department_code(text: str) -> str | None:
    from data.names import normalise_name

    plain, names = normalise_name(text), _department_names().items()
    return next((code for code, name in names if plain in (code, normalise_name(name))), None)


def complete(app: typer.Typer, group: str = "") -> None:
    """Make every command an :class:`AtlasCommand`; those on own files by :data:`OF_OWN_FILES`."""
    for command in app.registered_commands:
        name = group or command.name or getattr(command.callback, "__name__", "")
        is_own = name.replace("_", "-") in OF_OWN_FILES
        command.cls = OwnFileCommand if is_own else AtlasCommand
    for part in app.registered_groups:
        if part.typer_instance is not None:
            complete(part.typer_instance, str(part.name))


def refuse(message: str) -> NoReturn:
    """Print one line on stderr and exit with code 2; control signs are written out."""
    print(_shown(message), file=sys.stderr)
    raise typer.Exit(2)


def _shown(message: str) -> str:
    return "".join(map(_shown_sign, message))


def _shown_sign(sign: str) -> str:
    if sign == "\N{NO-BREAK SPACE}":  # before a sign of per cent
        return " "
    return sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii")


def positive(value: str, name: str) -> float:
    """Read a positive number or refuse."""
    if (number := finite(value)) <= 0:
        raise UserError("command.fault.positive", name=name, value=repr(value))
    return number


def number_of(text: str, name: str) -> float:
    """Read a number of 0 or more or refuse."""
    if (number := finite(text)) < 0:
        raise UserError("command.fault.number", name=name, value=repr(text))
    return number


def finite(text: str) -> float:
    """Read a finite number; -1 for anything else."""
    try:
        return float(text) if math.isfinite(float(text)) else -1.0
    except ValueError:
        return -1.0


def choose(value: str, name: str, allowed: Sequence[str]) -> str:
    """Return a code from a list, or refuse and list what is allowed."""
    if value in allowed:
        return value
    raise UserError("command.unknown", name=name, value=repr(value), allowed=", ".join(allowed))


def asked_departments(text: str) -> tuple[str, ...]:
    """Return codes of departments named by codes or names, joined by commas.

    >>> asked_departments("17, loreto")
    ('17', '16')
    """
    codes = tuple(map(_department_code, text.split(",")))
    if None in codes:
        listed = ", ".join(map(" ".join, _department_names().items()))
        raise ParameterError(
            f"unknown department in {text!r}: allowed are codes or names of {listed}"
        )
    return tuple(map(str, codes))


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; the old one stays until the new one is complete."""
    # a link keeps pointing where it points; a device or a folder is nothing to replace
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise UserError("command.fault.no_file", file=path)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise UserError("command.fault.write", file=path, why=system_reason(error)) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)  # the rights of any new file
        os.replace(name, path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise UserError("command.fault.write", file=path, why=system_reason(error)) from None


def write_answer(path: Path, content: bytes) -> None:
    """Write the output file of a command, and say so."""
    write(path, content)
    print_message("command.wrote", file=path)


def print_rows(
    rows: list[dict[str, Any]], style: Format, table: Sequence[str] | None = None
) -> None:
    """Print rows as one JSON array, CSV or a table with the columns in ``table`` (default: all)."""
    if style is Format.JSON:
        print(json.dumps(rows, ensure_ascii=False, indent=2, allow_nan=False))
        return
    flat = [
        {
            name: ";".join(value) if isinstance(value, list) else "" if value is None else value
            for name, value in row.items()
        }
        for row in rows
    ]
    if style is Format.CSV:
        heads = flat[0] if flat else table or ()
        sys.stdout.write(csv_text(heads, (row.values() for row in flat), line_end="\n"))
        return
    heads = list(table or flat[0])
    cells = [[_short(row[name]) for name in heads] for row in flat]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    for line in [heads, *cells]:
        print(
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        )


def _short(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"


def asked_period(text: str, registry: str | None = None, level: str = "departments") -> Period:
    """Return the period of a text, the registry's newest for ""."""
    from data.periods import LEVELS, REGISTRIES, default_period, parse_period

    if registry is not None:
        choose(registry, "registry", tuple(REGISTRIES))
    choose(level, "level", LEVELS)
    if not text and level in REGISTRIES[registry or next(iter(REGISTRIES))].tables:
        return default_period(registry, level)
    return parse_period(text, registry, level)
