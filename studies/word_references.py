"""Write beside each message of the catalogues the files that use its key, or compose it.

.venv/bin/python -m studies.word_references           # write the references anew
.venv/bin/python -m studies.word_references --check   # name keys without one, change nothing
.venv/bin/python -m studies.word_references --strip   # take them out, before branches are merged

A reference is gettext's own comment, `#: atlas/map/page.py`: a file without a line number, so that
it changes only when a key moves. A key is found in a file in one of three ways:

whole      "plan.teams" stands there
composed   f"plan.model.{code}" stands there, "plan.model.{}", or 'base.' ~ name in a template
ended      the file has an ending for keys that stand elsewhere: f"{key}_between", ".help"

A template of the errors of lower layers, whose msgid is its English, is always found whole.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = sorted((ROOT / "atlas" / "locale").glob("*/LC_MESSAGES/atlas.po"))
FOLDERS = ("atlas", "layers", "data", "geo")
ENTRY = re.compile(r'^msgid "(.+)"$', re.MULTILINE)
ENDINGS = {
    "atlas/planner/plan_question.py": r"plan\.second(\.\w+)",
    "atlas/public/model.py": r"public\..+(\.yearly)",
    "atlas/web/components.py": r".+(\.help)",
    "atlas/words.py": r"records\.refusal\.\w+(\.layer|\.plan|\.zones)",
}
"""Files that add an ending to keys which stand in other files, and those keys with the ending."""
HOLE = "\0"
"""Stands in a template for what is only known when the program runs."""


@dataclass(frozen=True, slots=True)
class Source:
    """What one file says of keys."""

    path: str
    texts: frozenset[str] = frozenset()
    """strings that stand whole in it."""
    templates: frozenset[str] = frozenset()
    """strings with a HOLE for each part that the program fills in."""


def source_of(path: Path) -> Source:
    """Read the strings of a Python file, or of a template, script or layout."""
    text, name = path.read_text("utf-8"), path.relative_to(ROOT).as_posix()
    is_python = path.suffix == ".py"
    quoted = set(_python_strings(ast.parse(text)) if is_python else _other_strings(text))
    texts = frozenset(string for string in quoted if HOLE not in string)
    return Source(
        name,
        texts,
        frozenset(part for part in quoted - texts if re.fullmatch(rf"[\w.+/{HOLE} -]*", part)),
    )


def _python_strings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            for text in _variants(node):
                yield text
                # a template that is filled later, and the beginning of a family
                yield re.sub(r"\{\w*\}", HOLE, text)
                if text.endswith(".") and HOLE in text:
                    yield text + HOLE


def _variants(node: ast.AST) -> list[str]:
    """The strings that an expression can be, as far as it tells."""
    match node:
        case ast.Constant(str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(texts) for texts in product(*map(_variants, parts))]
        case ast.FormattedValue(value=inner):
            return _variants(inner)
        case ast.IfExp(body=first, orelse=second):
            return _variants(first) + _variants(second)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return ["".join(texts) for texts in product(_variants(left), _variants(right))]
        case ast.BinOp(left=ast.Constant(str(text)), op=ast.Mult()):
            return ["", text]
    return [HOLE]


def _other_strings(text: str) -> Iterator[str]:
    """Quoted strings; in templates of Jinja `~` joins them."""
    text = re.sub(r"' ~ [\w.]+ ~ '", HOLE, text)
    text = re.sub(r"(?<=[\w.])' ~ [\w.]+", HOLE + "'", text)
    yield from (quoted[2] for quoted in re.finditer(rf"([\"'])([\w.{HOLE}-]+)\1", text))


class References:
    """Which files use or compose a key."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self.whole: dict[str, set[str]] = defaultdict(set)
        self.composed: dict[str, set[str]] = defaultdict(set)
        for source in sources:
            for text in source.texts:
                self.whole[text].add(source.path)
            for template in source.templates:
                if re.match(r"\w+\.", template):
                    self.composed[template].add(source.path)
        self._patterns = [
            (re.compile(re.escape(template).replace(HOLE, ".*")), template)
            for template in self.composed
        ]

    def of(self, key: str) -> tuple[str, ...]:
        """The files that hold the most of a key, by path; none where nothing uses it."""
        uses = list(self._uses(key))
        most = max((measure for measure, _ in uses), default=None)
        return tuple(sorted({file for measure, files in uses if measure == most for file in files}))

    def _uses(self, key: str) -> Iterator[tuple[tuple[int, int], set[str]]]:
        """How many letters of the key stand in the code and how plainly, and in which files."""
        yield from self._beginnings(key)
        for path, ended in ENDINGS.items():
            if match := re.fullmatch(ended, key):
                for (letters, _), files in self._beginnings(key[: match.start(1)]):
                    yield (letters + len(match[1]), 0), files | {path}

    def _beginnings(self, key: str) -> Iterator[tuple[tuple[int, int], set[str]]]:
        if key in self.whole:
            yield (len(key), 2), self.whole[key]
        for pattern, template in self._patterns:
            if pattern.fullmatch(key):
                yield (len(template.replace(HOLE, "")), 1), self.composed[template]


def sources() -> list[Source]:
    """Every file of the app that can name a key."""
    kinds = {".py", ".j2", ".js", ".typ"}
    paths = [
        path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in kinds
    ]
    return [source_of(path) for path in sorted([*paths, ROOT / "app.py", ROOT / "cli.py"])]


def referenced(text: str, references: References) -> str:
    """A catalogue with its references written anew."""

    def comment(entry: re.Match[str]) -> str:
        files = references.of(entry[1].replace('\\"', '"'))
        lines = textwrap.wrap(" ".join(files), 97, break_on_hyphens=False)
        return "".join(f"#: {line}\n" for line in lines) + entry[0]

    return ENTRY.sub(comment, stripped(text))


def stripped(text: str) -> str:
    """A catalogue without references."""
    return re.sub(r"^#: .*\n", "", text, flags=re.MULTILINE)


def main() -> int:
    """Write, check or strip; 1 where a key has no reference, or with --check a wrong one."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    parser.add_argument("--strip", action="store_true", help="take the references out")
    asked = parser.parse_args()
    references, unused, is_stale = References(sources()), set[str](), False
    for path in CATALOGUES:
        before = path.read_text("utf-8")
        after = stripped(before) if asked.strip else referenced(before, references)
        keys = {key.replace('\\"', '"') for key in ENTRY.findall(before)}
        unused |= {key for key in keys if not references.of(key)}
        is_stale |= before != after
        if not asked.check:
            path.write_text(after, "utf-8")
    for key in sorted(unused):
        print(f"{key}: nothing uses it", file=sys.stderr)
    if asked.check and is_stale:
        print("references are out of date: python -m studies.word_references", file=sys.stderr)
    return int(bool(unused) or (asked.check and is_stale))


if __name__ == "__main__":
    sys.exit(main())
