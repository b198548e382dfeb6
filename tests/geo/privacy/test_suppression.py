"""The rule for an organisation's records: by hand, by properties, by refusals."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from atlas.words import LANGUAGES, words
from geo.errors import DisclosureError, ParameterError
from geo.privacy.disclosure import gate
from geo.privacy.minimum_count import K_SETTING, shown_from, smallest_shown
from geo.privacy.provenance import Tier, Tiered, derive
from geo.privacy.suppression import (
    MIN_WIDTH,
    PROFILES,
    PROVINCE_COUNT,
    Protected,
    count_cube,
    count_profile,
    hidden_bounds,
    print_counts,
    printed_counts,
    protect,
)


@pytest.mark.parametrize("k", range(11, 60))
def test_a_printed_number_reveals_k_or_more(k):
    """By trial: the smallest multiple of 5 that no count below K rounds to, and where it begins."""
    rounds_to = {count: 5 * round(count / 5) for count in range(200)}
    revealing = {rounds_to[count] for count in range(k)}
    assert smallest_shown(k) == min(set(rounds_to.values()) - revealing)
    assert shown_from(k) == min(c for c, shown in rounds_to.items() if shown == smallest_shown(k))


CODES = [f"{d:02d}{p:02d}" for d in range(1, 26) for p in range(1, 9)][:PROVINCE_COUNT]
CARD = {"name": "own records", "sources": [{"title": "an organisation"}], "licence": "own"}
COUNTS = arrays(np.int64, PROVINCE_COUNT, elements=st.integers(0, 60), fill=st.integers(0, 3))


def own(frame: pd.DataFrame, **card: object) -> Tiered[pd.DataFrame]:
    """A frame as an organisation's."""
    return Tiered(frame, Tier.T2, {**CARD, **card})


def make_cube(counts, year: int = 2023) -> Tiered[pd.DataFrame]:
    padded = np.zeros(PROVINCE_COUNT, dtype=int)
    padded[: len(counts)] = counts
    return own(pd.DataFrame({"province_ubigeo": CODES, "year": year, "reported_count": padded}))


def make_records(places, years, **columns) -> Tiered[pd.DataFrame]:
    records = pd.DataFrame({"province_ubigeo": list(places), "year": list(years), **columns})
    return own(records, row_count=len(records))


@pytest.mark.parametrize("text", ["10", "0", "1001", "11.5", "-20", "eleven", "１２", "1e3"])
def test_refuses_a_lower_or_a_strange_k(text, monkeypatch):
    """Neither by setting nor by argument; the message says what is allowed."""
    with pytest.raises(ParameterError, match="never lowered below 11"):
        protect(make_cube([20]), k=10)
    monkeypatch.setenv(K_SETTING, text)
    with pytest.raises(
        ParameterError, match=r"ATLAS_K_ANONYMITY is .*(never lowered|whole number)"
    ):
        gate(make_cube([20]), "T2")


def test_every_count_by_hand():
    """0 to 12 hidden, 13 to 17 are 15, 18 to 22 are 20; 178 is 180."""
    counts = [*range(23), 178]
    protected = gate(make_cube(counts), "T2")
    out = protected.frame
    assert out["reported_count"].head(24).dropna().tolist() == [15] * 5 + [20] * 5 + [180]
    assert out["is_suppressed"].head(24).tolist() == [True] * 13 + [False] * 11
    assert printed_counts(protected)[:14] == ["<13"] * 13 + ["15"]
    assert protected.grand_total == 430  # 253 + 178 = 431
    assert protected.hidden_as == "<13"


@pytest.mark.parametrize(
    ("k", "label", "smallest"), [(11, "<13", 15), (14, "<18", 20), (30, "<33", 35)]
)
def test_a_raised_k(monkeypatch, k, label, smallest):
    """A deployment's K rules every call of the gate, without being passed around."""
    monkeypatch.setenv(K_SETTING, str(k))
    out = gate(make_cube(range(PROVINCE_COUNT)), "T2")
    assert out.hidden_as == label
    assert out.frame["reported_count"].min() == smallest


@given(counts=COUNTS)
@settings(max_examples=60)
def test_what_is_printed_is_true_to_two_but_for_one_and_never_small(counts):
    """Counts are shown within 2 of the truth, the largest within 7, and none below 13.

    Up to 17 is hidden only where nothing larger could be printed lower. What came out goes in again
    and is the same, total and marks included.
    """
    protected = gate(make_cube(counts), "T2")
    twice = gate(protected, "T2")
    assert_same(protected, twice)
    out = protected.frame
    shown = ~out["is_suppressed"].to_numpy()
    assert not (shown & (counts < 13)).any()
    values = out.loc[shown, "reported_count"].to_numpy(dtype=int)
    assert (values >= 15).all()
    assert (values % 5 == 0).all()
    off = np.sort(np.abs(values - counts[shown]))
    assert (off[:-1] <= 2).all()
    assert (off <= 7).all()
    lost = ~shown & (counts >= 13)
    assert not lost.any() or counts.max() <= 17
    assert out.loc[~shown, "reported_count"].isna().all()
    total = protected.grand_total
    assert (total is None and counts.sum() < 13) or abs(total - counts.sum()) <= 2


def assert_same(first: Protected, second: Protected) -> None:
    """Both print the same, cell by cell and beside the cells."""
    pd.testing.assert_frame_equal(first.frame, second.frame, check_exact=True)
    for name in ("tier", "card", "hidden_as", "period_totals", "grand_total"):
        assert getattr(first, name) == getattr(second, name)


def ways(total: int, cells: int):
    """All tables of so many counts with this sum."""
    if cells == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in ways(total - first, cells - 1):
            yield (first, *rest)


@pytest.mark.parametrize(
    ("cells", "totals"),
    [
        (3, (*range(1, 38), 44, 51, 63)),
        (4, (13, 18)),
        pytest.param(3, range(38, 64), marks=pytest.mark.slow),
        pytest.param(4, (44,), marks=pytest.mark.slow),
        pytest.param(4, (14, 27, 33, 43), marks=pytest.mark.slow),
        pytest.param(5, (4, 17, 27), marks=pytest.mark.slow),
    ],
)
def test_every_table_of_a_few_cells(cells, totals):
    """Over all tables of a sum, each hidden count ranges over more than 4, or the whole sum."""
    for total in totals:
        alike: dict[bytes, list[tuple[int, ...]]] = {}
        for counts in ways(total, cells):
            printed = print_counts(np.array(counts), least=total, most=total, k=11)
            alike.setdefault(printed.tobytes(), []).append(counts)
        for printed, tables in alike.items():
            width = np.ptp(np.array(tables), axis=0)[np.frombuffer(printed, dtype=int) == 0]
            assert (width >= min(MIN_WIDTH + 1, total)).all(), (total, tables[0])


COUNT = st.sampled_from([0, 1, 11, 12, 13, 14, 17, 18, 22, 23, 27, 28, 33, 60, 178])


@given(
    counts=st.lists(COUNT, min_size=1, max_size=12)
    | st.builds(lambda first, twelves: [first] + [12] * twelves, COUNT, st.integers(1, 11)),
    slack=st.sampled_from([0, 2]),
    k=st.sampled_from([11, 12]),
)
@example(counts=[18] + [12] * 9, slack=0, k=11)
@example(counts=[28] + [12] * 9, slack=0, k=11)
@settings(max_examples=200)
def test_a_printed_count_is_off_by_no_more_than_is_told(counts, slack, k):
    """A printed count is off by at most 7 with an exact sum, 12 with a printed one; only one is."""
    table, total = np.array(counts), sum(counts)
    least, most = max(0, total - slack), total + slack
    printed = print_counts(table, least=least, most=most, k=k)
    off = (printed - table)[printed > 0]
    assert (abs(off) <= (7 if slack == 0 else 12)).all()
    assert (abs(off) > 2).sum() <= 1


def test_the_largest_count_goes_up_where_all_that_is_hidden_is_next_to_13():
    """By hand: the largest count rises to 25 if nine hidden counts would be next to 13."""
    for first, printed in ((18, 25), (28, 35)):
        out = gate(make_profile([first] + [12] * 9), "T2").frame
        assert out["reported_count"].dropna().tolist() == [printed]
    root = Path(__file__).resolve().parents[3]
    texts = [words(lang)("own.table.rule", first=13, last=17) for lang in LANGUAGES]
    texts += (root / "docs/records.md").read_text(encoding="utf-8").split("## In English")
    for text, limit in zip(texts, ("hasta 7", "up to 7") * 2, strict=True):
        assert limit in text
        assert "5 o 10" not in text.replace("5 or 10", "5 o 10")


@pytest.mark.parametrize(
    "counts",
    [
        [38, 23, 63, 18, 18, 28, 33, 33, 28, 0],
        [178, 40, 2, 0, 0, 0, 0, 0, 0, 0],
        [17, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [13] * 9 + [4],
        [12] * 10,
    ],
)
def test_a_hidden_zero_is_not_given_away(counts):
    """Each hidden purpose is possible at two values more than 4 apart, with the same print."""
    truth = np.array(counts)
    out = gate(make_profile(counts), "T2").frame
    printed = out["reported_count"].fillna(0).to_numpy(dtype=int)
    total = int(truth.sum())
    low, high = hidden_bounds(printed, least=total, most=total, k=11)
    assert high - low > MIN_WIDTH
    for cell in np.flatnonzero(printed == 0):
        for value in (low, high):
            least = np.where(printed > 0, printed - 2, 0)
            most = np.where(printed > 0, printed + 2, 12)
            least[cell] = most[cell] = value
            other = least.copy()
            for at in range(len(other)):  # what is left goes where there is room
                other[at] += min(most[at] - other[at], total - other.sum())
            assert other.sum() == total
            pd.testing.assert_frame_equal(gate(make_profile(list(other)), "T2").frame, out)


def test_the_cube_counts_records_by_hand():
    """Fourteen records and one fill two of 392 cells; other columns and row order do not count."""
    places, years, rng = ["0101"] * 14 + ["0205"], [2023] * 14 + [2022], np.random.default_rng(1)
    records = make_records(
        *(places, years),
        **{name: rng.uniform(-18, 1e6, 15) for name in ("longitude", "latitude", "weight")},
        district_ubigeo=rng.choice(["010101", "010102"], 15),
    )
    cube = count_cube(records, provinces=CODES, years=[2023, 2022])
    counts = cube.frame.set_index(["province_ubigeo", "year"])["reported_count"]
    assert len(counts) == 392
    assert (counts[("0101", 2023)], counts[("0205", 2022)]) == (14, 1)
    assert counts.sum() == 15
    assert cube.tier == "T2"
    assert "row_count" not in cube.card
    turned = make_records(places[::-1], years[::-1])
    turned = count_cube(turned, provinces=CODES, years=[2023, 2022])
    pd.testing.assert_frame_equal(cube.frame, turned.frame)
    shuffled = replace(cube, frame=cube.frame.sort_values("reported_count", ascending=False))
    assert_same(gate(shuffled, "T2"), gate(cube, "T2"))


def test_nothing_exact_travels_with_the_table():
    """The card keeps sources and licence; sizes, hashes, the number of rows go."""
    records = make_records(["0101"] * 7, [2023] * 7)
    records.card.update(sha256="f" * 64, bytes=777)
    cube = count_cube(records, provinces=CODES, years=[2023])
    cube.card.update(row_count=7, bytes=777)
    out = gate(cube, "T2")
    assert set(out.card) == {"name", "derived_from", "roots", "sources", "licence"}
    assert "7" not in repr((out.card, out.grand_total, out.period_totals, out.hidden_as))


def two_years(cube: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([cube, cube.assign(year=cube["year"] + 1)])


@pytest.mark.parametrize(
    ("spoil", "reason"),
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
        (lambda c: two_years(c)[1:], "391 rows"),
        (lambda c: two_years(c).iloc[[0, 0, *range(2, 392)]], "392 rows"),
        (lambda c: c.assign(reported_count=-1), "no whole count"),
        (lambda c: c.assign(reported_count=7.5), "no whole count"),
        (lambda c: c.assign(reported_count=np.nan), "no whole count"),
        (lambda c: c.assign(is_suppressed=True), "still carry a count"),
        (lambda c: c.assign(is_suppressed="no"), "true and false"),
        (lambda c: c.assign(is_suppressed=False), "holds exact counts"),
    ],
)
def test_refuses_what_is_no_cube(spoil, reason):
    """Points, a finer unit, another crossing, missing cells: each with its reason."""
    cube = own(spoil(make_cube([178]).frame))
    with pytest.raises(DisclosureError, match=reason) as refusal:
        gate(cube, "T2")
    assert "178" not in str(refusal.value)
    assert "-69.18" not in str(refusal.value)


def test_refuses_a_forged_total():
    """An exact total on a frame that says it is protected already does not pass for a rounded."""
    out = gate(make_cube([178, 40, 30]), "T2")
    with pytest.raises(DisclosureError, match="not a rounded one"):
        gate(replace(out, grand_total=248), "T2")
    for forged, reason in (({"0101": 178}, "not a rounded one"), ({"0101": 10}, "below 15")):
        with pytest.raises(DisclosureError, match=reason):
            gate(replace(out, grand_total=250, period_totals=forged), "T2")


def test_a_total_is_judged_by_itself():
    """A total is shown or hidden by its own count, whatever its years."""
    counts = np.zeros((PROVINCE_COUNT, 10), dtype=int)
    counts[40] = [7, 6, 8, 7, 5, 7, 6, 7, 8, 6]
    counts[90, 6:] = [61, 60, 49, 7]
    axes = pd.MultiIndex.from_product([CODES, range(2014, 2024)], names=["province_ubigeo", "year"])
    cube = axes.to_frame(index=False).assign(reported_count=counts.ravel())
    out = gate(own(cube), "T2")
    assert out.period_totals == {CODES[40]: 65, CODES[90]: 175}
    shown = out.frame[~out.frame["is_suppressed"]]
    assert shown[["province_ubigeo", "reported_count"]].to_numpy().tolist() == [
        [CODES[90], 60],
        [CODES[90], 60],
        [CODES[90], 50],
    ]
    assert_same(gate(out, "T2"), out)


def test_a_cube_reaches_no_public_outlet_and_no_t1_outlet():
    """However well hidden, what is made of own records stays with the organisation."""
    cube = make_cube([178])
    for table in (cube, gate(cube, "T2"), derive(pd.DataFrame({"smr": [2.0]}), cube, name="smr")):
        with pytest.raises(DisclosureError, match="accepts T1 at most"):
            gate(table, "T1")
        with pytest.raises(DisclosureError, match="nothing made of them goes to a public outlet"):
            gate(table, "T2", outlet="public")


def test_bounds_by_hand():
    """Two hidden of a sum of 35 beside a 15: 33 - 17 - 12 is 4 and more than 12 is not hidden."""
    assert hidden_bounds(np.array([15, 0, 0]), least=33, most=37, k=11) == (4, 12)


def make_profile(counts: list[int], key: tuple[str, ...] = ("exploitation_purpose",)):
    """A profile of these counts, the rest of its cells empty, as the records would give it."""
    cells = list(product(*PROFILES[key]))
    at = [cell for cell, count in zip(cells, counts, strict=False) for _ in range(count)]
    frame = pd.DataFrame(at, columns=list(key))
    card = {"name": "own", "sources": [{"title": "own"}], "licence": "own", "row_count": len(at)}
    return count_profile(Tiered(frame, Tier.T2, card), key)


def test_a_profile_hides_and_rounds_as_the_cube_does():
    """Counted by hand: 178, 18 and 13 shown, 12 and every zero hidden, no total."""
    out = gate(make_profile([178, 18, 13, 12]), "T2")
    assert out.frame["reported_count"].tolist()[:3] == [180, 20, 15]
    assert out.frame["is_suppressed"].tolist() == [False] * 3 + [True] * 7
    assert (out.grand_total, out.period_totals) == (None, {})
    assert_same(gate(out, "T2"), out)
    with pytest.raises(DisclosureError):
        gate(make_profile([178]), "T2", outlet="public")
    with pytest.raises(DisclosureError):  # a part of it could be subtracted from the whole
        gate(own(make_profile([178]).frame.iloc[:5]), "T2")
    twice = own(make_profile([178, 18]).frame.iloc[[0, *range(10)]])
    with pytest.raises(DisclosureError, match="columns beside province"):
        gate(twice, "T2")


RECORDS = make_records(["0101"] * 20, [2023] * 20, sex=["f", "m"] * 10)


@pytest.mark.parametrize(
    ("records", "axes", "error", "message"),
    [
        (
            RECORDS.where(RECORDS.frame["sex"] == "f"),
            {},
            DisclosureError,
            "10 of 20 records were handed in",
        ),
        (own(RECORDS.frame), {}, DisclosureError, "lacks row_count"),
        (replace(RECORDS, tier=Tier.T1), {}, DisclosureError, "are T2"),
        (RECORDS.frame, {}, DisclosureError, "records to count has no tier"),
        (RECORDS, {"provinces": CODES[1:]}, ParameterError, "195 provinces"),
        (RECORDS, {"years": []}, ParameterError, "0 years"),
        (
            make_records(["0101", "2599"], [2023, 2023]),
            *({}, ParameterError, "1 of 2 records have a province or a year outside"),
        ),
        (make_records(["0101"], [2023]).without("year"), {}, ParameterError, "lack year"),
    ],
)
def test_records_are_counted_whole_or_not_at_all(records, axes, error, message):
    """A filtered frame, another tier, strange provinces and years; no message repeats a value."""
    with pytest.raises(error, match=message) as refusal:
        count_cube(records, **{"provinces": CODES, "years": [2023], **axes})
    assert "2599" not in str(refusal.value)
