"""Pipes, sockets and devices are refused before anything of them is read; size comes first."""

import os
import shutil
import socket

import pytest

from atlas.own_files.command_files import planning_list
from atlas.travel_times.minutes import read_speeds
from atlas.words import words
from data.catalogue import PACKAGE_FILE, ROOT, open_catalogue, read_catalogue
from data.context import load_travel_speeds
from data.refresh.folder import read_source, require_free
from data.regular_files import open_regular, read_regular
from tests.refusing import refused

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
TABLE = "tables/departments.csv"


@pytest.fixture(params=["pipe", "device", "link", "socket", "folder"])
def special(request, tmp_path):
    """A file that is none."""
    path = tmp_path / "x.csv"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "device":
        path = path.__class__("/dev/zero")
    elif request.param == "link":
        path.symlink_to("/dev/zero")
    elif request.param == "folder":
        path.mkdir()
    else:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    return path


def test_no_reader_waits_for_what_is_no_file(special):
    """An official file, zones and speeds that a command names."""
    with pytest.raises(OSError, match=r"regular|directory|device"):
        open_regular(special)
    with refused("refresh.refusal.read"):
        read_source(special, largest=1_000)
    with refused(special.name):
        planning_list("zones", special, words("es"))
    with pytest.raises(OSError, match=r"regular|directory|device"):
        read_speeds(special, load_travel_speeds())


@pytest.mark.parametrize("name", [PACKAGE_FILE, TABLE])
def test_a_data_folder_with_a_pipe_or_a_device_is_refused(tmp_path, monkeypatch, name):
    folder = tmp_path / "edition"
    shutil.copytree(ROOT / "tables", folder / "tables")
    shutil.copy(ROOT / PACKAGE_FILE, folder)
    monkeypatch.setenv("ATLAS_DATA", str(folder))
    for make in (os.mkfifo, lambda path: os.symlink("/dev/zero", path)):
        (folder / name).unlink()
        make(folder / name)
        with refused("ATLAS_DATA: .* cannot be used"):
            open_catalogue()
        if name == PACKAGE_FILE:
            with refused("refresh.refusal.no_data_folder"):
                require_free(folder, replace=True)


def test_a_table_far_larger_than_its_card_is_not_read(tmp_path):
    """Its size alone says that it is another; a gigabyte of holes costs nothing."""
    folder = tmp_path / "edition"
    shutil.copytree(ROOT / "tables", folder / "tables")
    shutil.copy(ROOT / PACKAGE_FILE, folder)
    os.truncate(folder / TABLE, 1 << 33)
    with refused("8,589,934,592 bytes"):
        read_catalogue(folder)
    large = tmp_path / "large.csv"
    large.touch()
    os.truncate(large, 1 << 33)
    with refused("refresh.refusal.too_large"):
        read_source(large, largest=1_000)
    assert read_regular(large, most=10) is None
