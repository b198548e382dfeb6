"""Options, output and refusals that all commands share, and folders for private files."""

from __future__ import annotations

import json
import math
import os
import re
import sys
import tempfile
from collections import Counter
from contextvars import ContextVar
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from atlas.overlays import OVERLAY_OF
from atlas.tables import csv_text
from atlas.words import LANGUAGES, Words, code_of, error_text, message, words
from geo.errors import DisclosureError, GeoError, UserError, system_reason

if TYPE_CHECKING:
    from atlas.view import View
    from data.periods import Period

PERIOD_HELP = (
    "A period: a year (2019), years (2017/2022) or months (2025-01/2025-09) that the registry has; "
    "its newest of nine months or more unless given."
)
REGISTRY_HELP = "Who counts: mpfn, observatory or police; the Public Ministry's two unless given."
LEVEL_HELP = "departments, or provinces where the registry has them."
BASE_HELP = "What is expected: by people, or by offences (all that the same offices registered)."
ADDRESS_HELP = (
    "Address of the atlas that links lead to, e.g. https://atlas.example.pe; ATLAS_BASE_URL unless "
    "given."
)
MEASURE_HELP = (
    "count, rate, smr or verdict; below the department people, per_km2, mined, and the first four "
    "where the registry has provinces."
)
MAP_LEVEL_HELP = "departments, provinces; districts after refresh boundaries."
"""What every command says of its options."""


class Format(StrEnum):
    """How rows are printed."""

    JSON = "json"
    CSV = "csv"
    TABLE = "table"


def spell_out(error: UnicodeError) -> tuple[str, int]:
    """Write signs that an encoding lacks as JSON writes them, so that its answers stay JSON.

    Examples
    --------
    >>> import codecs; codecs.register_error("spell_out", spell_out)
    >>> '"Junín 😀"'.encode("ascii", "spell_out").decode()
    '"Jun\\\\u00edn \\\\ud83d\\\\ude00"'
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex(" ", 2)
    return "".join(f"\\u{unit}" for unit in units.split()), error.end


LIST_OPTIONS = frozenset(("exclude", "candidates", "services", "plan"))
"""Options that name a planner's lists: of two the first would be lost without a word."""


LANGUAGE: ContextVar[str | None] = ContextVar("language", default=None)
"""of messages and headings, where a command line names one; English otherwise"""
LANG_HELP = "es or en, for messages and the headings of tables; English unless given."


def command_words() -> Words:
    """The words of the language that the command line names; English otherwise."""
    return words(LANGUAGE.get() or "en")


def print_message(key: str, **values: object) -> None:
    """Print a message of the catalogues on stderr, in the language of the command line."""
    print(message(key, **values).text(command_words()), file=sys.stderr)


USAGE = (
    *("missing_option", "missing_argument", "no_option_but", "no_option", "no_command_but"),
    *("no_command", "invalid", "integer", "extra", "no_value", "flag"),
)
"""Keys of usage faults: their English is what typer says, and what has no key stays English. Of two
that begin alike the longer stands first."""


def usage_text(text: str) -> str:
    """What typer says of a wrong option or value, in the language of the command line."""
    for kind in USAGE:
        english = re.escape(words("en")(f"command.usage.{kind}"))
        if match := re.fullmatch(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", english), text):
            values = {name: usage_text(value) for name, value in match.groupdict().items()}
            return command_words()(f"command.usage.{kind}", **values)
    return text


NO_LONGER_OFFERED: dict[str, str] = {
    "hotspots --lens local": "use gistar, the test of an area with its neighbours",
    "hotspots --lens moran": "use gistar, the test of an area with its neighbours",
}
"""A command, its option or the value of one, as it was asked for ("hotspots --lens local",
"sites --seed", "refresh population"), and in English what to use instead ("see Método")."""


def _require_offered(options: list[str]) -> None:
    """Refuse with one line what is no longer offered, before typer calls it unknown."""
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
        """Read the command line; its language first, for what may be wrong with the rest."""
        options = args[: args.index("--")] if "--" in args else args
        _require_offered(options)
        named = [
            value if option == "--lang" else option.partition("=")[2]
            for option, value in zip(options, [*options[1:], ""], strict=True)
            if option.partition("=")[0] == "--lang"
        ]
        LANGUAGE.set(named[-1] if named and named[-1] in LANGUAGES else None)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; an error raised on purpose is one line on stderr and exit code 2.

        A message of the catalogues is in the language that the command line names.
        """
        try:
            return super().invoke(ctx)
        except GeoError as error:
            refuse(error_text(error, command_words()))


def _lang_option() -> Any:
    bare = typer.Typer(add_completion=False)

    @bare.command()
    def worded(lang: Annotated[str, typer.Option(help=LANG_HELP)] = "") -> None:
        """Have one option."""

    return typer.main.get_command(bare).params[0]


class AtlasCommand(TyperCommand):
    """A command with an option --lang for its messages, which refuses a list given twice."""

    def __init__(self, *args: Any, params: list[Any], **settings: Any) -> None:
        self.is_lang_its_own = any(param.name == "lang" for param in params)
        if not self.is_lang_its_own:
            params = [*params, _lang_option()]
        super().__init__(*args, params=params, **settings)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line; BadParameter names an option that stands there twice."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for param, count in Counter(order).items():
            if count > 1 and param.name in LIST_OPTIONS:
                raise typer.BadParameter(
                    command_words()("command.usage.twice", count=count),
                    ctx=ctx,
                    param_hint=f"--{param.name}",
                )
        rest = super().parse_args(ctx, args)
        if not self.is_lang_its_own and (lang := ctx.params.pop("lang")):
            choose(lang, "language", LANGUAGES)
        command_words()  # read now: a message about memory or a full disk needs no file then
        for name in OPTION_WORDS & ctx.params.keys():
            if isinstance(ctx.params[name], str):
                ctx.params[name] = _option_code(name, ctx.params[name])
        return rest


OPTION_WORDS = frozenset({"registry", "base", "level", "measure", "department"})
"""options that take the page's words for their codes, in either language"""


def _option_code(name: str, text: str) -> str:
    if text.isdecimal() or not text:
        return text
    from atlas.view import AREA_MEASURES, BASES, LEVELS, MEASURES
    from data.periods import REGISTRIES

    if name == "department":
        return _department_code(text) or text
    codes = {
        "registry": tuple(REGISTRIES),
        "base": BASES,
        "level": LEVELS,
        "measure": (*MEASURES, *AREA_MEASURES),
    }[name]
    return code_of(text, codes, f"{name}.{{}}", f"command.word.{name}.{{}}") or text


def _department_names() -> dict[str, str]:
    from data.catalogue import load_table

    table = load_table("departments")
    return dict(zip(table["department_ubigeo"], table["department"], strict=True))


def _department_code(text: str) -> str | None:
    from data.names import normalise_name

    plain, names = normalise_name(text), _department_names().items()
    return next((code for code, name in names if plain in (code, normalise_name(name))), None)


def complete(app: typer.Typer) -> None:
    """Make every command an :class:`AtlasCommand`."""
    for command in app.registered_commands:
        command.cls = AtlasCommand
    for group in app.registered_groups:
        if group.typer_instance is not None:
            complete(group.typer_instance)


def refuse(message: str) -> NoReturn:
    """Print one line on stderr and exit with code 2; control signs are written out."""
    print("".join(map(_shown_sign, message)), file=sys.stderr)
    raise typer.Exit(2)


def _shown_sign(sign: str) -> str:
    if sign == "\N{NO-BREAK SPACE}":  # before a sign of per cent
        return " "
    return sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii")


def known_address(text: str) -> str:
    """Return the server of links without the last slash; empty where unknown."""
    from atlas.settings import base_url, require_base_url

    return ((require_base_url(text) if text else base_url()) or "").rstrip("/")


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


def choose(
    value: str, name: str, allowed: tuple[str, ...], *keys: str, say: Words | None = None
) -> str:
    """A code from a list, or a page's word for it (:func:`atlas.words.code_of`), or a refusal that
    lists what is allowed, in words of a language."""
    if (code := code_of(value, allowed, *keys)) is not None:
        return code
    say = say or command_words()
    names = [f"{code} ({say(keys[0].format(code))})" if keys else code for code in allowed]
    raise UserError("command.unknown", name=name, value=repr(value), allowed=", ".join(names))


def asked_departments(text: str) -> tuple[str, ...]:
    """Return codes of departments named by codes or names, joined by commas.

    >>> asked_departments("17, loreto")
    ('17', '16')
    """
    codes = tuple(map(_department_code, text.split(",")))
    if None in codes:
        listed = ", ".join(map(" ".join, _department_names().items()))
        raise UserError("command.fault.department", value=repr(text), allowed=listed)
    return tuple(map(str, codes))


def asked_view(
    period: str,
    registry: str | None,
    level: str,
    measure: str,
    base: str,
    lang: str,
    department: str | None = None,
) -> View:
    """Return the view that options ask for; refuse what is not there."""
    from atlas.view import (
        AREA_MEASURES,
        LEVELS,
        MEASURES,
        View,
        available_levels,
        is_counted,
        years_by_province,
    )

    chosen, name = asked_period(period, registry), f"command.word.level.{level}"
    if level in LEVELS and level not in available_levels():
        raise UserError("command.fault.outlines", level=message(name))
    fields = {"lang": lang, "period": chosen, "level": level, "department": department}
    if level not in LEVELS[1:]:
        return View.of(**fields, **({"measure": measure} if measure else {}), base=base)
    has_reports, usual = is_counted(level, chosen), View().measure
    if measure in MEASURES and not has_reports:
        first, last = years_by_province()
        raise UserError(
            "command.fault.no_reports",
            measure=measure,
            level=message(name),
            period=chosen.code,
            registry=chosen.registry_code,
            first=first,
            last=last,
            allowed=", ".join(AREA_MEASURES),
        )
    return View.of(**fields, area_measure=measure or (usual if has_reports else AREA_MEASURES[0]))


LAYERS_HELP = (
    f"{', '.join(OVERLAY_OF)}, joined by - or by commas; noreports leaves the reports away; none "
    "or all stand alone or beside noreports."
)


def asked_layers(text: str) -> tuple[str, ...]:
    """Return the overlays named in a text, joined by - or by commas.

    >>> asked_layers("density-mining-routes")
    ('mining', 'routes', 'density')
    >>> asked_layers("all,noreports")[:2]
    ('noreports', 'mining')
    """
    from atlas.view import LAYERS, NO_REPORTS, OVERLAYS

    names = re.split("[-,]", text)
    whole = {"none", "all"} & {*names}
    offered = (*LAYERS, "none", "all")
    is_mixed = "-" in text and "," in text
    is_beside = bool(whole) and len({*names} - {NO_REPORTS}) > 1
    if is_mixed or is_beside or len({*names}) < len(names) or not {*names} <= {*offered}:
        raise UserError("command.fault.layers", value=repr(text), allowed=", ".join(offered))
    chosen = {*names, *(OVERLAYS if "all" in names else ())}
    return tuple(layer for layer in LAYERS if layer in chosen)


def with_layers(view: View, layers: str | None) -> View:
    """Add layers to a view; say on stderr what its level leaves out."""
    from atlas.view import left_out_overlays

    if layers is None:
        return view
    view = view.changed(overlays=asked_layers(layers))
    left_out = [layer for layer in left_out_overlays(view) if layer in view.overlays]
    if left_out:
        print_message("command.left_out", names=", ".join(left_out))
    return view


def with_second(view: View, text: str) -> View:
    """Add a second map to a view, as a link writes it."""
    if not text:
        return view
    second, problems = view.read_second(text)
    if problems:
        raise UserError("command.fault.second", parts=", ".join(problems))
    return view.changed(second=second)


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
        os.chmod(name, 0o666 & ~umask())
        os.replace(name, path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise UserError("command.fault.write", file=path, why=system_reason(error)) from None


def write_answer(path: Path, content: bytes) -> None:
    """Write the file that a command is asked for, and say so."""
    write(path, content)
    print_message("command.wrote", file=path)


def umask() -> int:
    """Return the rights that this process withholds from new files."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def print_rows(rows: list[dict[str, Any]], style: Format) -> None:
    """Print rows as one JSON array, as CSV or as a table for the eye."""
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
        sys.stdout.write(csv_text(flat[0], (row.values() for row in flat), line_end="\n"))
        return
    cells = [[_short(value) for value in row.values()] for row in flat]
    heads = [_heading(name) for name in flat[0]]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    for line in [heads, *cells]:
        print(
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        )


def _heading(name: str) -> str:
    """Return the name of a column in the language of the command, else its code."""
    lang = LANGUAGE.get()
    return words(lang).catalogue.get(f"column.{name}", name) if lang else name


def _short(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"


def say_faults() -> None:
    """Say on stderr which refreshed figures are not in use and why."""
    from data.refreshed import unused_figures

    if unused := unused_figures():
        say = command_words()
        print_message(
            "command.unused",
            names=", ".join(unused.files) or say("command.unused.all"),
            why=say(f"command.unused.{unused.reason}"),
            back="" if unused.reason == "earlier" else say("command.unused.reset"),
            commands=f": {'; '.join(unused.commands)}" if unused.commands else "",
        )


def asked_period(text: str, registry: str | None = None, level: str = "departments") -> Period:
    """Return the period of a text, the registry's newest for ""."""
    from data.periods import LEVELS, REGISTRIES, default_period, parse_period

    say_faults()
    if registry is not None:
        choose(registry, "registry", tuple(REGISTRIES))
    choose(level, "level", LEVELS)
    if not text and level in REGISTRIES[registry or next(iter(REGISTRIES))].tables:
        return default_period(registry, level)
    return parse_period(text, registry, level)


PUBLIC_NAMES = frozenset(
    (
        *("_site", "cdn", "dist", "gh-pages", "htdocs", "html", "httpdocs", "public"),
        *("public_html", "publica", "publico", "pública", "público", "site", "sitio"),
        *("static", "web", "webroot", "www", "wwwroot"),
    )
)
"""Folders that web servers and publishers serve, by the names they go by."""
_PAGE_ENDINGS = ("html", "htm", "xhtml", "xht", "shtml", "php", "asp", "aspx", "jsp", "cgi")
PUBLIC_FILES = (
    *(f"{name}.{ending}" for name in ("index", "default", "home") for ending in _PAGE_ENDINGS),
    *("public.json", "oembed.json"),
)
"""Files that make a folder a web page's, whatever it is called."""


def require_private(
    out: Path, *, what: str = "records", own_folder: bool = False, option: str = "--out"
) -> None:
    """Raise DisclosureError if a file at this path could be published by mistake.

    Every folder above the file is looked at, links followed: its name, and whether it holds a web
    page. The program's own folder is served in part, so it will do only with ``own_folder``, and
    its published subfolders never do. ``what`` the file is (records, plan, times, areas) and
    the ``option`` that names it stand in the message.

    Examples
    --------
    >>> require_private(Path("/home/planner/records/density.tif"))
    >>> require_private(Path("/home/planner/site/density.tif"))
    Traceback (most recent call last):
    geo.errors.DisclosureError: --out lies under 'site', which is published: ...
    """
    path, say = out.resolve(), command_words()
    values = {"option": option, "what": say(f"command.private.{what}")}
    for folder in path.parents:
        if folder.name.casefold() in PUBLIC_NAMES:
            raise DisclosureError(say("command.private.name", name=repr(folder.name), **values))
        page = next((name for name in PUBLIC_FILES if (folder / name).is_file()), None)
        if page:
            raise DisclosureError(say("command.private.page", page=page, **values))
    if not own_folder and Path(__file__).resolve().parents[1] in path.parents:
        raise DisclosureError(say("command.private.own_folder", **values))
