"""Vista pública without a browser: the code, the files, what is refused."""

import io
import zipfile

from atlas.paper.bundle import zip_bytes
from atlas.paper.embed import pinned_query
from atlas.public.model import MEASURES
from atlas.public.page import _files
from atlas.public.site import SITE_FILES
from atlas.words import words
from data.periods import PERIODS, REGISTRIES, default_period, parse_period, periods_of
from tests.atlas.pages.conftest import data_of, faults_of, link_of

PAGE = "vista-publica"
PINNED = pinned_query(default_period(), "verdict")


def test_the_page_in_every_language(show):
    app, say = show(PAGE, lang="es"), words("es")
    assert not faults_of(app)
    assert app.title[0].value == say("nav.awareness")
    address, title = f"/public/es/compact{PINNED}", say("awareness.frame")
    assert data_of(app, "atlas_preview")["src"] == address
    assert data_of(app, "atlas_preview")["title"] == title
    assert f'{address.replace("&", "&amp;")}" title="{title}"' in app.code[0].value
    assert 'loading="lazy"' in app.code[0].value
    assert len(app.get("download_button")) == 3
    app.button_group(key="awareness_lang").set_value("en").run()
    assert not app.exception
    assert data_of(app, "atlas_preview")["src"] == f"/public/en/compact{PINNED}"
    assert words("en")("awareness.frame") in app.code[0].value
    assert app.title[0].value == say("nav.awareness")


def test_a_period_is_in_preview_and_code(show):
    app = show(PAGE, lang="es", period="2007-01/2014-04", measure="verdict", view="compact")
    assert not app.exception
    address = f"/public/es/compact{pinned_query(parse_period('2007-01/2014-04'), 'verdict')}"
    assert data_of(app, "atlas_preview")["src"] == address
    assert f'{address.replace("&", "&amp;")}"' in app.code[0].value
    assert data_of(app, "atlas_share")["embed"].strip() == app.code[0].value
    chosen = {"lang": "es", "public": "es", "period": "2007-01/2014-04", "measure": "verdict"}
    assert link_of(app) == chosen | {"view": "compact"}


def test_the_police_have_a_page_of_their_own(show):
    """A link and another page's period name the registry; months alone are not offered."""
    asked = {"lang": "es", "registry": "police", "period": "2024", "measure": "verdict"}
    app = show(PAGE, **asked, view="compact")
    address = "/public/es/compact?registry=police&period=2024&measure=verdict&base=people"
    assert data_of(app, "atlas_preview")["src"] == address
    assert link_of(app).items() >= asked.items()
    offered = app.selectbox(key="awareness_period").options
    assert f"{words('es')('registry.police')}, 2024" in offered
    assert len(offered) == len(PERIODS) + len(periods_of(REGISTRIES["police"]))


def test_a_measure_is_in_preview_and_code(show):
    app = show(PAGE, lang="es", period="2021", view="whole")
    app.button_group(key="awareness_measure").set_value("rate").run()
    assert not app.exception
    address = "/public/es?registry=mpfn&period=2021&measure=rate&base=people"
    assert data_of(app, "atlas_preview")["src"] == address
    assert f'{address.replace("&", "&amp;")}"' in app.code[0].value
    assert "atlas-height" in app.code[0].value
    assert dict(app.query_params)["measure"] == "rate"
    for measure, shown in (("verdict", "verdict"), ("smr", "rate")):
        app = show(PAGE, lang="es", measure=measure, view="whole")
        address = f"/public/es{pinned_query(default_period(), shown)}"
        assert data_of(app, "atlas_preview")["src"] == address


def test_the_picture_is_of_the_measure(monkeypatch):
    made, drawn = {}, []
    monkeypatch.setattr(
        "atlas.public.page.st.download_button",
        lambda label, make, **options: made.update({options["key"]: make}),
    )
    monkeypatch.setattr("atlas.public.page.card_png", lambda *at, **by: drawn.append((at, by)))
    for measure in MEASURES:
        _files("es", "2023", measure, words("es"))
        made["awareness_card"]()
    assert drawn == [
        (("es",), {"period": "2023", "measure": drawn_measure}) for drawn_measure in MEASURES
    ]


def test_what_is_wrong_is_named_and_not_repeated(show):
    """The field, never its value; the site is still offered, without an address."""
    app = show(PAGE, lang="es", period="evil77", measure="verdict", view="compact")
    assert not app.exception
    assert ["period" in item.value for item in app.warning] == [True]
    assert data_of(app, "atlas_preview")["src"] == f"/public/es/compact{PINNED}"
    assert "evil77" not in str(app.main)
    assert "evil77" not in str(link_of(app))
    app.text_input(key="awareness_base").set_value("javascript:evil77").run()
    assert not app.exception
    assert app.warning[-1].value == words("es")("awareness.base.wrong")
    assert len(app.get("download_button")) == 3


def test_the_site_is_packed_the_same_every_time():
    files = {path: path.encode() for path in SITE_FILES}
    packed = zip_bytes(files)
    assert packed == zip_bytes(dict(files))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert {path: archive.read(path) for path in archive.namelist()} == files
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
