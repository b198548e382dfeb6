"""The donut mask: its distance, its secret, and why it is drawn once."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo.disclosure import gate
from geo.errors import DisclosureError, ParameterError
from geo.geomask import geomask

SECRET = bytes(range(32))
GEOD = Geod(ellps="GRS80")


def make_records(n: int = 1, longitude=-70.02, latitude=-12.96, ids=None) -> pd.DataFrame:
    frame = pd.DataFrame(
        {"id": range(n) if ids is None else ids, "longitude": longitude, "latitude": latitude}
    )
    frame.attrs.update(tier="T2", card={"name": "own", "sources": ["own"], "licence": "own"})
    return frame


def masks_of_one_place(n: int, secret: bytes = SECRET) -> pd.DataFrame:
    return geomask(make_records(n), id_column="id", secret=secret)


@given(
    secret=st.binary(min_size=32, max_size=64),
    record=st.text(max_size=20),
    longitude=st.floats(-81.4, -68.6),
    latitude=st.floats(-18.4, 0.0),
)
@settings(max_examples=150, deadline=None)
def test_every_mask_lies_between_5_and_15_km(secret, record, longitude, latitude):
    """Measured on the ellipsoid by another library call, for any secret, id and place."""
    out = geomask(
        make_records(1, longitude, latitude, [record]), id_column="id", secret=secret
    ).iloc[0]
    *_, distance = GEOD.inv(longitude, latitude, out["longitude"], out["latitude"])
    assert 5_000 <= distance <= 15_000


def test_uniform_over_the_ring():
    """Half of the ring's area lies within sqrt((5^2 + 15^2) / 2) = 11.18 km; all directions."""
    out = masks_of_one_place(4000)
    azimuth, _, distance = GEOD.inv(
        np.full(4000, -70.02), np.full(4000, -12.96), out["longitude"], out["latitude"]
    )
    assert (distance < 11_180).mean() == pytest.approx(0.5, abs=0.03)
    quarters = np.histogram(azimuth, bins=[-180, -90, 0, 90, 180])[0] / 4000
    assert quarters == pytest.approx([0.25] * 4, abs=0.03)


def test_once_and_for_all():
    """The same secret and id give the same mask, in any company; another secret another one."""
    once, again = masks_of_one_place(50), masks_of_one_place(50)
    pd.testing.assert_frame_equal(once, again)
    alone = geomask(make_records(1, ids=[7]), id_column="id", secret=SECRET)
    found = once.merge(alone, on=["longitude", "latitude"])
    assert len(found) == 1
    other = masks_of_one_place(50, secret=bytes(range(1, 33)))
    assert not once.merge(other, on=["longitude", "latitude"]).size


def test_masking_again_cannot_be_averaged():
    """A hundred requests give one point, 5 km off or more. A hundred ids give the place away.

    The mean of n independent masks lies about 11.2 km / sqrt(n) from the place: with n = 100 that
    is 1.1 km. It is what one id per record, and one id per address, are for.
    """
    requests = pd.concat([geomask(make_records(), id_column="id", secret=SECRET)] * 100)
    assert len(requests.drop_duplicates()) == 1
    means = [masks_of_one_place(100, bytes([s]) * 32).mean() for s in range(40)]
    *_, error = GEOD.inv([-70.02] * 40, [-12.96] * 40, [m.iloc[0] for m in means],
                         [m.iloc[1] for m in means])  # fmt: skip
    assert np.sqrt(np.mean(np.square(error))) == pytest.approx(1118, rel=0.25)


def test_neither_id_nor_order_comes_along():
    """Two columns, sorted by themselves: the row number says nothing."""
    out = geomask(make_records(30).iloc[::-1], id_column="id", secret=SECRET)
    assert list(out.columns) == ["longitude", "latitude"]
    pd.testing.assert_frame_equal(out, masks_of_one_place(30))
    assert out["longitude"].is_monotonic_increasing


def test_no_outlet_takes_a_mask():
    """Between organisations only: the gate refuses it at every outlet."""
    out = masks_of_one_place(3)
    for outlet in ("internal", "public"):
        with pytest.raises(DisclosureError):
            gate(out, "T2", outlet=outlet)


def test_refusals():
    """A short secret, another tier, repeated or missing ids, no degrees."""
    with pytest.raises(DisclosureError, match="has 31 bytes"):
        geomask(make_records(), id_column="id", secret=b"s" * 31)
    published = make_records()
    published.attrs["tier"] = "T0"
    with pytest.raises(DisclosureError, match=r"only records of an organisation \(T2\)"):
        geomask(published, id_column="id", secret=SECRET)
    for ids in ([1, 1], [1, None], ["1", 1]):
        with pytest.raises(ParameterError, match="missing or repeated"):
            geomask(make_records(2, ids=ids), id_column="id", secret=SECRET)
    with pytest.raises(ParameterError, match="no degrees"):
        geomask(make_records(1, 500_000.0), id_column="id", secret=SECRET)
    with pytest.raises(ParameterError, match="1 of the columns"):
        geomask(make_records(), id_column="case", secret=SECRET)
