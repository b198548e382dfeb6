"""For maintainers: after a wanted edit of a table, write its new size and hash into the catalogue.

Run ``python -m data.sealing`` from the project's folder, look at the difference that git shows,
and commit table and catalogue together.
"""

from __future__ import annotations

import json
from pathlib import Path

from data.catalogue import PACKAGE_FILE, ROOT, file_facts


def seal(root: Path = ROOT) -> list[str]:
    """Recompute bytes, hash and row_count of every card; return the names of those that changed.

    A total that the publisher printed (expected_totals) is never touched: an edit that breaks it
    stays an error.
    """
    package = json.loads((root / PACKAGE_FILE).read_bytes())
    changed = []
    for resource in package["resources"]:
        content = (root / resource["path"]).read_bytes()
        facts = file_facts(resource["format"], content)
        if any(resource.get(key) != value for key, value in facts.items()):
            resource.update(facts)
            changed.append(resource["name"])
    text = json.dumps(package, ensure_ascii=False, indent=1) + "\n"
    (root / PACKAGE_FILE).write_text(text, encoding="utf-8", newline="\n")
    return changed


if __name__ == "__main__":
    seal()
