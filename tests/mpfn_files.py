"""Files of reported offences as the prosecutors write them, made up with their real faults.

Nothing is copied: the counts are those of the shipped table, the rest is built here.
"""

import csv
import io
from collections.abc import Mapping
from typing import Literal

from data.catalogue import load_table

COLUMNS = [
    *("periodo_denuncia", "anio_denuncia", "Fecha_descarga", "distrito_fiscal", "especialidad"),
    *("tipo_caso", "generico", "subgenerico", "articulo", "des_articulo", "cantidad"),
    *("ubigeo_pjfs", "dpto_pjfs", "prov_pjfs", "dist_pjfs", "fecha_corte"),
]
BASIC, AGGRAVATED = "Trata de personas", "Formas agravadas de la Trata de Personas"
ARTICLES = {
    "old": {BASIC: "153", AGGRAVATED: "153-A"},
    "new": {BASIC: "129-A", AGGRAVATED: "129-B"},
}
Counts = dict[tuple[str, str], int]
"""Reports by fiscal district and offence."""


def shipped_counts(period: str) -> Counts:
    """The counts of a shipped year."""
    table = load_table("complaints")
    rows = table[table["period"] == period]
    return {
        (district, offence): int(count)
        for district, offence, count in rows[
            ["fiscal_district", "offence", "reported_count"]
        ].to_numpy()
    }


def mpfn_rows(
    year: int,
    counts: Mapping[tuple[str, str], int],
    *,
    months: str = "ENERO - DICIEMBRE",
    taken: str = "",
    cut: str = "",
    articles: Literal["old", "new", "both"] = "new",
    has_split_rows: bool = True,
    has_lost_zeros: bool = True,
) -> list[dict[str, str]]:
    """Rows of a national file: other offences of every district, then its trafficking.

    All offences of a district add up to those shipped, in a year that is not shipped to those of
    2023; where ``counts`` has more trafficking than that leaves room for, to more.
    """
    table = load_table("all_offences")
    shipped = table[table["period"] == (str(year) if str(year) in set(table["period"]) else "2023")]
    every = shipped.set_index("fiscal_district")["reported_count"]
    seats = dict(load_table("crosswalk")[["fiscal_district", "seat_ubigeo"]].to_numpy())
    rows = []
    for place, (district, seat) in enumerate(sorted(seats.items())):
        common = {
            "periodo_denuncia": months,
            "anio_denuncia": str(year),
            "Fecha_descarga": taken or f"08/01/{year + 1}",
            "distrito_fiscal": district,
            "especialidad": "PENAL",
            "tipo_caso": "DENUNCIA",
            "generico": "CONTRA LA DIGNIDAD HUMANA",
            "subgenerico": "TRATA DE PERSONAS",
            "ubigeo_pjfs": str(int(seat)) if has_lost_zeros else seat,
            "fecha_corte": cut or f"24/01/{year + 1}",
        }
        # the same title, another offence; and a text with commas and quotes
        own = sum(counts.get((district, offence), 0) for offence in (BASIC, AGGRAVATED))
        other = str(max(0, every[district] - own - 7))
        for article, text, count in (
            ("129-M", "Explotación sexual", "7"),
            ("130", 'Injuria, "calumnia"', other),
        ):
            rows.append({**common, "articulo": article, "des_articulo": text, "cantidad": count})
        for offence in (BASIC, AGGRAVATED):
            count = counts.get((district, offence), 0)
            if not count:
                continue
            kind = articles if articles != "both" else ("old", "new")[place % 2]
            parts = [count]
            if has_split_rows and count > 2:  # of two the rows would be the same
                parts = [1, count - 1]
            for number, part in enumerate(parts):
                chosen = ("old", "new")[number % 2] if articles == "both" else kind
                rows.append(
                    {
                        **common,
                        "articulo": ARTICLES[chosen][offence],
                        "des_articulo": offence,
                        "cantidad": str(part),
                    }
                )
    return rows


def mpfn_text(rows: list[dict[str, str]], *, columns: list[str] | None = None) -> str:
    """The file as text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns or COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
