"""Networks that come as lines with columns, each read by the child that reads them in use."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.atlas.commands.test_travel_times import asked, minutes_of, speed
from tests.border_files import external
from tests.osm_files import KM, lines_file, osm_text, place_csv

ROADS = ("primary", "tertiary", "secondary", "trunk", "unclassified")
TAGS = ("fclass", "maxspeed", "oneway", "surface", "bridge")


def drawn(rng):
    """Return roads of a grid as an extract and as rows of lines; some one way, signed, surfaced."""
    points = {
        n: (
            -75 + 3 * KM * (n % 4) + rng.uniform(0, KM),
            -9 + 3 * KM * (n // 4) + rng.uniform(0, KM),
        )
        for n in range(12)
    }
    points = {n: (round(x, 7), round(y, 7)) for n, (x, y) in points.items()}
    pairs = [(n, n + 1) for n in points if n % 4 < 3] + [(n, n + 4) for n in points if n < 8]
    ways, rows = [], []
    for pair in pairs:
        code, surface = rng.choice(ROADS), rng.choice(["", "gravel", "mud"])
        sign, direction = rng.choice(["0", "20", "50"]), rng.choice(["B", "B", "F", "T"])
        tags = {"highway": code, "surface": surface, "maxspeed": sign}
        tags["oneway"] = {"B": "no", "F": "yes", "T": "-1"}[direction]
        ways.append((pair, {name: text for name, text in tags.items() if text}))
        line = shapely.LineString([points[n] for n in pair])
        rows.append((code, sign, direction, surface, "F", line))
    return points, ways, rows


@pytest.mark.parametrize(
    ("suffix", "signs"), [(".zip", "cap"), (".gpkg", "ignore"), (".geojson", "cap")]
)
def test_lines_answer_as_the_extract_that_they_were_drawn_from(tmp_path, suffix, signs):
    """Second way: the same roads as tags and as columns, in each kind of file."""
    points, ways, rows = drawn(np.random.default_rng(len(suffix)))
    (tmp_path / "made.osm").write_text(osm_text(points, ways), encoding="utf-8")
    (tmp_path / "places.csv").write_text(place_csv({f"p{n}": at for n, at in points.items()}))
    lines_file(tmp_path / f"made{suffix}", rows, TAGS)
    extract, lines = (
        asked(tmp_path, "--signs", signs, network=f"made{end}") for end in (".osm", suffix)
    )
    pd.testing.assert_series_equal(minutes_of(extract), minutes_of(lines), atol=0.02, rtol=0)
    assert "class=fclass, maxspeed=maxspeed, oneway=oneway, surface=surface" in lines.stderr


def crossed(folder, suffix=".gpkg", *, gap_metres, mid=False, bridge="F"):
    """Write two roads that cross, and a third beyond a gap; with ``mid`` both have the crossing."""
    x, y, step = -75.0, -9.0, 5 * KM
    gap = gap_metres / 1000 * KM / np.cos(np.radians(9))
    middle = [(x, y)] if mid else []
    rows = [
        ("primary", bridge, shapely.LineString([(x - step, y), *middle, (x + step, y)])),
        ("primary", "F", shapely.LineString([(x, y - step), *middle, (x, y + step)])),
        ("primary", "F", shapely.LineString([(x + step + gap, y), (x + 2 * step, y)])),
    ]
    lines_file(folder / f"made{suffix}", rows, ("highway", "bridge"))
    at = {"W": (x - step, y), "E": (x + step, y), "N": (x, y + step), "X": (x + 2 * step, y)}
    (folder / "places.csv").write_text(place_csv(at))
    return asked(folder, "--snap-km", "0.1", network=f"made{suffix}")


@pytest.mark.parametrize(
    ("gap_metres", "is_joined", "mid", "bridge", "meets"),
    [
        (28, True, False, "F", False),
        (32, False, True, "F", True),
        (28, True, True, "T", False),
    ],
)
def test_ends_are_joined_and_crossings_are_not(tmp_path, gap_metres, is_joined, mid, bridge, meets):
    """Two lines meet where both have the point, but not on a bridge; ends within 30 m do."""
    done = crossed(tmp_path, gap_metres=gap_metres, mid=mid, bridge=bridge)
    pairs = minutes_of(done).index
    assert (("W", "N") in pairs) == meets
    assert (("W", "X") in pairs) == is_joined
    assert f"ends within 30 m of each other, joined: {int(is_joined)};" in done.stderr


def test_a_line_of_short_pieces_keeps_its_length(tmp_path):
    """Pieces of 20 m whose ends all lie near others: joining them takes no minute off the way."""
    xs = -75 + 0.02 * KM / np.cos(np.radians(9)) * np.arange(301)
    lines = shapely.linestrings([[(a, -9), (b, -9)] for a, b in pairwise(xs)])
    lines_file(tmp_path / "made.gpkg", [("primary", line) for line in lines], ("highway",))
    (tmp_path / "places.csv").write_text(place_csv({"A": (xs[0], -9), "B": (xs[-1], -9)}))
    minutes = minutes_of(asked(tmp_path, network="made.gpkg"))
    assert minutes["A", "B"] == pytest.approx(60 * 6 / speed("primary"), rel=0.01)


def test_a_ministry_names_its_columns_and_classes_otherwise(tmp_path):
    """Spanish words of the table, the three networks of the law, and what is only planned."""
    x, y = -75.0, -9.0
    ends = [(x, y - n * 10 * KM) for n in range(5)]
    messages = [
        ("Nacional", "Asfaltado"),
        ("Departamental", "AFIRMADO"),
        ("Vecinal", "Trocha"),
        ("Vecinal", "Proyectado"),
    ]
    rows = [(*texts, shapely.LineString(ends[n : n + 2])) for n, texts in enumerate(messages)]
    rows.append(("Privada", "", shapely.LineString([ends[4], (x, y - 50 * KM)])))
    lines_file(tmp_path / "mtc.zip", rows, ("JERARQ", "CAPA"))
    (tmp_path / "places.csv").write_text(place_csv({f"p{n}": at for n, at in enumerate(ends)}))
    columns = ("--columns", "class=JERARQ, surface=CAPA", "--snap-km", "0.1")
    done = asked(tmp_path, *columns, network="mtc.zip")
    minutes = minutes_of(done)
    kmh = (speed("trunk"), speed("compacted"), speed("track"))
    for n, each in enumerate(kmh):
        assert minutes[f"p{n}", f"p{n + 1}"] == pytest.approx(600 / each, abs=0.02)
    assert ("p3", "p4") not in minutes.index
    assert "class Nacional is read as trunk\n" in done.stderr
    assert "left out: Privada 1\n" in done.stderr
    assert "only planned, left out: 1\n" in done.stderr
    assert "no column for maxspeed, oneway, bridge" in done.stderr
    done = asked(tmp_path, network="mtc.zip")
    assert done.exit_code == 2
    assert "found no column that tells the class of a road" in done.stderr
    assert "JERARQ, CAPA" in done.stderr


def test_the_hours_of_madre_de_dios(tmp_path):
    """As it is driven from Puerto Maldonado: to Mazuko, Iñapari and Laberinto."""
    (tmp_path / "roads.zip").write_bytes(external("roads/mdd_roads.zip"))
    codes = {"Puerto Maldonado": "170101", "Mazuko": "170102", "Iñapari": "170301"}
    codes["Laberinto"] = "170104"
    text = "".join(f"{name},{code}\n" for name, code in codes.items())
    (tmp_path / "places.csv").write_text(f"name,ubigeo\n{text}", encoding="utf-8")
    done = asked(tmp_path, network="roads.zip")
    minutes = minutes_of(done)["170101"]
    assert 150 <= minutes["170102"] <= 180
    assert 210 <= minutes["170301"] <= 240
    assert 54 <= minutes["170104"] <= 66
    assert "96 km at 30 km/h 102 minutes" in done.stderr
