"""Signs of caution: each on its land, none on a name, all readable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from layers.picture.items import map_items
from layers.picture.legend import sign_items
from layers.picture.record import MapPicture
from layers.picture.scene import Disc, Path, Text, fit
from layers.picture.typography import width_of


def _drawn(picture: MapPicture) -> tuple[list[Path | Disc], list[Text]]:
    """What the signs add to a map, and its names."""
    view = fit((-78, -12, -70, -2), left=0, top=0, width=400, height=500, padding=10)
    bare = map_items(
        replace(picture, regions=tuple(replace(one, signs=()) for one in picture.regions)), view
    )
    items = map_items(picture, view)
    texts = [item for item in items if isinstance(item, Text)]
    return items[len(bare) :], texts  # type: ignore[return-value]


def _written(text: Text) -> shapely.Geometry:
    """Where the letters of a line are, accents and tails left out."""
    width = width_of(text.text, text.size, text.weight)
    left = text.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor] * width
    return shapely.box(left, text.y - 0.7 * text.size, left + width, text.y)


def _extent(item: Path | Disc) -> shapely.Geometry:
    if isinstance(item, Disc):
        return shapely.Point(item.x, item.y).buffer(item.radius)
    return shapely.MultiPoint(np.vstack(item.rings)).envelope


def test_signs_stand_on_their_land_and_on_no_name(picture: MapPicture) -> None:
    """Both on every region of the made-up country."""
    signs = ("depends", "few")
    full = replace(picture, regions=tuple(replace(one, signs=signs) for one in picture.regions))
    drawn, texts = _drawn(full)
    assert len(drawn) == len(full.regions) * (4 + 1)
    assert texts
    view = fit((-78, -12, -70, -2), left=0, top=0, width=400, height=500, padding=10)
    for number, region in enumerate(full.regions):
        land = view.seen(region.geometry).buffer(1)
        for item in drawn[number * 5 : number * 5 + 5]:
            assert land.intersects(_extent(item))
            assert land.buffer(0.5).contains(_extent(item)), region.code
            assert not any(_written(text).intersects(_extent(item)) for text in texts)


def test_a_land_too_small_lends_its_sign_a_ground(picture: MapPicture) -> None:
    """Beyond the rim the sign is dark on white, whatever the colour of the land."""
    tiny = replace(
        picture.regions[1], geometry=shapely.box(-76.01, -10.01, -76.0, -10.0), signs=("depends",)
    )
    drawn, _ = _drawn(replace(picture, regions=(*picture.regions, replace(tiny, code="04"))))
    assert [item.fill for item in drawn if isinstance(item, Path)][:2] == ["#ffffff", "#2f2b36"]


def test_the_department_of_the_picture_is_named_first(picture: MapPicture) -> None:
    """Before the one above the expected: where there is room for one name, it is its own."""
    view = fit((-78, -12, -70, -2), left=0, top=0, width=400, height=500, padding=10)
    names = [item.text for item in map_items(picture, view) if isinstance(item, Text)]
    marked = next(one.name for one in picture.regions if one.is_marked)
    assert names[0] == marked.upper()


@pytest.mark.parametrize("sign", ["depends", "few"])
def test_a_sign_fills_its_square_and_no_more(sign: str) -> None:
    """Nine units around its middle."""
    items = sign_items(sign, 50, 50, ink="#000000", size=9)  # type: ignore[arg-type]
    bounds = shapely.total_bounds([_extent(item) for item in items])
    assert (bounds >= 45.4).all()
    assert (bounds <= 54.6).all()
    assert bounds[2] - bounds[0] > 3
