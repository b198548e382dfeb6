"""Records of the overlays on the map; every list of overlays comes from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from layers.legend import Entry, Sign
from layers.palette import MINING, Look


@dataclass(frozen=True, slots=True)
class Overlay:
    """A layer over the regions.

    Its words stand under ``panel.CODE.name``, ``panel.CODE.line`` (what it shows, in the panel) and
    ``overlay.CODE.short``. An overlay with a ``table`` needs no code: its features are drawn with
    the colour and line of its first sign. ``atlas/drawing/overlays.py`` draws every other overlay.
    """

    signs: tuple[Entry, ...]
    """each sign of the legend, and the key of its words."""
    panel_sign: Sign | None = None
    """its sign in the panel; None: the first of the legend."""
    table: str = ""
    """a GeoJSON of the catalogue with ``name`` (and ``name_es``)."""
    line_key: str = ""
    """the key of what a click says of a feature of the table, with the values of its columns."""
    caveat_key: str = ""
    """the key of what a click says of every shape; empty: nothing."""
    audience: Literal["anyone", "readers", "organisation"] = "readers"
    """who may have it as a file: anyone (in the bundle too), readers (in a picture, but not in the
    bundle), or an organisation alone (no picture on the public tier)."""
    layer_fields: tuple[str, ...] = ("lang",)
    """fields of a link that change its layer on the live map."""
    is_of_departments: bool = False
    """whether it is left out below the department."""
    area_measure: str = ""
    """measure of provinces and districts that shows the same, beside which it is left out."""
    is_together: bool = False
    """whether the button "all together" lays it on the map."""
    is_part: bool = False
    """whether its row in the panel belongs to the one above it."""
    credit: tuple[str, str] | None = None
    """whom the live map names for it, and their licence."""
    source_key: str = ""
    """the key of its source on a picture."""
    source_table: str = ""
    """the table whose rows name its sources, for the bundle that leaves it out."""
    link_rank: int = 0
    """rank of its code in a link; codes of equal rank keep the order of the records."""

    @property
    def looks(self) -> tuple[Look, ...]:
        """Return the looks of its shapes; none if it is drawn in another way."""
        return tuple(sign for sign, _ in self.signs if isinstance(sign, Look))


OVERLAY_OF: dict[str, Overlay] = {
    "density": Overlay(
        (("isopleth_50", "legend.isopleth_50"), ("isopleth_90", "legend.isopleth_90")),
        panel_sign="density",
        audience="anyone",
        layer_fields=("lang", "registry", "period", "bw"),
        is_of_departments=True,
        is_together=True,
        link_rank=1,
    ),
    "mining": Overlay(
        (("mining", "legend.mining"),),
        audience="anyone",
        area_measure="mined",
        is_together=True,
        credit=("Amazon Mining Watch", "CC BY 4.0"),
        source_key="picture.mining",
    ),
    "zones": Overlay(
        (
            (Look("zone", MINING), "legend.zone"),
            (Look("zone zone-corridor", MINING, dash=(3.0, 2.0)), "legend.corridor"),
        ),
        caveat_key="zones.caveat",
        audience="organisation",
        is_part=True,
    ),
    "routes": Overlay(
        (
            ("route_1", "legend.route_1"),
            ("route_2", "legend.route_2"),
            ("route_3", "legend.route_3"),
            ("route_unknown", "legend.route_unknown"),
        ),
        panel_sign="routes",
        is_together=True,
        source_table="routes",
    ),
    "places": Overlay(
        (("place", "legend.place"), ("estimate", "legend.estimate")),
        audience="organisation",
    ),
    "services": Overlay(
        (("service", "legend.service"), ("service_near", "legend.service_near")),
        audience="organisation",
    ),
}
"""every overlay by its code in links and commands, the lowest layer first: the order of layers,
panel, legend and help"""
LINK_ORDER = tuple(sorted(OVERLAY_OF, key=lambda code: OVERLAY_OF[code].link_rank))
"""the codes as a link has them"""
