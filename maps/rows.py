"""A frame's rows as plain values: what JSON knows, null for a missing number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def plain(value: Any) -> Any:
    """A cell as JSON knows it: null for a missing or infinite number.

    Examples
    --------
    >>> plain(float("nan")) is plain(float("inf")) is None, plain(["few_reports"])
    (True, ['few_reports'])
    """
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Every row of a frame with its cells as JSON knows them, in the frame's order."""
    return [
        {str(name): plain(value) for name, value in row.items()} for row in frame.to_dict("records")
    ]
