"""Figures that somebody published, as known answers: one place, each with who says so.

A test that builds its own figures has no use for them. Codes of sources are those of
`data/tables/sources.csv`; official files are named in the cards of the tables.
"""

REPORTS = {
    "2007-01/2014-04": 1_976,
    "2019": 1_365,
    "2020": 692,
    "2021": 917,
    "2022": 897,
    "2023": 1_076,
    "2025-01/2025-11": 886,
}
"""Reports of the country. The first: complaints, as the press printed the Observatorio's total
(S011). The years: sums over articles 129-A and 129-B of the MPFN's files (S006 to S010) and of the
official file of 2025, published 2025-12-17."""

ALL_OFFENCES = {
    "2019": 1_081_851,
    "2020": 693_475,
    "2021": 1_025_359,
    "2022": 1_126_824,
    "2023": 1_233_421,
    "2025-01/2025-11": 1_140_924,
}
"""Offences of every kind in the same files."""

POLICE = dict(
    zip(map(str, range(2017, 2026)), (725, 734, 509, 372, 535, 631, 583, 669, 384), strict=True)
)
"""Complaints by year in the police's workbook of 75,508 rows; 2025 is its nine months."""
POLICE_PLACED = 3_470
"""of them, 2017 to 2022, those whose province is told"""
