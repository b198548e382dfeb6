"""The work of the command ``sites``: read options and lists, plan, write and print."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import typer

from atlas.checked import Limits
from atlas.commands import (
    Format,
    choose,
    command_words,
    finite,
    number_of,
    positive,
    print_message,
    print_rows,
    write,
)
from atlas.outputs import require_private
from atlas.own_files.command_files import file_name, reading, refused_file, whole_list
from atlas.own_files.isolation import check_file
from atlas.own_files.lists import hold_list
from atlas.own_files.reading import MAPPING_BYTES, read_mapping
from atlas.own_files.report import missing_text, question_text
from atlas.planner import sentences
from atlas.planner.answer import document_of
from atlas.planner.candidates import (
    OFFERED,
    SERVICES,
    candidate_aliases,
    listed_candidates,
    shipped_candidates,
)
from atlas.planner.demand import KINDS, demand_of_records
from atlas.planner.document import PlanDocument
from atlas.planner.files import REACH_SUFFIXES, SUFFIXES, plan_bytes, plan_values, reach_bytes
from atlas.planner.model import plan_for
from atlas.planner.plan_file import SUFFIX, compute_again, open_plan, plan_zip
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import MOST_RESAMPLES, OwnFiles, own_files
from atlas.results.help_places import OFFICES
from atlas.results.places import places
from atlas.tables import json_value
from atlas.words import LANGUAGES, Words, message, words
from data.names import normalise_name
from data.periods import PERIODS, latest_year, parse_period
from data.readers.limits import UPLOAD_BYTES
from data.regular_files import open_regular
from geo.errors import ParameterError, UserError

_ON_STDERR = ("siting.times.", "siting.capacity.", "siting.areas", "siting.zones.times")
"""prefixes of the assumptions that are printed on stderr too"""


def choose_sites(context: typer.Context, asked: Mapping[str, Any]) -> None:
    """Choose outreach sites by the command's options, or open a stored plan; write and print it."""
    say = words(choose(asked["lang"], "language", LANGUAGES))
    style = Format(choose(asked["format"], "format", ("json", "table")))
    given = {
        name
        for name in context.params
        if (source := context.get_parameter_source(name)) is not None and source.name != "DEFAULT"
    }
    _require_files(asked, given, context)
    if asked["saved"] is not None:
        document, own = _opened(asked, say)
    else:
        document, own = _chosen(asked, given, context, say)
    texts = {assumption.key: assumption.text(say) for assumption in document.assumptions}
    for key, text in texts.items():
        if key.startswith(_ON_STDERR) or key in sentences.ZONE_NOTES:
            print(text, file=sys.stderr)
    if (out := asked["out"]) is not None:
        is_plan = out.name.lower().endswith(SUFFIX)
        lists = None if asked["without_lists"] else own
        suffix = out.suffix.lower()
        write(out, plan_zip(document, lists) if is_plan else plan_bytes(document, suffix, say))
    if (reach := asked["reach"]) is not None:
        for text in sentences.reach_notes(document, say):
            print(text, file=sys.stderr)
        write(reach, reach_bytes(document, say))
    _print(document, style, say)
    for path in filter(None, (out, reach)):
        print_message("command.wrote", file=path)


def _opened(asked: Mapping[str, Any], say: Words) -> tuple[PlanDocument, OwnFiles]:
    """Return a stored plan as it is, or computed again."""
    path = asked["saved"]
    with reading(path, "plan"), open_regular(path) as file:
        stored = open_plan(file.read(UPLOAD_BYTES + 1))
    for each in [] if asked["again"] else stored.notices:
        print(f"{file_name(path)}: {each.text(say)}", file=sys.stderr)
    if not asked["again"]:
        return stored.document, stored.own
    limit_s, replicas = _limits(asked)
    answer = compute_again(stored, replicas=replicas, time_limit_s=limit_s)
    return document_of(*answer), stored.own


def _chosen(
    asked: Mapping[str, Any], given: Collection[str], context: typer.Context, say: Words
) -> tuple[PlanDocument, OwnFiles]:
    """Return the plan of the options, and the lists that it obeys."""
    _require_fitting(asked, given, say)
    personal, zone_files = asked["drop_columns"] or "", asked["exclude"] or []
    services = None if _services(asked["services"]) else Path(asked["services"])
    candidates = None if asked["candidates"] in OFFERED else Path(asked["candidates"])
    files = {
        "candidates": ([candidates], personal),
        "services": ([services], personal),
        "zones": (zone_files, asked["drop_zone_columns"] or ""),
        "areas": ([asked["areas"]], ""),
        "travel_times": (asked["travel_times"] or [], personal),
    }
    km = asked["zone_points_km"]
    answers = {
        "members": asked["drop_zone_members"] or "",
        "points_km": None if km is None else positive(km, "--zone-points-km"),
    }
    read = {
        task: whole_list(task, filter(None, paths), say, dropped=dropped, **answers)
        for task, (paths, dropped) in files.items()
    }
    lists = {task: own_list for task, own_list in read.items() if own_list is not None}
    own = own_files(lists)
    if (times := lists.get("travel_times")) and times.report.left_out_count:
        print(sentences.counted_rows(times.report, say), file=sys.stderr)
    if asked["records"] is not None:
        own = _with_records(own, asked, personal, say)
    values = _asked(context, {*lists}, own.candidates, say)
    if asked["budget"] is not None and "sites" not in given:
        values["sites"] = None
    limit_s, replicas = _limits(asked)
    try:
        request = PlanQuestion.of(**values)
        document = document_of(*plan_for(request, own, replicas=replicas, time_limit_s=limit_s))
        count = len(document.sites)
        if "sites" in given and request.budget is None and count < (request.sites or 0):
            # the page takes all that there are; who names a number here is told
            raise UserError("siting.refusal.few_candidates", count=count, sites=request.sites)
        return document, own
    except UserError as refused:
        if refused.key.startswith("records.refusal.") and zone_files:
            # of the zones: nothing else goes to the child here
            raise refused_file(zone_files[0], refused, "zones") from None
        raise


def _services(text: str) -> str | None:
    """Return the code of the shipped services in a text, whose types may be in any order."""
    types = [part.strip().upper() for part in text.split(",")]
    joined = [kind for kind in OFFICES if kind in types]
    if len(joined) == len(types):
        return "_".join(joined)
    return text if text in SERVICES else None


def _limits(asked: Mapping[str, Any]) -> tuple[float, int]:
    """Return the seconds of the search and the number of variations."""
    limit_s = number_of(asked["time_limit"], "--time-limit")
    if not limit_s:
        raise UserError("command.fault.time_limit", value=limit_s)
    return limit_s, _whole(asked["resamples"], "--resamples", 0, MOST_RESAMPLES)


_WITH_SAVED = {
    *("saved", "again", "without_lists", "out", "reach", "format", "lang", "resamples"),
    "time_limit",
}
"""parameters that go with a saved plan: how it is computed again, and where it is written"""


def _require_files(
    asked: Mapping[str, Any], given: Collection[str], context: typer.Context
) -> None:
    """Refuse file types that cannot be written, and question options with a saved plan."""
    for name, suffixes in (("out", (SUFFIX, *SUFFIXES)), ("reach", REACH_SUFFIXES)):
        if (path := asked[name]) is None:
            continue
        if not path.name.lower().endswith(suffixes):
            allowed = ", ".join(suffixes)
            raise UserError("command.fault.suffix", suffix=repr(path.suffix), allowed=allowed)
        require_private(path, command_words(), what="plan", own_folder=True, option=f"--{name}")
    if asked["saved"] is None and asked["again"]:
        raise UserError("command.fault.again")
    if asked["saved"] is not None and (others := sorted({*given} - _WITH_SAVED - {"context"})):
        flags = _flags(context)
        raise UserError("command.fault.plan", flags=", ".join(flags[name] for name in others))


def _require_fitting(asked: Mapping[str, Any], given: Collection[str], say: Words) -> None:
    """Refuse options that do not go together."""
    unfit = "radius_km" if asked["travel_times"] else "radius_minutes"
    if unfit in given:
        raise UserError(f"command.fault.{unfit}")
    of_zones = ("drop_zone_columns", "drop_zone_members", "zone_points_km")
    for name in ("buffer_km", "zone_people", *of_zones):
        if name in given and not asked["exclude"]:
            raise UserError(f"command.fault.{name}")
    lists = (
        asked["candidates"] not in OFFERED,
        None if _services(asked["services"]) else asked["services"],
        asked["records"],
        asked["travel_times"],
    )
    if asked["mapping"] is not None and asked["records"] is None:
        raise UserError("command.fault.mapping")
    if asked["drop_columns"] and not any(lists):
        raise UserError("command.fault.drop_columns")
    if (asked["demand"] == "own") != (asked["records"] is not None):
        raise UserError("command.fault.own_demand")


def _with_records(own: OwnFiles, asked: Mapping[str, Any], personal: str, say: Words) -> OwnFiles:
    """Add own records as demand; say how many count, and why the others do not."""
    path, mapping, confirmed = asked["records"], asked["mapping"], None
    if mapping is not None:
        with reading(mapping, "records"), open_regular(mapping) as file:
            confirmed = read_mapping(file.read(MAPPING_BYTES + 1))
    if personal:
        confirmed = {**(confirmed or {}), "drop": personal.split(",")}
    with reading(path, "records"), open_regular(path) as file:
        content = file.read(UPLOAD_BYTES + 1)
        checked = check_file(content, mapping=confirmed)
        named = file_name(path)
        own_list = hold_list(checked, "records", today=date.today(), file=named, content=content)
    read = own_list.report.reading
    if read is not None and read.is_open:
        asks = [missing_text(read, say)]
        asks += [question_text(each, say) for each in read.questions if each.is_open]
        questions = " ".join(text for text in asks if text)
        raise UserError("command.records_open", file=path.name, questions=questions)
    demand = None if own_list.own is None else demand_of_records(own_list.own)
    print(sentences.counted_rows(own_list.report, say), file=sys.stderr)
    if demand is None:
        reason = message("own.none_shown")
        raise UserError("command.list", file=path.name, reason=reason)
    return replace(own, demand=demand, sources=(*own.sources, *own_list.parts))


def _flags(context: typer.Context) -> dict[str, str]:
    return {str(parameter.name): parameter.opts[0] for parameter in context.command.params}


def _asked(
    context: typer.Context, tasks: Collection[str], table: pd.DataFrame | None, say: Words
) -> dict[str, Any]:
    """Read each field of the question from its option, given own lists of these tasks."""
    values: dict[str, Any] = {}

    def candidate_codes(texts: list[str]) -> tuple[str, ...]:
        offered = shipped_candidates(values["candidates"])
        if table is not None:
            offered = listed_candidates(table)
        names = dict(zip(offered.code.tolist(), offered.name.tolist(), strict=True))
        numbers = candidate_aliases(pd.Series(texts), table)
        return tuple(numbers.get(text) or _code_named(text, names, flag[2:], say) for text in texts)

    readers: dict[str, Callable[[Any], Any]] = {
        "demand": lambda text: _demand(text, say),
        "services": lambda text: _services(text) or SERVICES[0],
        "candidates": lambda text: text if text in OFFERED else OFFERED[0],
        **dict.fromkeys(("must", "barred"), candidate_codes),
        "departments": lambda text: tuple(sorted(_areas(text, "departments", {2}, say))),
        "cover_departments": lambda text: tuple(
            sorted(_areas(text, "cover-departments", {2}, say))
        ),
    }
    flags = _flags(context)
    for field, info in PlanQuestion.model_fields.items():
        for control in PlanQuestion.controls(field, tasks)[:1]:
            given, flag = context.params[control.option or field], flags[control.option or field]
            if given in (None, (), []):
                values |= {field: float(control.start)} if control.needs else {}
            elif field in readers:
                values[field] = readers[field](given)
            elif limits := (
                control.limits or next(iter(PlanQuestion.carried(field, Limits)), None)
            ):
                values[field] = _number(given, flag, limits)
            else:
                values[field] = choose(given, flag[2:], tuple(control.offers))
            is_condition = control.of_mclp and not info.default
            if is_condition and values.get(field) and values["model"] != "mclp":
                raise UserError(f"command.fault.of_mclp.{field}")
    return values


def _demand(text: str, say: Words) -> str:
    """Return the code of a demand, with the last full year if it names no period."""
    name, mark, period = text.partition(":")
    kind = choose(name.strip(), "demand", (*KINDS, "own"))
    codes = [known_period.code for known_period in PERIODS]
    period = period.strip() or (latest_year() if kind == KINDS[0] and not mark else "")
    if period and say.lang != "en":
        try:
            parse_period(period)
        except (ParameterError, UserError):
            values = {"name": "demand", "value": repr(period), "allowed": ", ".join(codes)}
            raise UserError("command.unknown", **values) from None
    return f"{kind}:{period}" if mark or period else kind


def _areas(text: str, option: str, lengths: Collection[int], say: Words) -> tuple[str, ...]:
    """Return the codes, of so many digits, of a list by commas; departments by their names too."""
    towns = places()
    names = dict(zip(towns.department_ubigeo.tolist(), towns.department.tolist(), strict=True))
    allowed = ", ".join(f"{code} ({names[code]})" for code in sorted(names))
    codes = [_code_named(part.strip(), names, option, say) for part in text.split(",")]
    for code in codes:
        is_place = any(ubigeo.startswith(code) for ubigeo in towns.ubigeo.tolist())
        if not is_place or len(code) not in lengths:
            raise UserError("command.unknown", name=option, value=repr(code), allowed=allowed)
    twice = next((code for code in codes if codes.count(code) > 1), "")
    if twice and len(lengths) == 1:
        raise UserError("command.fault.departments", value=repr(twice), allowed=allowed)
    return tuple(codes)


def _code_named(text: str, names: Mapping[str, str], option: str, say: Words) -> str:
    """Return the code of a name, or the text itself; refuse an ambiguous name."""
    codes: list[str] = []
    if text not in names:
        for cut in (str, _without_area):
            plain = {code: normalise_name(cut(name)) for code, name in names.items()}
            codes = codes or [code for code in plain if plain[code] == normalise_name(text)]
    if len(codes) > 1:
        several = say.list(codes)
        raise UserError("command.several", name=option, value=repr(text), codes=several)
    return codes[0] if codes else text


def _without_area(name: str) -> str:
    """Return a name without the area in brackets after it: Miraflores (Arequipa)."""
    return name.partition(" (")[0]


def _print(document: PlanDocument, style: Format, say: Words) -> None:
    """Print the plan as JSON, or its sites as a table and its notes on stderr."""
    if style is Format.JSON:
        print(json.dumps(plan_values(document, say), ensure_ascii=False, indent=2, allow_nan=False))
        return
    columns = (
        *("order", "code", "name", "department", "within_reach_added_share", "within_reach_share"),
        *("load", "kept_share"),
    )
    rows = [{name: json_value(getattr(site, name)) for name in columns} for site in document.sites]
    print_rows(rows, style)
    word, why = sentences.confidence(document, say)
    for text in (
        f"{sentences.headline(document, say)}.",
        *sentences.notes(document, say),
        *sentences.left_out_text(document, say),
        f"{word}. {why}" if word else why,
    ):
        print(text, file=sys.stderr)


def _number(text: str, name: str, limits: Limits) -> float:
    if limits.refusal == "command.fault.whole":
        return _whole(text, name, int(limits.least), int(limits.most))
    if not limits.hold(number := finite(text)):
        raise UserError(limits.refusal, name=name, value=repr(text), **limits.words())
    return number


def _whole(text: str, name: str, least: int, most: int) -> int:
    is_whole = text.isascii() and text.isdigit() and len(text) <= 18
    if not is_whole or not least <= int(text) <= most:
        limits = {"least": least, "most": f"{most:,}"}
        raise UserError("command.fault.whole", name=name, value=repr(text), **limits)
    return int(text)
