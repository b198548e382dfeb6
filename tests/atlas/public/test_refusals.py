"""What the API, the page and the card refuse, and that each answer is one that is described."""

from __future__ import annotations

import json
import os
import warnings
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from atlas.public.api import ADDRESSES
from data.periods import PERIOD_CODES, REGISTRIES, periods_of
from tests.atlas.public.test_api import BASE, OEMBED, asked
from tests.refusing import PYDANTIC

POLICE = periods_of(REGISTRIES["police"])
JSON, CSV = "/api/v1/regions.json", "/api/v1/regions.csv"
CHANGE, HOTSPOTS = "/api/v1/change.json", "/api/v1/hotspots.json"
OLD = "period=2007-01/2014-04"
PROBLEM, PAGE = "application/problem+json", "text/html; charset=utf-8"
CODES = list(PERIOD_CODES)
REFUSED = [
    # a value that no list has, one that stands there twice, one that is lacking
    (f"{JSON}?period=evil77", 400, "period", CODES),
    (f"{CSV}?period=evil77%3Cscript%3E", 400, "period", CODES),
    (f"{JSON}?period=2023&period=evil77", 400, "period", CODES),
    (f"{JSON}?period=", 400, "period", CODES),
    (f"{JSON}?base=evil77", 400, "base", ["people", "offences"]),
    (f"{CHANGE}?from=2021", 400, "to", CODES),
    (f"{CHANGE}?from=evil77&to=2023", 400, "from", CODES),
    ("/api/v1/pairs.json?departments=08", 400, "departments", ["08-21-04"]),
    ("/api/v1/pairs.json?departments=08-26", 400, "departments", ["08-21-04"]),
    ("/api/v1/pairs.json?departments=08-08", 400, "departments", ["08-21-04"]),
    (f"{HOTSPOTS}?lens=excess", 400, "lens", ["scan", "gistar"]),
    # a parameter that is not the address's, or a query too long to be read
    ("/api/v1/level.json?registry=police", 410, None, None),
    ("/api/v1/police_profile.csv", 410, None, None),
    (f"{JSON}?evil77=1", 400, "query", None),
    ("/api/v1/meta.json?period=2023", 400, "query", None),
    (f"{JSON}?period={'evil77' * 300_000}", 400, "query", None),
    # values without an answer together: no offences, two registries, the later first
    (f"{JSON}?{OLD}&base=offences", 400, "base", ["people"]),
    (f"{CSV}?{OLD}&base=offences", 400, "base", ["people"]),
    (f"{CHANGE}?from={OLD.removeprefix('period=')}&to=2023", 400, "to", None),
    (f"{CHANGE}?from=2021&to=2020", 400, "to", ["2022", "2023"]),
    (f"{CHANGE}?from=2021&to=2021", 400, "to", ["2022", "2023"]),
    # an address that there is not
    *((path, 404, None, None) for path in ("/api/", "/api/v2/regions.json", "/api/v1/none")),
    *((path, 404, None, None) for path in ("/api/v1/regions.json/..", "/api/v1")),
    # a page that is not ours, or that oEmbed cannot give
    (asked("public/es", format="xml"), 501, "format", ["json"]),
    (asked("public/es", maxwidth="evil77"), 400, "maxwidth", None),
    (asked("public/es", maxheight="0"), 400, "maxheight", None),
    *(
        (address, 404, "url", None)
        for address in (
            OEMBED,
            asked("public/qu"),
            asked("public/es?period=evil77"),
            asked("cifras"),
            f"{OEMBED}?url=https://evil.example/public/es",
            f"{OEMBED}?url={quote(BASE[:-1], safe='')}.evil.example/public/es",
        )
    ),
    # the page and the card say it to a person: what may stand there, never what stood there
    *(
        (f"{path}?{query}", 404, None, allowed)
        for path in ("/public/es", "/public/es/compact", "/public/card/es.png")
        for query, allowed in (
            ("measure=evil77", ["rate", "verdict"]),
            ("measure=rate&measure=verdict", ["rate", "verdict"]),
            ("measure=", ["rate", "verdict"]),
            ("base=evil77", ["people", "offences"]),
            ("period=evil77", CODES),
            ("period=2024", CODES),
            ("registry=evil77", [*REGISTRIES]),
            ("registry=police&period=2022&base=offences", ["people"]),
            # nobody chooses single months in public
            ("registry=police&period=2024-03", [span.code for span in POLICE]),
        )
    ),
]
"""address, status, field and what is allowed in its place"""


@pytest.mark.parametrize(("address", "status", "field", "allowed"), REFUSED)
def test_a_refusal_names_the_field_and_never_its_value(
    public: Any,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    status: int,
    field: Any,
    allowed: Any,
) -> None:
    """A refusal names the field and what is allowed, repeats no value, and is not cached."""
    monkeypatch.setenv("ATLAS_BASE_URL", BASE)
    answer = public(address, origin="https://diario.example")
    is_api = not address.startswith(("/public/es", "/public/card"))
    assert (answer.status, answer.headers["cache-control"]) == (status, "no-store")
    assert answer.headers["content-type"] == (PROBLEM if is_api else PAGE)
    sent = answer.body.decode() + str(answer.headers)
    assert "evil" not in sent
    assert not PYDANTIC.search(sent)
    if not is_api:
        assert sent.count(f" {', '.join(allowed)}.") == 2, "once a language"
    if is_api:
        body = json.loads(answer.body)
        refusal = body["status"], body.get("field"), body.get("allowed")
        assert refusal == (status, field, allowed)
        assert field or "/api/v1/openapi.json" in body["detail"]
        assert answer.headers["access-control-allow-origin"] == "*"


@settings(max_examples=60)
@given(text=st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_no_text_of_a_link_comes_back(public: Any, text: str) -> None:
    """Whatever stands there: a list decides, and only whole codes of it are answered."""
    answer = public(f"{JSON}?period={quote(text)}")
    assert answer.status == (200 if text.replace(" ", "+") in PERIOD_CODES else 400)


OPERATIONS = tuple(ADDRESSES)
DEPENDENT = (
    *("regions.json", "regions.csv", "change.json", "series.json"),
    *("pairs.json", "profile.json", "hotspots.json"),
)
"""Where values that are allowed each may have no answer together: a 400 that is described."""


@pytest.fixture(scope="module")
def described() -> Any:
    """The description, read from the server itself; the ASGI application answers, no port."""
    from atlas.public.routes import public_app

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return schemathesis.openapi.from_asgi("/api/v1/openapi.json", public_app())


def test_the_description_names_every_address(described):
    paths = {f"/api/v1/{name}" for name in OPERATIONS}
    assert set(described.raw_schema["paths"]) == paths
    assert described.raw_schema["openapi"].startswith("3.1")
    described.validate()


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        *((name, GenerationMode.POSITIVE) for name in OPERATIONS),
        # the others take nothing that could be wrong
        *(
            (name, GenerationMode.NEGATIVE)
            for name in OPERATIONS
            if ADDRESSES[name].query.model_fields
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_answer_is_one_that_is_described(described, name, mode):
    """Status, headers, media type, every field; what breaks the description is refused."""
    operation = described[f"/api/v1/{name}"]["GET"]

    @settings(
        max_examples=20 if os.environ.get("ATLAS_ALL_EXAMPLES") else 3,
        derandomize=bool(os.environ.get("CI")),
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered(case: Any) -> None:
        case.call_and_validate(
            excluded_checks=[positive_data_acceptance] if name in DEPENDENT else [],
            timeout=300,  # the scan of the provinces on a busy machine
        )

    answered()
