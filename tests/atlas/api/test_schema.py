"""The API driven from its own description: every answer is one that it announces."""

from __future__ import annotations

import os
import warnings
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from atlas.public.api import ADDRESSES

OPERATIONS = tuple(ADDRESSES)
DEPENDENT = (
    *("regions.json", "regions.csv", "change.json", "series.json"),
    *("profile.json", "hotspots.json"),
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
    """What is tested below is all there is."""
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
        max_examples=20 if os.environ.get("ATLAS_ALL_EXAMPLES") else 5,
        deadline=None,
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
