"""The rule for an organisation's records: by hand, by properties, by refusals."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geo.errors import DisclosureError, ParameterError
from geo.privacy.disclosure import gate
from geo.privacy.minimum_count import K_SETTING
from geo.privacy.provenance import derive
from geo.privacy.suppression import (
    PROFILES,
    PROVINCE_COUNT,
    count_cube,
    count_profile,
    hidden_interval,
    printed_counts,
    protect,
)

CODES = [f"{d:02d}{p:02d}" for d in range(1, 26) for p in range(1, 9)][:PROVINCE_COUNT]
CARD = {"name": "own records", "sources": [{"title": "an organisation"}], "licence": "own"}
COUNTS = arrays(np.int64, PROVINCE_COUNT, elements=st.integers(0, 60), fill=st.integers(0, 3))


def make_cube(counts, year: int = 2023) -> pd.DataFrame:
    padded = np.zeros(PROVINCE_COUNT, dtype=int)
    padded[: len(counts)] = counts
    cube = pd.DataFrame({"province_ubigeo": CODES, "year": year, "reported_count": padded})
    cube.attrs.update(tier="T2", card=dict(CARD))
    return cube


def make_records(places, years, **columns) -> pd.DataFrame:
    records = pd.DataFrame({"province_ubigeo": list(places), "year": list(years), **columns})
    records.attrs.update(tier="T2", card={**CARD, "row_count": len(records)})
    return records


def test_every_count_by_hand():
    """0 to 12 hidden, 13 to 17 are 15, 18 to 22 are 20; 178 is 180."""
    counts = [*range(23), 178]
    out = gate(make_cube(counts), "T2")
    assert out["reported_count"].head(24).dropna().tolist() == [15] * 5 + [20] * 5 + [180]
    assert out["is_suppressed"].head(24).tolist() == [True] * 13 + [False] * 11
    assert printed_counts(out)[:14] == ["<13"] * 13 + ["15"]
    assert out.attrs["grand_total"] == 430  # 253 + 178 = 431
    assert out.attrs["hidden_as"] == "<13"


def test_k_of_eleven_by_grouping():
    """Every printed number stands for a set of true counts of which the smallest is 11 or more.

    Counts 0 to 195, one a province: group the true ones by what is printed.
    """
    cube = make_cube(range(PROVINCE_COUNT))
    printed = printed_counts(gate(cube, "T2"))
    groups = cube.groupby(printed)["reported_count"]
    assert groups.min().drop("<13").min() == 13
    assert groups.size()["<13"] == 13


@pytest.mark.parametrize(
    ("k", "label", "smallest"), [(11, "<13", 15), (14, "<18", 20), (30, "<33", 35)]
)
def test_a_raised_k(monkeypatch, k, label, smallest):
    """A deployment's K rules every call of the gate, without being passed around."""
    monkeypatch.setenv(K_SETTING, str(k))
    out = gate(make_cube(range(PROVINCE_COUNT)), "T2")
    assert out.attrs["hidden_as"] == label
    assert out["reported_count"].min() == smallest


def test_a_lower_k_is_refused(monkeypatch):
    """Neither by setting nor by argument."""
    with pytest.raises(ParameterError, match="never lowered below 11"):
        protect(make_cube([20]), k=10)
    monkeypatch.setenv(K_SETTING, "5")
    with pytest.raises(ParameterError, match="never lowered below 11"):
        gate(make_cube([20]), "T2")


def test_a_deployment_may_raise_k(monkeypatch):
    """20 hides more."""
    monkeypatch.setenv(K_SETTING, "20")
    assert gate(make_cube([40]), "T2").attrs["hidden_as"] == "<23"


@given(counts=COUNTS)
@settings(max_examples=60, deadline=None)
def test_protecting_twice_is_protecting_once(counts):
    """What came out goes in again and is the same, total and marks included."""
    once = gate(make_cube(counts), "T2")
    twice = gate(once, "T2")
    pd.testing.assert_frame_equal(once, twice, check_exact=True)
    assert once.attrs == twice.attrs


@given(counts=COUNTS)
@settings(max_examples=60, deadline=None)
def test_what_is_printed_is_true_to_two_and_never_small(counts):
    """Multiples of 5 from 15 on, within 2 of the truth; hidden exactly below 13."""
    out = gate(make_cube(counts), "T2")
    shown = ~out["is_suppressed"].to_numpy()
    assert (shown == (counts >= 13)).all()
    values = out.loc[shown, "reported_count"].to_numpy(dtype=int)
    assert (values >= 15).all()
    assert (values % 5 == 0).all()
    assert (np.abs(values - counts[shown]) <= 2).all()
    assert out.loc[~shown, "reported_count"].isna().all()
    total = out.attrs["grand_total"]
    assert total is None or abs(total - counts.sum()) <= 2


@given(counts=COUNTS, cell=st.integers(0, PROVINCE_COUNT - 1))
@settings(max_examples=60, deadline=None)
def test_one_record_more(counts, cell):
    """A shown cell changes by 0 or 5, a hidden one stays or appears as 15; no other changes."""
    more = counts.copy()
    more[cell] += 1
    before, after = gate(make_cube(counts), "T2"), gate(make_cube(more), "T2")
    same = np.arange(PROVINCE_COUNT) != cell
    pd.testing.assert_frame_equal(before[same], after[same])
    old, new = before["reported_count"].iloc[cell], after["reported_count"].iloc[cell]
    assert (pd.isna(old) and (pd.isna(new) or new == 15)) or new - old in (0, 5)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_a_record_moved_inside_its_province_changes_nothing(seed):
    """Coordinates, districts, weights and the order of the rows are not looked at: same table."""
    rng = np.random.default_rng(seed)
    place, year = rng.choice(CODES[:6], 120), rng.choice([2022, 2023], 120)

    def public(order: np.ndarray) -> pd.DataFrame:
        records = make_records(
            place[order],
            year[order],
            longitude=rng.uniform(-80, -69, 120),
            latitude=rng.uniform(-18, -1, 120),
            district_ubigeo=rng.choice(["010101", "010102"], 120),
            weight=rng.uniform(0, 1e6, 120),
        )
        return gate(count_cube(records, provinces=CODES, years=[2022, 2023]), "T2")

    one, other = public(np.arange(120)), public(rng.permutation(120))
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert one.attrs == other.attrs


def test_the_cube_counts_records_by_hand():
    """Fourteen records in one cell, one in another; zeros fill the rest of 392 cells."""
    records = make_records(["0101"] * 14 + ["0205"], [2023] * 14 + [2022])
    cube = count_cube(records, provinces=CODES, years=[2023, 2022])
    counts = cube.set_index(["province_ubigeo", "year"])["reported_count"]
    assert len(counts) == 392
    assert (counts[("0101", 2023)], counts[("0205", 2022)]) == (14, 1)
    assert counts.sum() == 15
    assert cube.attrs["tier"] == "T2"
    assert "row_count" not in cube.attrs["card"]


def test_one_heavy_record_lifts_nothing():
    """A record that stands for a thousand cases counts 1 and its cell stays hidden."""
    records = make_records(["0101"], [2023], weight=[1000.0], victim_count=[1000])
    out = gate(count_cube(records, provinces=CODES, years=[2023]), "T2")
    assert out["is_suppressed"].all()
    assert out.attrs["grand_total"] is None


def test_a_rate_does_not_leave_with_the_counts():
    """It would tell the exact count."""
    with pytest.raises(DisclosureError, match="with 1 columns beside"):
        gate(make_cube([178]).assign(rate_per_100k=178.0), "T2")


def test_nothing_exact_travels_with_the_table():
    """The card keeps sources and licence; sizes, hashes, the number of rows, other attrs go."""
    records = make_records(["0101"] * 7, [2023] * 7)
    records.attrs["card"].update(sha256="f" * 64, bytes=777)
    cube = count_cube(records, provinces=CODES, years=[2023])
    cube.attrs["exact_total"] = 7
    cube.attrs["card"].update(row_count=7, bytes=777)
    out = gate(cube, "T2")
    assert set(out.attrs) == {"tier", "card", "grand_total", "hidden_as"}
    assert set(out.attrs["card"]) == {"name", "derived_from", "roots", "sources", "licence"}
    assert "7" not in repr(out.attrs).replace("'T2'", "")


def test_no_order_of_rows_survives():
    """Sorted by code and year whatever came: an order could carry the counts."""
    cube = make_cube(range(PROVINCE_COUNT)).sort_values("reported_count", ascending=False)
    pd.testing.assert_frame_equal(gate(cube, "T2"), gate(make_cube(range(PROVINCE_COUNT)), "T2"))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda c: c.assign(longitude=-69.18, latitude=-12.59), "2 columns beside province"),
        (lambda c: c.assign(geometry=None), "1 columns beside province"),
        (lambda c: c.assign(sex="f"), "1 columns beside province"),
        (lambda c: c.drop(columns="year"), "without year"),
        (lambda c: c.assign(province_ubigeo=c["province_ubigeo"] + "01"), "finer unit"),
        (lambda c: c.assign(province_ubigeo=range(PROVINCE_COUNT)), "finer unit"),
        (lambda c: c.assign(year=2023.5), "finer time"),
        (lambda c: c.assign(year="2023-05"), "finer time"),
        (lambda c: c.assign(year=202305), "finer time"),
        (lambda c: c.iloc[1:], "195 provinces"),
        (lambda c: c[c["reported_count"] > 0], "1 provinces"),
        (lambda c: pd.concat([c, c]), "392 rows"),
        (lambda c: c.assign(reported_count=-1), "no whole count"),
        (lambda c: c.assign(reported_count=7.5), "no whole count"),
        (lambda c: c.assign(reported_count=np.nan), "no whole count"),
        (lambda c: c.assign(is_suppressed=True), "still carry a count"),
        (lambda c: c.assign(is_suppressed="no"), "true and false"),
    ],
)
def test_refuses_what_is_no_cube(spoil, said):
    """Points, a finer unit, another crossing, missing cells: each with its reason."""
    cube = spoil(make_cube([178]))
    cube.attrs.update(tier="T2", card=dict(CARD))
    with pytest.raises(DisclosureError, match=said) as refusal:
        gate(cube, "T2")
    assert "178" not in str(refusal.value)
    assert "-69.18" not in str(refusal.value)


def test_refuses_a_forged_total():
    """An exact total on a frame that says it is protected already does not pass for a rounded."""
    out = gate(make_cube([178, 40, 30]), "T2")
    out.attrs["grand_total"] = 248
    with pytest.raises(DisclosureError, match="not a rounded one"):
        gate(out, "T2")


def test_records_are_counted_whole_or_not_at_all():
    """A filtered frame, another tier, strange provinces and years; no message repeats a value."""
    records = make_records(["0101"] * 20, [2023] * 20, sex=["f", "m"] * 10)
    axes = {"provinces": CODES, "years": [2023]}
    with pytest.raises(DisclosureError, match="10 of 20 records were handed in"):
        count_cube(records[records["sex"] == "f"], **axes)
    bare = records.copy()
    bare.attrs = {"tier": "T2", "card": dict(CARD)}
    with pytest.raises(DisclosureError, match="lacks row_count"):
        count_cube(bare, **axes)
    bare.attrs = {"tier": "T1", "card": dict(CARD)}
    with pytest.raises(DisclosureError, match="are T2"):
        count_cube(bare, **axes)
    with pytest.raises(ParameterError, match="195 provinces"):
        count_cube(records, provinces=CODES[1:], years=[2023])
    with pytest.raises(ParameterError, match="0 years"):
        count_cube(records, provinces=CODES, years=[])
    with pytest.raises(
        ParameterError, match="1 of 2 records have a province or a year outside"
    ) as e:
        count_cube(make_records(["0101", "2599"], [2023, 2023]), **axes)
    assert "2599" not in str(e.value)
    with pytest.raises(ParameterError, match="lack year"):
        count_cube(make_records(["0101"], [2023]).drop(columns="year"), **axes)


def test_a_cube_reaches_no_public_outlet_and_no_t1_outlet():
    """However well hidden, what is made of own records stays with the organisation."""
    cube = make_cube([178])
    for one in (cube, gate(cube, "T2"), derive(pd.DataFrame({"smr": [2.0]}), cube, name="smr")):
        with pytest.raises(DisclosureError, match="accepts T1 at most"):
            gate(one, "T1")
        with pytest.raises(DisclosureError, match="nothing made of them goes to a public outlet"):
            gate(one, "T2", outlet="public")


def test_protect_itself_is_what_the_gate_runs():
    """The same table by the function and by the gate."""
    cube = make_cube([178, 12, 13])
    pd.testing.assert_frame_equal(protect(cube, k=11), gate(cube, "T2"))


def test_interval_in_words():
    """193 hidden cells that cannot all be 12, one shown: bounds by hand."""
    bounds = hidden_interval(np.array([15]), 2, grand_total=35, k=11)
    assert bounds == (4, 12)  # 33 - 17 - 12; 37 - 13 = 24


def make_profile(counts: list[int], key: tuple[str, ...] = ("exploitation_purpose",)):
    """A profile of these counts, the rest of its cells empty, as the records would give it."""
    cells = list(product(*PROFILES[key]))
    at = [cell for cell, count in zip(cells, counts, strict=False) for _ in range(count)]
    frame = pd.DataFrame(at, columns=list(key))
    card = {"name": "own", "sources": [{"title": "own"}], "licence": "own", "row_count": len(at)}
    frame.attrs.update(tier="T2", card=card)
    return count_profile(frame, key)


def test_a_profile_hides_and_rounds_as_the_cube_does():
    """Counted by hand: 178, 18 and 13 shown, 12 and every zero hidden, no total."""
    out = gate(make_profile([178, 18, 13, 12]), "T2")
    assert out["reported_count"].tolist()[:3] == [180, 20, 15]
    assert out["is_suppressed"].tolist() == [False] * 3 + [True] * 7
    assert out.attrs["grand_total"] is None
    pd.testing.assert_frame_equal(gate(out, "T2"), out)
    with pytest.raises(DisclosureError):
        gate(make_profile([178]), "T2", outlet="public")
    with pytest.raises(DisclosureError):  # a part of it could be subtracted from the whole
        gate(make_profile([178]).iloc[:5], "T2")
    twice = make_profile([178, 18]).iloc[[0, *range(10)]]
    with pytest.raises(DisclosureError, match="columns beside province"):
        gate(twice, "T2")


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([0, 1, 3, 12, 13, 17, 18, 60, 400]), max_size=10))
def test_no_small_count_of_a_profile_follows_from_the_exact_total(counts):
    """Linear programmes over all that is known: every hidden small count stays possible over more
    than 4, or over all that the hidden cells hold."""
    from scipy.optimize import linprog

    profile = make_profile(counts)
    truth = profile["reported_count"].to_numpy()
    out = gate(profile, "T2")
    shown = ~out["is_suppressed"].to_numpy()
    bounds = [
        (count - 2, count + 2) if known else (0, None)
        for count, known in zip(out["reported_count"].fillna(0), shown, strict=True)
    ]
    for at in np.flatnonzero(~shown & (truth < 13)):
        aim = np.zeros(len(truth))
        aim[at] = 1
        same = {"A_eq": np.ones((1, len(truth))), "b_eq": [truth.sum()], "bounds": bounds}
        low = linprog(aim, **same).fun
        high = min(12, -linprog(-aim, **same).fun)
        assert high - low > 4 or high >= truth[~shown].sum()
