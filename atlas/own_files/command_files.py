"""Own lists that a command names: read as the page reads them, refused in one line."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from atlas.own_files.checking import NAME_CHARACTERS
from atlas.own_files.isolation import check_file
from atlas.own_files.lists import PlanningList, hold_list, with_earlier
from atlas.own_files.report import OUTSIDE, entry_words, refusal_message
from atlas.own_files.zone_content import POINTS
from atlas.words import Words, error_message, message
from data.readers.limits import UPLOAD, UPLOAD_BYTES, ZONES_BYTES, profile_of
from data.readers.privacy import shown
from data.regular_files import open_regular
from geo.errors import UserError, system_reason

_MOST_FAULTS = 20
"""rows left out of a list that are named one by one"""


@contextmanager
def reading(path: Path, task: str) -> Iterator[None]:
    """Refuse in one line a file that is not taken."""
    try:
        yield
    except OSError as error:
        raise UserError("command.fault.file", file=path.name, why=system_reason(error)) from None
    except UserError as refusal:
        is_of_file = refusal.key.startswith("records.refusal.")
        raise (refused_file(path, refusal, task) if is_of_file else refusal) from None


def refused_file(path: Path, refusal: UserError, task: str) -> UserError:
    """Return the line that refuses a file, with the option that leaves its columns out."""
    reason = refusal_message(refusal, task)
    columns: Any = refusal.values.get("columns")
    if ".personal_" in refusal.key and columns and task not in ("zones", "areas"):
        reason = message("command.drop_columns", reason=reason, columns=",".join(columns))
    if refusal.key == "records.refusal.zone_columns":
        named: dict[str, Any] = {
            f"--drop-zone-{kind}": refusal.values.get(kind) for kind in ("columns", "members")
        }
        flags = " ".join(
            f"{flag} {shlex.quote(','.join(names))}" for flag, names in named.items() if names
        )
        asked: Any = refusal.values["asked"]
        if any(part["why"] == POINTS for part in asked):
            flags = f"{flags} --zone-points-km KM".strip()
        reason = message("command.drop_zone", reason=reason, flags=flags)
    return UserError("command.list", file=path.name, reason=reason)


def planning_list(
    task: str,
    path: Path,
    say: Words,
    *,
    dropped: str = "",
    members: str = "",
    points_km: float | None = None,
) -> PlanningList:
    """Read candidates, services, zones, travel times or places of a network as the page does.

    A faulty row of zones refuses them: a zone left out would send people there. Of other lists it
    is left out and named. ``dropped`` are headings, by commas, of columns to leave out: of zones
    those without an extent, and ``members`` what else their file holds without one; ``points_km``
    is the radius of points beside polygons.
    """
    largest = UPLOAD_BYTES if profile_of(task) == UPLOAD else ZONES_BYTES
    with reading(path, task), open_regular(path) as file:
        content = file.read(largest + 1)
        asked = {"drop": dropped, "drop_members": members}
        confirmed: dict[str, Any] = {name: text.split(",") for name, text in asked.items() if text}
        if points_km is not None:
            confirmed["points_km"] = points_km
        checked = check_file(content, task, largest=largest, mapping=confirmed)
    is_of_shapes, report = task in ("zones", "areas"), checked.report
    is_refused = is_of_shapes or report.has_outside or not checked.rows
    faults = [entry for entry in report.entries if entry.is_fault]
    faults.sort(key=lambda entry: report.has_outside and entry.code not in OUTSIDE)
    for entry in faults[:_MOST_FAULTS]:
        entry_texts = entry_words(entry, report, say)
        reason = " ".join(
            filter(
                None,
                (entry_texts["what"], f"({text})" if (text := entry_texts["suggestion"]) else ""),
            )
        )
        key = "command.zone" if task == "zones" else "command.row"
        fault = UserError(key, file=file_name(path), line=entry.line, reason=reason)
        is_key = task == "places" and entry.code == "repeated_name"  # of rows of minutes
        if is_key or (is_refused and not (is_of_shapes and entry.code == "repeated_place")):
            raise fault
        print(error_message(fault).text(say), file=sys.stderr)
    if more := report.left_out_count - len(faults[:_MOST_FAULTS]):
        print(say("command.rows_more", file=file_name(path), count=more), file=sys.stderr)
    if not checked.rows:
        raise UserError("command.list", file=file_name(path), reason=message("command.no_row"))
    with reading(path, task):  # zones may take too long to be held against the places
        own_list = hold_list(
            checked, task, today=date.today(), file=file_name(path), content=content
        )
        if own_list.zones is not None:
            own_list.zones.measure()
    if task == "zones" and not own_list.is_usable:
        reason = message("planning.zones_whole")
        raise UserError("command.list", file=file_name(path), reason=reason)
    for entry in checked.report.entries:
        if not entry.is_fault and entry.suggestion:
            entry_values = entry_words(entry, checked.report, say)
            row = {"file": file_name(path), "line": entry.line, **entry_values}
            print(say("command.guessed", **row), file=sys.stderr)
    for code, detail in checked.report.notices:
        notice = say(f"records.notice.{code}", detail=detail)
        print(f"{file_name(path)}: {say('records.text.note', text=notice)}", file=sys.stderr)
    return own_list


def whole_list(
    task: str, paths: Iterable[Path], say: Words, **confirmed: Any
) -> PlanningList | None:
    """Read the files of a whole list (zones may have several) with :func:`planning_list`.

    None without files.
    """
    own_list = None
    for path in paths:
        own_list = with_earlier(planning_list(task, path, say, **confirmed), own_list)
    return own_list


def file_name(path: Path) -> str:
    """Return the name of a file as it may be repeated."""
    return shown(path.name, NAME_CHARACTERS)
