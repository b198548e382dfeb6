"""Codes of the identity registry (RENIEC): recognised in a file, never used beyond its reading.

INEI numbers the departments by the alphabet with Callao as 07. RENIEC counts without Callao, so
Cusco to Tumbes come one earlier, and puts Callao at 24, before Ucayali. 18 of 25 codes differ.
Source: ubigeo-peru-aumentado, ubigeo_departamento.csv (equivalence of RENIEC and INEI codes).
"""

from __future__ import annotations

_CALLAO_INEI = 7
_CALLAO_RENIEC = 24
_TUMBES_INEI = 24


def inei_department(reniec_code: str) -> str:
    """INEI code of the department that RENIEC gives this code.

    Examples
    --------
    >>> inei_department("24"), inei_department("07"), inei_department("01"), inei_department("25")
    ('07', '08', '01', '25')
    >>> sum(inei_department(f"{code:02d}") != f"{code:02d}" for code in range(1, 26))
    18
    """
    code = int(reniec_code)
    if code == _CALLAO_RENIEC:
        code = _CALLAO_INEI
    elif _CALLAO_INEI <= code < _TUMBES_INEI:
        code += 1
    return f"{code:02d}"
