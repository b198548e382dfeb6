"""The server of the tier public asked without a port, and what it keeps forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from data.cache import empty_caches
from tests.conftest import Answer, asked


@pytest.fixture(scope="session")
def public() -> Callable[..., Answer]:
    """Return a function that asks the server of the tier public."""
    from atlas.public.routes import public_app

    return partial(asked, public_app())


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Nothing that was made before is kept, before the test and after it."""
    empty_caches()
    yield
    empty_caches()
