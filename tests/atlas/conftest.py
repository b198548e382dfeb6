"""Lists and uploads read without a child; what no test changes is looked up once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyogrio
import pytest

from atlas.commands import LANGUAGE
from atlas.own_files import isolation
from atlas.own_files.child import answer
from data.readers import geofiles
from tests.other_process import scan_components_once


@pytest.fixture(scope="session", autouse=True)
def _looked_up_once() -> None:
    """Components of Streamlit in the installed packages, which do not change during a run."""
    scan_components_once()


@pytest.fixture(scope="module", autouse=True)
def _one_catalogue(one_catalogue: object) -> None:
    """What a command computed of the shipped figures the next one has."""


@pytest.fixture(autouse=True)
def _no_language_is_left() -> Iterator[None]:
    """The language of a command line is that of its process, which tests share."""
    yield
    LANGUAGE.set(None)


Started = Callable[[bytes], tuple[int, bytes]]


@contextmanager
def _read_in_this_process() -> Iterator[Started]:
    def run(given: bytes) -> tuple[int, bytes]:
        line, _, content = given.partition(b"\n")
        return 0, answer(content, *json.loads(line))

    with pytest.MonkeyPatch.context() as patch:
        started = isolation._run
        patch.setattr(isolation, "_run", run)
        # this process has loaded GDAL, with more drivers than a child has
        patch.setattr(geofiles, "gdal", lambda: pyogrio)
        yield started


@pytest.fixture(scope="module")
def read_here() -> Iterator[Started]:
    """Lists and uploads are read in this process, by the function that a child calls in its own.

    That a child reads them, without network, within its limits and with few drivers of GDAL, is
    tested in own_data; starting one takes most of a second. Returns what starts a child, for a test
    that means one.
    """
    with _read_in_this_process() as started:
        yield started


@pytest.fixture
def read_this_here() -> Iterator[None]:
    """The same for one test among others that mean a child."""
    with _read_in_this_process():
        yield
