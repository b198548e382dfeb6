"""Errors that tell the reader what to do: one base class and few children."""

from __future__ import annotations

import errno
from functools import partial


class GeoError(Exception):
    """Base of every error that this project raises on purpose.

    Parameters
    ----------
    template : str
        What went wrong, in English, with the names of values in braces. It is the msgid under
        which the Spanish catalogue may have it (:func:`atlas.words.error_text`).
    **values
        What stands in the template; a value may be such an error itself. Without any the template
        is the text as it is.

    Examples
    --------
    >>> print(GeoError("at most {limit:,} cells", limit=4000))
    at most 4,000 cells
    """

    def __init__(self, template: str = "", /, **values: object) -> None:
        self.template = template
        self.values = values
        super().__init__(template.format(**values) if values else template)

    def __reduce__(self) -> tuple[object, ...]:
        # it may be raised in another process, and must arrive as what it is
        return partial(type(self), self.template, **self.values), ()


class ParameterError(GeoError, ValueError):
    """An option with a value that is not allowed: an unknown code, a negative bandwidth."""


class UserError(GeoError):
    """A request that cannot be met, or a file that is refused.

    ``key`` names a message of the catalogues and ``values`` stand in it: whoever shows it puts it
    into the reader's language (:func:`atlas.words.error_message`). A value may be another
    UserError. The text of the exception holds only keys, because values may come from a user's
    file.
    """

    def __init__(self, key: str, /, **values: object) -> None:
        inner = (value.key for value in values.values() if isinstance(value, UserError))
        super().__init__(" ".join([key, *inner]))
        self.key = key
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), self.key, **self.values), ()


class DisclosureError(GeoError):
    """A frame that may not leave: without a tier, without a card, or of too strict a tier."""


class DataError(GeoError):
    """A shipped or supplied file that is not what its card says.

    Parameters
    ----------
    file : str
        Name of the file inside the data folder (never a path of the machine).
    came : str
        What was found: a template, as of every GeoError.
    expected : str
        What the card, the schema or a conservation rule asks for: a template too.
    row : int, optional
        Line of the file, the header being line 1; None when the whole file is meant.
    **values
        What stands in the two templates.

    Examples
    --------
    >>> print(DataError("complaints.csv", came="department 99", expected="01 to 25", row=7))
    complaints.csv, line 7: found department 99; expected 01 to 25
    """

    def __init__(
        self, file: str, *, came: str, expected: str, row: int | None = None, **values: object
    ) -> None:
        parts = {"came": GeoError(came, **values), "expected": GeoError(expected, **values)}
        if row is None:
            super().__init__("{file}: found {came}; expected {expected}", file=file, **parts)
        else:
            super().__init__(
                "{file}, line {row}: found {came}; expected {expected}",
                file=file,
                row=row,
                **parts,
            )
        self.file = file
        self.row = row
        self.came, self.expected = map(str, parts.values())
        self._given = {"came": came, "expected": expected, "row": row, **values}

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), self.file, **self._given), ()


_SYSTEM_TEXTS = {
    errno.EACCES: "Permission denied",
    errno.EDQUOT: "Disk quota exceeded",
    errno.EIO: "Input/output error",
    errno.EISDIR: "Is a directory",
    errno.ENAMETOOLONG: "File name too long",
    errno.ENOENT: "No such file or directory",
    errno.ENOSPC: "No space left on device",
    errno.ENOTDIR: "Not a directory",
    errno.EPERM: "Operation not permitted",
    errno.EROFS: "Read-only file system",
}


def system_reason(error: OSError) -> GeoError:
    """Return the system's English reason for a failed file or disk operation, as part of a refusal.

    The Spanish catalogue translates the most frequent texts.

    >>> str(system_reason(OSError("of no number"))), str(system_reason(FileNotFoundError(2, "?")))
    ('input fault', 'No such file or directory')
    """
    return GeoError(_SYSTEM_TEXTS.get(error.errno or 0) or error.strerror or "input fault")
