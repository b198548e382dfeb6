"""A plan put into the words of its print sheet."""

from __future__ import annotations

import numpy as np

from data import load_departments, load_package
from exports.brief import Figure
from exports.picture import MapPicture, Region, Scale
from exports.plan_pdf import plan_pdf
from exports.plan_print import PlanPrint, PrintDot, PrintSite
from geo.disclosure import gate
from maps.own_records import MARK
from maps.picture import ground
from maps.plan_outcome import Outcome
from maps.plan_words import amount, asked, figures, notes, reason_text, sentence, where
from maps.siting_places import places
from maps.version import content_version
from messages import Words, words

_LAND = "#efece4"
"""of departments on paper: a shade that their white borders stand out from."""


def plan_pdf_bytes(outcome: Outcome, lang: str) -> bytes:
    """The print sheet of a plan as PDF, with assumptions and seed, without excluded zones."""
    return plan_pdf(print_of(outcome, words(lang)))


def print_of(outcome: Outcome, say: Words) -> PlanPrint:
    """Everything that the print sheet of a plan says."""
    sheet = outcome.sheet(say.lang)
    columns = ["site", "added", "total"] + (["stability"] if outcome.has_stability else [])
    rows = sorted(sheet.departments, key=lambda one: -one["missed"])
    keys = ["site", "covered", "missed"] + (["ring"] if outcome.reach_km else [])
    return PlanPrint(
        lang=say.lang,
        product="Atlas Trata Perú",
        kind=say("plan.print.kind"),
        mark=MARK if outcome.is_invented else "",
        title=sentence(outcome, say),
        notice=f"{say('siting.notice')} {say('plan.print.modelled')}",
        ground=_ground(say.lang),
        dots=_dots(outcome),
        sites=_sites(outcome, say),
        keys=tuple((name, say(f"plan.key.{name}")) for name in keys),
        figures=tuple(Figure(value, label) for value, label in figures(outcome, say)),
        facts=asked(outcome, say),
        notes=notes(outcome, say),
        table_heading=say("plan.table.caption"),
        columns=tuple(say(f"plan.col.{name}") for name in columns),
        departments_heading=say("plan.departments"),
        departments_note=say("plan.departments.text", unit=outcome.unit.text(say)),
        department_columns=tuple(
            say(f"plan.departments.{name}") for name in ("name", "missed", "covered", "share")
        ),
        departments=tuple(
            (
                str(one["department"]),
                amount(one["missed"], say),
                amount(one["covered"], say),
                say.percent(one["share"], 0),
            )
            for one in rows
        ),
        assumptions_heading=say("plan.assumptions"),
        assumptions=(
            *(f"{text[0].upper()}{text[1:]}." for text in sheet.plan["assumptions"]),
            say("plan.assumptions.seed", seed=outcome.plan.seed),
        ),
        footer=say(
            "brief.footer", version=str(load_package()["version"]), content=content_version()
        ),
        page=say("brief.page", page="{page}", pages="{pages}"),
    )


def _sites(outcome: Outcome, say: Words) -> tuple[PrintSite, ...]:
    found = []
    for number, row in enumerate(outcome.sheet(say.lang).sites):
        values = [
            say.percent(row["within_reach_added_share"], 1),
            say.percent(row["within_reach_share"], 1),
        ]
        if outcome.has_stability:
            values.append(say.percent(row["chosen_share"], 0))
        found.append(
            PrintSite(
                order=row["order"],
                longitude=row["longitude"],
                latitude=row["latitude"],
                reach_km=outcome.reach_km[number] if outcome.reach_km else 0.0,
                name=str(row["name"]),
                detail=f"{row['latitude']:.4f}, {row['longitude']:.4f} · {where(row)}",
                reason=reason_text(outcome.reasons[number], say),
                values=tuple(values),
            )
        )
    return tuple(found)


def _dots(outcome: Outcome) -> tuple[PrintDot, ...]:
    here, top = places(), float(outcome.weight.max())
    order = np.argsort(-outcome.weight, kind="stable")
    return tuple(
        PrintDot(
            float(here.longitude[i]),
            float(here.latitude[i]),
            float(outcome.weight[i] / top),
            bool(outcome.served[i] >= 0.5),
        )
        for i in order
        if outcome.weight[i] > 0
    )


def _ground(lang: str) -> MapPicture:
    """The departments without figures, on the ground of every picture."""
    frame = gate(load_departments(simplified=True), "T1")
    regions = tuple(
        Region(str(code), str(name), "", geometry, _LAND, "none")
        for code, name, geometry in zip(
            frame["department_ubigeo"], frame["department"], frame.geometry, strict=True
        )
    )
    nothing = Scale("", (), ())
    return MapPicture(
        lang, "", "", ground(), regions, (), (), (), (), nothing, (), (), (), cell_degrees=0.05
    )
