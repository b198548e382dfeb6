"""Three hundred invented records at random real capitals, to try everything out with."""

from __future__ import annotations

import numpy as np

from records.gazetteer import gazetteer
from records.schema import UNKNOWN, field, fields

SAMPLE_ROWS = 300
SAMPLE_SEED = 20_230_501
_HUBS = ("150101", "170101", "160101", "080101")
"""Capitals drawn more often, so that some provinces and pixels have enough records to be shown.
They are chosen for their roads and sizes; nothing follows from them."""
_HUB_SHARE = 0.8
_UNKNOWN_SHARE = 0.12
_FIRST_YEAR, _LAST_YEAR = 2021, 2023


def sample_rows(lang: str) -> list[dict[str, str]]:
    """Invent the rows; the same every time.

    Parameters
    ----------
    lang : {"es", "en"}
        Language of the words; codes are the same.

    Returns
    -------
    list of dict
        300 rows, cell by column of the template; each says that it is invented.

    Examples
    --------
    >>> rows = sample_rows("es")
    >>> len(rows), {row["invented"] for row in rows}
    (300, {'sí'})
    """
    rng = np.random.default_rng(SAMPLE_SEED)
    book = gazetteer()
    capitals = sorted(book.positions)
    hubs = [code for code in _HUBS if code in book.positions]
    # districts of a hub's province: several places, as the rule of support asks
    near = [[code for code in capitals if code[:4] == hub[:4]] for hub in hubs]
    rows = []
    for number in range(1, SAMPLE_ROWS + 1):
        pool = near[rng.integers(len(near))] if rng.random() < _HUB_SHARE else capitals
        code = str(pool[rng.integers(len(pool))])
        longitude, latitude = book.positions[code]
        year = int(rng.integers(_FIRST_YEAR, _LAST_YEAR + 1))
        row = {
            "record_id": f"EJEMPLO-{number:03d}",
            "date": f"{year}-{int(rng.integers(1, 13)):02d}",
            "district_ubigeo": code,
            "department": book.names[code[:2]],
            "province": book.names[code[:4]],
            "district": book.names[code],
            "longitude": f"{longitude:.5f}",
            "latitude": f"{latitude:.5f}",
            "victim_count": str(int(rng.choice([1, 1, 1, 2, 3]))),
            "invented": "sí" if lang == "es" else "yes",
        }
        for column in fields():
            if column.codes:
                row[column.name] = _word(rng, column.name, lang)
        rows.append(row)
    return rows


def _word(rng: np.random.Generator, name: str, lang: str) -> str:
    codes = field(name).codes
    known = [code for code in codes if code["code"] != UNKNOWN]
    drawn = known[int(rng.integers(len(known)))]
    is_unknown = rng.random() < _UNKNOWN_SHARE
    return next(c for c in codes if c["code"] == UNKNOWN)[lang] if is_unknown else drawn[lang]
