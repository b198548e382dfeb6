"""What is made of own records is never written where it could be published."""

from pathlib import Path

import pytest

from atlas.commands import PUBLIC_NAMES, require_private
from geo.errors import DisclosureError

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", sorted(PUBLIC_NAMES))
def test_refuses_folders_that_are_served(tmp_path, name):
    """By name, at any depth, whatever the capitals; a name that only contains it is no match."""
    for folder in (tmp_path / name, tmp_path / name.upper() / "maps" / "2023"):
        with pytest.raises(DisclosureError, match="which is published"):
            require_private(folder / "density.tif")
    require_private(tmp_path / f"{name}-notes" / "density.tif")
    require_private(tmp_path / f"{name}.tif")


@pytest.mark.parametrize("page", ["index.html", "public.json"])
def test_refuses_folders_with_a_page(tmp_path, page):
    """A folder that holds a page is a web page's, and so is what lies below it."""
    (tmp_path / page).write_text("<html>")
    with pytest.raises(DisclosureError, match=f"a folder with {page}"):
        require_private(tmp_path / "es" / "density.tif")


def test_links_do_not_help(tmp_path):
    """A link from a private folder into a served one is followed."""
    (tmp_path / "www").mkdir()
    (tmp_path / "mine").symlink_to(tmp_path / "www")
    with pytest.raises(DisclosureError, match="'www'"):
        require_private(tmp_path / "mine" / "density.tif")


@pytest.mark.parametrize("place", ["layers/static", "atlas/web/static", "."])
def test_refuses_the_programs_own_folder(place):
    """Parts of it are served."""
    with pytest.raises(DisclosureError, match=r"own folder|is published"):
        require_private(ROOT / place / "density.tif")
