"""A small made-up country: three regions, one of them without a figure."""

from __future__ import annotations

import pytest
import shapely

from layers.legend import LegendSpec, Scale
from layers.picture.record import Ground, MapPicture, Mark, Region, RouteLine

HOSTILE = "<script>alert(1)</script>&\"'\x00]]>"


@pytest.fixture
def picture() -> MapPicture:
    """A picture whose every text is hostile somewhere."""
    return MapPicture(
        lang="es",
        title=f"Título {HOSTILE}",
        subtitle="Perú, delitos denunciados, 2023",
        ground=Ground(
            (shapely.box(-70, -12, -66, -2),),
            (shapely.LineString([(-76, -4), (-71, -9)]),),
            (shapely.box(-73.2, -6.2, -72.9, -5.9),),
        ),
        regions=(
            Region("01", HOSTILE, "1.5×", shapely.box(-78, -8, -74, -2), "#e6a183", "above"),
            Region("02", "Ñandú", "0.4×", shapely.box(-74, -8, -70, -2), "#6d2459", "none", True),
            Region("03", "Áncash", "", shapely.box(-78, -12, -70, -8), None, "none"),
        ),
        cells=((-72.0, -4.0, 300.0),),
        routes=(RouteLine((-77.0, -3.0), (-71.0, -10.0), False, "#29437f", 1.2),),
        marks=(
            Mark("La Pampa", -72.5, -5.0, "place"),
            Mark("Solo dicho", -72.45, -5.05, "estimate"),
            Mark(HOSTILE, -75.0, -10.0, "capital"),
        ),
        isopleths=((50, shapely.box(-77, -7, -75, -5).boundary),),
        legend=LegendSpec(
            Scale("Exceso", ("#e6e6e1", "#6d2459"), ("1",), "nota"),
            (("above", "más de lo esperado"), ("missing", "sin prueba"), ("place", "lugar")),
            ("Sin vigilancia.",),
        ),
        source=("Reportado, no prevalencia.", f"Fuente: MPFN, 2023. {HOSTILE}"),
    )
