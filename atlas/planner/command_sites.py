"""The work of the command ``sites``: read options and lists, plan, write and print."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
    finite,
    number_of,
    print_message,
    print_rows,
    require_private,
    write,
)
from atlas.own_files.checking import NAME_CHARACTERS
from atlas.own_files.isolation import check_file, while_reading
from atlas.own_files.report import Report, entry_words, refusal_message
from atlas.planner import sentences
from atlas.planner.candidates import district_capitals, listed_candidates
from atlas.planner.demand import KINDS, WITH_PERIOD, places
from atlas.planner.document import PlanDocument, document_of
from atlas.planner.files import REACH_SUFFIXES, SUFFIXES, plan_bytes, plan_members, reach_bytes
from atlas.planner.lists import PlanningList, hold_list, own_files
from atlas.planner.model import attainable_percent, plan_for, resampled
from atlas.planner.plan_question import ESTIMATE, SERVICES, ZONE_PEOPLE, PlanQuestion
from atlas.planner.question import MOST_RESAMPLES, ListSource, OwnFiles, Question, question_for
from atlas.planner.saved import SavedPlan, check_saved, list_differences, open_saved, restored_plan
from atlas.tables import json_value
from atlas.words import LANGUAGES, Message, Words, code_of, error_message, message, words
from data.catalogue import figures_edition
from data.names import normalise_name
from data.periods import PERIODS, latest_year, parse_period
from data.planning_files import add_travel_times, read_travel_times
from data.readers.limits import COMMAND, UPLOAD_BYTES, ZONES_BYTES, profile_of
from data.readers.privacy import shown
from geo.errors import ParameterError, UserError, system_reason
from geo.siting.problem import MODELS, Plan
from geo.siting.solver import InfeasibleError
from geo.siting.travel import LANDS

_ON_STDERR = (
    *("siting.times.", "siting.capacity.", "siting.areas", "siting.estimate", "siting.zones.times"),
)
"""prefixes of the assumptions that are printed on stderr too"""


def choose_sites(context: typer.Context, asked: Mapping[str, Any]) -> None:
    """Choose outreach sites by the options of the command; write and print the plan."""
    say = words(choose(asked["lang"], "language", LANGUAGES))
    style = Format(choose(asked["format"], "format", ("json", "table"), say=say))
    given = {
        name
        for name in context.params
        if (source := context.get_parameter_source(name)) is not None and source.name != "DEFAULT"
    }
    before = None if asked["saved"] is None else _saved_plan(asked["saved"], given, context, say)
    people = _require_fitting(asked, given, before, say)
    out, listed = asked["out"], _listed(asked["services"])
    paths = {
        "candidates": asked["candidates"],
        "services": None if listed else Path(asked["services"]),
        "zones": asked["exclude"],
        "areas": asked["areas"],
    }
    lists = {
        task: planning_list(
            task,
            path,
            say,
            is_whole=before is None or task in ("zones", "areas"),
            dropped=asked["drop_zone_columns"] or "",
            is_told=before is None,
        )
        for task, path in paths.items()
        if path is not None
    }
    own = _with_times(own_files(lists), asked["travel_times"] or [])
    if before is None:
        tasks = {*lists, *(["travel_times"] if asked["travel_times"] else [])}
        tasks |= {ESTIMATE} if asked["estimate"] else set()
        values = _asked(context, tasks, own.candidates, say)
        if values["model"] == "lscp" or (asked["budget"] is not None and "sites" not in given):
            values["sites"] = None
        request = PlanQuestion.of(**values)
        if request.budget is not None and request.sites is not None:
            print(say("command.sites_hold", sites=request.sites), file=sys.stderr)
    else:
        _require_same_lists(before, own.sources)
        for task, held in lists.items():
            _tell(paths[task] or Path(), held.report, say)
        is_new = "areas" not in before.tasks
        beside = [each for each in own.sources if each.task == "areas" and is_new]
        request, own = before.request, replace(own, sources=(*before.lists, *beside))
        if "zone_people" in given:
            request = request.changed(zone_people=people)
    question, plan = _plan(request, own, before, asked, say)
    for assumption in question.assumptions:
        if assumption.key.startswith(_ON_STDERR) or assumption.key in sentences.ZONE_NOTES:
            print(assumption.text(say), file=sys.stderr)
    is_in_words = "lang" in given
    in_plan = words(before.lang) if before and not is_in_words else say
    document = document_of(question, plan)
    is_of_reach = asked["reach"] is not None or own.areas is not None
    for text in sentences.reach_notes(document, say) if is_of_reach else ():
        print(text, file=sys.stderr)
    if before is not None and request == before.request:
        _say_what_differs(before, document, say)
    if out is not None:
        # scripts read the names of the columns; who asks for a language reads its words
        write(out, plan_bytes(document, out.suffix.lower(), in_plan, is_worded=is_in_words))
    if (reach := asked["reach"]) is not None:
        write(reach, reach_bytes(document, in_plan))
    _print(document, style, say, in_plan)
    for path in filter(None, (out, reach)):
        print_message("command.wrote", file=path)


def _listed(services: str) -> str | None:
    """Return which shipped services count; None where a list is named."""
    return code_of(services, SERVICES, "plan.services.{}")


def _require_fitting(
    asked: Mapping[str, Any], given: Collection[str], before: SavedPlan | None, say: Words
) -> str:
    """Refuse options that do not go together; return the code of ``--zone-people``."""
    chosen = choose(asked["model"], "model", MODELS, "plan.model.{}", "command.word.{}", say=say)
    if chosen == "lscp" and "sites" in given:
        raise UserError("command.fault.lscp")
    for name, suffixes in (("out", SUFFIXES), ("reach", REACH_SUFFIXES)):
        if (path := asked[name]) is None:
            continue
        if path.suffix.lower() not in suffixes:
            allowed = ", ".join(suffixes)
            raise UserError("command.fault.suffix", suffix=repr(path.suffix), allowed=allowed)
        require_private(path, what="plan", own_folder=True, option=f"--{name}")
    if before is not None and before.request.demand == "own":
        raise UserError("command.fault.own_demand")
    if asked["estimate"] and asked["travel_times"]:
        raise UserError("siting.refusal.estimate_times")
    by_time = bool(asked["travel_times"]) or asked["estimate"]
    for name in ("km_cost", "radius_km") if by_time else ("hour_cost", "radius_minutes"):
        if name in given:
            raise UserError(f"command.fault.{name}")
    people = choose(
        asked["zone_people"], "zone-people", ZONE_PEOPLE, "plan.zone_people.{}", say=say
    )
    for name in ("buffer_km", "zone_people", "drop_zone_columns"):
        if name in given and asked["exclude"] is None:
            raise UserError(f"command.fault.{name}")
    if asked["lock_services"] and _listed(asked["services"]) == "none":
        raise UserError("command.fault.lock_services")
    return people


def _with_times(own: OwnFiles, paths: Sequence[Path]) -> OwnFiles:
    for path in paths:
        table = read_travel_times(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        source = ListSource("travel_times", _file_name(path), len(table), len(table), digest)
        times = add_travel_times(own.travel_times, table)
        own = replace(own, travel_times=times, sources=(*own.sources, source))
    return own


def _plan(
    request: PlanQuestion,
    own: OwnFiles,
    before: SavedPlan | None,
    asked: Mapping[str, Any],
    say: Words,
) -> tuple[Question, Plan]:
    """Return the plan of a question, or a saved plan as it was; refuse in the words of a
    language."""
    limit_s = number_of(asked["time_limit"], "--time-limit")
    if not limit_s:
        raise UserError("command.fault.time_limit", value=limit_s)
    try:
        if before is None:
            replicas = _whole(asked["resamples"], "--resamples", 0, MOST_RESAMPLES)
        else:
            replicas = before.resamples
        if before is not None and before.is_stopped and request == before.request:
            question = question_for(request, own)
            if (again := restored_plan(before, question)) is not None:
                return question, resampled(question, again, replicas) if replicas else again
        return plan_for(request, own, replicas=replicas, time_limit_s=limit_s)
    except InfeasibleError as refused:
        if not request.min_department_share:
            raise
        attainable = attainable_percent(request, own)
        text = sentences.attainable_text(request.min_department_share, *attainable, say)
        raise UserError("command.fault.attainable", why=refused, text=text) from None
    except UserError as refused:
        if refused.key.startswith("records.refusal.") and asked["exclude"] is not None:
            # of the zones: nothing else goes to the child here
            raise _refused(asked["exclude"], refused, "zones") from None
        raise


def _say_what_differs(before: SavedPlan, document: PlanDocument, say: Words) -> None:
    if before.counts_zone_people:
        text = f"{sentences.older_text(document, say)} {say('command.zone_people.anew')}"
        print(text, file=sys.stderr)
    kind, text = check_saved(before, document, say)
    if [*document.codes] != before.codes and before.figures == document.figures:
        print(say("command.other_sites"), file=sys.stderr)
    elif kind == "other":
        print(f"{say('plan.checked.other')} {text}", file=sys.stderr)


_WITH_SAVED = {
    *("saved", "out", "candidates", "services", "travel_times", "exclude", "time_limit", "format"),
    *("lang", "zone_people", "areas", "reach", "drop_zone_columns"),
}
"""parameters that go with a saved plan: where it is written, and the lists that it obeys"""


def _saved_plan(path: Path, given: set[str], context: typer.Context, say: Words) -> SavedPlan:
    """Read a saved plan; refuse parts of a question beside it."""
    if others := sorted(given - _WITH_SAVED - {"context"}):
        flags = _flags(context)
        raise UserError("command.fault.plan", flags=", ".join(flags[name] for name in others))
    with reading(path, "plan", say), path.open("rb") as file:
        before = open_saved(file.read(UPLOAD_BYTES + 1))
    if before.figures != figures_edition():
        values = {"file": path.name, "edition": before.figures, "now": figures_edition()}
        share = f"{100 * before.coverage_share:.1f}"
        print(say("command.plan.figures", **values, share=share), file=sys.stderr)
    return before


def _file_name(path: Path) -> str:
    return shown(path.name, NAME_CHARACTERS)


def _require_same_lists(before: SavedPlan, sources: Iterable[ListSource]) -> None:
    lost, more = list_differences(before, sources)
    for source, other in lost:
        flag = "--exclude" if source.task == "zones" else f"--{source.task.replace('_', '-')}"
        values = {"flag": flag, "file": repr(source.file), "sha": source.sha256[:12]}
        key = "command.fault.list_lost" if other is None else "command.fault.list_other"
        raise UserError(key, **values)
    if more:
        raise UserError("command.fault.list_more", file=repr(more[0].file))


def _flags(context: typer.Context) -> dict[str, str]:
    return {str(parameter.name): parameter.opts[0] for parameter in context.command.params}


def _asked(
    context: typer.Context, tasks: Collection[str], table: pd.DataFrame | None, say: Words
) -> dict[str, Any]:
    """Read each field of the question from its option, beside own lists of these tasks."""
    values: dict[str, Any] = {}

    def candidate_codes(texts: list[str]) -> tuple[str, ...]:
        least = values["min_population"]
        offered = district_capitals(least) if table is None else listed_candidates(table)
        names = dict(zip(offered.code.tolist(), offered.name.tolist(), strict=True))
        return tuple(_code_named(text, names, flag[2:], say) for text in texts)

    readers: dict[str, Callable[[Any], Any]] = {
        "demand": lambda text: _demand(text, say),
        "services": lambda text: code_of(text, SERVICES, "plan.services.{}") or SERVICES[0],
        **dict.fromkeys(("lock_services", "estimate"), bool),
        **dict.fromkeys(("must", "barred"), candidate_codes),
        "departments": lambda text: tuple(sorted(_areas(text, "departments", {2}, say))),
        "factors": _factors,
        "river_codes": lambda text: (
            ()
            if code_of(text, ("none",), "command.word.{}")
            else _areas(text, "river", {2, 4, 6}, say)
        ),
    }
    flags = _flags(context)
    for field, about in PlanQuestion.model_fields.items():
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
                keys = (f"{control.label}.{{}}", "command.word.{}")
                values[field] = choose(given, flag[2:], tuple(control.offers), *keys, say=say)
            is_condition = control.of_mclp and not about.default
            if is_condition and values.get(field) and values["model"] != "mclp":
                raise UserError(f"command.fault.of_mclp.{field}")
    return values


@contextmanager
def reading(path: Path, task: str, say: Words) -> Iterator[None]:
    """Say on stderr that a file is still read; refuse in one line a file that is not taken."""
    try:
        with while_reading(lambda: print(say("own.reading.still"), file=sys.stderr)):
            yield
    except OSError as error:
        raise UserError("command.fault.file", file=path.name, why=system_reason(error)) from None
    except UserError as refusal:
        is_of_file = refusal.key.startswith("records.refusal.")
        raise (_refused(path, refusal, task) if is_of_file else refusal) from None


def _refused(path: Path, refusal: UserError, task: str) -> UserError:
    return UserError("command.list", file=path.name, reason=refusal_message(refusal, task))


def planning_list(
    task: str,
    path: Path,
    say: Words,
    *,
    is_whole: bool,
    dropped: str = "",
    is_told: bool = True,
) -> PlanningList:
    """Read candidates, services, zones or places of a network as the page does.

    ``is_whole`` refuses a list with a faulty row: a zone left out would send people there.
    ``dropped`` are headings of zones, by commas, whose columns hold no extent. ``is_told``: what
    was noticed about the file goes to stderr.
    """
    largest = ZONES_BYTES if profile_of(task) == COMMAND else UPLOAD_BYTES
    with reading(path, task, say), path.open("rb") as file:
        content = file.read(largest + 1)
        confirmed = {"drop": dropped.split(",")} if task == "zones" and dropped else None
        checked = check_file(content, task, largest=largest, mapping=confirmed)
    for entry in checked.report.entries:
        if entry.is_fault and is_whole:
            reason: Message | str = message(f"records.problem.{entry.code}")
            if task == "zones" and entry.suggestion:
                row_words = entry_words(entry, checked.report, say)
                reason = f"{row_words['what']} ({row_words['suggestion']})"
            key = "command.zone" if task == "zones" else "command.row"
            fault = UserError(key, file=path.name, line=entry.line, reason=reason)
            if entry.code != "repeated_place" or checked.report.unlisted:
                raise fault
            # the first row counts, as on the page
            print(error_message(fault).text(say), file=sys.stderr)
    if not checked.rows:
        raise UserError("command.list", file=path.name, reason=message("command.no_row"))
    with reading(path, task, say):  # zones may take too long to be held against the places
        held = hold_list(checked, task, today=date.today(), file=_file_name(path), content=content)
    if task == "zones" and not held.is_usable:
        reason = message("planning.zones_whole")
        raise UserError("command.list", file=path.name, reason=reason)
    for entry in checked.report.entries:
        if not entry.is_fault and entry.suggestion:
            entry_values = entry_words(entry, checked.report, say)
            row = {"file": path.name, "line": entry.line, **entry_values}
            print(say("command.guessed", **row), file=sys.stderr)
    if is_told:
        _tell(path, checked.report, say)
    return held


def _tell(path: Path, report: Report, say: Words) -> None:
    for code, detail in report.notices:
        notice = say(f"records.notice.{code}", detail=detail)
        print(f"{path.name}: {say('records.text.note', text=notice)}", file=sys.stderr)


def _demand(text: str, say: Words) -> str:
    """Return the code of a demand, with the last full year where it names no period."""
    name, mark, period = text.partition(":")
    kind = choose(name.strip(), "demand", KINDS, "plan.demand.{}", "command.word.{}", say=say)
    codes = [known_period.code for known_period in PERIODS]
    period = code_of(period.strip(), codes, "period.{}") or period.strip()
    period = period or (latest_year() if kind in WITH_PERIOD and not mark else "")
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
    if twice and option == "departments":
        raise UserError("command.fault.departments", value=repr(twice), allowed=allowed)
    return tuple(codes)


def _code_named(text: str, names: Mapping[str, str], option: str, say: Words) -> str:
    """Return the code that a name stands for, or the text itself; refuse a name of several."""
    codes = (
        []
        if text in names
        else [code for code in names if normalise_name(names[code]) == normalise_name(text)]
    )
    if len(codes) > 1:
        several = say.list(codes)
        raise UserError("command.several", name=option, value=repr(text), codes=several)
    return codes[0] if codes else text


def _print(document: PlanDocument, style: Format, say: Words, in_plan: Words) -> None:
    """Print the plan as JSON, or its sites as a table with one line about the plan on stderr."""
    plan, seen = document.plan, document.plan.evaluation
    lost = seen.unreachable_share
    parts = {"part": say.percent(1 - lost, 2), "none": sentences.share_text(lost, say)}
    if style is Format.JSON:
        if sentences.is_partial(lost):
            print(say("command.no_way", **parts), file=sys.stderr)
        values, sites = plan_members(document, in_plan)
        for site in sites:
            del site["longitude"], site["latitude"]
        answer = {**values, "chosen": sites}
        print(json.dumps(answer, ensure_ascii=False, indent=2, allow_nan=False))
        return
    columns = (
        *("order", "code", "name", "department", "within_reach_added_share", "within_reach_share"),
        *("load", "chosen_share", "chosen_near_share"),
    )
    rows = map(document.site_values, document.sites)
    print_rows(
        [{name: json_value(row[name]) for name in columns if name in row} for row in rows], style
    )
    # less than all never reads as 100
    covered = 100 * seen.coverage_share
    covered = min(covered, 99.9) if seen.coverage_share < 1 - 1e-9 else covered
    is_gap_known = plan.gap < sentences.UNKNOWN_GAP
    line = say(
        "command.plan.line",
        model=plan.model,
        demand=document.demand,
        of=sentences.territory(document, say),
        sites=len(plan.sites),
        radius=f"{plan.radius:g}",
        measure=sentences.way_unit(document, say),
        covered=f"{covered:.1f}",
        services=f"{100 * seen.existing_share:.1f}",
        twice=f"{100 * seen.twice_share:.1f}",
        missed=f"{document.missed:,.0f}",
        unit=document.unit.text(say),
        mean=f"{seen.mean_cost:,.0f}",
        worst=f"{seen.worst_cost:,.0f}",
        part=say("command.plan.part", **parts) if lost else "",
        gap=f"{100 * plan.gap:.2f} %" if is_gap_known else say("plan.gap.unknown_short"),
        seed=plan.seed,
    )
    print(line, file=sys.stderr)
    if document.cost:
        cost = f"{say('plan.cost').lower()}: {sentences.cost_of_plan(document, say)}"
        print(cost, file=sys.stderr)


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


def _factors(pairs: list[str]) -> dict[str, float]:
    factors = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        land = code_of(name.strip(), LANDS, "command.word.{}", "plan.ways.{}")
        if land is None or not value:
            raise UserError("command.fault.detour", value=repr(pair))
        factors[land] = number_of(value, f"--detour {name}")
        if not 1 <= factors[land] <= 10:
            raise UserError("command.fault.factor", land=name, value=factors[land])
    return factors
