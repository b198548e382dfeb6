"""What the API says when it cannot answer: which field, what is allowed, never what came."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from geo.errors import GeoError

MEDIA_TYPE = "application/problem+json"
READ_ONLY = ("GET", "HEAD")
_TITLES = {
    400: "This request cannot be understood",
    404: "There is nothing at this address",
    405: "This address can only be read",
    503: "The figures cannot be given now",
}


class NotOffered(GeoError):
    """Values that are allowed each, and have no answer together.

    Parameters
    ----------
    field : str
        Name of the parameter to change.
    detail : str
        What to do, in our own words.
    allowed : sequence of str
        What the field may be beside the others.
    """

    def __init__(self, field: str, detail: str, allowed: Sequence[str]) -> None:
        super().__init__(detail)
        self.field, self.detail, self.allowed = field, detail, allowed


def problem(
    status: int,
    detail: str,
    *,
    field: str | None = None,
    allowed: Sequence[str] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """Return a problem document (RFC 9457).

    Parameters
    ----------
    status : {400, 404, 405, 503}
    detail : str
        What to do, in our own words: a request is somebody else's text.
    field : str, optional
        Name of the parameter at fault, one of ours.
    allowed : sequence of str, optional
        Every value that the field may have.
    headers : dict, optional
        In addition.
    """
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES[status],
        "status": status,
        "detail": detail,
    }
    if field is not None:
        content["field"] = field
    if allowed:
        content["allowed"] = list(allowed)
    return Response(
        json.dumps(content, ensure_ascii=False),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def not_read_only() -> Response:
    """Return the answer to a method that would change something."""
    allow = ", ".join((*READ_ONLY, "OPTIONS"))
    return problem(405, "Use GET or HEAD.", headers={"Allow": allow})
